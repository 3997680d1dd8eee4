import assert from 'node:assert/strict';
import { test } from 'node:test';
import pg from 'pg';
import { Refused } from '../../src/faults/fault.ts';
import { expireHolds, type NewHold, placeHold, releaseHolds } from '../../src/lists/offices/control.ts';
import { placePair, releasePairs } from '../../src/lists/offices/control_pairs.ts';
import { freshRegistry } from '../office.ts';
import { embeddedPostgres } from '../servers/embedded.ts';
import { imeiOf, imsiOf, journalOf, ladders, msisdnOf, NOW, officeOf } from './desk.ts';

const LAW = { basis: 'Telecommunications Act, s. 12' } as const;
const stolen = (imei: number, holder = 'theft:1'): NewHold => ({
  list: 'blocked',
  imei: imeiOf(imei),
  reason: 'stolen',
  holder,
  ground: LAW,
});

const registry = await freshRegistry();
await ladders(registry);

/** Journal lines that were written since a number of them. */
const since = async (before: number): Promise<readonly string[]> =>
  (
    await registry.query<{ line: string }>(
      `SELECT op || ' ' || list || ' ' || imei || ' ' || reasons AS line FROM control_change
      ORDER BY recorded, list, seq OFFSET $1`,
      [before],
    )
  ).map(({ line }) => line);

const refusedWith =
  (...codes: readonly string[]) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof Refused);
    assert.deepEqual(
      error.faults.map(({ code }) => code),
      codes,
    );
    return true;
  };

test('an IMEI is on a list while anybody holds it there, with the reasons of all', async () => {
  const office = officeOf(registry);
  const before = (await journalOf(registry)).length;
  const imei = imeiOf(1);
  const first = await office((desk) => placeHold(desk, stolen(1)));
  assert.deepEqual(await office((desk) => placeHold(desk, stolen(1))), first, 'again, it is the same');
  await office((desk) => placeHold(desk, { ...stolen(1, 'theft:2'), reason: 'lost' }));
  await office((desk) => placeHold(desk, { ...stolen(1, 'theft:3'), list: 'tracked' }));
  await office((desk) => placeHold(desk, stolen(1, 'theft:4')));
  assert.equal((await office((desk) => releaseHolds(desk, { holder: 'theft:1', because: 'returned' }))).length, 1);
  const left = await office((desk) => releaseHolds(desk, { holder: 'theft:2', because: 'returned' }));
  assert.deepEqual(
    left.map(({ list, reason, holder }) => [list, reason, holder]),
    [['blocked', 'lost', 'theft:2']],
  );
  await office((desk) => releaseHolds(desk, { holder: 'theft:4', because: 'order of a court' }));
  await office((desk) => releaseHolds(desk, { holder: 'theft:4', because: 'again' }));
  assert.deepEqual(await since(before), [
    `add blocked ${imei} stolen`,
    `update blocked ${imei} lost|stolen`,
    `add tracked ${imei} stolen`,
    `update blocked ${imei} stolen`,
    `remove blocked ${imei} stolen`,
  ]);
  const kept = await registry.query(
    `SELECT 1 FROM control_hold WHERE imei = $1 AND placed = $2 AND placed_by = 'system'`,
    [imei, NOW],
  );
  assert.equal(kept.length, 4, 'holds are kept after they were released');
});

test('a hold that takes the place of another in one transaction is no change for networks', async () => {
  const office = officeOf(registry);
  const until = new Date(NOW.getTime() + 1000);
  await office((desk) => placeHold(desk, { ...stolen(2, 'theft:20'), until }));
  const before = (await journalOf(registry)).length;
  await office((desk) => placeHold(desk, stolen(2, 'theft:20')));
  await office(async (desk) => {
    await releaseHolds(desk, { holder: 'theft:20', because: 'moved' });
    await placeHold(desk, stolen(2, 'theft:21'));
  });
  assert.deepEqual(await since(before), []);
  const later = new Date(NOW.getTime() + 2000);
  assert.deepEqual(await office(expireHolds, { now: later }), [], 'the one that would have ended was replaced');
});

