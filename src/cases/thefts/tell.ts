import type { Desk } from '../../access/desk.ts';
import type { Imei } from '../../identifiers/imei.ts';
import { writeReference } from '../../identifiers/reference.ts';
import { queueNotice } from '../../notices/queue.ts';
import type { Recipient } from '../../notices/recipient.ts';
import type { ValuesOf } from '../../notices/templates.ts';
import { holderOf, type TheftCase } from './case.ts';
import type { Contact } from './report.ts';

/** What reporters are told of their case. */
type Told =
  | 'theft_received'
  | 'theft_provisional'
  | 'theft_confirmed'
  | 'theft_confirmed_recovery'
  | 'theft_rejected'
  | 'theft_expired'
  | 'theft_traced'
  | 'theft_recovered'
  | 'theft_returned'
  | 'theft_found'
  | 'theft_lifted';

/** A contact, sealed. */
export const sealContact = ({ vault }: Pick<Desk, 'vault'>, contact: Contact): Buffer =>
  vault.seal('contact', JSON.stringify(contact));

/** A contact that was sealed; undefined when its time was over. */
export function openContact({ vault }: Pick<Desk, 'vault'>, sealed: Buffer | null): Contact | undefined {
  const text = sealed === null ? undefined : vault.open('contact', sealed);
  return text === undefined ? undefined : (JSON.parse(text) as Contact);
}

/** The ways to reach a contact, the number first. */
export function waysTo({ msisdn, email }: Contact): readonly Recipient[] {
  return [
    ...(msisdn === undefined ? [] : [{ channel: 'sms', msisdn } as const]),
    ...(email === undefined ? [] : [{ channel: 'email', address: email } as const]),
  ];
}

/**
 * Tells the reporter of a case, in the transaction of what is told; nothing where the contact is gone. The IMEI is the
 * first of the report, the reference that of the case.
 */
export async function tellReporter<Name extends Told>(
  desk: Desk,
  theft: TheftCase,
  { template, values }: { readonly template: Name; readonly values: Omit<ValuesOf<Name>, 'imei' | 'reference'> },
): Promise<void> {
  const [row] = await desk.query<{ contact: Buffer | null }>('SELECT contact FROM theft WHERE id = $1', [theft.id]);
  const contact = openContact(desk, row?.contact ?? null);
  const [first, ...others] = contact === undefined ? [] : waysTo(contact);
  const [imei] = theft.imeis;
  if (contact === undefined || first === undefined || imei === undefined) return;
  await queueNotice(desk, {
    template,
    to: [first, ...others],
    language: contact.language,
    values: { ...values, ...deviceOf(theft, imei) } as unknown as ValuesOf<Name>,
    subject: { case: holderOf(theft), imei },
  });
}

const deviceOf = ({ reference }: TheftCase, imei: Imei) => ({ imei, reference: writeReference(reference) });
