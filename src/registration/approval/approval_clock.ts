import type { Desk } from '../../access/desk.ts';
import { addDays, type Day, daysBetween } from '../../calendar/day.ts';
import { registrationOf } from '../../country/registration.ts';
import { dayOf, move } from '../step.ts';
import { type KeptContact, tell } from '../tell.ts';
import { type ApprovalState, TYPE_APPROVAL } from '../trade/trade_machines.ts';

/** What a round of the clock did. */
export type ApprovalRound = { readonly expired: number; readonly reminded: number };

type Row = KeptContact & {
  readonly id: string;
  readonly state: ApprovalState;
  readonly number: string;
  readonly validTo: Day;
};

const COLUMNS = `id, state, number, valid_to::text AS "validTo", contact, language`;

/**
 * The clock of certificates: those whose last day has passed expire, and holders are reminded of those that will, once for
 * each distance that the country names. Some at a time: to be called again, in further transactions, until nothing
 * expired.
 */
export async function runApprovals(desk: Desk, { limit }: { readonly limit: number }): Promise<ApprovalRound> {
  const today = dayOf(desk);
  const over = await desk.query<Row>(
    `SELECT ${COLUMNS} FROM type_approval WHERE state IN ('granted', 'suspended') AND valid_to < $1
     ORDER BY valid_to, id LIMIT $2 FOR UPDATE SKIP LOCKED`,
    [today, limit],
  );
  for (const { id, state } of over)
    await move(
      desk,
      { machine: TYPE_APPROVAL, thing: 'type_approval', id, state },
      { event: 'expire', roles: ['system'] },
    );
  return { expired: over.length, reminded: await remind(desk, today) };
}

/** Those that end within the widest distance are looked at each day; each distance is told of once. */
async function remind(desk: Desk, today: Day): Promise<number> {
  const distances = [...registrationOf(desk.policy).approval.reminderDays].sort((one, other) => one - other);
  const ending = await desk.query<Row>(
    `SELECT ${COLUMNS} FROM type_approval WHERE state = 'granted' AND valid_to >= $1 AND valid_to <= $2
     ORDER BY valid_to, id`,
    [today, addDays(today, distances.at(-1) ?? 0)],
  );
  let reminded = 0;
  for (const row of ending) {
    const days = daysBetween(today, row.validTo);
    // A clock that stood still leaves distances behind; of these only the nearest is told.
    const distance = distances.find((one) => days <= one);
    if (distance === undefined) continue;
    const fresh = await tell(desk, row, {
      template: 'approval_ending',
      values: { reference: row.number, until: row.validTo, days },
      case: `type_approval:${row.id}`,
      once: `type_approval:${row.id}:${row.validTo}:${distance}`,
    });
    if (fresh) reminded += 1;
  }
  return reminded;
}
