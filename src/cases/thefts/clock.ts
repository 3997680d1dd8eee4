import { demand } from '../../access/actions.ts';
import type { Desk } from '../../access/desk.ts';
import { addDays } from '../../calendar/day.ts';
import { dayBegins, dayOf } from '../../notices/clock.ts';
import { HOLDS, type TheftState } from '../theft.ts';
import { selectThefts, type TheftCase } from './case.ts';
import { moveTheft } from './move.ts';
import { tellReporter } from './tell.ts';

/** Cases that one round moves, at most. */
const ROUND = 200;

/**
 * The clock's round over reports whose time is over: what nobody proved is dropped, and the provisional block of what the
 * police did not confirm ends; its reporter is told. To be called again, in further transactions, until it gives none. A
 * case that somebody else just holds is left to the next round.
 * @throws Refused STATE_ROLE for others than the register itself
 */
export async function expireTheft(desk: Desk, most = ROUND): Promise<readonly TheftCase[]> {
  const expired: TheftCase[] = [];
  for (const theft of await take(desk, most, `due < $1`, [dayOf(desk.now, desk.policy.timeZone)])) {
    const moved = await moveTheft(desk, theft, { event: 'expire' });
    if (HOLDS[theft.state] !== 'none') await tellReporter(desk, moved, { template: 'theft_expired', values: {} });
    expired.push(moved);
  }
  return expired;
}

const ENDED: readonly TheftState[] = ['returned', 'recovered_by_owner', 'rejected', 'expired', 'lifted'];

/** The clock's round over cases that ended so many days ago that they are closed. As {@link expireTheft}. */
export async function closeThefts(desk: Desk, most = ROUND): Promise<readonly TheftCase[]> {
  demand(desk.actor, 'theft.close');
  const { timeZone, theft: policy } = desk.policy;
  const before = dayBegins(addDays(dayOf(desk.now, timeZone), -policy.closeDays), timeZone);
  const closed: TheftCase[] = [];
  for (const theft of await take(desk, most, 'state = ANY ($1) AND since < $2', [ENDED, before]))
    closed.push(await moveTheft(desk, theft, { event: 'close' }));
  return closed;
}

async function take(
  desk: Desk,
  most: number,
  where: string,
  values: readonly unknown[],
): Promise<readonly TheftCase[]> {
  const rows = await desk.query<{ id: string }>(
    `SELECT id FROM theft WHERE ${where} ORDER BY due, since, id LIMIT ${most} FOR NO KEY UPDATE SKIP LOCKED`,
    values,
  );
  if (rows.length === 0) return [];
  const ids = rows.map(({ id }) => id);
  return selectThefts(desk, { where: 't.id = ANY ($1)', rest: 'ORDER BY t.due, t.since, t.id' }, [ids]);
}
