import type { Brand } from '../faults/brand.ts';
import { fail, ok, type Result } from '../faults/result.ts';
import { DECIMAL, scan, upperAscii } from './digits.ts';
import type { CheckFault, DigitFault, LengthFault } from './fault.ts';
import { luhnDigit } from './luhn.ts';
import type { Rbi } from './rbi.ts';
import type { Tac } from './tac.ts';

/** The 14 digits of an IMEI without check digit or software version: TAC and serial number (3GPP TS 23.003 §6.2.1). */
export type Imei = Brand<string, 'Imei'>;

/** An IMEI as it was written: bare, with check digit, or as IMEISV with the software version (3GPP TS 23.003 §6.2.2). */
export type ImeiReading =
  | { readonly imei: Imei; readonly form: 'imei14' | 'imei15'; readonly svn?: never }
  | { readonly imei: Imei; readonly form: 'imeisv'; readonly svn: string };

/** Why a text is no IMEI. With a wrong check digit the 14 digits still stand, for whoever wants to suggest them. */
export type ImeiFault = LengthFault | DigitFault | (CheckFault & { readonly imei: Imei });

/**
 * Parses 14, 15 or 16 digits as a person or an institution writes them; blanks around them are passed over. A 15th digit
 * must be the check digit. Networks send a 0 in its place (3GPP TS 23.003 §6.2.1): what they report is read by
 * {@link normaliseObserved}, which looks at 14 digits only.
 */
export function parseImei(text: string): Result<ImeiReading, ImeiFault> {
  const scanned = scan(text, { alphabet: DECIMAL, lengths: [14, 15, 16] });
  if (!scanned.ok) return scanned;
  const imei = scanned.value.slice(0, 14) as Imei;
  const rest = scanned.value.slice(14);
  if (rest.length === 0) return ok({ imei, form: 'imei14' });
  if (rest.length === 2) return ok({ imei, form: 'imeisv', svn: rest });
  const expected = checkDigit(imei);
  return rest === expected ? ok({ imei, form: 'imei15' }) : fail({ kind: 'check', expected, found: rest, imei });
}

/** The Luhn check digit over the 14 digits (3GPP TS 23.003 Annex B). It is printed, never sent by radio. */
export const checkDigit = (imei: Imei): string => luhnDigit(imei);

/** The 15 digits that are printed on the device and shown by `*#06#`. */
export const writeImei15 = (imei: Imei): string => imei + checkDigit(imei);

/** The first 8 digits: the model. */
export const tacOf = (imei: Imei): Tac => imei.slice(0, 8) as Tac;

/** The last 6 digits: the unit within its TAC. */
export const snrOf = (imei: Imei): string => imei.slice(8);

/** The first 2 digits: who allocated the TAC. */
export const rbiOf = (imei: Imei): Rbi => imei.slice(0, 2) as Rbi;

const KEYS = 10n ** 14n;

/** The key under which the engine stores an IMEI: its 14 digits as a number, 0 to 99999999999999. */
export const imeiKey = (imei: Imei): bigint => BigInt(imei);

/**
 * The IMEI behind a key, its leading zeros restored.
 *
 * @throws RangeError when the number is no key: only the store gives keys, so this is a defect.
 */
export function imeiFromKey(key: bigint): Imei {
  if (key < 0n || key >= KEYS) throw new RangeError(`${key} is no key of an IMEI.`);
  return key.toString().padStart(14, '0') as Imei;
}

/** What a network reported as the device's identity. A malformed text is a finding of its own and is kept. */
export type Observed =
  | { readonly kind: 'imei'; readonly imei: Imei }
  | { readonly kind: 'malformed'; readonly text: string }
  | { readonly kind: 'empty' };

const LEADING = /^[0-9]{14}/;

/**
 * Reads an observed identity exactly as the engine's SQL does: spaces (U+0020) around it fall away; if it starts with 14
 * ASCII digits those are the IMEI, whatever follows; otherwise it is malformed and kept in upper case (ASCII letters).
 * No check digit is looked at, since networks do not send it.
 */
export function normaliseObserved(text: string): Observed {
  const body = trimSpaces(text);
  if (body === '') return { kind: 'empty' };
  const digits = LEADING.exec(body)?.[0];
  return digits === undefined ? { kind: 'malformed', text: upperAscii(body) } : { kind: 'imei', imei: digits as Imei };
}

/** By hand, since `/ +$/` takes quadratic time on a long run of spaces. */
function trimSpaces(text: string): string {
  let from = 0;
  let to = text.length;
  while (from < to && text.charAt(from) === ' ') from += 1;
  while (to > from && text.charAt(to - 1) === ' ') to -= 1;
  return text.slice(from, to);
}
