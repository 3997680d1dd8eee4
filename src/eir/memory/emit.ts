import { bucketsFor, shiftFor, writeHashed, writeLine, writeSide } from './base.ts';
import type { ImageWriter } from './image.ts';
import { CODE_BITS, CODE_MASK, ESCAPE, highOf, LOAD, SERIALS, slotsFor, TAC_LEAST } from './layout.ts';
import { Spill } from './spill.ts';

/** Codes that go to the first classes that come; the others go to classes that came so often as {@link OFTEN}. */
const FIRST_CODES = 2048;
const OFTEN = 64;

/** What was written of identifiers. */
export type Emitted = {
  readonly rows: number;
  readonly tacs: number;
  /** Identifiers in the hash, and identifiers whose class is in the side table. */
  readonly hashed: number;
  readonly escaped: number;
  /** Class by class as numbered in the file: its index among the builder's classes, and how many identifiers it has. */
  readonly classes: readonly { readonly index: number; readonly rows: number }[];
};

const bytesOf = (words: Uint32Array): Uint8Array => new Uint8Array(words.buffer, words.byteOffset, words.byteLength);

/** A multiple of the words of a line. */
const PIECE = 3 << 16;

/** A list of words that grows in pieces, so that nothing is ever copied. */
class Words {
  readonly #pieces: Uint32Array[] = [];
  #filled = 0;
  length = 0;

  push(word: number): void {
    let last = this.#pieces.at(-1);
    if (last === undefined || this.#filled === last.length) {
      last = new Uint32Array(PIECE);
      this.#pieces.push(last);
      this.#filled = 0;
    }
    last[this.#filled] = word;
    this.#filled += 1;
    this.length += 1;
  }

  /** The words in their order, piece by piece. */
  *pieces(): Generator<Uint32Array> {
    for (const [at, piece] of this.#pieces.entries()) {
      yield at + 1 === this.#pieces.length ? piece.subarray(0, this.#filled) : piece;
    }
  }
}

/** Turns identifiers in their order into the sections of a file; in memory is one TAC at a time, and the directory. */
export class Emitter {
  readonly #out: ImageWriter;
  readonly #hashed: Spill;
  readonly #escaped: Spill;
  readonly #serials = new Uint32Array(SERIALS);
  readonly #words = new Uint32Array(SERIALS);
  /** Per TAC: TAC, shift, first bucket. */
  readonly #lines = new Words();
  /** Per bucket: where its words begin. */
  readonly #starts = new Words();
  /** By the builder's index: identifiers so far, and the code or 0. */
  readonly #counts: number[] = [0];
  readonly #codes: number[] = [0];
  /** By code: the builder's index. */
  readonly #granted: number[] = [0];
  #tac = -1;
  #count = 0;
  #start = 0;
  #rows = 0;

  /** @param spills names that do not exist yet */
  constructor(out: ImageWriter, spills: { readonly hashed: string; readonly escaped: string }) {
    this.#out = out;
    this.#hashed = new Spill(spills.hashed, 2);
    this.#escaped = new Spill(spills.escaped, 3);
  }

