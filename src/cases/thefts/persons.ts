import type { Desk } from '../../access/desk.ts';
import { recordRead } from '../../access/log.ts';
import { holderOf } from './case.ts';
import { findTheft } from './find.ts';
import type { Contact, Owner } from './report.ts';
import { openContact } from './tell.ts';

/** The persons of a case. What is undefined was not told, or its time is over. */
export type TheftPersons = {
  readonly contact: Contact | undefined;
  readonly owner: Owner | undefined;
  readonly invoice: string | undefined;
};

/**
 * Opens who reported a case and whose device it is, for somebody who may read the case; recorded, with what for.
 * @throws Refused ACCESS_ROLE, CASE_UNKNOWN, READ_PURPOSE, READ_QUOTA
 */
export async function readPersons(
  desk: Desk,
  { id, purpose }: { readonly id: string; readonly purpose: string },
): Promise<TheftPersons> {
  const theft = await findTheft(desk, id, 'theft.read');
  const reading = { action: 'theft.read', purpose, case: holderOf(theft), subject: theft.imeis[0] ?? theft.id };
  await recordRead(desk, { ...reading, fields: ['contact', 'owner', 'invoice'] });
  const [row] = await desk.query<{ contact: Buffer | null; owner: Buffer | null; invoice: Buffer | null }>(
    'SELECT contact, owner, invoice FROM theft WHERE id = $1',
    [theft.id],
  );
  const { contact = null, owner = null, invoice = null } = row ?? {};
  const name = owner === null ? undefined : desk.vault.open('identity', owner);
  return {
    contact: openContact(desk, contact),
    owner: name === undefined ? undefined : (JSON.parse(name) as Owner),
    invoice: invoice === null ? undefined : desk.vault.open('proof', invoice),
  };
}
