/** Why octets are not BER (ITU-T X.690). */
export type BerProblem =
  /** The identifier octets are cut off, not the shortest (§8.1.2.4), or of a number above 2^21. */
  | 'tag'
  /** The length octets are cut off, of the reserved form (§8.1.3.5), of more than four octets, or run over the end. */
  | 'length'
  /** An indefinite length (§8.1.3.6) on a primitive, or one without its end-of-contents octets. */
  | 'indefinite'
  /** Indefinite lengths nested deeper than {@link DEPTH}. */
  | 'depth';

/** How deep indefinite lengths may nest; TCAP and MAP need eight. */
export const DEPTH = 16;

const CONSTRUCTED = 0x20;
const LONG = 0x1f;
const LENGTH_OCTETS = 4;

/** One element as it lies in the input; a cursor fills the same object again and again. */
export type Element = {
  /** The identifier octet as it is, for tag numbers up to 30; with the number above it, `number << 8`, for longer ones. */
  tag: number;
  /** Contents are `bytes[start, end)`. */
  start: number;
  end: number;
  /** Where the next element begins: after the end-of-contents octets where the length is indefinite. */
  next: number;
  /** How many indefinite lengths it is looked for within; above 0 only inside this file. */
  readonly depth: number;
};

export const element = (depth = 0): Element => ({ tag: 0, start: 0, end: 0, next: 0, depth });

/** Whether the contents are elements (§8.1.2.5). */
export const isConstructed = (tag: number): boolean => (tag & CONSTRUCTED) !== 0;

/** The tag without its primitive/constructed bit, to compare class and number alone. */
export const anyForm = (tag: number): number => tag & ~CONSTRUCTED;

/** Classes of tags by the upper two bits of the identifier octet (§8.1.2.2). */
export const CLASS = { universal: 0x00, application: 0x40, context: 0x80, private: 0xc0 } as const;
export type TagClass = keyof typeof CLASS;

/** The primitive tag of a class and number, as {@link Element.tag} has it. */
export const tagOf = (tagClass: TagClass, number: number): number =>
  number < LONG ? CLASS[tagClass] | number : CLASS[tagClass] | LONG | (number << 8);

/** Reads identifier octets of the long form (§8.1.2.4). */
function longTag(bytes: Buffer, from: number, end: number, into: Element): BerProblem | undefined {
  let number = 0;
  for (let at = from; at < end && at < from + 3; at += 1) {
    const octet = bytes[at] ?? 0;
    if (at === from && octet === 0x80) return 'tag';
    number = (number << 7) | (octet & 0x7f);
    if (octet < 0x80) {
      if (number < LONG) return 'tag';
      into.tag |= number << 8;
      into.start = at + 1;
      return;
    }
  }
  return 'tag';
}

/** Reads a length of the long form (§8.1.3.5); leading zero octets are allowed there. */
function longLength(bytes: Buffer, octets: number, end: number, into: Element): BerProblem | undefined {
  if (octets > LENGTH_OCTETS || octets > end - into.start) return 'length';
  let length = 0;
  for (let count = 0; count < octets; count += 1) {
    length = length * 256 + (bytes[into.start] ?? 0);
    into.start += 1;
  }
  if (length > end - into.start) return 'length';
  into.end = into.start + length;
  into.next = into.end;
  return;
}

/** Finds the end-of-contents octets of an indefinite length that begins at `into.start`. */
function indefinite(bytes: Buffer, end: number, into: Element): BerProblem | undefined {
  if (!isConstructed(into.tag)) return 'indefinite';
  if (into.depth >= DEPTH) return 'depth';
  const inner = element(into.depth + 1);
  for (let at = into.start; at < end; at = inner.next) {
    if (bytes[at] === 0) {
      if (at + 1 >= end || bytes[at + 1] !== 0) return 'indefinite';
      into.end = at;
      into.next = at + 2;
      return;
    }
    const problem = readElement(bytes, at, end, inner);
    if (problem !== undefined) return problem;
  }
  return 'indefinite';
}

/**
 * Reads the element that begins at `at` and must lie within `bytes[at, end)`. Nothing is copied and nothing outside is
 * read; `into` is filled only in part where it answers a problem. `end` is at most the length of `bytes`.
 */
export function readElement(bytes: Buffer, at: number, end: number, into: Element): BerProblem | undefined {
  if (at >= end) return 'tag';
  into.tag = bytes[at] ?? 0;
  into.start = at + 1;
  if ((into.tag & LONG) === LONG) {
    const problem = longTag(bytes, into.start, end, into);
    if (problem !== undefined) return problem;
  }
  if (into.start >= end) return 'length';
  const first = bytes[into.start] ?? 0;
  into.start += 1;
  if (first === 0x80) return indefinite(bytes, end, into);
  if (first > 0x80) return longLength(bytes, first & 0x7f, end, into);
  if (first > end - into.start) return 'length';
  into.end = into.start + first;
  into.next = into.end;
  return;
}

/** Contents of an INTEGER or ENUMERATED of up to four octets (§8.3); undefined where there are none or more. */
export function integerOf(bytes: Buffer, { start, end }: Pick<Element, 'start' | 'end'>): number | undefined {
  if (end <= start || end - start > 4) return;
  return bytes.readIntBE(start, end - start);
}

/** Whether contents equal the octets given. */
export const contentsAre = (bytes: Buffer, { start, end }: Pick<Element, 'start' | 'end'>, octets: Buffer): boolean =>
  end - start === octets.length && beginsWith(bytes, start, octets);

/** Whether the octets at `start` begin with those given. A loop: for so few a call out of JavaScript costs more. */
export function beginsWith(bytes: Buffer, start: number, octets: Buffer): boolean {
  for (let at = 0; at < octets.length; at += 1) if (bytes[start + at] !== octets[at]) return false;
  return true;
}
