import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { test } from 'node:test';
import type { Actor } from '../../src/access/actor.ts';
import { cancelJob, forgetJobs, listJobs, readJob, submitJob } from '../../src/api/jobs/job.ts';
import { type Handler, outcomesOf, startWorker, type WorkerOptions } from '../../src/api/jobs/worker.ts';
import { Refused } from '../../src/faults/fault.ts';
import { embeddedPostgres } from '../servers/embedded.ts';
import { openHouse } from './ground.ts';

const house = await openHouse();
const { registry, vault, policy } = house;
const START = new Date('2026-10-20T12:00:00Z');
const later = (seconds: number): Date => new Date(START.getTime() + seconds * 1000);
const DEALER: Actor = { id: '00000000-0000-4000-8000-0000000000d1', roles: ['dealer'] };
const OTHER: Actor = { id: '00000000-0000-4000-8000-0000000000d2', roles: ['dealer'] };

const at = <T>(act: (desk: Parameters<typeof submitJob>[0]) => Promise<T>, actor = DEALER, now = START): Promise<T> =>
  registry.transaction((query) => act({ query, vault, policy, actor, now }));
const submit = (letters: string, actor = DEALER) =>
  at(
    (desk) =>
      submitJob(desk, {
        kind: 'letters',
        input: {},
        total: letters.length,
        parts: [...letters].map((one) => Buffer.from(one)),
      }),
    actor,
  );

const capitals = (part?: Handler['part']): Handler => ({
  part: part ?? (async (_job, input) => ({ outcome: Buffer.from(input.toString().toUpperCase()), units: 1 })),
  finish: async ({ total }) => ({ total }),
});
const worker = (handler: Handler, more: Partial<WorkerOptions> = {}) =>
  startWorker({
    registry,
    handlers: { letters: handler },
    clock: () => START,
    onDefect: (error) => assert.fail(String(error)),
    everyMs: 1e6,
    ...more,
  });
const text = async (id: string): Promise<string> => {
  let all = '';
  for await (const bytes of outcomesOf(registry, id)) all += bytes.toString();
  return all;
};
const refusal = (code: string) => (error: unknown) => error instanceof Refused && error.faults[0]?.code === code;

test('a job is done part by part, and tells how far it is', async () => {
  const job = await submit('abc');
  const seen: number[] = [];
  const working = worker(
    capitals(async (_job, input) => {
      seen.push((await at((desk) => readJob(desk, job.id))).done);
      return { outcome: Buffer.from(input.toString().toUpperCase()), units: 1 };
    }),
  );
  await working.kick();
  const done = await at((desk) => readJob(desk, job.id));
  assert.deepEqual([seen, done.state, done.done, done.outcome], [[0, 1, 2], 'done', 3, { total: 3 }]);
  assert.equal(await text(job.id), 'ABC');
  await working.close();
});

test('two workers do each job once', async () => {
  const jobs = await Promise.all(['ab', 'cd', 'ef'].map((letters) => submit(letters)));
  const parts: string[] = [];
  const noting = capitals(async ({ id }, input, part) => {
    parts.push(`${id} ${part}`);
    return { outcome: input, units: 1 };
  });
  const both = [worker(noting), worker(noting)];
  await Promise.all(both.map((one) => one.kick()));
  assert.equal(new Set(parts).size, 6);
  assert.equal(parts.length, 6);
  for (const { id } of jobs) assert.equal((await at((desk) => readJob(desk, id))).state, 'done');
  await Promise.all(both.map((one) => one.close()));
});

test('of a worker that was killed, another one goes on with what is left', async () => {
  const job = await submit('xyzw');
  const { url } = await embeddedPostgres();
  const [row] = await registry.query<{ name: string }>('SELECT current_database() AS name');
  const own = new URL(url);
  own.pathname = `/${row?.name}`;
  const killed = spawn(process.execPath, ['--import', 'tsx', path.join(import.meta.dirname, 'killed.ts'), own.href], {
    stdio: 'inherit',
  });
  assert.deepEqual((await once(killed, 'exit'))[1], 'SIGKILL');
  const amid = await at((desk) => readJob(desk, job.id));
  assert.deepEqual([amid.state, amid.done, amid.outcome], ['working', 2, null]);
  const early = worker(capitals(), { clock: () => later(10) });
  await early.kick();
  assert.equal((await at((desk) => readJob(desk, job.id))).state, 'working', 'it may still live');
  const parts: number[] = [];
  const heir = worker(
    capitals(async (_job, input, part) => {
      parts.push(part);
      return { outcome: Buffer.from(input.toString().toUpperCase()), units: 1 };
    }),
    { clock: () => later(60) },
  );
  await heir.kick();
  assert.deepEqual(parts, [2, 3]);
  assert.equal(await text(job.id), 'XYZW');
  await Promise.all([early.close(), heir.close()]);
});

