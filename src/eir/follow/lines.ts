/** Cuts a stream into lines. A line longer than the limit is none: undefined is given, and nothing more can be read. */
export class Lines {
  readonly #limit: number;
  readonly #parts: Buffer[] = [];
  #held = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The lines that a chunk completes, each with its end. */
  *push(chunk: Buffer): Generator<Buffer | undefined> {
    let from = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      const last = chunk.subarray(from, end + 1);
      from = end + 1;
      yield this.#held === 0 ? Buffer.from(last) : this.#joined(last);
    }
    if (from === chunk.length) return;
    this.#parts.push(chunk.subarray(from));
    this.#held += chunk.length - from;
    if (this.#held > this.#limit) yield undefined;
  }

  #joined(last: Buffer): Buffer {
    const line = Buffer.concat([...this.#parts, last]);
    this.#parts.length = 0;
    this.#held = 0;
    return line;
  }
}
