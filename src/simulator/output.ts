import { closeSync, openSync, writeSync } from 'node:fs';

const SIZE = 1 << 20;

/** A text file written through one large buffer. ASCII only: every character is one byte. */
export class Output implements Disposable {
  readonly file: string;
  /** Lines written, the header not counted. */
  rows = 0;
  readonly #handle: number;
  #bytes = Buffer.allocUnsafe(SIZE);
  #used = 0;

  /** Creates the file and writes its header line; an existing file is not overwritten. */
  constructor(file: string, header: string) {
    this.file = file;
    this.#handle = openSync(file, 'wx');
    this.#put(`${header}\n`);
  }

  /** Writes one line. */
  line(text: string): void {
    this.#put(`${text}\n`);
    this.rows += 1;
  }

  /**
   * Writes one line given as up to three runs of bytes, the last of which ends it. The middle one is a stretch of a
   * larger array, so that no view of it has to be made for a row.
   */
  row(
    head: Uint8Array,
    body: { readonly of: Uint8Array; readonly from: number; readonly to: number },
    tail: Uint8Array,
  ): void {
    this.stretch(head, 0, head.length);
    this.stretch(body.of, body.from, body.to);
    this.stretch(tail, 0, tail.length);
    this.rows += 1;
  }

  /** Writes a stretch of bytes without ending the line. */
  stretch(source: Uint8Array, from: number, to: number): void {
    if (this.#used + (to - from) > SIZE) this.#flush();
    const bytes = this.#bytes;
    let at = this.#used;
    // Runs of 3 to 50 bytes: a loop is faster than a call to copy.
    for (let next = from; next < to; next += 1, at += 1) bytes[at] = source[next] ?? 0;
    this.#used = at;
  }

  [Symbol.dispose](): void {
    this.#flush();
    closeSync(this.#handle);
    this.#bytes = Buffer.alloc(0);
  }

  #put(text: string): void {
    if (this.#used + text.length > SIZE) this.#flush();
    this.#used += this.#bytes.write(text, this.#used, 'latin1');
  }

  #flush(): void {
    for (let at = 0; at < this.#used; ) at += writeSync(this.#handle, this.#bytes, at, this.#used - at);
    this.#used = 0;
  }
}