test('who was taken for dead and comes back changes nothing any more', async () => {
  const job = await submit('pq');
  let goOn: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const slow = worker(
    capitals(async (_job, input) => {
      await held;
      return { outcome: input, units: 1 };
    }),
  );
  const lost = slow.kick();
  while ((await at((desk) => readJob(desk, job.id))).state === 'waiting') await new Promise(setImmediate);
  const heir = worker(capitals(), { clock: () => later(60) });
  await heir.kick();
  goOn();
  await lost;
  assert.equal(await text(job.id), 'PQ');
  assert.equal((await at((desk) => readJob(desk, job.id))).done, 2);
  await Promise.all([slow.close(), heir.close()]);
});

test('a job that fails again and again is given up', async () => {
  const job = await submit('n');
  const told: unknown[] = [];
  const failing = worker(
    capitals(async () => Promise.reject(new Error('no'))),
    { onDefect: (error) => told.push(error) },
  );
  await failing.kick();
  const { state, fault, outcome } = await at((desk) => readJob(desk, job.id));
  assert.deepEqual([state, fault, outcome, told.length], ['failed', 'UNFORESEEN', null, 5]);
  await failing.close();
});

test('a refusal ends a job with its code', async () => {
  const job = await submit('r');
  const refusing = worker(
    capitals(async () => Promise.reject(new Refused([{ code: 'API_BUSY', message: '', remedy: '' }]))),
  );
  await refusing.kick();
  const { state, fault } = await at((desk) => readJob(desk, job.id));
  assert.deepEqual([state, fault], ['failed', 'API_BUSY']);
  await refusing.close();
});

test('others have no such job; the auditor has', async () => {
  const job = await submit('o');
  await assert.rejects(
    at((desk) => readJob(desk, job.id), OTHER),
    refusal('API_UNKNOWN'),
  );
  await assert.rejects(
    at((desk) => cancelJob(desk, job.id), OTHER),
    refusal('API_UNKNOWN'),
  );
  const auditor: Actor = { id: '00000000-0000-4000-8000-0000000000a1', roles: ['auditor'] };
  assert.equal((await at((desk) => readJob(desk, job.id), auditor)).id, job.id);
  await at((desk) => cancelJob(desk, job.id));
});

test('a job that was cancelled is not done, also not by who is at it', async () => {
  const job = await submit('cc');
  const working = worker(
    capitals(async (_job, input) => {
      await at((desk) => cancelJob(desk, job.id));
      return { outcome: input, units: 1 };
    }),
  );
  await working.kick();
  assert.equal((await at((desk) => readJob(desk, job.id))).state, 'cancelled');
  assert.equal(await text(job.id), '');
  await assert.rejects(
    at((desk) => cancelJob(desk, job.id)),
    refusal('JOB_UNFINISHED'),
  );
  await working.close();
});

test('an account has ten unfinished jobs at most, however many it enters at once', async () => {
  const many: Actor = { id: '00000000-0000-4000-8000-0000000000d3', roles: ['dealer'] };
  const all = await Promise.allSettled(Array.from({ length: 14 }, () => submit('m', many)));
  assert.equal(all.filter(({ status }) => status === 'fulfilled').length, 10);
  assert.ok(all.every((one) => one.status === 'fulfilled' || refusal('JOB_MANY')(one.reason)));
  const first = await at((desk) => listJobs(desk, { limit: 6 }), many);
  const second = await at((desk) => listJobs(desk, { limit: 6, cursor: first.next ?? '' }), many);
  const ids = [...first.items, ...second.items].map(({ id }) => id);
  assert.deepEqual([ids.length, new Set(ids).size, second.next], [10, 10, null]);
  for (const id of ids) await at((desk) => cancelJob(desk, id), many);
});

test('pages go on where they were, whatever comes meanwhile; a cursor of another list is none', async () => {
  const one: Actor = { id: '00000000-0000-4000-8000-0000000000d4', roles: ['dealer'] };
  const [a, b] = [await submit('a', one), await submit('b', one)];
  const first = await at((desk) => listJobs(desk, { limit: 1 }), one);
  await submit('c', one);
  const second = await at((desk) => listJobs(desk, { limit: 1, cursor: first.next ?? '' }), one);
  assert.deepEqual([first.items[0]?.id, second.items[0]?.id], [b.id, a.id]);
  for (const cursor of ['x', `${first.next}0`, `${first.next}`.replace('.', '.0')])
    await assert.rejects(
      at((desk) => listJobs(desk, { limit: 1, cursor }), one),
      refusal('API_CURSOR'),
    );
});

test('what ended long ago is forgotten with its result', async () => {
  const now = later(8 * 86_400);
  assert.ok((await registry.transaction((query) => forgetJobs({ query, now }))) > 0);
  const rest = await registry.query(`SELECT 1 FROM job WHERE ended IS NOT NULL`);
  assert.equal(rest.length, 0);
});
