import { today } from '../calendar/day.ts';
import { Refused } from '../faults/fault.ts';
import type { Actor, Role } from './actor.ts';
import { raiseAlarm } from './alarm.ts';
import type { Desk } from './desk.ts';

/** Whose readings no quota counts: people see their own data only, and the register works day and night. */
const UNCOUNTED: readonly Role[] = ['citizen', 'system'];

const counted = ({ roles }: Actor): boolean => roles.length === 0 || roles.some((role) => !UNCOUNTED.includes(role));

/**
 * Counts `n` readings of personal data against the quota that the country file gives each account for a day, in the
 * transaction that reads. At the alarm's share the auditor is told, once a day. Throws Refused READ_QUOTA when it would be
 * more than the account may; what is refused is not counted.
 */
export async function spendRead(desk: Pick<Desk, 'query' | 'actor' | 'policy' | 'now'>, n: number): Promise<void> {
  const { query, actor, policy, now } = desk;
  if (!counted(actor)) return;
  const { perDay, alarmAt } = policy.access.readQuota;
  const [row] = await query<{ reads: number }>(
    `INSERT INTO access_reads AS held (actor, day, reads) VALUES ($1, $2, $3)
     ON CONFLICT (actor, day) DO UPDATE SET reads = held.reads + excluded.reads RETURNING reads`,
    [actor.id, today(policy.timeZone, now), n],
  );
  const reads = row?.reads ?? n;
  if (reads > perDay) throw new Refused([quotaFault(perDay)]);
  const mark = Math.max(1, Math.ceil(perDay * alarmAt));
  if (reads >= mark && reads - n < mark)
    await raiseAlarm(desk, { kind: 'read_quota', actor: actor.id, detail: { reads, perDay } });
}

const quotaFault = (perDay: number) => ({
  code: 'READ_QUOTA' as const,
  message: `This account has opened personal data ${perDay} times today, which is all that it may.`,
  remedy: 'Go on tomorrow, or ask an administrator of the register why so much has to be read.',
});

/**
 * Tells the auditor of an account that was refused READ_QUOTA, once a day. What was refused is undone with its
 * transaction, so whoever caught the refusal calls this in another.
 */
export async function reportQuota({ query, actor, policy, now }: Pick<Desk, 'query' | 'actor' | 'policy' | 'now'>) {
  const day = today(policy.timeZone, now);
  const [told] = await query(
    `SELECT 1 FROM access_alarm WHERE actor = $1 AND kind = 'read_refused' AND detail ->> 'day' = $2 LIMIT 1`,
    [actor.id, day],
  );
  if (told !== undefined) return;
  const detail = { day, perDay: policy.access.readQuota.perDay };
  await raiseAlarm({ query, now }, { kind: 'read_refused', actor: actor.id, detail });
}
