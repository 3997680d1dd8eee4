import { demand } from '../../access/actions.ts';
import { raiseAlarm } from '../../access/alarm.ts';
import { useApproval } from '../../access/approval.ts';
import type { Desk } from '../../access/desk.ts';
import { addDays, type Day } from '../../calendar/day.ts';
import { type Fault, Refused } from '../../faults/fault.ts';
import { dayBegins, dayOf } from '../../notices/clock.ts';
import { queueNotice } from '../../notices/queue.ts';
import { takeTurns } from '../thefts/limits.ts';
import { demandLine } from '../thefts/line.ts';

/** How the decisions of a rule fared before whoever decides appeals. */
export type RuleFigures = {
  readonly rule: string;
  /** Decided appeals since the window began, or the rule was resumed in it; and of them those that succeeded. */
  readonly decided: number;
  readonly overturned: number;
  readonly from: Day;
  /** Since when it is paused. */
  readonly paused: Date | undefined;
};

type Judged = Pick<Desk, 'query' | 'policy' | 'now'>;

const windowBegins = ({ policy, now }: Judged): Day =>
  addDays(dayOf(now, policy.timeZone), -policy.appeals.overturn.windowDays);

/** The figures of all rules that were appealed against lately, or are paused. They name nobody. */
export async function ruleFigures(desk: Judged, rule?: string): Promise<readonly RuleFigures[]> {
  const from = windowBegins(desk);
  const rows = await desk.query<Omit<RuleFigures, 'paused' | 'from'> & { from: Date; paused: Date | null }>(
    `WITH resumed AS (SELECT rule, max(resumed) AS at FROM rule_pause WHERE resumed IS NOT NULL GROUP BY rule),
      counted AS (
        SELECT a.rule, count(*)::integer AS decided, count(*) FILTER (WHERE a.state = 'overturned')::integer AS overturned
        FROM appeal AS a LEFT JOIN resumed AS r USING (rule)
        WHERE a.form = 'appeal' AND a.rule IS NOT NULL AND a.state IN ('upheld', 'overturned')
          AND a.decided >= $1 AND (r.at IS NULL OR a.decided > r.at)
        GROUP BY a.rule),
      rules AS (SELECT rule FROM counted UNION SELECT rule FROM rule_pause WHERE resumed IS NULL)
    SELECT rule, coalesce(decided, 0) AS decided, coalesce(overturned, 0) AS overturned,
      greatest($1::timestamptz, (SELECT at FROM resumed AS r WHERE r.rule = rules.rule)) AS from,
      (SELECT paused FROM rule_pause AS p WHERE p.rule = rules.rule AND resumed IS NULL) AS paused
    FROM rules LEFT JOIN counted USING (rule) WHERE $2::text IS NULL OR rule = $2 ORDER BY rule`,
    [dayBegins(from, desk.policy.timeZone), rule ?? null],
  );
  return rows.map((row) => ({ ...row, from: dayOf(row.from, desk.policy.timeZone), paused: row.paused ?? undefined }));
}

/**
 * Pauses a rule if its decisions are overturned too often now: an appeal against it was just decided. The regulator is told,
 * by notice and by alarm. Gives whether it was paused by this.
 */
export async function pauseIfDue(desk: Desk, rule: string): Promise<boolean> {
  await takeTurns(desk, [`rule ${rule}`]);
  const [figures] = await ruleFigures(desk, rule);
  const { minimum, limit } = desk.policy.appeals.overturn;
  if (figures === undefined || figures.paused !== undefined) return false;
  const { decided, overturned, from } = figures;
  if (decided < minimum || overturned <= limit * decided) return false;
  const because = `${overturned} of ${decided} decided appeals since ${from} succeeded`;
  await insertPause(desk, rule, { because, overturned, decided, from });
  return true;
}

type Because = {
  readonly because: string;
  readonly overturned?: number;
  readonly decided?: number;
  readonly from?: Day;
};

async function insertPause(desk: Desk, rule: string, { because, overturned, decided, from }: Because): Promise<void> {
  await desk.query(
    `INSERT INTO rule_pause (rule, overturned, decided, window_from, because, paused, paused_by)
     VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    [rule, overturned, decided, from, because, desk.now, desk.actor.id],
  );
  const detail = { rule, because };
  await raiseAlarm(desk, { kind: 'rule_paused', actor: desk.actor.id, detail });
  const { notify } = desk.policy.appeals;
  if (notify === undefined) return;
  const to = { channel: 'email', address: notify } as const;
  await queueNotice(desk, { template: 'rule_paused', to, values: { rule, why: because } });
}

/** Pauses a rule by hand, with the reason. @throws Refused ACCESS_ROLE, CASE_EVIDENCE, STATE_MOVE */
export async function pauseRule(
  desk: Desk,
  { rule, because }: { readonly rule: string; readonly because: string },
): Promise<void> {
  demand(desk.actor, 'rule.pause');
  const why = demandLine(because, 'because');
  await takeTurns(desk, [`rule ${rule}`]);
  if (await isPaused(desk, rule)) throw new Refused([pauseFault(rule, 'is paused already', 'Nothing is to be done.')]);
  if (!desk.policy.conditions.some(({ label }) => label === rule))
    throw new Refused([pauseFault(rule, 'is no condition of the country file', 'Name one of its labels.')]);
  await insertPause(desk, rule, { because: why });
}

/**
 * Lets a paused rule decide again, which two persons agreed on. Appeals decided before do not count any more.
 * @throws Refused ACCESS_ROLE, ACCESS_PROPOSAL, STATE_MOVE
 */
export async function resumeRule(
  desk: Desk,
  { rule, approval }: { readonly rule: string; readonly approval: string },
): Promise<void> {
  demand(desk.actor, 'rule.resume');
  await takeTurns(desk, [`rule ${rule}`]);
  if (!(await isPaused(desk, rule))) throw new Refused([pauseFault(rule, 'is not paused', 'Nothing is to be done.')]);
  await useApproval(desk, { id: approval, kind: 'rule_resumption', subject: `rule:${rule}` });
  await desk.query(
    'UPDATE rule_pause SET resumed = $2, resumed_by = $3, approval = $4 WHERE rule = $1 AND resumed IS NULL',
    [rule, desk.now, desk.actor.id, approval],
  );
}

const isPaused = async ({ query }: Desk, rule: string): Promise<boolean> =>
  (await query('SELECT FROM rule_pause WHERE rule = $1 AND resumed IS NULL', [rule])).length > 0;

const pauseFault = (rule: string, what: string, remedy: string): Fault => ({
  code: 'STATE_MOVE',
  message: `The rule ${JSON.stringify(rule.slice(0, 64))} ${what}.`,
  remedy,
  field: 'rule',
});
