import type { Brand } from '../faults/brand.ts';
import { ok, type Result } from '../faults/result.ts';
import { DECIMAL, scan } from './digits.ts';
import type { DigitFault, LengthFault } from './fault.ts';

/** A mobile network: 3 digits of country (MCC) and 2 or 3 of network (MNC), as one text of 5 or 6 digits (ITU-T E.212). */
export type Plmn = Brand<string, 'Plmn'>;

/** Why a text is no PLMN. */
export type PlmnFault = LengthFault | DigitFault;

/**
 * Parses 5 or 6 digits, with a hyphen or space between MCC and MNC if one likes. `41001` and `410001` are two networks:
 * the MNC's leading zeros count.
 */
export function parsePlmn(text: string): Result<Plmn, PlmnFault> {
  const scanned = scan(text, { alphabet: DECIMAL, lengths: [5, 6], separators: '- ' });
  return scanned.ok ? ok(scanned.value as Plmn) : scanned;
}

/** Parses the two codes where they stand in columns of their own: 3 digits, and 2 or 3. */
export function parsePlmnCodes(mcc: string, mnc: string): Result<Plmn, PlmnFault & { readonly part: 'mcc' | 'mnc' }> {
  const country = scan(mcc, { alphabet: DECIMAL, lengths: [3] });
  if (!country.ok) return { ok: false, fault: { ...country.fault, part: 'mcc' } };
  const network = scan(mnc, { alphabet: DECIMAL, lengths: [2, 3] });
  if (!network.ok) return { ok: false, fault: { ...network.fault, part: 'mnc' } };
  return ok((country.value + network.value) as Plmn);
}

/** Mobile Country Code, 3 digits. */
export const mccOf = (plmn: Plmn): string => plmn.slice(0, 3);

/** Mobile Network Code, 2 or 3 digits with its leading zeros. */
export const mncOf = (plmn: Plmn): string => plmn.slice(3);

/** `410-01`: the form in which the length of the MNC is seen. */
export const writePlmn = (plmn: Plmn): string => `${mccOf(plmn)}-${mncOf(plmn)}`;
