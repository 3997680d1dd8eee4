import { folded, septetsOf } from './alphabet.ts';

/** How the octets of a message are to be read: the default alphabet, or UCS-2 (3GPP TS 23.038 §4, SMPP 3.4 §5.2.19). */
export const CODING = { gsm7: 0x00, ucs2: 0x08 } as const;

/** A short message as it goes over the wire: one septet an octet, or two octets a character. */
export type Message = {
  readonly coding: (typeof CODING)[keyof typeof CODING];
  /** One part, or several that telephones put together. */
  readonly parts: readonly [Buffer, ...Buffer[]];
};

/** How much goes into a message, and into each part of one that has several. */
export type Room = { readonly whole: number; readonly part: number };

/** Septets, and UTF-16 units: 140 octets, less the 6 of the header of a part (3GPP TS 23.040 §9.2.3.24.1). */
export const ROOM = { gsm7: { whole: 160, part: 153 }, ucs2: { whole: 70, part: 67 } } as const;

/** The most parts of a message; the header counts up to 255, and readers do not. */
const MOST = 20;

/**
 * Writes a text in the default alphabet where that has all its letters, in UCS-2 otherwise, and cuts it where no character
 * is cut. With `fold`, letters are written without the accents that the default alphabet lacks, if that makes it fit.
 * @throws RangeError when it takes more than 20 parts
 */
export function messageOf(text: string, fold = false): Message {
  const plain = fold && septetsOf(folded(text)) !== undefined ? folded(text) : text.normalize('NFC');
  const septets = septetsOf(plain);
  const message =
    septets === undefined
      ? { coding: CODING.ucs2, parts: cut(graphemes(plain), ROOM.ucs2, ({ length }) => length).map(utf16) }
      : {
          coding: CODING.gsm7,
          parts: cut(septets, ROOM.gsm7, ({ length }) => length).map((part) => Buffer.from(part.flat())),
        };
  const [first = Buffer.alloc(0), ...others] = message.parts;
  if (others.length >= MOST) throw new RangeError(`A text of ${text.length} characters takes more than ${MOST} parts.`);
  return { coding: message.coding, parts: [first, ...others] };
}

/** How many units a text takes in UCS-2, or septets in the default alphabet where that has it. */
export function sizeOf(text: string): { readonly coding: keyof typeof ROOM; readonly size: number } {
  const septets = septetsOf(text);
  return septets === undefined
    ? { coding: 'ucs2', size: text.length }
    : { coding: 'gsm7', size: septets.reduce((sum, { length }) => sum + length, 0) };
}

const SEGMENTER = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** What readers see as one character is not cut, unless it is longer than a part. */
const graphemes = (text: string): readonly string[] =>
  [...SEGMENTER.segment(text)].flatMap(({ segment }) => (segment.length > ROOM.ucs2.part ? [...segment] : [segment]));

const utf16 = (part: readonly string[]): Buffer => Buffer.from(part.join(''), 'utf16le').swap16();

/** One part where all fits into a whole, as many as it takes otherwise. */
function cut<T>(units: readonly T[], room: Room, size: (unit: T) => number): readonly (readonly T[])[] {
  const all = units.reduce((sum, unit) => sum + size(unit), 0);
  if (all <= room.whole) return [units];
  const parts: T[][] = [[]];
  let used = 0;
  for (const unit of units) {
    if (used + size(unit) > room.part) {
      parts.push([]);
      used = 0;
    }
    parts.at(-1)?.push(unit);
    used += size(unit);
  }
  return parts;
}

/** The header that tells telephones which parts belong together: reference, how many, which (§9.2.3.24.1). */
export const headerOf = (reference: number, parts: number, part: number): Buffer =>
  Buffer.from([5, 0, 3, reference & 0xff, parts, part]);
