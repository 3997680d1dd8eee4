import type { Desk } from '../../access/desk.ts';
import { dayOf } from '../../notices/clock.ts';
import { type Appeal, dueOf, lockAppeal, moveAppeal, selectAppeals } from './appeal.ts';
import type { AppealParty } from './machine.ts';
import { endStays } from './stay.ts';
import { tellDecided, tellLate } from './tell.ts';

/** Appeals that one round looks at, at most. */
const ROUND = 200;

/** What a round of the clock did. */
export type AppealRound = {
  /** Those that ended because the evidence that was asked for did not come. */
  readonly expired: readonly Appeal[];
  /** Those that the authority has not decided in time; the regulator was told, once. */
  readonly late: readonly Appeal[];
};

/**
 * The clock's round over appeals whose limit is over, by the calendar of now. To be called again, in further transactions,
 * until it does nothing.
 * @throws Refused STATE_ROLE for others than the register itself
 */
export async function expireAppeals(desk: Desk, most = ROUND): Promise<AppealRound> {
  const today = dayOf(desk.now, desk.policy.timeZone);
  // Counted days are never more than days: what is not over by plain days is not over.
  const over = await selectAppeals(
    desk,
    { where: `a.from_day + a.days < $1::date AND ${RUNS}`, rest: 'ORDER BY a.from_day + a.days, a.id' },
    [today],
  );
  const due = over.filter((appeal) => dueOf(appeal, desk) < today).slice(0, most);
  const round: { expired: Appeal[]; late: Appeal[] } = { expired: [], late: [] };
  for (const { id } of due) {
    await lockAppeal(desk, id);
    const [appeal] = await selectAppeals(desk, { where: `a.id = $1 AND ${RUNS}` }, [id]);
    if (appeal === undefined || dueOf(appeal, desk) >= today) continue;
    if (appeal.state === 'evidence_asked') round.expired.push(await expire(desk, appeal));
    else round.late.push(await remind(desk, appeal));
  }
  return round;
}

/** Appeals whose limit runs, and was not told to be over. */
const RUNS = `(a.state = 'evidence_asked' OR (a.state IN ('opened', 'in_review') AND a.reminded IS NULL))`;

/** The clock is the register itself. */
const asClock = ({ actor }: Desk): readonly AppealParty[] => (actor.roles.includes('system') ? ['clock'] : []);

async function expire(desk: Desk, appeal: Appeal): Promise<Appeal> {
  const moved = await moveAppeal(desk, appeal, { event: 'expire', as: asClock(desk) });
  await endStays(desk, appeal.id);
  await tellDecided(desk, moved, 'The evidence that was asked for did not come in time.');
  return moved;
}

async function remind(desk: Desk, appeal: Appeal): Promise<Appeal> {
  const moved = await moveAppeal(desk, appeal, { event: 'remind', as: asClock(desk) });
  await desk.query('UPDATE appeal SET reminded = $2 WHERE id = $1', [appeal.id, desk.now]);
  await tellLate(desk, appeal);
  return moved;
}
