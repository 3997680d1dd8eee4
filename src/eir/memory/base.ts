import type { SectionName } from './image.ts';
import { CODE_BITS, CODE_MASK, ESCAPE, highOf, IMEI_END, SERIALS, spread, spreadTac, TWO_32 } from './layout.ts';
import { sortRows, type Take } from './sort.ts';

// A line of the directory: the TAC plus 1 above 5 bits of shift (all 0: empty), and where its buckets begin. A bucket
// takes the serial numbers that are equal above the shift; it tells where their words begin, and the next one where they
// end, which for the last bucket is the first of the next TAC. With 30,000 TACs all lines fit the processor's own cache.
const LINE = 2;
const SHIFT_BITS = 5;
const SHIFT_MASK = 0x1f;

/** Words of a bucket, on the average half to all of this: their places are guessed to within some few. */
const BUCKET = 64;

/** Words walked from the guessed one, at most: three cache lines, which the processor fetches ahead. */
const WALK = 48;

/** The shift of a TAC with a number of identifiers: that number, shifted, is below 2^26. */
export const shiftFor = (count: number): number => Math.min(20, Math.floor(Math.log2((BUCKET * SERIALS) / count)));

/** Buckets of a TAC. */
export const bucketsFor = (shift: number): number => ((SERIALS - 1) >>> shift) + 1;

/** Writes a line of the directory. */
export function writeLine(
  tacs: Uint32Array,
  { tac, shift, bucket }: { readonly tac: number; readonly shift: number; readonly bucket: number },
): void {
  const slots = tacs.length / LINE;
  let slot = Math.floor((spreadTac(tac) * slots) / TWO_32);
  while (tacs[slot * LINE] !== 0) slot = slot + 1 === slots ? 0 : slot + 1;
  tacs[slot * LINE] = ((tac + 1) << SHIFT_BITS) | shift;
  tacs[slot * LINE + 1] = bucket;
}

/** Writes an identifier into the hash: its lower half, and its upper half above the code. */
export function writeHashed(hash: Uint32Array, low: number, highAndCode: number): void {
  const slots = hash.length / 2;
  let slot = Math.floor((spread(low, highAndCode >>> CODE_BITS) * slots) / TWO_32);
  while (hash[2 * slot + 1] !== 0) slot = slot + 1 === slots ? 0 : slot + 1;
  hash[2 * slot] = low;
  hash[2 * slot + 1] = highAndCode;
}

/** Writes the class of an identifier into the side table. */
export function writeSide(side: Uint32Array, imei: number, index: number): void {
  const slots = side.length / 3;
  let slot = Math.floor((spread(imei >>> 0, highOf(imei)) * slots) / TWO_32);
  while (side[3 * slot + 2] !== 0) slot = slot + 1 === slots ? 0 : slot + 1;
  side.set([imei >>> 0, highOf(imei), index], 3 * slot);
}

/** The immutable part: identifiers of TACs as sorted serial numbers behind a directory, those of rare TACs in a hash. */
export class Base {
  readonly #words: Uint32Array;
  readonly #starts: Uint32Array;
  readonly #tacs: Uint32Array;
  readonly #tacScale: number;
  readonly #hash: Uint32Array;
  readonly #hashScale: number;
  readonly #side: Uint32Array;
  readonly #sideScale: number;

  constructor(section: (name: SectionName) => Uint32Array) {
    this.#words = section('words');
    this.#starts = section('starts');
    this.#tacs = section('tacs');
    this.#hash = section('hash');
    this.#side = section('side');
    this.#tacScale = this.#tacs.length / LINE / TWO_32;
    this.#hashScale = this.#hash.length / 2 / TWO_32;
    this.#sideScale = this.#side.length / 3 / TWO_32;
  }