  /** Takes the next identifier, above all before it. */
  put(imei: number, index: number): void {
    const tac = (imei / SERIALS) | 0;
    if (tac !== this.#tac) this.#endTac(tac);
    const code = this.#codeOf(index);
    if (code === ESCAPE) this.#escaped.add(imei >>> 0, highOf(imei), index);
    const serial = imei - tac * SERIALS;
    this.#serials[this.#count] = serial;
    this.#words[this.#count] = (serial << CODE_BITS) | code;
    this.#count += 1;
    this.#rows += 1;
  }

  /** Writes all sections of identifiers. */
  finish(): Emitted {
    this.#endTac(-1);
    this.#out.end('words');
    this.#starts.push(this.#start);
    for (const piece of this.#starts.pieces()) this.#out.write(bytesOf(piece));
    this.#out.end('starts');
    const tacs = this.#directory();
    this.#out.section('hash', this.#hash());
    // Those with a code have it as their number; the others, which only the side table names, follow.
    const classes = this.#granted.slice(1).map((index) => ({ index, rows: this.#counts[index] ?? 0 }));
    const numbers = new Map<number, number>();
    for (const [index, rows] of this.#counts.entries()) {
      if (rows === 0 || (this.#codes[index] ?? 0) !== 0) continue;
      classes.push({ index, rows });
      numbers.set(index, classes.length);
    }
    this.#out.section('side', this.#side(numbers));
    const [hashed, escaped] = [this.#hashed.length, this.#escaped.length];
    return { rows: this.#rows, tacs, hashed, escaped, classes };
  }

  close(): void {
    this.#hashed.close();
    this.#escaped.close();
  }

  /** The code of a class; {@link ESCAPE} while it has none. */
  #codeOf(index: number): number {
    const count = (this.#counts[index] ?? 0) + 1;
    while (this.#counts.length < index) this.#counts.push(0);
    this.#counts[index] = count;
    const code = this.#codes[index] ?? 0;
    if (code !== 0) return code;
    const next = this.#granted.length;
    if (next >= ESCAPE || (next > FIRST_CODES && count < OFTEN)) return ESCAPE;
    while (this.#codes.length < index) this.#codes.push(0);
    this.#codes[index] = next;
    this.#granted.push(index);
    return next;
  }

  #endTac(next: number): void {
    const [tac, count] = [this.#tac, this.#count];
    if (count >= TAC_LEAST) {
      this.#out.write(bytesOf(this.#words.subarray(0, count)));
      this.#buckets(tac, count);
      this.#start += count;
    } else {
      for (let at = 0; at < count; at += 1) {
        const imei = tac * SERIALS + (this.#serials[at] ?? 0);
        this.#hashed.add(imei >>> 0, (highOf(imei) << CODE_BITS) | ((this.#words[at] ?? 0) & CODE_MASK));
      }
    }
    this.#tac = next;
    this.#count = 0;
  }

  #buckets(tac: number, count: number): void {
    const shift = shiftFor(count);
    for (const word of [tac, shift, this.#starts.length]) this.#lines.push(word);
    let at = 0;
    for (let bucket = 0; bucket < bucketsFor(shift); bucket += 1) {
      while (at < count && (this.#serials[at] ?? 0) >>> shift < bucket) at += 1;
      this.#starts.push(this.#start + at);
    }
  }

  #directory(): number {
    const count = this.#lines.length / 3;
    const tacs = new Uint32Array(2 * slotsFor(count, LOAD.directory));
    for (const piece of this.#lines.pieces()) {
      for (let at = 0; at < piece.length; at += 3) {
        writeLine(tacs, { tac: piece[at] ?? 0, shift: piece[at + 1] ?? 0, bucket: piece[at + 2] ?? 0 });
      }
    }
    this.#out.section('tacs', tacs);
    return count;
  }

  #hash(): Uint32Array {
    const hash = new Uint32Array(2 * slotsFor(this.#hashed.length, LOAD.hash));
    for (const rows of this.#hashed.blocks()) {
      for (let at = 0; at < rows.length; at += 2) writeHashed(hash, rows[at] ?? 0, rows[at + 1] ?? 0);
    }
    return hash;
  }

  /** Classes that got a code later have it here too: they came before. */
  #side(numbers: ReadonlyMap<number, number>): Uint32Array {
    const side = new Uint32Array(3 * slotsFor(this.#escaped.length, LOAD.side));
    for (const rows of this.#escaped.blocks()) {
      for (let at = 0; at < rows.length; at += 3) {
        const imei = (rows[at + 1] ?? 0) * 2 ** 32 + (rows[at] ?? 0);
        const index = rows[at + 2] ?? 0;
        writeSide(side, imei, numbers.get(index) ?? this.#codes[index] ?? 0);
      }
    }
    return side;
  }
}
