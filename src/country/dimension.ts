import { isScalar } from 'yaml';
import type { Catalogue, DimensionSpec, ParameterSpec, Parameters } from './parameter.ts';
import { choice, integer, number, scalarOf, show, truth, unquoted } from './scalar.ts';
import { suggest } from './spelling.ts';
import { type Entry, entriesOf, note, type Reader, refuseOthers, type Spot, within } from './walk.ts';

/** One dimension in a condition: `not` inverts it; parameters carry their defaults. */
export type DimensionUse = { readonly is: string; readonly not: boolean; readonly parameters: Parameters };

type Value = Parameters[string];

/** Reads one use of a dimension against the catalogue; parameters stand beside `is` and `not`. */
export const dimensionUse =
  (catalogue: Catalogue): Reader<DimensionUse> =>
  (spot) => {
    const entries = entriesOf(spot);
    if (entries === undefined) return undefined;
    const not = optionally(truth, entries.get('not')) ?? false;
    const spec = specOf(spot, { catalogue, entry: entries.get('is') });
    if (spec === undefined) return undefined;
    const known = ['is', 'not', ...Object.keys(spec.parameters)];
    refuseOthers({ entries, known, code: 'COUNTRY_CONDITION', of: `parameter of ${spec.name}` });
    return { is: spec.name, not, parameters: readParameters(spot, { spec, entries }) };
  };

function specOf(
  spot: Spot,
  { catalogue, entry }: { readonly catalogue: Catalogue; readonly entry: Entry | undefined },
): DimensionSpec | undefined {
  if (entry === undefined) {
    const message = 'the dimension is not named';
    return note(within(spot, 'is'), {
      code: 'COUNTRY_KEY',
      message,
      remedy: 'Begin with the name, such as { is: stolen }.',
    });
  }
  const scalar = scalarOf(entry.value);
  if (scalar === undefined) return undefined;
  const spec = catalogue.find(({ name }) => name === scalar.value);
  if (spec !== undefined) return spec;
  const names = catalogue.map(({ name }) => name);
  const message = `${show(scalar.source)} is no dimension of this version`;
  return note(entry.value, { code: 'COUNTRY_CONDITION', message, remedy: suggest(scalar.source, names) });
}

type Given = { readonly spec: DimensionSpec; readonly entries: Map<string, Entry> };

function readParameters(spot: Spot, { spec, entries }: Given): Parameters {
  const groups = spec.exactlyOne ?? [];
  const given: [string, Value][] = [];
  for (const [name, parameter] of Object.entries(spec.parameters)) {
    const group = groups.find((names) => names.includes(name));
    const value = readParameter(spot, { name, parameter, entry: entries.get(name), grouped: rivals(group, entries) });
    if (value !== undefined) given.push([name, value]);
  }
  for (const group of groups) noteGroup(spot, { group, spec, entries });
  return Object.fromEntries(given);
}

/** What a parameter's group says of its absence: nothing (no group), one is given already, or none is given yet. */
const rivals = (group: readonly string[] | undefined, entries: Map<string, Entry>): 'alone' | 'settled' | 'open' =>
  group === undefined ? 'alone' : group.some((name) => entries.has(name)) ? 'settled' : 'open';

function readParameter(
  spot: Spot,
  one: {
    readonly name: string;
    readonly parameter: ParameterSpec;
    readonly entry: Entry | undefined;
    readonly grouped: 'alone' | 'settled' | 'open';
  },
): Value | undefined {
  if (one.entry !== undefined) return readerOf(one.parameter)(one.entry.value);
  if (one.grouped === 'settled') return undefined;
  if (one.parameter.default !== undefined || one.grouped === 'open') return one.parameter.default;
  return note(within(spot, one.name), {
    code: 'COUNTRY_CONDITION',
    message: `the parameter ${one.name} is missing: ${one.parameter.about}`,
    remedy: `Add ${one.name}: ${boundsOf(one.parameter)}.`,
  });
}

function noteGroup(spot: Spot, { group, spec, entries }: Given & { readonly group: readonly string[] }): void {
  const given = group.filter((name) => entries.has(name));
  const fallback = group.some((name) => spec.parameters[name]?.default !== undefined);
  if (given.length === 1 || (given.length === 0 && fallback)) return;
  const names = group.join(', ');
  const message = `${given.length === 0 ? `none of ${names} is` : `${given.join(' and ')} are`} given; exactly one is due`;
  const at = given[1] === undefined ? spot : (entries.get(given[1])?.key ?? spot);
  note(at, { code: 'COUNTRY_CONDITION', message, remedy: `Give ${group.join(' or ')}, one of them.` });
}

/** The reader of a parameter. */
function readerOf(parameter: ParameterSpec): Reader<Value> {
  switch (parameter.kind) {
    case 'integer':
      return integer(parameter);
    case 'number':
      return number(parameter);
    case 'boolean':
      return truth;
    case 'choice':
      return choice(parameter.of);
    case 'numbers':
      return numbers(parameter);
  }
}

const numbers =
  (parameter: ParameterSpec & { readonly kind: 'numbers' }): Reader<Readonly<Record<string, number>>> =>
  (spot) => {
    const entries = entriesOf(spot);
    if (entries === undefined) return undefined;
    const value = number(parameter);
    const form = {
      pattern: new RegExp(parameter.keys.source, parameter.keys.flags.replace(/[gy]/g, '')),
      about: parameter.keysAbout,
    };
    const read: [string, number | undefined][] = [];
    for (const [key, entry] of entries) {
      const bare = isScalar(entry.key.node) && typeof entry.key.node.value === 'number';
      if (bare) note(entry.key, { code: 'COUNTRY_MNC', ...unquoted(key, form) });
      else if (!form.pattern.test(key)) {
        const message = `the key ${show(key)} is not ${form.about}`;
        note(entry.key, { code: 'COUNTRY_CONDITION', message, remedy: `Write ${form.about}.` });
      } else read.push([key, value(entry.value)]);
    }
    return Object.fromEntries([
      ...Object.entries(parameter.default),
      ...read.filter((pair): pair is [string, number] => pair[1] !== undefined),
    ]);
  };

/** The values a parameter takes, in words. */
export function boundsOf(parameter: ParameterSpec): string {
  switch (parameter.kind) {
    case 'integer':
    case 'number': {
      const unit = parameter.unit === undefined ? '' : ` ${parameter.unit}`;
      const kind = parameter.kind === 'integer' ? 'a whole number' : 'a number';
      return `${kind} from ${parameter.min} to ${parameter.max}${unit}`;
    }
    case 'boolean':
      return 'true or false';
    case 'choice':
      return parameter.of.join(' or ');
    case 'numbers':
      return `a table from ${parameter.keysAbout} to numbers from ${parameter.min} to ${parameter.max}`;
  }
}

const optionally = <T>(read: Reader<T>, entry: Entry | undefined): T | undefined =>
  entry === undefined ? undefined : read(entry.value);
