import { closeSync, openSync, rmSync } from 'node:fs';
import { readWhole, writeWhole } from './spill.ts';

/** Rows sorted at a time, in memory: 16 MiB. */
const CHUNK = 1 << 21;

/** Rows of one run read at a time: 256 KiB. */
const PIECE = 1 << 15;

const LOW_IMEI = 0x7fff;
const CLASS_BITS = 17;
const CLASS_MASK = 0x1ffff;

/** Takes an identifier and its class. */
export type Take = (imei: number, index: number) => void;

// A row is 64 bits: 47 of the IMEI above 17 of the class, so that numbers in order are IMEIs in order. It is written and
// read as two words, since a BigInt for each would take longer than all the rest; only the sorting sees it whole.
const write = (words: Uint32Array, at: number, { imei, index }: { imei: number; index: number }): void => {
  const high = Math.floor(imei / (LOW_IMEI + 1));
  words[2 * at + 1] = high;
  words[2 * at] = ((imei - high * (LOW_IMEI + 1)) << CLASS_BITS) | index;
};

const imeiAt = (words: Uint32Array, at: number): number =>
  (words[2 * at + 1] ?? 0) * (LOW_IMEI + 1) + ((words[2 * at] ?? 0) >>> CLASS_BITS);
const indexAt = (words: Uint32Array, at: number): number => (words[2 * at] ?? 0) & CLASS_MASK;

/** Sorts identifiers with their classes in the given order of memory, each array being of 64-bit rows. */
export function sortRows(imeis: Float64Array, indexes: Uint32Array): void {
  const rows = new BigUint64Array(imeis.length);
  const words = new Uint32Array(rows.buffer);
  for (const [at, imei] of imeis.entries()) write(words, at, { imei, index: indexes[at] ?? 0 });
  rows.sort();
  for (let at = 0; at < rows.length; at += 1) {
    imeis[at] = imeiAt(words, at);
    indexes[at] = indexAt(words, at);
  }
}

/** A sorted part of the file. */
type Run = { readonly from: number; rows: number };

/** Brings any number of identifiers into order with little memory: sorted runs go to a file and are merged from there. */
export class Sorter {
  readonly #file: string;
  readonly #rows = new BigUint64Array(CHUNK);
  readonly #words = new Uint32Array(this.#rows.buffer);
  readonly #runs: Run[] = [];
  #descriptor: number | undefined;
  #filled = 0;
  #written = 0;
  #inOrder = true;
  #last = -1;
  /** The last identifier of the last run. */
  #end = -1;

  /** @param file a name that does not exist yet */
  constructor(file: string) {
    this.#file = file;
  }

  add(imei: number, index: number): void {
    if (this.#filled === CHUNK) this.#flush();
    write(this.#words, this.#filled, { imei, index });
    this.#filled += 1;
    if (imei < this.#last) this.#inOrder = false;
    this.#last = imei;
  }

  /** Gives all in the order of the identifiers; those of one identifier in the order of their classes, or as they came. */
  each(take: Take): void {
    if (this.#descriptor === undefined) {
      this.#sort();
      for (let at = 0; at < this.#filled; at += 1) take(imeiAt(this.#words, at), indexAt(this.#words, at));
      return;
    }
    this.#flush();
    const descriptor = this.#descriptor;
    const cursors = this.#runs.map((run) => new Cursor(descriptor, run));
    merge(cursors, take);
  }

  close(): void {
    if (this.#descriptor === undefined) return;
    closeSync(this.#descriptor);
    this.#descriptor = undefined;
    rmSync(this.#file, { force: true });
  }

  #sort(): void {
    if (!this.#inOrder) this.#rows.subarray(0, this.#filled).sort();
  }

  #flush(): void {
    if (this.#filled === 0) return;
    this.#sort();
    this.#descriptor ??= openSync(this.#file, 'wx+');
    writeWhole(this.#descriptor, this.#rows.subarray(0, this.#filled), 8 * this.#written);
    const run = this.#runs.at(-1);
    if (run !== undefined && imeiAt(this.#words, 0) >= this.#end) run.rows += this.#filled;
    else this.#runs.push({ from: this.#written, rows: this.#filled });
    this.#end = imeiAt(this.#words, this.#filled - 1);
    this.#written += this.#filled;
    this.#filled = 0;
    this.#inOrder = true;
    this.#last = -1;
  }
}

class Cursor {
  readonly #descriptor: number;
  readonly #rows: BigUint64Array;
  readonly #words: Uint32Array;
  #next: number;
  #left: number;
  #at = 0;
  #filled = 0;

  constructor(descriptor: number, { from, rows }: Run) {
    this.#descriptor = descriptor;
    this.#rows = new BigUint64Array(Math.min(PIECE, rows));
    this.#words = new Uint32Array(this.#rows.buffer);
    this.#next = from;
    this.#left = rows;
    this.#fill();
  }

  /** The identifier it stands at; Infinity behind the last. */
  imei(): number {
    return this.#at < this.#filled ? imeiAt(this.#words, this.#at) : Infinity;
  }

  index(): number {
    return indexAt(this.#words, this.#at);
  }

  advance(): void {
    this.#at += 1;
    if (this.#at === this.#filled) this.#fill();
  }

  #fill(): void {
    this.#filled = Math.min(this.#rows.length, this.#left);
    readWhole(this.#descriptor, this.#rows.subarray(0, this.#filled), 8 * this.#next);
    this.#next += this.#filled;
    this.#left -= this.#filled;
    this.#at = 0;
  }
}

/** A tree of the least: runs are some dozens, and identifiers many. */
function merge(cursors: readonly Cursor[], take: Take): void {
  const size = 2 ** Math.ceil(Math.log2(Math.max(1, cursors.length)));
  const heads = new Float64Array(size).fill(Infinity);
  for (const [at, cursor] of cursors.entries()) heads[at] = cursor.imei();
  // Knot n has the winners of its two children 2n and 2n + 1; the leaves are the runs.
  const winners = new Int32Array(2 * size);
  for (let at = 0; at < size; at += 1) winners[size + at] = at;
  const decide = (knot: number): void => {
    const [left, right] = [winners[2 * knot] ?? 0, winners[2 * knot + 1] ?? 0];
    winners[knot] = (heads[left] ?? Infinity) <= (heads[right] ?? Infinity) ? left : right;
  };
  for (let knot = size - 1; knot > 0; knot -= 1) decide(knot);
  for (;;) {
    const winner = winners[1] ?? 0;
    const cursor = cursors[winner];
    const imei = heads[winner] ?? Infinity;
    if (cursor === undefined || imei === Infinity) return;
    take(imei, cursor.index());
    cursor.advance();
    heads[winner] = cursor.imei();
    for (let knot = (size + winner) >> 1; knot > 0; knot >>= 1) decide(knot);
  }
}
