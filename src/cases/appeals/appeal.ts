import { type ActionName, demand, reaches, reachOf } from '../../access/actions.ts';
import type { Actor } from '../../access/actor.ts';
import type { Desk } from '../../access/desk.ts';
import { isUuid } from '../../access/uuid.ts';
import type { Day } from '../../calendar/day.ts';
import { deadline } from '../../calendar/deadline.ts';
import { Refused } from '../../faults/fault.ts';
import type { Imei } from '../../identifiers/imei.ts';
import { parseReference, type Reference } from '../../identifiers/reference.ts';
import { advance } from '../../states/machine.ts';
import type { Evidence } from '../desk.ts';
import { unknownCase } from '../thefts/find.ts';
import { APPEAL, type AppealEvent, type AppealParty, type AppealState } from './machine.ts';

/** What can be appealed against, or complained about. */
export const AGAINST = ['standing', 'theft', 'refusal', 'dispute', 'consignment'] as const;

/**
 * What an appeal is against: `standing` by `IMEI:condition`, `theft` by id or reference of the case, the others by the id
 * that their room gives.
 */
export type Against = { readonly kind: (typeof AGAINST)[number]; readonly id: string };

/** An appeal against a decision, or a complaint about how it came about, without what was said in it. */
export type Appeal = {
  readonly id: string;
  /** Order of arrival. */
  readonly number: string;
  readonly reference: Reference;
  readonly form: 'appeal' | 'complaint';
  readonly against: Against;
  readonly imei: Imei | undefined;
  /** The label of the condition, or what else decided by rule. */
  readonly rule: string | undefined;
  /** The organisation whose entry it is against: whom to ask, and who may answer. */
  readonly inserter: string | undefined;
  readonly state: AppealState;
  readonly since: Date;
  readonly appellant: string;
  readonly organisation: string | undefined;
  readonly examiner: string | undefined;
  /** The limit that runs: so many counted days from a day on. */
  readonly from: Day;
  readonly days: number;
  /** What the authority has left once evidence has come. */
  readonly leftDays: number | undefined;
  /** Why it was decided so. */
  readonly reasons: string | undefined;
  readonly opened: Date;
  readonly decided: Date | undefined;
};

type Nullable = 'imei' | 'rule' | 'inserter' | 'organisation' | 'examiner' | 'leftDays' | 'reasons' | 'decided';

type Row = Omit<Appeal, Nullable | 'against'> & {
  readonly [Key in Nullable]: Exclude<Appeal[Key], undefined> | null;
} & { readonly kind: Against['kind']; readonly against: string };

const COLUMNS = `a.id, a.number, a.reference, a.form, a.kind, a.against, a.imei, a.rule, a.inserter, a.state, a.since,
  a.appellant, a.organisation, a.examiner, to_char(a.from_day, 'YYYY-MM-DD') AS from, a.days, a.left_days AS "leftDays",
  a.reasons, a.opened, a.decided`;

const appealOf = ({ kind, against, ...row }: Row): Appeal => ({
  ...row,
  against: { kind, id: against },
  imei: row.imei ?? undefined,
  rule: row.rule ?? undefined,
  inserter: row.inserter ?? undefined,
  organisation: row.organisation ?? undefined,
  examiner: row.examiner ?? undefined,
  leftDays: row.leftDays ?? undefined,
  reasons: row.reasons ?? undefined,
  decided: row.decided ?? undefined,
});

/** Appeals that a condition over `a` picks. */
export async function selectAppeals(
  { query }: Pick<Desk, 'query'>,
  { where, rest = '' }: { readonly where: string; readonly rest?: string },
  values: readonly unknown[],
): Promise<readonly Appeal[]> {
  return (await query<Row>(`SELECT ${COLUMNS} FROM appeal AS a WHERE ${where} ${rest}`, values)).map(appealOf);
}

/** States in which an appeal is undecided. */
export const UNDECIDED: readonly AppealState[] = ['opened', 'in_review', 'evidence_asked'];

/** Whether somebody brought an appeal in: the same organisation, or the same account or proved contact. */
export const isAppellant = ({ id, organisation }: Actor, appeal: Appeal): boolean =>
  appeal.organisation === undefined ? appeal.appellant === id : organisation?.id === appeal.organisation;

/** An appeal for somebody who may do something with it, by id or reference. @throws Refused ACCESS_ROLE, CASE_UNKNOWN */
export async function findAppeal(desk: Desk, text: string, action: ActionName = 'appeal.read'): Promise<Appeal> {
  demand(desk.actor, action);
  const appeal = await byName(desk, text);
  const belonging = { person: appeal?.appellant, organisation: appeal?.organisation };
  if (appeal === undefined || !reaches(desk.actor, action, belonging)) throw new Refused([unknownCase('appeal')]);
  return appeal;
}

