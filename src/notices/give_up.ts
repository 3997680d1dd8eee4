import type { Ask } from '../stores/registry.ts';
import { addEvents } from './events.ts';

/** A contact that does not reach its person. */
export type GivenUp = {
  readonly notice: string;
  readonly contact: number;
  readonly attempt: number;
  readonly channel: string;
  /** A code or a word, without personal data. */
  readonly because: string;
};

/** Goes on to the person's next contact; where there is none, the person was not reached. */
export async function giveUp(query: Ask, given: GivenUp, now: Date): Promise<void> {
  const { notice, contact, attempt, channel, because } = given;
  await addEvents(query, [{ notice, contact, attempt, channel, because, state: 'refused', at: now }]);
  // Another sender may have gone on already, or the notice may have been withdrawn.
  const [due] = await query<{ contacts: number }>(
    `SELECT cardinality(n.channels) AS contacts FROM notice_due AS d JOIN notice AS n ON n.id = d.notice
    WHERE d.notice = $1 AND d.contact = $2 FOR UPDATE OF d`,
    [notice, contact],
  );
  if (due === undefined) return;
  if (contact + 1 < due.contacts) {
    await query(
      `UPDATE notice_due AS d SET contact = $2::smallint, channel = n.channels[$2::smallint + 1], attempts = 0, at = $3,
        waits = 'send', claimed = NULL
      FROM notice AS n WHERE d.notice = $1 AND n.id = d.notice`,
      [notice, contact + 1, now],
    );
    return;
  }
  await query('DELETE FROM notice_due WHERE notice = $1', [notice]);
  await addEvents(query, [{ notice, state: 'failed', at: now }]);
}
