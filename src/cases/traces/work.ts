import type { Desk } from '../../access/desk.ts';
import { type Fault, Refused } from '../../faults/fault.ts';
import { dayOf } from '../../notices/clock.ts';
import { lockTheft } from '../thefts/case.ts';
import { demandLine } from '../thefts/line.ts';
import { demandUnit } from '../thefts/units.ts';
import { assign, moveTask, PENDING, selectTasks, type Task, takeTask, tellUnit } from './task.ts';

/**
 * An officer signs for a task of his unit; the receipt is the task's own. Only then can its traces be opened.
 * @throws Refused ACCESS_ROLE, CASE_UNKNOWN, STATE_MOVE
 */
export async function acceptTask(desk: Desk, id: string): Promise<Task> {
  const { task } = await takeTask(desk, id, 'trace.receive');
  return moveTask(desk, task, { event: 'accept', as: 'unit', evidence: { receipt: task.receipt } });
}

/** Tells what came of a task, in a line without personal data. What another level has of it is then done, too. */
export async function finishTask(
  desk: Desk,
  { id, outcome }: { readonly id: string; readonly outcome: string },
): Promise<Task> {
  const { task } = await takeTask(desk, id, 'trace.receive');
  const done = await moveTask(desk, task, { event: 'finish', as: 'unit', outcome: demandLine(outcome, 'outcome') });
  const others = await selectTasks(
    desk,
    { where: '(k.parent = $1 OR k.id = $2) AND k.state = ANY ($3)', rest: 'ORDER BY k.id FOR NO KEY UPDATE' },
    [task.id, task.parent ?? null, PENDING],
  );
  for (const other of others) await moveTask(desk, other, { event: 'settle', as: 'register', outcome: done.outcome });
  return done;
}

/**
 * Hands a task over to another unit, undefined for the national level, which has to sign for it. Who handed it over cannot
 * open its traces any more.
 * @throws Refused ACCESS_ROLE, CASE_UNKNOWN, CASE_EVIDENCE, STATE_MOVE
 */
export async function handOverTask(
  desk: Desk,
  { id, unit, because }: { readonly id: string; readonly unit: string | undefined; readonly because: string },
): Promise<{ readonly task: Task; readonly next: Task }> {
  const { task, theft } = await takeTask(desk, id, 'trace.assign');
  const why = demandLine(because, 'because');
  demandUnit(desk, unit);
  if (unit === task.unit) throw new Refused([SAME]);
  const handed = await moveTask(desk, task, {
    event: 'hand_over',
    as: 'unit',
    evidence: { because: why, to: unit ?? '' },
  });
  const next = await assign(desk, theft, { unit, parent: task, evidence: { because: why, from: task.unit ?? '' } });
  await desk.query('UPDATE theft SET unit = $2 WHERE id = $1', [theft.id, unit ?? null]);
  return { task: handed, next };
}

const SAME: Fault = {
  code: 'CASE_EVIDENCE',
  message: 'The task would be handed over to the unit that has it.',
  remedy: 'Name another unit.',
  field: 'unit',
};

/** Tasks that one round escalates, at most. */
const ROUND = 200;

/**
 * The clock's round over tasks that were not done in time: they are overdue, and the national level gets a task of its own
 * beside them. To be called again, in further transactions, until it gives none.
 * @throws Refused STATE_ROLE
 */
export async function escalateTasks(desk: Desk, most = ROUND): Promise<readonly Task[]> {
  const today = dayOf(desk.now, desk.policy.timeZone);
  const due = await selectTasks(
    desk,
    { where: `k.due < $1 AND k.state IN ('open', 'accepted')`, rest: 'ORDER BY k.due, k.id LIMIT $2' },
    [today, most],
  );
  const late: Task[] = [];
  for (const { id, theft: of } of due) {
    const theft = await lockTheft(desk, of);
    const [task] = await selectTasks(desk, { where: 'k.id = $1', rest: 'FOR NO KEY UPDATE' }, [id]);
    if (task === undefined || task.due >= today || (task.state !== 'open' && task.state !== 'accepted')) continue;
    late.push(
      await moveTask(desk, task, { event: 'lapse', as: desk.actor.roles.includes('system') ? 'clock' : 'unit' }),
    );
    await tellUnit(desk, theft, { template: 'task_overdue', unit: task.unit, due: task.due });
    if (task.unit !== undefined) await assign(desk, theft, { unit: undefined, parent: task });
  }
  return late;
}
