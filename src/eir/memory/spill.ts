import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs';

/** Words gathered before they go to the file: 1 MiB. */
const BLOCK = 1 << 18;

/** Rows of 32-bit words, put aside and read back once in their order. Few of them never reach the disk. */
export class Spill {
  readonly #file: string;
  readonly #width: number;
  readonly #block: Uint32Array;
  #descriptor: number | undefined;
  #filled = 0;
  #written = 0;

  /** @param file a name that does not exist yet */
  constructor(file: string, width: number) {
    this.#file = file;
    this.#width = width;
    this.#block = new Uint32Array(BLOCK - (BLOCK % width));
  }

  /** Rows so far. */
  get length(): number {
    return (this.#written + this.#filled) / this.#width;
  }

  /** Adds a row; the third word counts only where rows have three. */
  add(first: number, second: number, third = 0): void {
    if (this.#filled === this.#block.length) this.#flush();
    this.#block[this.#filled] = first;
    this.#block[this.#filled + 1] = second;
    if (this.#width > 2) this.#block[this.#filled + 2] = third;
    this.#filled += this.#width;
  }

  /** Gives the rows in blocks of whole rows. A block counts until the next one. */
  *blocks(): Generator<Uint32Array> {
    if (this.#descriptor !== undefined) {
      this.#flush();
      for (let at = 0; at < this.#written; at += this.#block.length) {
        const words = Math.min(this.#block.length, this.#written - at);
        readWhole(this.#descriptor, this.#block.subarray(0, words), 4 * at);
        yield this.#block.subarray(0, words);
      }
    } else yield this.#block.subarray(0, this.#filled);
  }

  close(): void {
    if (this.#descriptor === undefined) return;
    closeSync(this.#descriptor);
    this.#descriptor = undefined;
    rmSync(this.#file, { force: true });
  }

  #flush(): void {
    this.#descriptor ??= openSync(this.#file, 'wx+');
    writeWhole(this.#descriptor, this.#block.subarray(0, this.#filled), 4 * this.#written);
    this.#written += this.#filled;
    this.#filled = 0;
  }
}

/** Fills an array from a file at a position in bytes. */
export function readWhole(descriptor: number, array: Uint32Array | BigUint64Array, position: number): void {
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  for (let at = 0; at < bytes.length; ) {
    const got = readSync(descriptor, bytes, at, bytes.length - at, position + at);
    if (got === 0) throw new Error('A file of the builder ended before its end.');
    at += got;
  }
}

/** Writes an array to a file at a position in bytes. */
export function writeWhole(descriptor: number, array: Uint32Array | BigUint64Array, position: number): void {
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at, bytes.length - at, position + at);
}
