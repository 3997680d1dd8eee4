import type { Desk } from '../../access/desk.ts';
import { type Fault, Refused } from '../../faults/fault.ts';
import { dayBegins, dayOf } from '../../notices/clock.ts';
import { THEFT, type TheftState } from '../theft.ts';

/** States in which nothing more is decided. */
const ENDED: readonly TheftState[] = ['returned', 'recovered_by_owner', 'rejected', 'expired', 'lifted', 'closed'];

/** States in which a case is open, drafts included. */
export const OPEN_STATES: readonly TheftState[] = (Object.keys(THEFT.states) as TheftState[]).filter(
  (state) => !ENDED.includes(state),
);

/** Makes those who count the same reports wait for each other, until the transaction ends. */
export async function takeTurns({ query }: Pick<Desk, 'query'>, names: readonly string[]): Promise<void> {
  // In one order, so that no two wait in a circle.
  for (const name of [...new Set(names)].sort())
    await query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`cases ${name}`]);
}

/**
 * Refuses a report by a contact that has made enough of them: today, or still open. Reports are cheap, and each blocks
 * somebody's device for days.
 * @throws Refused CASE_LIMIT
 */
export async function checkContactLimits(desk: Desk, keys: readonly string[]): Promise<void> {
  await takeTurns(
    desk,
    keys.map((key) => `contact ${key}`),
  );
  const [found] = await desk.query<{ today: number; open: number }>(
    `SELECT count(*) FILTER (WHERE opened >= $2)::integer AS today,
       count(*) FILTER (WHERE state = ANY ($3))::integer AS open
     FROM theft WHERE organisation IS NULL AND (msisdn_key = ANY ($1) OR email_key = ANY ($1) OR reporter = ANY ($1))`,
    [keys, startOfToday(desk), OPEN_STATES],
  );
  const { reportsPerContact, openPerContact } = desk.policy.theft;
  const { today = 0, open = 0 } = found ?? {};
  if (today >= reportsPerContact)
    throw new Refused([limitFault(`has made ${today} reports today`, 'Report again tomorrow.')]);
  if (open >= openPerContact)
    throw new Refused([limitFault(`has ${open} open reports`, 'Withdraw those that are settled first.')]);
}

/** Reports of one account that may be under way at once without one seeing the other. */
const UNDER_WAY = 100;

/**
 * Refuses a report by an account of an office that has made enough of them today; a cargo counts as one. Only near the
 * limit do the reports of one account wait for each other: a machine makes many at once.
 * @throws Refused CASE_LIMIT
 */
export async function checkAccountLimit(desk: Desk): Promise<void> {
  const { reportsPerAccount } = desk.policy.theft;
  if ((await reportsToday(desk)) + UNDER_WAY < reportsPerAccount) return;
  await takeTurns(desk, [`account ${desk.actor.id}`]);
  const today = await reportsToday(desk);
  if (today >= reportsPerAccount)
    throw new Refused([limitFault(`has made ${today} reports today`, 'Let another account go on.')]);
}

async function reportsToday(desk: Desk): Promise<number> {
  const [found] = await desk.query<{ today: number }>(
    `SELECT count(DISTINCT coalesce(cargo, id))::integer AS today FROM theft
     WHERE organisation IS NOT NULL AND reporter = $1 AND opened >= $2`,
    [desk.actor.id, startOfToday(desk)],
  );
  return found?.today ?? 0;
}

const startOfToday = ({ now, policy: { timeZone } }: Desk): Date => dayBegins(dayOf(now, timeZone), timeZone);

const limitFault = (what: string, remedy: string): Fault => ({
  code: 'CASE_LIMIT',
  message: `Who reports ${what}; more are not taken.`,
  remedy,
});
