import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import { classify } from '../../src/decisions/classify.ts';
import { explain } from '../../src/decisions/explain.ts';
import { simulatePolicy } from '../../src/policy/simulate.ts';
import { shardOf } from '../../src/stores/schema.ts';
import { openStore, type Store } from '../../src/stores/store.ts';
import { type ClickHouseServers, startClickHouse } from '../servers/clickhouse.ts';
import { embeddedDatabase } from '../servers/embedded.ts';
import { CLONED, countryOf, day, STOLEN, UNALLOCATED } from './ground.ts';

const COUNTRY = countryOf([STOLEN, UNALLOCATED.replace('0.5', '1'), CLONED]);
const DATE = day('2026-09-20');
const DEVICES = 1000;
const OPEN = `'2026-01-01', '2149-06-06', 1, 0`;

/** Every tenth device has an unallocated TAC, every 25th is stolen, every 50th is used by three subscriptions. */
async function fill({ analytics }: Store): Promise<void> {
  const serial = `if(number % 10 = 0, 88000000000000, 35000000000000) + number`;
  const of = `(SELECT toUInt64(${serial}) AS imei, number FROM numbers(${DEVICES}))`;
  for (const shard of analytics.shards) {
    const mine = `${shardOf(analytics.shards.length)} = ${shard.number}`;
    await shard.run(
      `INSERT INTO triplet SELECT 202609, 'alfa', imei, toUInt64(999010000000000 + number * 3 + line), 99970000000 + line, 7, 64
      FROM ${of} ARRAY JOIN range(if(number % 50 = 1, 3, 1)) AS line WHERE ${mine}`,
    );
    await shard.run(
      `INSERT INTO stolen SELECT imei, '2026-09-01', '', ${OPEN} FROM ${of} WHERE number % 25 = 2 AND ${mine}`,
    );
    await shard.run(`INSERT INTO tac (tac, valid_from, valid_to, recorded, closed) VALUES (35000000, ${OPEN})`);
  }
}

suite('decisions on two ClickHouse servers', () => {
  let servers: ClickHouseServers;
  let store: Store;
  let folder = '';

  before(async () => {
    servers = await startClickHouse({ shards: 2 });
    folder = mkdtempSync(path.join(tmpdir(), 'ceir-decisions-'));
    store = await openStore({ folder, analytics: servers.urls.join(','), registry: await embeddedDatabase() });
    await fill(store);
  });
  after(async () => {
    await store?.close();
    await servers?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('count over all shards, and put each standing on its identifier’s own', async () => {
    const done = await classify(store, { country: COUNTRY, date: DATE });
    assert.equal(done.seen, DEVICES);
    assert.deepEqual(
      done.conditions.map(({ label, matched, ratio, new: fresh }) => [label, matched, ratio, fresh]),
      [
        ['stolen', 40, 0.04, 40],
        ['unallocated', 100, 0.1, 100],
        ['cloned', 20, 0.02, 20],
      ],
    );
    const places = await store.analytics.gather(
      `SELECT min(${shardOf(2)}) AS low, max(${shardOf(2)}) AS high FROM standing`,
    );
    assert.deepEqual(
      places.map(({ low, high }) => [Number(low), Number(high)]),
      [
        [0, 0],
        [1, 1],
      ],
    );
  });

  test('explain identifiers of either shard', async () => {
    for (const [identifier, label] of [
      ['35000000000002', 'stolen'],
      ['35000000000027', 'stolen'],
      ['88000000000010', 'unallocated'],
      ['35000000000051', 'cloned'],
    ] as const) {
      const { verdicts, sightings } = await explain(store, { country: COUNTRY, identifier, date: DATE });
      const matching = verdicts.filter(({ matches }) => matches).map((one) => one.label);
      assert.deepEqual([matching, sightings.length], [[label], 1]);
    }
  });

  test('simulate a policy over all shards', async () => {
    const other = countryOf([STOLEN]);
    const { lists, sample } = await simulatePolicy(store, { current: COUNTRY, other, date: DATE });
    assert.deepEqual(
      lists.filter(({ list }) => list !== 'notifications'),
      [
        { list: 'blocked', current: 40, other: 40, added: 0, removed: 0 },
        { list: 'tracked', current: 20, other: 0, added: 0, removed: 20 },
      ],
    );
    assert.equal(sample.length, 20);
  });
});
