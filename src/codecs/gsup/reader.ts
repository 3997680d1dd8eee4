/** An information element where it lies. */
export type Element = { readonly tag: number; readonly start: number; readonly end: number };

/**
 * The elements of the message `bytes[start, end)`, type octet and all, as far as they can be read. Never throws; where a
 * length runs over the end it stops, and `whole` is false.
 */
export function elementsOf(
  bytes: Uint8Array,
  start: number,
  end: number,
): { readonly whole: boolean; readonly elements: readonly Element[] } {
  const elements: Element[] = [];
  let at = start + 1;
  while (at + 2 <= end) {
    const next = at + 2 + (bytes[at + 1] ?? 0);
    if (next > end) break;
    elements.push({ tag: bytes[at] ?? 0, start: at + 2, end: next });
    at = next;
  }
  return { whole: start < end && at === end, elements };
}

/** Elements of a message that are cleared one by one. */
const TAGS = 32;

/**
 * Reads message after message without a new object: the places of the last one's elements, by tag. Of an element that comes
 * twice the last one counts, as Osmocom's decoder does it.
 */
export class GsupReader {
  /** The octets of the message read last. */
  bytes: Buffer = Buffer.alloc(0);
  /** Its type. */
  type = 0;
  /** Its octets, with that of the type. */
  length = 0;
  readonly #starts = new Int32Array(256).fill(-1); // of each tag
  readonly #tags = new Uint8Array(TAGS); // those that have a start
  #count = 0;

  /** Reads the message `bytes[start, end)`; answers whether its elements end where it ends. Never throws. */
  read(bytes: Buffer, start: number, end: number): boolean {
    const starts = this.#starts;
    const tags = this.#tags;
    if (this.#count > TAGS) starts.fill(-1);
    else for (let known = 0; known < this.#count; known += 1) starts[tags[known] ?? 0] = -1;
    this.bytes = bytes;
    this.type = bytes[start] ?? 0;
    this.length = end - start;
    let count = 0;
    let at = start + 1;
    while (at + 2 <= end) {
      const tag = bytes[at] ?? 0;
      starts[tag] = at + 2;
      tags[count] = tag; // beyond its end nothing is kept, and all starts are cleared the next time
      count += 1;
      at += 2 + (bytes[at + 1] ?? 0);
    }
    this.#count = count;
    return at === end;
  }

  /** Where the element's value starts; -1 where the message has none. */
  start(tag: number): number {
    return this.#starts[tag] ?? -1;
  }

  /** Octets of the element's value; -1 where the message has none. */
  size(tag: number): number {
    const start = this.start(tag);
    return start < 0 ? -1 : (this.bytes[start - 1] ?? -1);
  }
  /** The value of an element of one octet; -1 where the message has none. */
  octet(tag: number): number {
    const start = this.start(tag);
    return start >= 0 && this.bytes[start - 1] === 1 ? (this.bytes[start] ?? -1) : -1;
  }
}
