/** The lists an identifier can be on, as bits; several at once are possible. */
export const LISTS = { blocked: 1, tracked: 2, permitted: 4 } as const;

/** Why it is on the blocked or tracked list, as bits beside {@link LISTS}: the precedence table tells them apart. */
export const CAUSES = { stolen: 8, barred: 16 } as const;

/** Set where subscribers are paired with the identifier, so that only then pairs are looked for. */
export const PAIRED = 32;

/**
 * What lists say of an identifier, of a range or of a TAC. Equal entries are one object: a country of a hundred million
 * identifiers has some dozens of them.
 */
export type Entry = {
  /** Bits of {@link LISTS}, {@link CAUSES} and {@link PAIRED}. */
  readonly bits: number;
  /** Distinct reasons, sorted, joined by '|', as in the change log. */
  readonly reasons: string;
};

const entries = new Map<string, Entry>();

/** Reasons beyond which the common entries are forgotten; equal ones are then no longer one object, and no more. */
const MOST_ENTRIES = 65_536;

/** The one entry with these bits and reasons. */
export function entryOf(bits: number, reasons: string): Entry {
  const key = `${bits} ${reasons}`;
  const known = entries.get(key);
  if (known !== undefined) return known;
  if (entries.size >= MOST_ENTRIES) entries.clear();
  const entry = Object.freeze({ bits, reasons });
  entries.set(key, entry);
  return entry;
}
