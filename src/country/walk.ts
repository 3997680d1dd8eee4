import { isAlias, isMap, isNode, isScalar, isSeq, type LineCounter } from 'yaml';
import type { Fault } from '../faults/fault.ts';
import { snake, suggest } from './spelling.ts';

/** One reading of one document: where faults gather, and where each visited path stands in the text. */
export type Walk = {
  readonly file: string;
  readonly lines: LineCounter;
  readonly faults: Fault[];
  readonly places: Map<string, number>;
};

/** A node of the document with its path (`operators[0].plmns[1].mnc`) and the offset that a fault points to. */
export type Spot = { readonly walk: Walk; readonly node: unknown; readonly offset: number; readonly path: string };

/**
 * Reads a node into a value and notes every fault it meets on the way.
 * Reading goes on after a fault so that all of them are found at once: a value may then lack parts, and only a walk
 * without faults may hand its value out.
 */
export type Reader<T> = (spot: Spot) => T | undefined;

/** A value read so far, in which any part may be missing because it was at fault. */
export type Holed<T> = T extends readonly (infer Item)[]
  ? readonly (Holed<Item> | undefined)[]
  : T extends object
    ? { readonly [Key in keyof T]?: Holed<T[Key]> | undefined }
    : T;

/** How a key of a map is read, and what its absence means. */
export type Field<T> = {
  readonly read: Reader<T>;
  readonly absent: { readonly is: 'fault' | 'omitted' | 'empty' } | { readonly is: 'default'; readonly value: T };
};

/** The fields of a map, by our names; the document's keys are the same in snake_case. */
export type Fields<T> = { readonly [Key in keyof T]-?: Field<Exclude<T[Key], undefined>> };

/** A key that must stand in the file. */
export const needed = <T>(read: Reader<T>): Field<T> => ({ read, absent: { is: 'fault' } });

/** A key whose absence leaves the field out. */
export const optional = <T>(read: Reader<T>): Field<T> => ({ read, absent: { is: 'omitted' } });

/** A key whose absence means a value. */
export const standing = <T>(read: Reader<T>, value: T): Field<T> => ({ read, absent: { is: 'default', value } });

/** A map or list whose absence reads as an empty one, so that the defaults inside apply. */
export const section = <T>(read: Reader<T>): Field<T> => ({ read, absent: { is: 'empty' } });

/** Notes a fault at a spot. */
export function note(spot: Spot, fault: Pick<Fault, 'code' | 'message' | 'remedy'>): undefined {
  const { line, col } = spot.walk.lines.linePos(spot.offset);
  const place = { file: spot.walk.file, line: Math.max(1, line), column: Math.max(1, col) };
  spot.walk.faults.push({ ...fault, ...place, ...(spot.path === '' ? {} : { field: spot.path }) });
  return undefined;
}

/** The spot of a path below this one, as visited before; for faults found by comparing values. */
export function within(spot: Spot, below: string): Spot {
  const path = join(spot.path, below);
  return { ...spot, path, offset: spot.walk.places.get(path) ?? spot.offset };
}

/** The line on which a path below this one stands. */
export const lineOf = (spot: Spot, below: string): number => spot.walk.lines.linePos(within(spot, below).offset).line;

/** Reads a map with exactly these keys. */
export function record<T extends object>(fields: Fields<T>): Reader<T> {
  const names = Object.keys(fields) as (keyof T & string)[];
  return (spot) => {
    const entries = entriesOf(spot);
    if (entries === undefined) return undefined;
    const of = `key of ${spot.path === '' ? 'a country file' : spot.path}`;
    refuseOthers({ entries, known: names.map(snake), code: 'COUNTRY_KEY', of });
    const parts = names.map((name) => [name, readField(fields[name], { spot, entry: entries.get(snake(name)), name })]);
    return Object.fromEntries(parts.filter(([, value]) => value !== undefined)) as T;
  };
}

type Missing = { readonly spot: Spot; readonly entry: Entry | undefined; readonly name: string };

function readField<T>(field: Field<T>, { spot, entry, name }: Missing): T | undefined {
  if (entry !== undefined) return field.read(entry.value);
  if (field.absent.is === 'default') return field.absent.value;
  const path = join(spot.path, snake(name));
  if (field.absent.is === 'empty') return field.read({ ...spot, path, node: null });
  if (field.absent.is === 'omitted') return undefined;
  const message = `${snake(name)} is missing`;
  return note({ ...spot, path }, { code: 'COUNTRY_KEY', message, remedy: `Add ${snake(name)} here.` });
}

