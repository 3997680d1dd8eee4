import type { Brand } from '../faults/brand.ts';
import { ok, type Result } from '../faults/result.ts';
import { DECIMAL, scan } from './digits.ts';
import type { DigitFault, LengthFault } from './fault.ts';
import type { Plmn } from './plmn.ts';

/** International Mobile Subscriber Identity: MCC, MNC and subscriber number, 6 to 15 digits (3GPP TS 23.003 §2.2). */
export type Imsi = Brand<string, 'Imsi'>;

/** Why a text is no IMSI. */
export type ImsiFault = LengthFault | DigitFault;

/** The standard sets only the upper bound; fewer than 6 digits leave nothing for the subscriber. */
const LENGTHS = [6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

/** Parses 6 to 15 digits; blanks around them are passed over. */
export function parseImsi(text: string): Result<Imsi, ImsiFault> {
  const scanned = scan(text, { alphabet: DECIMAL, lengths: LENGTHS });
  return scanned.ok ? ok(scanned.value as Imsi) : scanned;
}

/** Whether it has the 14 or 15 digits that networks give in practice; shorter ones are as a rule cut off on the way. */
export const isWholeImsi = (imsi: Imsi): boolean => imsi.length >= 14;

/** The subscriber's country, 3 digits. */
export const mccOfImsi = (imsi: Imsi): string => imsi.slice(0, 3);

/**
 * The subscriber's home network among those known. An IMSI does not say whether its MNC has 2 or 3 digits, and no rule
 * by country holds everywhere, so only known networks decide: the 3-digit MNC before the 2-digit one.
 */
export function plmnOf(imsi: Imsi, known: ReadonlySet<Plmn>): Plmn | undefined {
  return [6, 5].map((length) => imsi.slice(0, length) as Plmn).find((plmn) => known.has(plmn));
}
