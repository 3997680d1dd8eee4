import type { Desk } from '../../access/desk.ts';
import type { CountPeriod } from '../../country/registration.ts';
import { parseCountryCode } from '../../identifiers/iso3166.ts';
import { badValue, refused } from '../refusal.ts';
import { dayOf } from '../step.ts';
import { periodOf } from './period.ts';

/** A document of a person who brings a device. It is turned into a token at once, and is kept nowhere. */
export type HolderDocument = {
  readonly kind: 'passport' | 'identity_card' | 'residence_permit' | 'laissez_passer';
  /** Of the state that issued it, two letters (ISO 3166). */
  readonly country: string;
  readonly number: string;
};

/**
 * The token of a holder: keyed, so that nobody can find a document by trying, and the same for each writing of the number.
 * @throws Refused REGISTRATION_VALUE, which does not repeat the number
 */
export function holderToken({ vault }: Pick<Desk, 'vault'>, { kind, country, number }: HolderDocument): string {
  const state = parseCountryCode(country);
  if (state === undefined)
    throw badValue('document', 'The country of the document is no code.', 'Give two letters of ISO 3166.');
  const digits = number
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[^\p{L}\p{N}]/gu, '');
  if (digits.length < 4 || digits.length > 30)
    throw badValue('document', 'The number of the document is none.', 'Give it as it stands on the document.');
  return vault.pseudonym('holder', `${kind} ${state} ${digits}`);
}

/** A holder, and how many devices one may have in a period. */
export type HolderQuota = {
  readonly table: 'admission' | 'personal_import';
  readonly holder: string;
  readonly most: number;
  readonly period: CountPeriod;
};

/** Refuses a holder who has had as many devices as there may be. Of two at once the second waits and sees the first. @throws Refused REGISTRATION_QUOTA */
export async function demandHolderQuota(desk: Desk, { table, holder, most, period }: HolderQuota): Promise<void> {
  await desk.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 9))', [holder]);
  const { from, name } = periodOf(dayOf(desk), period);
  const [row] = await desk.query<{ devices: number }>(
    `SELECT count(DISTINCT device)::integer AS devices FROM ${table}
     WHERE holder = $1 AND state NOT IN ('withdrawn', 'refused') AND (at AT TIME ZONE $2)::date >= $3`,
    [holder, desk.policy.timeZone, from],
  );
  if ((row?.devices ?? 0) < most) return;
  const message = `The holder has had ${row?.devices} devices in the period ${name}, of ${most} that one may have.`;
  throw refused('REGISTRATION_QUOTA', message, 'Let who uses the device bring it in the own name.');
}
