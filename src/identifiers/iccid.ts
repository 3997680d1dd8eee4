import type { Brand } from '../faults/brand.ts';
import { fail, ok, type Result } from '../faults/result.ts';
import { DECIMAL, scan } from './digits.ts';
import type { CheckFault, DigitFault, IdentifierFault, LengthFault } from './fault.ts';
import { luhnDigit, luhnHolds } from './luhn.ts';

/** Number of a SIM card or profile, 19 or 20 digits beginning with 89 (ITU-T E.118). It names the card, no device. */
export type Iccid = Brand<string, 'Iccid'>;

/** An ICCID, and whether its last digit checks the others. */
export type IccidReading = { readonly iccid: Iccid; readonly checked: boolean };

/** Why a text is no ICCID. */
export type IccidFault =
  | LengthFault
  | DigitFault
  | CheckFault
  | Extract<IdentifierFault, { readonly kind: 'industry' }>;

/**
 * Parses 19 digits, of which the last must be the Luhn check digit, or 20. E.118 ends at 19; issuers who use all 20
 * digits of the card's file (ETSI TS 102 221 §13.2) do with and without a check digit, so there it is only reported.
 * A filler F after the 19th digit, as read from the file, is dropped.
 */
export function parseIccid(text: string): Result<IccidReading, IccidFault> {
  const body = text.trimEnd().replace(/^(\s*(?:[0-9][ -]?){19})[Ff]$/, '$1');
  const scanned = scan(body, { alphabet: DECIMAL, lengths: [19, 20], separators: ' -' });
  if (!scanned.ok) return scanned;
  const digits = scanned.value;
  if (!digits.startsWith('89')) return fail({ kind: 'industry', found: digits.slice(0, 2) });
  const checked = luhnHolds(digits);
  if (checked || digits.length === 20) return ok({ iccid: digits as Iccid, checked });
  return fail({ kind: 'check', expected: luhnDigit(digits.slice(0, -1)), found: digits.slice(-1) });
}
