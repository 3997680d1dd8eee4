import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { TheftCase } from '../../src/cases/thefts/case.ts';
import { findTheft } from '../../src/cases/thefts/find.ts';
import { reportTheft } from '../../src/cases/thefts/office.ts';
import { seizeTheft } from '../../src/cases/thefts/police.ts';
import type { Report } from '../../src/cases/thefts/report.ts';
import { lookedFor, type Observed, observe, type Sighting } from '../../src/cases/traces/observe.ts';
import { readTraces } from '../../src/cases/traces/read.ts';
import { listTasks } from '../../src/cases/traces/task.ts';
import { acceptTask, escalateTasks, finishTask, handOverTask } from '../../src/cases/traces/work.ts';
import { freshRegistry } from '../office.ts';
import {
  ANALYST,
  imei,
  imsi,
  later,
  msisdn,
  NATIONAL,
  NORTHERN,
  type Office,
  officeOf,
  POLICY,
  refusedBy,
  report,
  SOUTHERN,
  told,
} from './desk.ts';

let office: Office;
before(async () => {
  office = officeOf(await freshRegistry());
});

const byPolice = (of: number, more: Partial<Report> = {}): Promise<TheftCase> =>
  office.act((desk) => reportTheft(desk, { report: report(of, { complaint: `N-${of}`, ...more }) }), {
    actor: NORTHERN,
  });

const saw = (of: number, more: Partial<Sighting> = {}, now = later(1)): Promise<Observed> =>
  office.act(
    (desk) =>
      observe(desk, { imei: imei(of), imsi: imsi(900), msisdn: msisdn(900), operator: 'alfa', at: now, ...more }),
    { now },
  );

/** A case with a trace, and the task about it. */
async function traced(of: number): Promise<{ readonly theft: TheftCase; readonly task: string }> {
  const theft = await byPolice(of);
  const seen = await saw(of);
  assert.ok(seen.is === 'trace');
  return { theft, task: seen.task };
}

const traces = async (theft: TheftCase): Promise<number> =>
  (await office.registry.query('SELECT FROM theft_trace WHERE theft = $1', [theft.id])).length;

