import type { Result } from '../faults/result.ts';
import type { LengthFault } from './fault.ts';
import { type ImeiFault, type ImeiReading, parseImei } from './imei.ts';

/** Characters of a message that are looked at: more than ten parts of SMS. */
export const MESSAGE_LENGTH = 2000;

/** IMEIs of one message that are told. */
const MOST = 10;

/** Digits of an IMEI without a check digit, with one, and with a software version. */
const LENGTHS = [14, 15, 16] as const;

/** What may stand between digits of one IMEI: blanks, dashes, dots, slashes, and marks of writing direction. */
const LIGHT = /^[\p{Zs}\t\p{Pd}./·\p{Cf}]+$/u;

/**
 * Digits that a first part may have where an IMEI is written in parts: as makers print it (2-6-6-1, 6-2-6-1, 8-6-1), or
 * by three, four or five. A telephone number before another number is none of these.
 */
const FIRST_PART: ReadonlySet<number> = new Set([2, 3, 4, 5, 6, 8, 14, 15]);

const isDigit = (point: number): boolean => /^\p{Nd}$/u.test(String.fromCodePoint(point));

const values = new Map<string, string>();

/** What a decimal digit of any script is worth: Unicode has them in rows of ten, each from its zero on. */
function worthOf(digit: string): string {
  const known = values.get(digit);
  if (known !== undefined) return known;
  const point = digit.codePointAt(0) ?? 0;
  let first = point;
  while (first > 0 && isDigit(first - 1)) first -= 1;
  const value = String((point - first) % 10);
  values.set(digit, value);
  return value;
}

/** A text with the digits of every script written as 0 to 9; all else is left alone. */
export const westernDigits = (text: string): string =>
  text.replace(/\p{Nd}/gu, (digit) => (digit.length === 1 && digit <= '9' ? digit : worthOf(digit)));

/** Parts of digits with nothing but light separators between them, in the order of the text. */
function spansOf(text: string): readonly (readonly string[])[] {
  const spans: string[][] = [];
  let end = 0;
  for (const { 0: digits, index } of text.matchAll(/[0-9]+/g)) {
    const between = text.slice(end, index);
    const last = spans.at(-1);
    if (last !== undefined && LIGHT.test(between)) last.push(digits);
    else spans.push([digits]);
    end = index + digits.length;
  }
  return spans;
}

/** How much a number of parts looks like one IMEI, then how many digits it explains; 0 where it is none. */
function likeness(parts: readonly string[]): number {
  const digits = parts.join('');
  if (!LENGTHS.some((length) => length === digits.length)) return 0;
  const reading = parseImei(digits);
  if (reading.ok && reading.value.form === 'imei15') return 400 + digits.length;
  if (parts.length > 1 && !FIRST_PART.has(parts[0]?.length ?? 0)) return 0;
  return (reading.ok ? 200 : 100) + digits.length;
}

/** A part that no IMEI explains counts against the others: a last digit set apart is a check digit rather than nothing. */
const UNEXPLAINED = 150;

type Best = { readonly score: number; readonly found: readonly string[] };

/** The IMEIs that the parts of a span make, taken together so that most of it is explained. */
function imeisOf(span: readonly string[]): readonly string[] {
  const parts = span.flatMap(halves);
  const best: Best[] = [{ score: 0, found: [] }];
  for (let end = 1; end <= parts.length; end += 1) {
    const { score, found } = best[end - 1] ?? { score: 0, found: [] };
    let choice: Best = { score: score - UNEXPLAINED, found };
    let digits = 0;
    for (let start = end - 1; start >= 0; start -= 1) {
      digits += parts[start]?.length ?? 0;
      if (digits > 16) break;
      const group = parts.slice(start, end);
      const like = likeness(group);
      const before = best[start];
      if (like === 0 || before === undefined || before.score + like <= choice.score) continue;
      choice = { score: before.score + like, found: [...before.found, group.join('')] };
    }
    best.push(choice);
  }
  return best.at(-1)?.found ?? [];
}

/** Two IMEIs with check digits that were written as one number. */
function halves(part: string): readonly string[] {
  if (part.length !== 30) return [part];
  const both = [part.slice(0, 15), part.slice(15)];
  return both.every((half) => parseImei(half).ok) ? both : [part];
}

/**
 * Reads the IMEIs that a person wrote into a message, with whatever words around them: digits of every script, in parts
 * or not, one after the other, with or without check digit or software version. Each is given once, in the order of the
 * text, right or with its fault. Where there is none but there are digits, the fault tells how many: those of the longest
 * row. No digits, no answer. Only the first {@link MESSAGE_LENGTH} characters count.
 */
export function readMessage(text: string): readonly Result<ImeiReading, ImeiFault>[] {
  const spans = spansOf(westernDigits(text.slice(0, MESSAGE_LENGTH)));
  const found = [...new Set(spans.flatMap(imeisOf))].slice(0, MOST);
  if (found.length > 0) return found.map(parseImei);
  const longest = Math.max(0, ...spans.map((parts) => parts.reduce((sum, part) => sum + part.length, 0)));
  if (longest === 0) return [];
  const fault: LengthFault = { kind: 'length', digits: longest, allowed: LENGTHS };
  return [{ ok: false, fault }];
}
