import type { Fault } from '../../faults/fault.ts';

/** Where in a JSON document something is read, and where faults gather. */
export type At = { readonly path: string; readonly faults: Fault[] };

/** Reads a value of JSON; notes each fault it meets, and goes on. */
export type Read<T> = (value: unknown, at: At) => T | undefined;

/** Notes that something else is due here. Values are not shown: they may name subscribers. */
export function wrong(at: At, due: string): undefined {
  const field = at.path === '' ? 'the document' : at.path;
  const message = `${field} is not ${due}`;
  const remedy = 'Take the rules as the centre wrote them; nothing in them is to be edited.';
  at.faults.push({ code: 'RULES_FORM', message, remedy, ...(at.path === '' ? {} : { field: at.path }) });
  return undefined;
}

/** A text of a form. */
export const text =
  (pattern: RegExp, due: string): Read<string> =>
  (value, at) =>
    typeof value === 'string' && pattern.test(value) ? value : wrong(at, due);

/** A number within bounds. */
export const within =
  (min: number, max: number, whole = true): Read<number> =>
  (value, at) =>
    typeof value === 'number' && value >= min && value <= max && (!whole || Number.isInteger(value))
      ? value
      : wrong(at, `a ${whole ? 'whole ' : ''}number from ${min} to ${max}`);

/** True or false. */
export const truth: Read<boolean> = (value, at) => (typeof value === 'boolean' ? value : wrong(at, 'true or false'));

/** One of a few words. */
export const oneOf =
  <Word extends string>(words: readonly Word[]): Read<Word> =>
  (value, at) =>
    words.find((word) => word === value) ?? wrong(at, `one of ${words.join(', ')}`);

/** A list of such items. */
export const many =
  <T>(item: Read<T>): Read<readonly T[]> =>
  (value, at) =>
    Array.isArray(value)
      ? value.map((one: unknown, place) => item(one, { ...at, path: `${at.path}[${place}]` }) as T)
      : wrong(at, 'a list');

/** How the keys of an object are read; of those in `may` any can be absent. */
export type Shape<T> = { readonly [Key in keyof T]-?: Read<Exclude<T[Key], undefined>> };

/** An object with these keys and no others. */
export const shaped =
  <T extends object>(shape: Shape<T>, may: readonly (keyof T & string)[] = []): Read<T> =>
  (value, at) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return wrong(at, 'an object');
    const given = new Map<string, unknown>(Object.entries(value));
    const below = (key: string): At => ({ ...at, path: at.path === '' ? key : `${at.path}.${key}` });
    const names = Object.keys(shape) as (keyof T & string)[];
    for (const key of given.keys())
      if (!names.includes(key as keyof T & string)) wrong(below(key.slice(0, 64)), 'known');
    const read = names.flatMap((name) => {
      if (!given.has(name)) {
        if (!may.includes(name)) wrong(below(name), 'given');
        return [];
      }
      const one = shape[name](given.get(name), below(name));
      return one === undefined ? [] : [[name, one] as const];
    });
    return Object.fromEntries(read) as T;
  };
