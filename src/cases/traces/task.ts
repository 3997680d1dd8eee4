import { type ActionName, demand, reaches, reachOf } from '../../access/actions.ts';
import type { Desk } from '../../access/desk.ts';
import { isUuid } from '../../access/uuid.ts';
import { addDays, type Day } from '../../calendar/day.ts';
import { Refused } from '../../faults/fault.ts';
import { type Reference, writeReference } from '../../identifiers/reference.ts';
import { dayOf } from '../../notices/clock.ts';
import { queueNotice } from '../../notices/queue.ts';
import { advance } from '../../states/machine.ts';
import type { Evidence } from '../desk.ts';
import { holderOf, lockTheft, type TheftCase } from '../thefts/case.ts';
import { newReference } from '../thefts/enter.ts';
import { unknownCase } from '../thefts/find.ts';
import { notifyOf } from '../thefts/units.ts';
import { TASK, type TaskEvent, type TaskParty, type TaskState } from './machine.ts';

/** The task of a police unit about a device that was seen. */
export type Task = {
  readonly id: string;
  /** Order of arrival. */
  readonly number: string;
  readonly theft: string;
  /** Undefined: the national level. */
  readonly unit: string | undefined;
  readonly state: TaskState;
  readonly since: Date;
  /** The last day for it. */
  readonly due: Day;
  /** The task out of which it came. */
  readonly parent: string | undefined;
  /** What its unit signs with. */
  readonly receipt: Reference;
  readonly outcome: string | undefined;
  readonly opened: Date;
};

type Row = Omit<Task, 'unit' | 'parent' | 'outcome'> & {
  readonly unit: string | null;
  readonly parent: string | null;
  readonly outcome: string | null;
};

const COLUMNS = `k.id, k.number, k.theft, k.unit, k.state, k.since, to_char(k.due, 'YYYY-MM-DD') AS due, k.parent, k.receipt,
  k.outcome, k.opened`;

const taskOf = ({ unit, parent, outcome, ...row }: Row): Task => ({
  ...row,
  unit: unit ?? undefined,
  parent: parent ?? undefined,
  outcome: outcome ?? undefined,
});

/** Tasks that a condition over `k` picks. */
export async function selectTasks(
  { query }: Pick<Desk, 'query'>,
  { where, rest = '' }: { readonly where: string; readonly rest?: string },
  values: readonly unknown[],
): Promise<readonly Task[]> {
  return (await query<Row>(`SELECT ${COLUMNS} FROM theft_task AS k WHERE ${where} ${rest}`, values)).map(taskOf);
}

/** States in which a task is still to be done. */
export const PENDING: readonly TaskState[] = ['open', 'accepted', 'overdue'];

/** A task for somebody of its unit, or of the national level. @throws Refused ACCESS_ROLE, CASE_UNKNOWN */
export async function findTask(desk: Desk, id: string, action: ActionName): Promise<Task> {
  demand(desk.actor, action);
  const [task] = isUuid(id) ? await selectTasks(desk, { where: 'k.id = $1' }, [id]) : [];
  if (task === undefined || !reaches(desk.actor, action, { unit: task.unit })) throw new Refused([unknownCase('task')]);
  return task;
}

/**
 * As {@link findTask}, and holds the rows of its case and then its own: all who act on both take them in this order, so that
 * no two wait in a circle.
 */
export async function takeTask(
  desk: Desk,
  id: string,
  action: ActionName,
): Promise<{ readonly task: Task; readonly theft: TheftCase }> {
  const { theft: of } = await findTask(desk, id, action);
  const theft = await lockTheft(desk, of);
  await desk.query('SELECT FROM theft_task WHERE id = $1 FOR NO KEY UPDATE', [id]);
  return { task: await findTask(desk, id, action), theft };
}

/** The tasks that an actor reaches, the newest first, a page at a time. @throws Refused ACCESS_ROLE */
export async function listTasks(
  desk: Desk,
  page: { readonly states?: readonly TaskState[]; readonly after?: string; readonly limit: number },
): Promise<{ readonly tasks: readonly Task[]; readonly next: string | undefined }> {
  demand(desk.actor, 'trace.read');
  const reach = reachOf(desk.actor, 'trace.read');
  const unit = reach === 'all' ? null : (reach.unit ?? '');
  const tasks = await selectTasks(
    desk,
    {
      where: `($1::text IS NULL OR k.unit = $1) AND ($2::text[] IS NULL OR k.state = ANY ($2))
        AND ($3::bigint IS NULL OR k.number < $3)`,
      rest: 'ORDER BY k.number DESC LIMIT $4',
    },
    [unit, page.states ?? null, page.after ?? null, page.limit],
  );
  return { tasks, next: tasks.length < page.limit ? undefined : tasks.at(-1)?.number };
}

