import { randomBytes } from 'node:crypto';
import type { Kind } from './kinds.ts';
import { contentOf } from './rows.ts';

/**
 * Engine expressions over the columns of a list, or of the table of rows: which row this is, and what it says.
 * Texts of any length are compared by 128 bits under a salt that is drawn for each import, so that nobody who writes
 * a file can choose two contents that pass for one, nor two lists whose sums of hashes do.
 */
export type Hashes = {
  /** Equal for the rows of one key. */
  readonly key: string;
  readonly keyType: string;
  /** UInt128, equal for rows of equal content. */
  readonly content: string;
};

/** A byte that no UTF-8 text has: the texts of all good rows are such. */
const BETWEEN = "'\\xff'";

const isText = (type: string): boolean => type.includes('String');
const isNumber = (type: string): boolean => type.startsWith('UInt');

/** The columns as one text that no other values give: the texts with a byte between, then the bytes of the numbers. */
function joined(columns: readonly (readonly [name: string, type: string])[]): string {
  const texts = columns.filter(([, type]) => isText(type)).map(([name]) => name);
  const numbers = columns.filter(([, type]) => !isText(type)).map(([name]) => `reinterpretAsFixedString(${name})`);
  const parts = [...texts.flatMap((name, at) => (at === 0 ? [name] : [BETWEEN, name])), ...numbers];
  return parts.length === 1 ? `${parts[0]}` : `concat(${parts.join(', ')})`;
}

/** The expressions for one import. */
export function hashesOf(kind: Kind): Hashes {
  const salt = randomBytes(16);
  const halves = [0, 8].map((at) => `toUInt64(${salt.readBigUInt64LE(at)})`).join(', ');
  const hash = (columns: readonly (readonly [string, string])[]): string =>
    `reinterpretAsUInt128(sipHash128Keyed((${halves}), ${joined(columns)}))`;
  const columns = contentOf(kind);
  const key = columns.filter(([name]) => kind.key.includes(name));
  const content = hash(columns);
  const [only, ...others] = key;
  // A key that is one number is compared as it is.
  if (only !== undefined && others.length === 0 && isNumber(only[1]))
    return { key: only[0], keyType: only[1], content };
  return { key: key.length === columns.length ? content : hash(key), keyType: 'UInt128', content };
}
