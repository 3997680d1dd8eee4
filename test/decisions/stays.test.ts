// What appeals and pauses of rules do to blocks that are decided: a pending one is held off or comes later, one that is there
// stays, one that was overturned goes; a paused condition is not judged.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Day } from '../../src/calendar/day.ts';
import { classify } from '../../src/decisions/classify.ts';
import { stageStays } from '../../src/decisions/stays.ts';
import { performRun } from '../../src/stores/run.ts';
import { OPEN_DAY } from '../../src/stores/schema.ts';
import { parsed } from '../country/base.ts';
import { onStore } from '../stores/ground.ts';

const IMEIS = {
  pending: 35209900000001,
  running: 35209900000002,
  moved: 35209900000003,
  overturned: 35209900000004,
  untouched: 35209900000005,
  tracked: 35209900000006,
} as const;

onStore('what holds decisions off', (ground) => {
  test('moves, holds, keeps or ends what is decided', async () => {
    const { registry, analytics } = ground.store();
    const blocks: readonly (readonly [number, string, string])[] = [
      [IMEIS.pending, 'Cloned', '2026-11-20'],
      [IMEIS.running, 'Cloned', '2026-10-01'],
      [IMEIS.moved, 'Cloned', '2026-11-20'],
      [IMEIS.overturned, 'Cloned', '2026-10-01'],
      [IMEIS.untouched, 'other', '2026-11-20'],
      [IMEIS.untouched, 'paused', '2026-11-20'],
      [IMEIS.running, 'paused', '2026-10-01'],
    ];
    const rows = blocks.map(
      ([imei, condition, day]) =>
        `(${imei}, '${condition}', 'blocked', '2026-09-01', '${day}', false, '${OPEN_DAY}', 1, 0, '{}')`,
    );
    const tracked = `(${IMEIS.tracked}, 'Cloned', 'tracked', '2026-09-01', '${OPEN_DAY}', false, '${OPEN_DAY}', 1, 0, '{}')`;
    await analytics.home.run(`INSERT INTO standing VALUES ${[...rows, tracked].join(', ')}`);
    const [appeal] = await registry.query<{ id: string }>(
      `INSERT INTO appeal (reference, form, kind, against, state, since, appellant, from_day, days, opened)
      VALUES ('00000000000', 'appeal', 'standing', 'x', 'opened', now(), 'somebody', '2026-11-01', 30, now()) RETURNING id`,
    );
    const stay = (imei: number, overturned: boolean, since: string, until: string | null) =>
      registry.query(
        `INSERT INTO stay (appeal, imei, reason, overturned, since, until, recorded, ended)
        VALUES ($1, $2, 'Cloned', $3, $4, $5, now(), CASE WHEN $5::date IS NULL THEN NULL ELSE now() END)`,
        [appeal?.id, String(imei), overturned, since, until],
      );
    await stay(IMEIS.pending, false, '2026-11-05', null);
    await stay(IMEIS.running, false, '2026-11-05', null);
    await stay(IMEIS.moved, false, '2026-11-05', '2026-11-12');
    await stay(IMEIS.overturned, true, '2026-11-05', null);
    await registry.query(
      `INSERT INTO rule_pause (rule, because, paused, paused_by) VALUES ('paused', 'too many', '2026-11-06T12:00:00Z', 'x')`,
    );
    let found: readonly unknown[] = [];
    await performRun(ground.store(), { verb: 'lists', dryRun: true }, async (work) => {
      const standings = await stageStays(ground.store(), work, 'Europe/Zurich');
      assert.ok(standings);
      const sql = `SELECT toUInt32(imei % 100) AS n, toString(condition) AS rule, toString(block_date) AS day FROM ${standings} ORDER BY imei, rule`;
      found = await analytics.home.query(sql);
      return { moves: [], result: {} };
    });
    assert.deepEqual(found, [
      { n: 2, rule: 'Cloned', day: '2026-10-01' },
      { n: 2, rule: 'paused', day: '2026-10-01' },
      { n: 3, rule: 'Cloned', day: '2026-11-27' },
      { n: 5, rule: 'other', day: '2026-11-20' },
      { n: 6, rule: 'Cloned', day: OPEN_DAY },
    ]);
  });

  test('a paused condition is refused, and says so', async () => {
    const store = ground.store();
    await store.registry.query(
      `INSERT INTO rule_pause (rule, because, paused, paused_by) VALUES ('Cloned', 'too many', now(), 'x')`,
    );
    const { conditions } = await classify(store, { country: parsed(), date: '2026-11-30' as Day, dryRun: true });
    assert.equal(conditions.find(({ label }) => label === 'Cloned')?.refused?.code, 'CLASSIFY_PAUSED');
  });
});