test('holds whose time is over are let go, some at a time', async () => {
  const office = officeOf(registry);
  const until = new Date(NOW.getTime() + 60_000);
  for (const imei of [30, 31, 32]) await office((desk) => placeHold(desk, { ...stolen(imei, `theft:${imei}`), until }));
  await office((desk) => placeHold(desk, { ...stolen(30, 'theft:33') }));
  const before = (await journalOf(registry)).length;
  assert.deepEqual(await office(expireHolds), []);
  const first = await office((desk) => expireHolds(desk, 2), { now: until });
  const second = await office((desk) => expireHolds(desk, 2), { now: until });
  assert.deepEqual([...first, ...second].map(({ holder }) => holder).sort(), ['theft:30', 'theft:31', 'theft:32']);
  assert.deepEqual(await office(expireHolds, { now: until }), []);
  const lines = [31, 32].map((imei) => `remove blocked ${imeiOf(imei)} stolen`);
  assert.deepEqual([...(await since(before))].sort(), lines, 'the other holder keeps the first');
});

test('nobody is blocked without notice or law', async () => {
  const office = officeOf(registry);
  const before = (await journalOf(registry)).length;
  const block = (ground: object): Promise<unknown> =>
    office((desk) => placeHold(desk, { ...stolen(4), ground } as unknown as NewHold));
  await assert.rejects(block({ ladder: '8' }), refusedWith('CONTROL_NOTICE'));
  await assert.rejects(block({ basis: ' ' }), refusedWith('CONTROL_NOTICE'));
  await assert.rejects(
    office((desk) => placeHold(desk, { ...stolen(4), ground: undefined } as unknown as NewHold)),
    refusedWith('CONTROL_NOTICE'),
  );
  const insert = (list: string, values: string): Promise<unknown> =>
    registry.query(`INSERT INTO control_hold (list, imei, reason, holder, placed, placed_by, basis, ladder)
      VALUES ('${list}', '${imeiOf(4)}', 'stolen', 'theft:4', now(), 'system', ${values})`);
  await assert.rejects(insert('blocked', 'NULL, 8'), /ladder of notices that is complete/);
  await assert.rejects(insert('blocked', 'NULL, NULL'), /ladder of notices that is complete/);
  assert.deepEqual(await since(before), []);
  await block({ ladder: '7' });
  await office((desk) => placeHold(desk, { list: 'tracked', imei: imeiOf(4), reason: 'stolen', holder: 'theft:4' }));
  assert.equal((await since(before)).length, 2);
});

test('what lists cannot carry is refused with its field', async () => {
  const office = officeOf(registry);
  const bad = { ...stolen(5), reason: 'a|b', holder: 'theft 5', until: NOW };
  await assert.rejects(
    office((desk) => placeHold(desk, bad)),
    (error) =>
      error instanceof Refused &&
      error.faults.map(({ code, field }) => `${code} ${field}`).join() ===
        'CONTROL_VALUE reason,CONTROL_VALUE holder,CONTROL_VALUE until',
  );
  const pair = { imei: imeiOf(5), imsi: imsiOf(1), operator: 'gamma', holder: '' };
  await assert.rejects(
    office((desk) => placePair(desk, pair)),
    refusedWith('CONTROL_VALUE', 'CONTROL_VALUE'),
  );
});

