import type { Brand } from '../faults/brand.ts';
import { fail, ok, type Result } from '../faults/result.ts';
import { DECIMAL, scan } from './digits.ts';
import type { CheckFault, DigitFault, LengthFault } from './fault.ts';

/**
 * Global Trade Item Number, of an article and not of one device: 14 digits, shorter ones with zeros before them, as GS1
 * compares them (GS1 General Specifications, AI 01).
 */
export type Gtin = Brand<string, 'Gtin'>;

/** Why a text is no GTIN. */
export type GtinFault = LengthFault | DigitFault | CheckFault;

/** Parses a GTIN of 8, 12, 13 or 14 digits, in groups if one likes; the last digit checks the others. */
export function parseGtin(text: string): Result<Gtin, GtinFault> {
  const scanned = scan(text, { alphabet: DECIMAL, lengths: [8, 12, 13, 14], separators: ' -' });
  if (!scanned.ok) return scanned;
  const expected = gtinCheckDigit(scanned.value.slice(0, -1));
  const found = scanned.value.slice(-1);
  return found === expected ? ok(scanned.value.padStart(14, '0') as Gtin) : fail({ kind: 'check', expected, found });
}

/** The check digit after the others: from the right, every digit but every second counts three times (GS1 General Specifications §7.9). */
export function gtinCheckDigit(digits: string): string {
  const sum = [...digits].reverse().reduce((so, digit, at) => so + Number(digit) * (at % 2 === 0 ? 3 : 1), 0);
  return String((10 - (sum % 10)) % 10);
}
