import type { Brand } from '../faults/brand.ts';
import { fail, ok, type Result } from '../faults/result.ts';
import { DECIMAL, scan } from './digits.ts';
import type { CheckFault, DigitFault, LengthFault } from './fault.ts';

/** eUICC identifier: 32 digits, the last two check the others (GSMA SGP.29, SGP.02 Annex J). */
export type Eid = Brand<string, 'Eid'>;

/** Why a text is no EID. */
export type EidFault = LengthFault | DigitFault | CheckFault;

/** Parses 32 digits, in groups if one likes; the last two must be the check digits. */
export function parseEid(text: string): Result<Eid, EidFault> {
  const scanned = scan(text, { alphabet: DECIMAL, lengths: [32], separators: ' -' });
  if (!scanned.ok) return scanned;
  const expected = eidCheckDigits(scanned.value.slice(0, 30));
  const found = scanned.value.slice(30);
  return found === expected ? ok(scanned.value as Eid) : fail({ kind: 'check', expected, found });
}

/** The two check digits after 30 digits: ISO/IEC 7064 MOD 97-10, so that the whole leaves 1 when divided by 97. */
export const eidCheckDigits = (digits: string): string =>
  (98n - ((BigInt(digits) * 100n) % 97n)).toString().padStart(2, '0');
