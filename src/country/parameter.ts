/**
 * One parameter that a dimension takes, with its bounds (both inclusive) and what it means.
 * A parameter without `default` must be given, unless it stands in an `exactlyOne` group of its dimension.
 * `numbers` is a table from keys (matching `keys` whole) to numbers; what a file gives is laid over the default, key by key.
 */
export type ParameterSpec =
  | {
      readonly kind: 'integer' | 'number';
      readonly min: number;
      readonly max: number;
      readonly default?: number;
      readonly unit?: string;
      readonly about: string;
    }
  | { readonly kind: 'boolean'; readonly default: boolean; readonly about: string }
  | { readonly kind: 'choice'; readonly of: readonly string[]; readonly default?: string; readonly about: string }
  | {
      readonly kind: 'numbers';
      readonly keys: RegExp;
      readonly keysAbout: string;
      readonly min: number;
      readonly max: number;
      readonly default: Readonly<Record<string, number>>;
      readonly about: string;
    };

/** A dimension as a country file may use it: its name, the clause it implements, and the parameters it takes. */
export type DimensionSpec = {
  readonly name: string;
  /** The clause of the standard, or `ours` where no public text asks for it. */
  readonly clause: string;
  readonly about: string;
  readonly parameters: Readonly<Record<string, ParameterSpec>>;
  /** Groups of parameters of which a use gives exactly one, such as a window in days or in months. */
  readonly exactlyOne?: readonly (readonly string[])[];
};

/** The parameters of one use of a dimension, defaults filled in, in the order of the specification. */
export type Parameters = Readonly<Record<string, number | boolean | string | Readonly<Record<string, number>>>>;

/** Every dimension that detection offers; handed down to this room, which knows none by itself. */
export type Catalogue = readonly DimensionSpec[];