/** A task to be given out. */
type Assigning = {
  readonly unit: string | undefined;
  readonly parent?: Task | undefined;
  readonly evidence?: Evidence | undefined;
};

/**
 * Tasks a unit with a case whose row is held: the pending task that it has of it, or a new one. Another unit's that was
 * handed over comes with its papers.
 */
export async function assign(desk: Desk, theft: TheftCase, { unit, parent, evidence }: Assigning): Promise<Task> {
  const [pending] = await selectTasks(
    desk,
    { where: `k.theft = $1 AND k.unit IS NOT DISTINCT FROM $2 AND k.state = ANY ($3)` },
    [theft.id, unit ?? null, PENDING],
  );
  if (pending !== undefined) return pending;
  const due = addDays(dayOf(desk.now, desk.policy.timeZone), desk.policy.theft.traceDays);
  const [row] = await desk.query<{ id: string }>(
    `INSERT INTO theft_task (theft, unit, state, since, due, parent, receipt, opened)
     VALUES ($1, $2, 'open', $3, $4, $5, $6, $3) RETURNING id`,
    [theft.id, unit ?? null, desk.now, due, parent?.id, newReference()],
  );
  if (row === undefined) throw new Error('a task was not given out');
  await recordTaskEvent(desk, row.id, { event: 'assign', from: undefined, to: 'open', evidence: evidence ?? {} });
  const [task] = await selectTasks(desk, { where: 'k.id = $1' }, [row.id]);
  if (task === undefined) throw new Error('a task vanished');
  await tellUnit(desk, theft, { template: 'task_assigned', unit, due });
  return task;
}

/** Tells the unit that it has something to do, where the country file says where it reads that. */
export async function tellUnit(
  desk: Desk,
  theft: Pick<TheftCase, 'id' | 'reference' | 'imeis'>,
  told: { readonly template: 'task_assigned' | 'task_overdue'; readonly unit: string | undefined; readonly due: Day },
): Promise<void> {
  const address = notifyOf(desk, told.unit);
  if (address === undefined) return;
  await queueNotice(desk, {
    template: told.template,
    to: { channel: 'email', address },
    values: { reference: writeReference(theft.reference), what: 'a device that was reported was seen', by: told.due },
    subject: { case: holderOf(theft), imei: theft.imeis[0] },
  });
}

/** A move of a task whose row is held. */
export type TaskMove = {
  readonly event: TaskEvent;
  readonly as: TaskParty;
  readonly outcome?: string | undefined;
  readonly evidence?: Evidence | undefined;
};

/** Moves a task on. @throws Refused STATE_MOVE, STATE_ROLE */
export async function moveTask(desk: Desk, task: Task, { event, as, outcome, evidence }: TaskMove): Promise<Task> {
  const step = advance(TASK, task.state, { event, roles: [as] });
  if (!step.ok) throw new Refused([step.fault]);
  const { to } = step.value;
  await desk.query('UPDATE theft_task SET state = $2, since = $3, outcome = coalesce($4, outcome) WHERE id = $1', [
    task.id,
    to,
    desk.now,
    outcome,
  ]);
  await recordTaskEvent(desk, task.id, { event, from: task.state, to, evidence: { ...evidence, outcome } });
  return { ...task, state: to, since: desk.now, outcome: outcome ?? task.outcome };
}

type TaskStep = {
  readonly event: TaskEvent;
  readonly from: TaskState | undefined;
  readonly to: TaskState;
  readonly evidence: Evidence;
};

async function recordTaskEvent(desk: Desk, task: string, { event, from, to, evidence }: TaskStep): Promise<void> {
  await desk.query(
    `INSERT INTO theft_task_event (task, event, from_state, to_state, actor, organisation, evidence, at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [task, event, from, to, desk.actor.id, desk.actor.organisation?.id, JSON.stringify(evidence), desk.now],
  );
}

/** Ends what is still to be done about a case that has ended, or whose device is in custody. */
export async function endTasks(desk: Desk, theft: Pick<TheftCase, 'id'>, outcome: string): Promise<void> {
  const tasks = await selectTasks(
    desk,
    { where: 'k.theft = $1 AND k.state = ANY ($2)', rest: 'ORDER BY k.id FOR NO KEY UPDATE' },
    [theft.id, PENDING],
  );
  for (const task of tasks) await moveTask(desk, task, { event: 'settle', as: 'register', outcome });
}