  /** The class of an identifier; 0 where it is on no list, and for what is no IMEI. */
  lookup(imei: number): number {
    if (!(imei >= 0 && imei < IMEI_END)) return 0;
    const tac = (imei / SERIALS) | 0;
    const tacs = this.#tacs;
    const end = tacs.length;
    let at = ((spreadTac(tac) * this.#tacScale) | 0) * LINE;
    for (;;) {
      const key = tacs[at] ?? 0;
      if (key >>> SHIFT_BITS === tac + 1) {
        const code = this.#search(tacs[at + 1] ?? 0, key & SHIFT_MASK, imei - tac * SERIALS);
        return code === ESCAPE ? this.#escaped(imei) : code;
      }
      if (key === 0) break;
      at = at + LINE === end ? 0 : at + LINE;
    }
    const code = this.#hashed(imei);
    return code === ESCAPE ? this.#escaped(imei) : code;
  }

  /** Gives all identifiers in their order. */
  each(take: Take): void {
    const { imeis, indexes } = this.#hashRows();
    let next = 0;
    for (const at of this.#lines()) {
      const [key = 0, bucket = 0] = this.#tacs.subarray(at, at + LINE);
      const first = ((key >>> SHIFT_BITS) - 1) * SERIALS;
      for (; (imeis[next] ?? Infinity) < first; next += 1) take(imeis[next] ?? 0, indexes[next] ?? 0);
      const start = this.#starts[bucket] ?? 0;
      const end = this.#starts[bucket + bucketsFor(key & SHIFT_MASK)] ?? 0;
      for (let place = start; place < end; place += 1) {
        const word = this.#words[place] ?? 0;
        const imei = first + (word >>> CODE_BITS);
        const code = word & CODE_MASK;
        take(imei, code === ESCAPE ? this.#escaped(imei) : code);
      }
    }
    for (; next < imeis.length; next += 1) take(imeis[next] ?? 0, indexes[next] ?? 0);
  }

  /** The place of a serial number in its bucket is guessed from its value, and what is left is walked, or halved. */
  #search(bucket: number, shift: number, serial: number): number {
    const words = this.#words;
    const place = bucket + (serial >>> shift);
    const start = this.#starts[place] ?? 0;
    const end = this.#starts[place + 1] ?? 0;
    if (start === end) return 0;
    const guess = start + (((serial & ((1 << shift) - 1)) * (end - start)) >>> shift);
    const word = words[guess] ?? 0;
    const found = word >>> CODE_BITS;
    if (found === serial) return word & CODE_MASK;
    return found < serial ? this.#walkUp(serial, guess + 1, end) : this.#walkDown(serial, start, guess - 1);
  }

  /** Looks from a place on to before `end`. */
  #walkUp(serial: number, from: number, end: number): number {
    const words = this.#words;
    const stop = Math.min(end, from + WALK);
    for (let at = from; at < stop; at += 1) {
      const word = words[at] ?? 0;
      const found = word >>> CODE_BITS;
      if (found >= serial) return found === serial ? word & CODE_MASK : 0;
    }
    return this.#halve(serial, stop, end - 1);
  }

  /** Looks from a place back to `start`. */
  #walkDown(serial: number, start: number, from: number): number {
    const words = this.#words;
    const stop = Math.max(start, from - WALK);
    for (let at = from; at >= stop; at -= 1) {
      const word = words[at] ?? 0;
      const found = word >>> CODE_BITS;
      if (found <= serial) return found === serial ? word & CODE_MASK : 0;
    }
    return this.#halve(serial, start, stop - 1);
  }

  #halve(serial: number, first: number, last: number): number {
    let [low, high] = [first, last];
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const word = this.#words[middle] ?? 0;
      const found = word >>> CODE_BITS;
      if (found === serial) return word & CODE_MASK;
      if (found < serial) low = middle + 1;
      else high = middle - 1;
    }
    return 0;
  }

  #hashed(imei: number): number {
    const hash = this.#hash;
    const end = hash.length;
    if (end === 0) return 0;
    const low = imei >>> 0;
    const high = highOf(imei);
    let at = ((spread(low, high) * this.#hashScale) | 0) * 2;
    for (;;) {
      const word = hash[at + 1] ?? 0;
      if (word === 0) return 0;
      if (hash[at] === low && word >>> CODE_BITS === high) return word & CODE_MASK;
      at = at + 2 === end ? 0 : at + 2;
    }
  }

  #escaped(imei: number): number {
    const side = this.#side;
    const low = imei >>> 0;
    const high = highOf(imei);
    let at = ((spread(low, high) * this.#sideScale) | 0) * 3;
    for (;;) {
      const index = side[at + 2] ?? 0;
      if (index === 0 || (side[at] === low && side[at + 1] === high)) return index;
      at = at + 3 === side.length ? 0 : at + 3;
    }
  }

  /** Where the lines of the directory are, in the order of their TACs. */
  #lines(): Uint32Array {
    let count = 0;
    for (let at = 0; at < this.#tacs.length; at += LINE) if (this.#tacs[at] !== 0) count += 1;
    const keys = new Uint32Array(count); // a line's first word, whose upper bits are the TAC
    for (let at = 0; at < this.#tacs.length; at += LINE) {
      if (this.#tacs[at] === 0) continue;
      count -= 1;
      keys[count] = this.#tacs[at] ?? 0;
    }
    return keys.sort().map((key) => this.#lineOf(key));
  }

  /** Where the line of a TAC that is there is. */
  #lineOf(key: number): number {
    let at = ((spreadTac((key >>> SHIFT_BITS) - 1) * this.#tacScale) | 0) * LINE;
    while (this.#tacs[at] !== key) at = at + LINE === this.#tacs.length ? 0 : at + LINE;
    return at;
  }

  #hashRows(): { readonly imeis: Float64Array; readonly indexes: Uint32Array } {
    const hash = this.#hash;
    let rows = 0;
    for (let at = 1; at < hash.length; at += 2) if (hash[at] !== 0) rows += 1;
    const [imeis, indexes] = [new Float64Array(rows), new Uint32Array(rows)];
    rows = 0;
    for (let at = 0; at < hash.length; at += 2) {
      const word = hash[at + 1] ?? 0;
      if (word === 0) continue;
      const imei = (word >>> CODE_BITS) * TWO_32 + (hash[at] ?? 0);
      imeis[rows] = imei;
      indexes[rows] = (word & CODE_MASK) === ESCAPE ? this.#escaped(imei) : word & CODE_MASK;
      rows += 1;
    }
    sortRows(imeis, indexes);
    return { imeis, indexes };
  }
}
