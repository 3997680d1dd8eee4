import type { Desk } from '../../access/desk.ts';
import { writeReference } from '../../identifiers/reference.ts';
import { queueNotice } from '../../notices/queue.ts';
import type { Recipient } from '../../notices/recipient.ts';
import { openContact, waysTo } from '../thefts/tell.ts';
import { type Appeal, dueOf } from './appeal.ts';

/** How an appellant is reached, in which language; undefined where that is gone. */
async function reached(desk: Desk, { id }: Appeal) {
  const [row] = await desk.query<{ contact: Buffer | null }>('SELECT contact FROM appeal WHERE id = $1', [id]);
  const contact = openContact(desk, row?.contact ?? null);
  const [first, ...others] = contact === undefined ? [] : waysTo(contact);
  if (contact === undefined || first === undefined) return undefined;
  const to: readonly [Recipient, ...Recipient[]] = [first, ...others];
  return { to, language: contact.language };
}

const subjectOf = ({ id, imei }: Appeal) => ({ case: `appeal:${id}`, imei });

/** Tells who objected that it was taken, and until when it is decided. Of what is about no device, the answer tells. */
export async function tellOpened(desk: Desk, appeal: Appeal): Promise<void> {
  const { imei } = appeal;
  const known = await reached(desk, appeal);
  if (known === undefined || imei === undefined) return;
  const values = { imei, reference: writeReference(appeal.reference), by: dueOf(appeal, desk) };
  await queueNotice(desk, { template: 'appeal_opened', ...known, values, subject: subjectOf(appeal) });
}

/** Asks who objected for evidence. */
export async function tellAsked(desk: Desk, appeal: Appeal, what: string): Promise<void> {
  const known = await reached(desk, appeal);
  if (known === undefined) return;
  const values = { reference: writeReference(appeal.reference), what, by: dueOf(appeal, desk) };
  await queueNotice(desk, { template: 'appeal_evidence', ...known, values, subject: subjectOf(appeal) });
}

/** Tells who objected how it was decided. */
export async function tellDecided(desk: Desk, appeal: Appeal, why: string): Promise<void> {
  const { imei } = appeal;
  const known = await reached(desk, appeal);
  if (known === undefined || imei === undefined) return;
  const values = { imei, reference: writeReference(appeal.reference) };
  const rest = { ...known, subject: subjectOf(appeal) };
  if (appeal.state === 'overturned') await queueNotice(desk, { template: 'appeal_granted', values, ...rest });
  else await queueNotice(desk, { template: 'appeal_refused', values: { ...values, why }, ...rest });
}

/** Tells the regulator that an appeal was not decided in time. */
export async function tellLate(desk: Desk, appeal: Appeal): Promise<void> {
  const { notify } = desk.policy.appeals;
  if (notify === undefined) return;
  const values = {
    reference: writeReference(appeal.reference),
    what: 'an appeal is not decided',
    by: dueOf(appeal, desk),
  };
  const to = { channel: 'email', address: notify } as const;
  await queueNotice(desk, { template: 'task_overdue', to, values, subject: subjectOf(appeal) });
}