test('what was recorded stays', async () => {
  const office = officeOf(registry);
  await office((desk) => placeHold(desk, stolen(6, 'theft:6')));
  await office((desk) => placePair(desk, { imei: imeiOf(6), imsi: imsiOf(6), operator: 'alfa', holder: 'pairing:6' }));
  for (const statement of [
    `DELETE FROM control_hold WHERE imei = '${imeiOf(6)}'`,
    `UPDATE control_hold SET reason = 'lost' WHERE imei = '${imeiOf(6)}'`,
    `UPDATE control_hold SET until = now() WHERE imei = '${imeiOf(6)}'`,
    'TRUNCATE control_hold',
    `DELETE FROM control_pair WHERE imei = '${imeiOf(6)}'`,
    `UPDATE control_pair SET operator = 'beta' WHERE imei = '${imeiOf(6)}'`,
    'TRUNCATE control_pair',
    'UPDATE control_change SET seq = seq + 1000000',
    'DELETE FROM control_change',
    'TRUNCATE control_change',
  ])
    await assert.rejects(registry.query(statement), { code: '23001' }, statement);
  await office((desk) => releaseHolds(desk, { holder: 'theft:6', because: 'returned' }));
  await assert.rejects(
    registry.query(`UPDATE control_hold SET released_because = 'otherwise' WHERE holder = 'theft:6'`),
    { code: '23001' },
  );
});

test('a subscriber is admitted at one operator while anybody pairs him', async () => {
  const office = officeOf(registry);
  const pair = { imei: imeiOf(7), imsi: imsiOf(7), msisdn: msisdnOf(7), operator: 'alfa', holder: 'pairing:7' };
  const first = await office((desk) => placePair(desk, pair));
  assert.deepEqual(await office((desk) => placePair(desk, pair)), first);
  await office((desk) => placePair(desk, { ...pair, holder: 'temporary:7' }));
  await office((desk) => placePair(desk, { ...pair, imei: imeiOf(8) }));
  const of = async (): Promise<readonly string[]> =>
    (await journalOf(registry))
      .filter(({ list, operator, imei }) => list === 'exceptions' && operator === 'alfa' && imei >= imeiOf(7))
      .map(({ op, imei }) => `${op} ${imei}`);
  assert.deepEqual(await of(), [`add ${pair.imei}`, `add ${imeiOf(8)}`]);
  const letting = { holder: 'pairing:7', because: 'another SIM' };
  assert.deepEqual(await office((desk) => releasePairs(desk, { ...letting, imsi: imsiOf(8) })), []);
  assert.deepEqual(await office((desk) => releasePairs(desk, { ...letting, operator: 'beta' })), []);
  assert.deepEqual(await office((desk) => releasePairs(desk, { ...letting, msisdn: msisdnOf(8) })), []);
  assert.equal((await office((desk) => releasePairs(desk, { ...letting, imei: imeiOf(8) }))).length, 1);
  assert.equal((await office((desk) => releasePairs(desk, { ...letting, imsi: imsiOf(7) }))).length, 1);
  assert.equal((await of()).at(-1), `remove ${imeiOf(8)}`, 'another holder keeps the other');
  await office((desk) => releasePairs(desk, { holder: 'temporary:7', msisdn: msisdnOf(7), because: 'over' }));
  assert.equal((await of()).at(-1), `remove ${imeiOf(7)}`);
});

test('whoever waits is told when a transaction with changes is done, and of no other', async () => {
  const [row] = await registry.query<{ name: string }>('SELECT current_database() AS name');
  const url = new URL((await embeddedPostgres()).url);
  url.pathname = `/${row?.name}`;
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  try {
    const told: string[] = [];
    client.on('notification', ({ channel }) => told.push(channel));
    await client.query('LISTEN ceir_control');
    const office = officeOf(registry);
    await office((desk) => placeHold(desk, stolen(9, 'theft:9')));
    await office((desk) => placeHold(desk, stolen(9, 'theft:10')));
    const cut = new Error('not done');
    await assert.rejects(
      office(async (desk) => {
        await placeHold(desk, stolen(10, 'theft:9'));
        throw cut;
      }),
      cut,
    );
    await client.query('SELECT 1'); // what was told before comes with the answer at the latest
    assert.deepEqual(told, ['ceir_control']);
  } finally {
    await client.end();
  }
});
