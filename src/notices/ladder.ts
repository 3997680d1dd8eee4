import type { Desk } from '../access/desk.ts';
import { addDays, type Day } from '../calendar/day.ts';
import { type Language, noticesOf } from '../country/notices.ts';
import { type Fault, Refused } from '../faults/fault.ts';
import type { Imei } from '../identifiers/imei.ts';
import type { Ask } from '../stores/registry.ts';
import { dayBegins, dayOf } from './clock.ts';
import { insertNotices, type NoticeRow } from './queue.ts';
import type { Reason } from './reasons.ts';
import { type Kept, keep, type To } from './recipient.ts';
import { render } from './render.ts';
import { type Rung, rungs, toldBefore } from './rungs.ts';

/** The number of a ladder. */
export type LadderId = string;

/** Somebody who uses the device, and is told before it is blocked. */
export type Addressee = { readonly to: To; readonly language?: Language | undefined };

/** A block that is to come. */
export type NewLadder = {
  readonly subject: {
    readonly imei: Imei;
    /** Further IMEIs of the same device, which the same notices are about. */
    readonly others?: readonly Imei[] | undefined;
    readonly case?: string | undefined;
    readonly reason: Reason;
    /** What people quote when they ask or object. */
    readonly reference: string;
  };
  readonly recipients: readonly Addressee[];
  readonly blockOn: Day;
};

/**
 * Plans every notice that must come before a block, for everybody who uses the device (ITU-T Q.5050 §9.7). The rules of
 * the country file of today stay with it, whatever they become.
 * @throws Refused NOTICE_TOO_SOON where the days left are fewer than the country grants, NOTICE_NOBODY where there is nobody
 * to be told and the country does not let that pass, NOTICE_RECIPIENT, NOTICE_VALUE
 */
export function openLadder(desk: Desk, { subject, recipients, blockOn }: NewLadder): Promise<LadderId> {
  const { language: otherwise } = noticesOf(desk.policy);
  const people = recipients.map(({ to, language = otherwise }) => ({ kept: keep(to, desk), language }));
  return planLadder(desk, { subject, people, blockOn });
}

/** Somebody to be told, with contacts that are sealed already. */
export type Person = { readonly kept: Kept; readonly language: Language };

/** A block that is to come, and people whose contacts are sealed already. */
export type Plan = Pick<NewLadder, 'subject' | 'blockOn'> & { readonly people: readonly Person[] };

/** As {@link openLadder}. */
export async function planLadder(desk: Desk, plan: Plan): Promise<LadderId> {
  refuseUntimely(desk, plan);
  const steps = rungs(desk.policy, desk.now, plan.blockOn);
  const id = await insertLadder(desk, plan);
  await insertRungs(desk, id, steps);
  const rows = plan.people.flatMap(({ kept, language }, person) =>
    steps.map((step, rung) => {
      return { ...sayingOf(desk, plan, { step, language }), kept, step: { ladder: id, rung, person } };
    }),
  );
  await insertNotices(desk, rows);
  return id;
}

/**
 * Whether a block that is recorded now has all its notices behind it, as the SQL function of the same meaning says; without
 * `now` the database's clock tells.
 */
export async function isComplete(
  { query, now }: { readonly query: Ask; readonly now?: Date | undefined },
  ladder: LadderId,
): Promise<boolean> {
  const [row] = await query<{ complete: boolean }>(
    'SELECT notice_ladder_complete($1::bigint, coalesce($2::timestamptz, now())) AS complete',
    [ladder, now ?? null],
  );
  return row?.complete === true;
}

function refuseUntimely({ policy, now }: Desk, { people, blockOn }: Plan): void {
  const { minimumDays, unreachable } = noticesOf(policy).ladder;
  const soonest = addDays(dayOf(now, policy.timeZone), Math.max(1, minimumDays));
  const faults: Fault[] = [];
  if (blockOn < soonest) {
    const message = `A block on ${blockOn} leaves fewer than ${Math.max(1, minimumDays)} days of notice.`;
    faults.push({ code: 'NOTICE_TOO_SOON', message, remedy: `Let it be on ${soonest} or later.`, field: 'blockOn' });
  }
  if (people.length === 0 && unreachable === 'untold') {
    const message = 'Nobody is known who uses the device and could be told.';
    const remedy = 'Wait until it is seen with a subscriber, or name the law that exempts it from notice.';
    faults.push({ code: 'NOTICE_NOBODY', message, remedy, field: 'recipients' });
  }
  if (faults.length > 0) throw new Refused(faults);
}

async function insertLadder(desk: Desk, { subject, people, blockOn }: Plan): Promise<LadderId> {
  const { policy, now, actor } = desk;
  const { proof, unreachable } = noticesOf(policy).ladder;
  const [row] = await desk.query<{ id: LadderId }>(
    `INSERT INTO notice_ladder (imeis, case_id, reason, reference, block_on, block_at, told_before, proof, unreachable, people,
      opened, opened_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING id`,
    [
      [...new Set([subject.imei, ...(subject.others ?? [])])],
      subject.case ?? null,
      subject.reason,
      subject.reference,
      blockOn,
      dayBegins(blockOn, policy.timeZone),
      toldBefore(policy, blockOn),
      proof,
      unreachable,
      people.length,
      now,
      actor.id,
    ],
  );
  if (row === undefined) throw new Error('A ladder was not written.');
  return row.id;
}

async function insertRungs({ query }: Desk, ladder: LadderId, steps: readonly Rung[]): Promise<void> {
  await query(
    `INSERT INTO notice_rung (ladder, rung, days_before, due, until)
    SELECT $1, r.rung - 1, r.days_before, r.due, r.until
    FROM unnest($2::int[], $3::timestamptz[], $4::timestamptz[]) WITH ORDINALITY AS r (days_before, due, until, rung)`,
    [
      ladder,
      steps.map(({ daysBefore }) => daysBefore ?? null),
      steps.map(({ due }) => due),
      steps.map(({ until }) => until),
    ],
  );
}

/** What is said on a rung: first, last (on the eve), or a reminder between. Late it would be untrue, and is not sent. */
function sayingOf(
  { policy }: Desk,
  { subject, blockOn }: Plan,
  { step, language }: { readonly step: Rung; readonly language: Language },
): Omit<NoticeRow, 'kept'> {
  const { imei, reason, reference, case: caseId } = subject;
  const about = { language, subject: { imei, case: caseId }, due: step.due, until: step.until };
  const values = { imei, reason, blockOn, reference };
  const days = step.daysBefore;
  if (days === undefined || days === 1) {
    const template = days === undefined ? 'ladder_first' : 'ladder_last';
    return { ...about, template, rendered: render({ template, language, values, policy }) };
  }
  const template = 'ladder_reminder';
  return { ...about, template, rendered: render({ template, language, values: { ...values, days }, policy }) };
}
