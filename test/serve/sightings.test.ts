// What operators reported is looked through once: for what is looked for, and for what nobody saw before.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { SYSTEM } from '../../src/access/actor.ts';
import type { Desk } from '../../src/access/desk.ts';
import type { Imei } from '../../src/identifiers/imei.ts';
import { type Looking, lookAtRun, type Seen } from '../../src/serve/sightings.ts';
import type { Registry } from '../../src/stores/registry.ts';
import { parsed } from '../country/base.ts';
import { openWorld, type World } from '../detection/world.ts';
import { freshRegistry } from '../office.ts';

let world: World;
let registry: Registry;
before(async () => {
  world = await openWorld();
  registry = await freshRegistry();
});
after(() => world.close());

test('a run of operators’ data tells of the looked for from the day after on, and of what is new, once', async () => {
  const [wanted, fresh, known] = [35209900000001, 35209900000002, 35209900000003];
  const use = (imei: number, on: readonly string[]) => ({
    imei,
    on,
    imsi: 999_010_000_000_001,
    msisdn: 41_790_000_001,
  });
  await world.use(use(wanted, ['2026-09-09', '2026-09-10', '2026-09-12']), use(fresh, ['2026-09-20']));
  await world.use(use(known, ['2026-08-01']), use(known, ['2026-09-02']), use(wanted, ['2026-08-03']));
  const [operator] = await world.analytics.gather<{ operator: string }>(
    'SELECT DISTINCT toString(operator) AS operator FROM triplet',
  );
  const moves = [{ table: 'triplet', partition: `(202609, '${operator?.operator}')`, from: 'x' }];
  await registry.query(`INSERT INTO run (verb, operator, status, moves) VALUES ('import', $1, 'done', $2)`, [
    operator?.operator,
    JSON.stringify(moves),
  ]);
  const told = { observed: [] as Seen[], first: [] as Seen[] };
  const policy = parsed();
  const looking: Looking = {
    registry,
    analytics: world.analytics,
    policy,
    desk: (query) => ({ query, policy, actor: SYSTEM, now: new Date() }) as unknown as Desk,
    takers: {
      wanted: async () => new Map([[String(wanted) as Imei, new Date('2026-09-09T08:00:00Z')]]),
      observe: async (_, seen) => told.observed.push(seen),
      firstSeen: async (_, seen) => told.first.push(seen),
    },
  };
  assert.equal(await lookAtRun(looking), 1);
  assert.deepEqual(
    told.observed.map(({ imei, at }) => [imei, at.toISOString().slice(0, 10)]),
    [
      [String(wanted), '2026-09-10'],
      [String(wanted), '2026-09-12'],
    ],
  );
  assert.deepEqual(
    told.first.map(({ imei, imsi }) => [imei, imsi]),
    [[String(fresh), '999010000000001']],
  );
  assert.equal(await lookAtRun(looking), 0, 'looked through already');
});
