// What the register does by itself: whole, by one process at a time, and again after it failed.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { Desk } from '../../src/access/desk.ts';
import { Duties, type Duty, type Service, turn } from '../../src/serve/duty.ts';
import type { Ask, Registry } from '../../src/stores/registry.ts';
import { freshRegistry } from '../office.ts';

let registry: Registry;
before(async () => {
  registry = await freshRegistry();
  await registry.query('CREATE TABLE todo (number integer PRIMARY KEY, done boolean NOT NULL DEFAULT false)');
});

const failures: unknown[] = [];
const service = (): Service => ({
  registry,
  desk: (query: Ask) => ({ query, now: new Date('2026-11-30T10:00:00Z') }) as unknown as Desk,
  clock: () => new Date('2026-11-30T10:00:00Z'),
  onFailure: (_, error) => failures.push(error),
});
const never = new AbortController().signal;

const five: Duty = {
  name: 'five',
  every: 3600,
  act: async ({ query }) => {
    const rows = await query(
      'UPDATE todo SET done = true WHERE number IN (SELECT number FROM todo WHERE NOT done LIMIT 5) RETURNING number',
    );
    return rows.length;
  },
};

test('a turn does all there is, a transaction after another', async () => {
  await registry.query('INSERT INTO todo (number) SELECT generate_series(1, 12)');
  assert.equal(await turn(service(), five, never), 12);
  assert.equal(await turn(service(), five, never), 0);
});

test('while one process carries it out, another does not', async () => {
  let asked: number | undefined;
  const outer: Duty = {
    ...five,
    act: async () => {
      asked ??= await turn(service(), five, never);
      return 0;
    },
  };
  await registry.query('INSERT INTO todo (number) VALUES (100)');
  await turn(service(), outer, never);
  assert.equal(asked, 0, 'the lock was held');
  assert.equal(await turn(service(), five, never), 1, 'and is free again');
});

test('a turn that fails leaves nothing behind, is told, and the duty goes on when woken', async () => {
  let broken = true;
  const duty: Duty = {
    name: 'breaks',
    every: 3600,
    act: async ({ query }) => {
      const rows = await query('INSERT INTO todo (number) VALUES (200) ON CONFLICT DO NOTHING RETURNING number');
      if (broken) throw new Error('broken');
      return rows.length;
    },
  };
  const duties = new Duties(service(), [duty]);
  const until = async (met: () => boolean): Promise<void> => {
    while (!met()) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  await until(() => duties.records[0]?.failures === 1);
  assert.deepEqual(await registry.query('SELECT 1 FROM todo WHERE number = 200'), []);
  assert.equal(duties.records[0]?.failing, true);
  assert.equal(failures.length, 1);
  broken = false;
  duties.wake('breaks');
  await until(() => duties.records[0]?.turns === 1);
  assert.deepEqual(
    duties.records.map(({ done, failing }) => ({ done, failing })),
    [{ done: 1, failing: false }],
  );
  await duties.close();
});
