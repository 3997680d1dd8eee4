import { table } from '../stores/schema.ts';
import type { Kind } from './kinds.ts';

/** History columns, which a row of a file has none of. */
const HISTORY = new Set(['valid_from', 'valid_to', 'recorded', 'closed']);

/** The official table's columns without those of history, with their types. */
export const contentOf = (kind: Kind): readonly (readonly [name: string, type: string])[] =>
  Object.entries(table(kind.table).columns).filter(([name]) => !HISTORY.has(name));

/** Engine expression: columns as one number, which no two different rows share (SipHash, 128 bits). */
export const hash = (columns: readonly string[]): string => `reinterpretAsUInt128(sipHash128(${columns.join(', ')}))`;

/** A key that is one number is compared as it is. */
const isNumber = (kind: Kind): boolean =>
  kind.key.length === 1 && contentOf(kind).some(([name, type]) => name === kind.key[0] && type.startsWith('UInt'));

/** Engine expression: what names a row. */
export const keyOf = (kind: Kind): string => (isNumber(kind) ? `${kind.key[0]}` : hash(kind.key));

/** Engine expression: all that a row says. */
export const contentHash = (kind: Kind): string => {
  const content = contentOf(kind).map(([name]) => name);
  return content.length === kind.key.length ? keyOf(kind) : hash(content);
};
