/** What stands in a table of {@link Once}: a number, and 32 bits more where the number is a hash. */
export type OnceKey = { readonly number: number; readonly tag: number };

/**
 * Tells at which line a key stood first: of identifiers of a file, millions of them, in 16 bytes each and a little more.
 * Numbers are whole, from 0 to 2^53 − 2.
 */
export class Once {
  #numbers = new Float64Array(1 << 10);
  #tags = new Uint32Array(1 << 10);
  #lines = new Uint32Array(1 << 10);
  #size = 0;

  /** The line at which the key was seen before; undefined, and remembered with this line, where it was not. */
  first({ number, tag }: OnceKey, line: number): number | undefined {
    if (this.#size * 2 >= this.#numbers.length) this.#grow();
    const at = this.#placeOf(number, tag);
    if (this.#numbers[at] !== 0) return this.#lines[at];
    this.#put(at, { number, tag }, line);
    this.#size += 1;
    return undefined;
  }

  /** Where the key is, or else the empty place where it would go. 0 is empty, so numbers are kept as one more. */
  #placeOf(number: number, tag: number): number {
    const mask = this.#numbers.length - 1;
    let at = (Math.imul((number % 0x1_0000_0000) ^ tag ^ (number / 0x1_0000_0000), 0x9e3779b1) >>> 0) & mask;
    while (this.#numbers[at] !== 0 && !(this.#numbers[at] === number + 1 && this.#tags[at] === tag))
      at = (at + 1) & mask;
    return at;
  }

  #put(at: number, { number, tag }: OnceKey, line: number): void {
    this.#numbers[at] = number + 1;
    this.#tags[at] = tag;
    this.#lines[at] = line;
  }

  #grow(): void {
    const [numbers, tags, lines] = [this.#numbers, this.#tags, this.#lines];
    const room = numbers.length * 2;
    [this.#numbers, this.#tags, this.#lines] = [new Float64Array(room), new Uint32Array(room), new Uint32Array(room)];
    for (const [from, kept] of numbers.entries()) {
      if (kept === 0) continue;
      const key = { number: kept - 1, tag: tags[from] ?? 0 };
      this.#put(this.#placeOf(key.number, key.tag), key, lines[from] ?? 0);
    }
  }
}

/**
 * A text as a key: 85 bits of hash, so that among a million texts two are taken for one in one file of 10^13. Whoever makes
 * texts that meet only has rows of the own file refused.
 */
export function textKey(text: string): OnceKey {
  let [one, two, three] = [0x811c9dc5, 0x9747b28c, 0x3c6ef372];
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    one = Math.imul(one ^ code, 0x01000193);
    two = Math.imul(two ^ code, 0x5bd1e995) ^ (two >>> 15);
    three = Math.imul(three ^ code, 0x85ebca6b) ^ (three >>> 13);
  }
  one ^= Math.imul(two ^ (two >>> 13), 0xc2b2ae35);
  two ^= Math.imul(one ^ (one >>> 16), 0x27d4eb2f);
  return { number: (one >>> 0) * 0x20_0000 + (two >>> 11), tag: three >>> 0 };
}
