import type { Desk } from '../../access/desk.ts';
import { recordRead } from '../../access/log.ts';
import type { Day } from '../../calendar/day.ts';
import { type Fault, Refused } from '../../faults/fault.ts';
import type { Imei } from '../../identifiers/imei.ts';
import type { Imsi } from '../../identifiers/imsi.ts';
import type { Msisdn } from '../../identifiers/msisdn.ts';
import { holderOf } from '../thefts/case.ts';
import { findTask, type Task } from './task.ts';

/** A trace, opened. Numbers are undefined where the network told none, or their time is over. */
export type OpenedTrace = {
  readonly id: string;
  readonly imei: Imei;
  readonly day: Day;
  readonly at: Date;
  readonly operator: string;
  readonly imsi: Imsi | undefined;
  readonly msisdn: Msisdn | undefined;
};

/**
 * Opens who used a device since it was reported, for an officer of the unit that signed for the task; recorded, with what
 * for. What other units have is answered as what does not exist.
 * @throws Refused ACCESS_ROLE, CASE_UNKNOWN, CASE_EVIDENCE, READ_PURPOSE, READ_QUOTA
 */
export async function readTraces(
  desk: Desk,
  { task: id, purpose }: { readonly task: string; readonly purpose: string },
): Promise<readonly OpenedTrace[]> {
  const task = await findTask(desk, id, 'trace.read');
  if (!mayOpen(desk, task)) throw new Refused([UNSIGNED]);
  const rows = await desk.query<
    Pick<OpenedTrace, 'id' | 'imei' | 'day' | 'at' | 'operator'> & { readonly subscriber: Buffer | null }
  >(
    `SELECT id, imei, to_char(day, 'YYYY-MM-DD') AS day, at, operator, subscriber FROM theft_trace WHERE theft = $1
     ORDER BY at, id`,
    [task.theft],
  );
  const subject = rows[0]?.imei ?? task.theft;
  const reading = { action: 'trace.read', purpose, case: holderOf({ id: task.theft }), subject };
  await recordRead(desk, { ...reading, fields: ['imsi', 'msisdn'] });
  return rows.map(({ subscriber, ...row }) => ({ ...row, ...numbersOf(desk, subscriber) }));
}

/** Who only looks on signs for nothing; a task that ended, or went on to another unit, opens nothing any more. */
const mayOpen = ({ actor }: Desk, { state }: Task): boolean =>
  state === 'accepted' || (actor.roles.includes('auditor') && !actor.roles.includes('police'));

function numbersOf(
  { vault }: Desk,
  sealed: Buffer | null,
): { readonly imsi: Imsi | undefined; readonly msisdn: Msisdn | undefined } {
  const text = sealed === null ? undefined : vault.open('trace', sealed);
  if (text === undefined) return { imsi: undefined, msisdn: undefined };
  const { imsi, msisdn } = JSON.parse(text) as { readonly imsi?: Imsi; readonly msisdn?: Msisdn };
  return { imsi, msisdn };
}

const UNSIGNED: Fault = {
  code: 'CASE_EVIDENCE',
  message: 'The unit has not signed for the task, or has it no longer.',
  remedy: 'Accept the task first.',
  field: 'task',
};
