import type { Entry } from '../../decisions/core/entry.ts';
import { CLASS_END } from './layout.ts';

/** An entry, and what its writer keeps with it that readers need not see. */
export type Held = Entry & {
  /** One text; absent where there is none. */
  readonly held?: string;
};

/** Entries by their bits alone always have room, so that a verdict never depends on how many reasons there are. */
const RESERVED = 1024;

/** The lower byte is that of entries; the bits above it are the writer's own, and readers do not see them. */
const ENTRY_BITS = 0xff;
const BITS_END = 1 << 14;

/** Bytes of reasons, as UTF-8 and all together, beyond which new ones are left out. */
const TEXT_LIMIT = 12 << 20;

const ABSENT: Held = { bits: 0, reasons: '' };

const isBits = (bits: number): boolean => Number.isInteger(bits) && bits >= 0 && bits < BITS_END;

/**
 * The classes of identifiers: equal entries have one index. Index 0 is 'on no list'. Where there are more classes than an
 * index can tell apart, or more text than is shared, further ones keep their bits and lose their texts.
 */
export class Classes {
  readonly #indexes: (Map<string, number> | undefined)[] = [];
  readonly #unions = new Map<number, number>();
  readonly #entries: Held[] = [ABSENT];
  readonly #added: (entry: Entry, index: number) => void;
  #bytes = 0;
  #folded = 0;

  /** @param added called for each new class before its index is given out */
  constructor(added: (entry: Entry, index: number) => void = () => undefined) {
    this.#added = added;
  }

  get entries(): readonly Held[] {
    return this.#entries;
  }

  /** How often reasons were left out. */
  get folded(): number {
    return this.#folded;
  }

  /**
   * The index of an entry, new or known.
   * @throws RangeError when the bits are more than {@link BITS_END} has
   */
  of(bits: number, reasons: string, held = ''): number {
    if (bits === 0) return 0;
    return this.#indexes[bits]?.get(keyOf(reasons, held)) ?? this.#add(bits, reasons, held);
  }

  /** The index of what two entries of one identifier say together; only one of them may have a text of its writer. */
  union(one: number, other: number): number {
    if (one === other) return one;
    const key = Math.min(one, other) * (CLASS_END + 1) + Math.max(one, other);
    const known = this.#unions.get(key);
    if (known !== undefined) return known;
    const [a, b] = [this.#entries[one] ?? ABSENT, this.#entries[other] ?? ABSENT];
    const reasons = new Set([...a.reasons.split('|'), ...b.reasons.split('|')].filter((reason) => reason !== ''));
    const index = this.of(a.bits | b.bits, [...reasons].sort().join('|'), a.held ?? b.held);
    if (this.#unions.size < CLASS_END) this.#unions.set(key, index);
    return index;
  }

  #add(bits: number, reasons: string, held: string): number {
    if (!isBits(bits)) throw new RangeError(`${bits} are no bits of an entry.`);
    const bytes = Buffer.byteLength(reasons) + Buffer.byteLength(held);
    const full = this.#entries.length >= CLASS_END - RESERVED || this.#bytes + bytes > TEXT_LIMIT;
    if (full && bytes > 0) {
      this.#folded += 1;
      return this.of(bits, '');
    }
    return this.place(bits, reasons, held);
  }

  /** Gives a new entry the next index, though there be no room for more: for those of a file, whose numbers stand. */
  place(bits: number, reasons: string, held = ''): number {
    const entry: Held = { bits, reasons, ...(held === '' ? {} : { held }) };
    const index = this.#entries.length;
    this.#bytes += Buffer.byteLength(reasons) + Buffer.byteLength(held);
    this.#added(entry, index);
    this.#entries.push(entry);
    const beside = this.#indexes[bits] ?? new Map<string, number>();
    this.#indexes[bits] = beside.set(keyOf(reasons, held), index);
    return index;
  }
}

/** No text has this character: both are lines. */
const keyOf = (reasons: string, held: string): string => (held === '' ? reasons : `${reasons}\0${held}`);

// The shared table: how many classes there are, where the next text goes, the place of each class's text, the texts. A
// text is its bits, its length, its bytes. Memory that nobody has written to takes no place in the machine.
const COUNT = 0;
const NEXT = 1;
const PLACES = 2;
const TEXTS = 4 * (PLACES + CLASS_END);
const SIZE = TEXTS + TEXT_LIMIT + 12 * CLASS_END;

const aligned = (bytes: number): number => (bytes + 3) & ~3;

/** The writing side of the table of classes that all workers read. */
export function sharedClasses(): { readonly memory: SharedArrayBuffer; readonly classes: Classes } {
  const memory = new SharedArrayBuffer(SIZE);
  const words = new Int32Array(memory);
  const bytes = Buffer.from(memory);
  const append = ({ bits, reasons }: Entry, index: number): void => {
    const place = (words[NEXT] ?? 0) + TEXTS;
    const length = bytes.write(reasons, place + 8);
    words[place >> 2] = bits & ENTRY_BITS;
    words[(place >> 2) + 1] = length;
    words[PLACES + index] = place;
    words[NEXT] = aligned(place + 8 + length) - TEXTS;
    // Whoever sees the count sees what was written before it.
    Atomics.store(words, COUNT, index + 1);
  };
  append(ABSENT, 0);
  return { memory, classes: new Classes(append) };
}

/** The reading side: a class is made an object when it is first asked for, and is the same object ever after. */
export class ClassReader {
  readonly #words: Int32Array;
  readonly #bytes: Buffer;
  readonly #entries: (Entry | undefined)[] = [];

  constructor(memory: SharedArrayBuffer) {
    this.#words = new Int32Array(memory);
    this.#bytes = Buffer.from(memory);
  }

  /** @throws RangeError when there is no such class: an index counts only with the table it came from */
  entry(index: number): Entry {
    return this.#entries[index] ?? this.#read(index);
  }

  #read(index: number): Entry {
    if (!(index >= 0 && index < Atomics.load(this.#words, COUNT))) throw new RangeError(`There is no class ${index}.`);
    const place = this.#words[PLACES + index] ?? 0;
    const bits = this.#words[place >> 2] ?? 0;
    const length = this.#words[(place >> 2) + 1] ?? 0;
    const entry = { bits, reasons: this.#bytes.toString('utf8', place + 8, place + 8 + length) };
    this.#entries[index] = entry;
    return entry;
  }
}