/** An appeal by id or reference, whoever asks. */
export async function byName(desk: Pick<Desk, 'query'>, text: string): Promise<Appeal | undefined> {
  if (isUuid(text)) return (await selectAppeals(desk, { where: 'a.id = $1' }, [text]))[0];
  const reference = parseReference(text);
  return reference.ok ? (await selectAppeals(desk, { where: 'a.reference = $1' }, [reference.value]))[0] : undefined;
}

/** Holds the row of an appeal until the transaction ends, and reads it. */
export async function lockAppeal(desk: Pick<Desk, 'query'>, id: string): Promise<Appeal> {
  await desk.query('SELECT FROM appeal WHERE id = $1 FOR NO KEY UPDATE', [id]);
  const [appeal] = await selectAppeals(desk, { where: 'a.id = $1' }, [id]);
  if (appeal === undefined) throw new Error(`the appeal ${id} vanished`);
  return appeal;
}

/** As {@link findAppeal}, with its row held. @throws Refused ACCESS_ROLE, CASE_UNKNOWN */
export async function takeAppealRow(desk: Desk, text: string, action: ActionName): Promise<Appeal> {
  return lockAppeal(desk, (await findAppeal(desk, text, action)).id);
}

/** The appeals that an actor may read, the newest first, a page at a time. @throws Refused ACCESS_ROLE */
export async function listAppeals(
  desk: Desk,
  page: { readonly states?: readonly AppealState[]; readonly after?: string; readonly limit: number },
): Promise<{ readonly appeals: readonly Appeal[]; readonly next: string | undefined }> {
  demand(desk.actor, 'appeal.read');
  const reach = reachOf(desk.actor, 'appeal.read');
  const { person = null, organisation = null } = reach === 'all' ? {} : reach;
  const appeals = await selectAppeals(
    desk,
    {
      where: `($1 OR (a.organisation IS NULL AND a.appellant = $2) OR a.organisation::text = $3)
        AND ($4::text[] IS NULL OR a.state = ANY ($4)) AND ($5::bigint IS NULL OR a.number < $5)`,
      rest: 'ORDER BY a.number DESC LIMIT $6',
    },
    [reach === 'all', person, organisation, page.states ?? null, page.after ?? null, page.limit],
  );
  return { appeals, next: appeals.length < page.limit ? undefined : appeals.at(-1)?.number };
}

/** The last day of the limit that runs, by the calendar of now: an order that came since has moved it. */
export const dueOf = ({ from, days }: Pick<Appeal, 'from' | 'days'>, { policy }: Pick<Desk, 'policy'>): Day =>
  deadline(from, days, policy.appeals.calendar);

/** What changes beside the state; undefined leaves as it is. */
export type AppealChange = {
  readonly examiner?: string;
  readonly from?: Day;
  readonly days?: number;
  readonly leftDays?: number | null;
  readonly reasons?: string;
  readonly decided?: Date;
};

/** A move of an appeal whose row is held. */
export type AppealMove = {
  readonly event: AppealEvent;
  readonly as: readonly AppealParty[];
  readonly evidence?: Evidence;
  readonly change?: AppealChange;
};

/** Moves an appeal on, and records that. @throws Refused STATE_MOVE, STATE_ROLE */
export async function moveAppeal(desk: Desk, appeal: Appeal, move: AppealMove): Promise<Appeal> {
  const { event, as, evidence = {}, change = {} } = move;
  const step = advance(APPEAL, appeal.state, { event, roles: as });
  if (!step.ok) throw new Refused([step.fault]);
  const { to } = step.value;
  const { examiner, from, days, leftDays, reasons, decided } = change;
  await desk.query(
    `UPDATE appeal SET state = $2, since = CASE WHEN state = $2 THEN since ELSE $3 END, examiner = coalesce($4, examiner),
       from_day = coalesce($5, from_day), days = coalesce($6, days), left_days = $7, reasons = coalesce($8, reasons),
       decided = coalesce($9, decided)
     WHERE id = $1`,
    [
      ...[appeal.id, to, desk.now, examiner, from, days],
      leftDays === undefined ? (appeal.leftDays ?? null) : leftDays,
      ...[reasons, decided],
    ],
  );
  const party = as.find((one) => advance(APPEAL, appeal.state, { event, roles: [one] }).ok) ?? 'clock';
  await recordAppealEvent(desk, appeal.id, { event, from: appeal.state, to, party, evidence });
  return lockAppeal(desk, appeal.id);
}

/** Records an event of an appeal. */
export async function recordAppealEvent(
  desk: Desk,
  appeal: string,
  step: {
    readonly event: AppealEvent;
    readonly from: AppealState | undefined;
    readonly to: AppealState;
    readonly party: AppealParty;
    readonly evidence: Evidence;
  },
): Promise<void> {
  const { event, from, to, party, evidence } = step;
  await desk.query(
    `INSERT INTO appeal_event (appeal, event, from_state, to_state, party, actor, organisation, evidence, at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [appeal, event, from, to, party, desk.actor.id, desk.actor.organisation?.id, JSON.stringify(evidence), desk.now],
  );
}