describe('a device that was reported is seen', () => {
  test('its police unit is tasked, its reporter is told that there is a trace, and not of whom', async () => {
    const { theft, task } = await traced(1);
    const now = await office.act((desk) => findTheft(desk, theft.id), { actor: NORTHERN });
    assert.equal(now.state, 'traced');
    const { tasks } = await office.act((desk) => listTasks(desk, { limit: 10 }), { actor: NORTHERN });
    assert.deepEqual(
      tasks.map(({ id, unit, state, due }) => [id, unit, state, due]),
      [[task, 'north', 'open', '2026-06-25']],
    );
    assert.deepEqual(await told(office, theft), ['theft_confirmed', 'task_assigned', 'theft_traced']);
    const plain = JSON.stringify(await office.registry.query('SELECT * FROM theft_trace'));
    for (const secret of [imsi(900), msisdn(900)]) assert.ok(!plain.includes(secret));
  });

  test('a day of one subscriber is one trace, however often he is seen', async () => {
    const theft = await byPolice(2);
    assert.equal((await saw(2)).is, 'trace');
    assert.equal((await saw(2, { at: new Date(later(1).getTime() + 3_600_000) })).is, 'known');
    assert.equal((await saw(2, { imsi: imsi(901) })).is, 'trace');
    assert.equal((await saw(2, {}, later(2))).is, 'trace');
    assert.equal(await traces(theft), 3);
    const { tasks } = await office.act((desk) => listTasks(desk, { limit: 10 }), { actor: NORTHERN });
    assert.equal(tasks.filter((one) => one.theft === theft.id).length, 1, 'all of one task');
  });

  test('what nobody looks for, and what was before, leaves nothing', async () => {
    assert.deepEqual(await saw(999), { is: 'nothing' });
    const theft = await byPolice(3);
    assert.deepEqual(await saw(3, { at: later(-1) }), { is: 'nothing' });
    assert.equal(await traces(theft), 0);
    assert.deepEqual((await lookedFor(office.registry)).get(imei(3)), theft.held);
    await assert.rejects(
      office.act((desk) => observe(desk, { imei: imei(3), operator: 'alfa', at: later(1) }), { actor: NORTHERN }),
      refusedBy('ACCESS_ROLE'),
    );
  });

  test('by two networks at once: one trace, one task', async () => {
    const theft = await byPolice(4);
    const outcomes = await Promise.all([saw(4), saw(4), saw(4, { imsi: imsi(905) })]);
    assert.deepEqual(outcomes.map(({ is }) => is).sort(), ['known', 'trace', 'trace']);
    assert.equal(await traces(theft), 2);
    const tasks = await office.registry.query('SELECT FROM theft_task WHERE theft = $1', [theft.id]);
    assert.equal(tasks.length, 1);
  });

  test('whoever has a lost device is told where to bring it, once, and not whose it is', async () => {
    const theft = await byPolice(5, { mode: 'recovery', kind: 'lost', owner: { name: 'Ann Owner' } });
    await saw(5);
    await saw(5, {}, later(2));
    const finder = (await told(office, theft)).filter((template) => template === 'theft_finder');
    assert.equal(finder.length, 1);
    const block = await byPolice(6);
    await saw(6);
    assert.ok(!(await told(office, block)).includes('theft_finder'), 'where it is blocked nobody is written to');
  });

  test('without a subscriber’s numbers it is a trace all the same', async () => {
    const theft = await byPolice(7, { mode: 'recovery' });
    const seen = await office.act((desk) => observe(desk, { imei: imei(7), operator: '', at: later(1) }), {
      now: later(1),
    });
    assert.equal(seen.is, 'trace');
    assert.equal(await traces(theft), 1);
  });
});