/** Reads a list of such items. */
export function list<T>(item: Reader<T>, options: { readonly atLeastOne?: string } = {}): Reader<readonly T[]> {
  return (spot) => {
    const items = itemsOf(spot);
    if (items === undefined) return undefined;
    if (items.length === 0 && options.atLeastOne !== undefined) {
      const message = `the list is empty; at least one ${options.atLeastOne} is due`;
      note(spot, { code: 'COUNTRY_VALUE', message, remedy: 'Add one.' });
    }
    // A faulty item stays in its place as a hole, so that indices and paths agree.
    return items.map(item) as T[];
  };
}

/** Reads as another reader does, then compares parts of the value with each other. */
export function checked<T>(read: Reader<T>, check: (value: Holed<T>, spot: Spot) => void): Reader<T> {
  return (spot) => {
    const value = read(spot);
    if (value !== undefined) check(value as Holed<T>, spot);
    return value;
  };
}

/** A key of a map with the spots of the key and of its value. */
export type Entry = { readonly key: Spot; readonly value: Spot };

/** The entries of a map by key, the first of each; duplicate and unreadable keys are noted. An empty node is an empty map. */
export function entriesOf(spot: Spot): Map<string, Entry> | undefined {
  if (spot.node === null || (isScalar(spot.node) && spot.node.value === null)) return new Map();
  if (isAlias(spot.node)) return noteAlias(spot);
  if (!isMap(spot.node)) return note(spot, { code: 'COUNTRY_VALUE', ...expected('a map of keys and values', spot) });
  const entries = new Map<string, Entry>();
  for (const { key: node, value } of spot.node.items) {
    const key = keyText(node);
    const path = join(spot.path, key ?? '?');
    const keySpot = { ...spot, node, path, offset: offsetOf(node, spot.offset) };
    if (key === undefined) note(keySpot, { code: 'COUNTRY_KEY', ...BAD_KEY });
    else if (entries.has(key)) note(keySpot, { code: 'COUNTRY_KEY', ...twice(key, entries.get(key)?.key) });
    else entries.set(key, { key: keySpot, value: visited({ ...keySpot, node: value }) });
  }
  return entries;
}

const BAD_KEY = { message: 'a key must be a plain word', remedy: 'Write one word before the colon.' };

const twice = (key: string, first: Spot | undefined) => ({
  message: `${key} is given twice${first === undefined ? '' : `, first on line ${first.walk.lines.linePos(first.offset).line}`}`,
  remedy: 'Keep one of the two.',
});

/** Notes every key that is not known, with the key it may have meant. */
export function refuseOthers(found: {
  readonly entries: Map<string, Entry>;
  readonly known: readonly string[];
  readonly code: Fault['code'];
  readonly of: string;
}): void {
  for (const [key, entry] of found.entries) {
    if (found.known.includes(key)) continue;
    const message = `${key.slice(0, 64)} is no ${found.of}`;
    note(entry.key, { code: found.code, message, remedy: suggest(key, found.known) });
  }
}

function itemsOf(spot: Spot): Spot[] | undefined {
  if (spot.node === null || (isScalar(spot.node) && spot.node.value === null)) return [];
  if (isAlias(spot.node)) return noteAlias(spot);
  if (!isSeq(spot.node)) return note(spot, { code: 'COUNTRY_VALUE', ...expected('a list', spot) });
  return spot.node.items.map((node, index) =>
    visited({ ...spot, node, path: `${spot.path}[${index}]`, offset: offsetOf(node, spot.offset) }),
  );
}

/** The spot of a value: at the value itself where it has one, otherwise where its key stands. */
function visited(spot: Spot): Spot {
  const empty = spot.node === null || (isScalar(spot.node) && spot.node.value === null);
  const placed = empty ? spot : { ...spot, offset: offsetOf(spot.node, spot.offset) };
  spot.walk.places.set(placed.path, placed.offset);
  return placed;
}

const offsetOf = (node: unknown, otherwise: number): number =>
  isNode(node) ? (node.range?.[0] ?? otherwise) : otherwise;

const keyText = (node: unknown): string | undefined => {
  if (!isScalar(node)) return undefined;
  // A number as a key is known by how it was written: `01` is not `1`.
  return typeof node.value === 'string' ? node.value : (node.source ?? String(node.value));
};

const join = (path: string, below: string): string =>
  path === '' || below.startsWith('[') ? `${path}${below}` : `${path}.${below}`;

/** Notes that an alias stands here. */
export const noteAlias = (spot: Spot): undefined =>
  note(spot, {
    code: 'COUNTRY_YAML',
    message: 'an alias (*) stands here; a country file repeats its values, so that each line can be read by itself',
    remedy: 'Write the value out.',
  });

/** What was due and what stands there instead. */
export function expected(due: string, spot: Spot): { message: string; remedy: string } {
  const found = isMap(spot.node) ? 'a map' : isSeq(spot.node) ? 'a list' : 'a single value';
  return { message: `${due} is due here, not ${found}`, remedy: `Write ${due}.` };
}