describe('a police unit', () => {
  test('signs for its task, then opens who it was; each reading is recorded', async () => {
    const { theft, task } = await traced(20);
    const read = () =>
      office.act((desk) => readTraces(desk, { task, purpose: 'find the device' }), { actor: NORTHERN });
    await assert.rejects(read(), refusedBy('CASE_EVIDENCE'));
    const accepted = await office.act((desk) => acceptTask(desk, task), { actor: NORTHERN });
    assert.equal(accepted.state, 'accepted');
    const [trace] = await read();
    assert.deepEqual([trace?.imsi, trace?.msisdn, trace?.imei], [imsi(900), msisdn(900), imei(20)]);
    const log = await office.registry.query(
      'SELECT action, purpose, subject, fields FROM access_log WHERE case_ref = $1',
      [`theft:${theft.id}`],
    );
    assert.deepEqual(log, [
      { action: 'trace.read', purpose: 'find the device', subject: imei(20), fields: ['imsi', 'msisdn'] },
    ]);
  });

  test('learns nothing of the tasks of another', async () => {
    const { task } = await traced(21);
    const at = { actor: SOUTHERN };
    const acts = [task, '00000000-0000-4000-8000-00000000dead', 'x'].flatMap((id) => [
      office.act((desk) => acceptTask(desk, id), at),
      office.act((desk) => readTraces(desk, { task: id, purpose: 'x' }), at),
      office.act((desk) => finishTask(desk, { id, outcome: 'nothing' }), at),
      office.act((desk) => handOverTask(desk, { id, unit: 'south', because: 'it is ours' }), at),
    ]);
    const messages = (await Promise.allSettled<unknown>(acts)).map((one) =>
      one.status === 'rejected' && one.reason instanceof Error ? one.reason.message : 'done',
    );
    assert.deepEqual([...new Set(messages)], ['CASE_UNKNOWN: There is no such task, or none for who asks.']);
    assert.deepEqual((await office.act((desk) => listTasks(desk, { limit: 100 }), at)).tasks, []);
    await assert.rejects(
      office.act((desk) => readTraces(desk, { task, purpose: 'x' }), { actor: ANALYST }),
      refusedBy('ACCESS_ROLE'),
    );
  });

  test('hands a task over, and can open its traces no more; the other signs first', async () => {
    const { theft, task } = await traced(22);
    await office.act((desk) => acceptTask(desk, task), { actor: NORTHERN });
    const handed = await office.act(
      (desk) => handOverTask(desk, { id: task, unit: 'south', because: 'he lives there' }),
      { actor: NORTHERN },
    );
    assert.deepEqual([handed.task.state, handed.next.state, handed.next.unit], ['handed_over', 'open', 'south']);
    assert.notEqual(handed.next.receipt, handed.task.receipt);
    const read = (id: string, actor: typeof NORTHERN) =>
      office.act((desk) => readTraces(desk, { task: id, purpose: 'x' }), { actor });
    await assert.rejects(read(task, NORTHERN), refusedBy('CASE_EVIDENCE'));
    await assert.rejects(read(handed.next.id, NORTHERN), refusedBy('CASE_UNKNOWN'));
    await office.act((desk) => acceptTask(desk, handed.next.id), { actor: SOUTHERN });
    assert.equal((await read(handed.next.id, SOUTHERN)).length, 1);
    const seen = await saw(22, {}, later(3));
    assert.ok(seen.is === 'trace' && seen.task === handed.next.id, 'what comes next is the other unit’s');
    assert.equal((await office.act((desk) => findTheft(desk, theft.id), { actor: SOUTHERN })).unit, 'south');
    const nowhere = office.act(
      (desk) => handOverTask(desk, { id: handed.next.id, unit: 'west', because: 'far away' }),
      {
        actor: SOUTHERN,
      },
    );
    await assert.rejects(nowhere, refusedBy('CASE_EVIDENCE'));
  });

  test('that does not act in time has the national level beside it', async () => {
    const { theft, task } = await traced(23);
    const days = POLICY.theft.traceDays;
    const early = await office.act((desk) => escalateTasks(desk), { now: later(1 + days) });
    assert.ok(!early.some(({ id }) => id === task), 'its last day is still its own');
    const late = await office.act((desk) => escalateTasks(desk), { now: later(2 + days) });
    assert.ok(late.some(({ id, state }) => id === task && state === 'overdue'));
    const [national] = (
      await office.act((desk) => listTasks(desk, { limit: 100, states: ['open'] }), { actor: NATIONAL })
    ).tasks.filter((one) => one.theft === theft.id);
    assert.deepEqual([national?.unit, national?.parent], [undefined, task]);
    assert.ok((await told(office, theft)).includes('task_overdue'));
    await office.act((desk) => acceptTask(desk, task), { actor: NORTHERN });
    await office.act((desk) => finishTask(desk, { id: task, outcome: 'The device was found.' }), { actor: NORTHERN });
    const rest = await office.act((desk) => listTasks(desk, { limit: 100 }), { actor: NATIONAL });
    assert.deepEqual(
      rest.tasks.filter((one) => one.theft === theft.id).map(({ state, outcome }) => [state, outcome]),
      [
        ['done', 'The device was found.'],
        ['done', 'The device was found.'],
      ],
    );
    assert.deepEqual(
      (await office.act((desk) => escalateTasks(desk), { now: later(2 + days) })).filter(
        (one) => one.theft === theft.id,
      ),
      [],
    );
  });

  test('has no task left once the device is in custody', async () => {
    const { theft, task } = await traced(24);
    await office.act((desk) => seizeTheft(desk, { id: theft.id, receipt: 'R-1' }), { actor: NORTHERN, now: later(2) });
    const [one] = await office.registry.query('SELECT state, outcome FROM theft_task WHERE id = $1', [task]);
    assert.deepEqual(one, { state: 'done', outcome: 'The device was taken into custody.' });
    assert.deepEqual(await saw(24, {}, later(3)), { is: 'nothing' });
  });
});
