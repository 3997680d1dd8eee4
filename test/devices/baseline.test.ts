import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  baseline,
  baselineAll,
  baselinePairs,
  type InUse,
  isGrandfathered,
  type User,
} from '../../src/devices/baseline.ts';
import { deviceOf, enterDevice } from '../../src/devices/enter.ts';
import { timelineOf } from '../../src/devices/fact.ts';
import { findDevice } from '../../src/devices/find.ts';
import { findingsOf } from '../../src/devices/finding.ts';
import { happen } from '../../src/devices/happen.ts';
import { ACTORS, type LifeEvent } from '../../src/devices/lifecycle.ts';
import { moveBySimChange } from '../../src/devices/pairs/moves.ts';
import { pairsOf } from '../../src/devices/pairs/pair.ts';
import { pairsToPlace } from '../../src/devices/pairs/placing.ts';
import { inUse } from '../../src/devices/seen.ts';
import { Refused } from '../../src/faults/fault.ts';
import type { Imei } from '../../src/identifiers/imei.ts';
import { freshRegistry } from '../office.ts';
import { CITIZEN, daysAgo, imei, imsi, msisdn, office, VAULT } from './desk.ts';

const registry = await freshRegistry();
const { act } = office(registry);
const ORIGIN = { source: 'baseline', batch: 'b1' } as const;
const refused = (code: string) => (error: unknown) =>
  error instanceof Refused && error.faults.some((fault) => fault.code === code);
let block = 0;
const fresh = (): number => {
  block += 1000;
  return block;
};
const stageOf = async (own: Imei) => (await act((desk) => findDevice(desk, { kind: 'imei', imei: own })))?.stage;
const load = (rows: Iterable<InUse> | AsyncIterable<InUse>) => act((desk) => baselineAll(desk, { ...ORIGIN, rows }));
const after = (own: Imei, events: readonly (readonly [LifeEvent, number])[]) =>
  act(async (desk) => {
    const device = await deviceOf(desk, own);
    for (const [event, day] of events)
      await happen(desk, device, { source: 'test', roles: ACTORS, event, at: daysAgo(day) });
    return device;
  });

test('what was in use is grandfathered, and the same load again does nothing', async () => {
  const at = fresh();
  const rows = Array.from({ length: 700 }, (_, n) => ({ imei: imei(at + (n % 650)), at: daysAgo(200 + (n % 650)) }));
  async function* feed(): AsyncGenerator<InUse> {
    yield* rows;
  }
  assert.deepEqual(await load(feed()), { entered: 650, known: 0, repeated: 0, held: 0 });
  assert.deepEqual(await load(rows), { entered: 0, known: 0, repeated: 650, held: 0 });
  const device = await act((desk) => deviceOf(desk, imei(at + 7)));
  assert.deepEqual([device.stage, device.stageAt], ['active', daysAgo(207)]);
  assert.equal(await act((desk) => isGrandfathered(desk, device)), true);
  assert.equal(await act((desk) => inUse(desk, device)), false, 'that it was in use then does not make it used now');
  assert.equal((await act((desk) => timelineOf(desk, device))).length, 2);
});

test('one device is grandfathered as many are', async () => {
  const at = fresh();
  const one = () => act((desk) => baseline(desk, { ...ORIGIN, imei: imei(at), at: daysAgo(5) }));
  assert.deepEqual([(await one()).entered, (await one()).repeated], [1, 1]);
  await assert.rejects(
    act((desk) => baseline(desk, { ...ORIGIN, imei: imei(at), at: daysAgo(5) }), { actor: CITIZEN }),
    refused('STATE_ROLE'),
  );
  await assert.rejects(
    act((desk) => baseline(desk, { ...ORIGIN, imei: imei(at + 1), at: daysAgo(-5) })),
    refused('DEVICE_TIME'),
  );
});

test('the baseline finds each device where it stands', async () => {
  const at = fresh();
  const cases = [
    { events: [], stage: 'active', count: 'known' },
    { events: [['activate', 90]], stage: 'active', count: 'known' },
    { events: [['bring', 90]], stage: 'active', count: 'known' },
    { events: [['declare', 90]], stage: 'active', count: 'known', finding: true },
    {
      events: [
        ['bring', 90],
        ['export', 80],
      ],
      stage: 'active',
      count: 'known',
      finding: true,
    },
    {
      events: [
        ['activate', 90],
        ['steal', 80],
      ],
      stage: 'stolen',
      count: 'held',
    },
    {
      events: [
        ['activate', 20],
        ['steal', 10],
      ],
      stage: 'stolen',
      count: 'known',
    },
    { events: [['declare', 20]], stage: 'declared', count: 'known' },
  ] as const;
  for (const [place, { events, stage, count, ...more }] of cases.entries()) {
    const own = imei(at + place);
    const device = await after(own, events);
    const done = await load([{ imei: own, at: daysAgo(30) }]);
    assert.deepEqual(done, { entered: 0, known: 0, repeated: 0, held: 0, [count]: 1 }, own);
    assert.equal(await stageOf(own), stage, JSON.stringify(events));
    assert.equal(await act((desk) => isGrandfathered(desk, device)), count === 'known');
    assert.equal((await act((desk) => findingsOf(desk, device))).length, 'finding' in more ? 1 : 0);
  }
  const again = await load(cases.map((_, place) => ({ imei: imei(at + place), at: daysAgo(30) })));
  assert.deepEqual(again, { entered: 0, known: 0, repeated: cases.length - 1, held: 1 });
});

test('a device with two IMEIs is grandfathered once', async () => {
  const at = fresh();
  const identifiers = [imei(at), imei(at + 1)].map((one) => ({ kind: 'imei', imei: one }) as const);
  await act((desk) => enterDevice(desk, { source: 'test', identifiers, at: daysAgo(100) }));
  const done = await load(identifiers.map((one) => ({ imei: one.imei, at: daysAgo(50) })));
  assert.deepEqual(done, { entered: 0, known: 1, repeated: 0, held: 0 });
});

test('two loads at the same time, and a report amid them, enter each device once', async () => {
  const at = fresh();
  const rows = Array.from({ length: 300 }, (_, n) => ({ imei: imei(at + n), at: daysAgo(50) }));
  const [one, other] = await Promise.all([
    load(rows),
    load(rows.toReversed()),
    act((desk) => deviceOf(desk, imei(at + 150))),
  ]);
  assert.equal((one?.entered ?? 0) + (other?.entered ?? 0) + 1 >= 300, true);
  const [row] = await registry.query<{ devices: number }>(
    `SELECT count(DISTINCT device)::integer AS devices FROM device_fact WHERE kind = 'imei' AND value BETWEEN $1 AND $2`,
    [imei(at), imei(at + 299)],
  );
  assert.equal(row?.devices, 300);
});

test('a load that is cut off and given once more ends as one that was not', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 0, max: 30 }), async (all, cut) => {
      const at = fresh();
      const rows = Array.from({ length: all }, (_, n) => ({ imei: imei(at + n), at: daysAgo(40) }));
      function* broken(): Generator<InUse> {
        yield* rows.slice(0, cut);
        throw new Error('cut off');
      }
      await assert.rejects(load(broken()), /cut off/);
      assert.equal((await load(rows.slice(0, cut))).entered, Math.min(cut, all));
      const done = await load(rows);
      assert.deepEqual([done.entered, done.repeated], [all - Math.min(cut, all), Math.min(cut, all)]);
    }),
    { numRuns: 5 },
  );
});

const user = (at: number, n: number): User => ({
  ...{ imei: imei(at + n), at: daysAgo(60), imsi: imsi(at + n), msisdn: msisdn(at + n), operator: 'alfa' },
});

test('devices in use are paired to their users, once, and what has to be placed is told by the batch', async () => {
  const at = fresh();
  const rows = Array.from({ length: 40 }, (_, n) => user(at, n));
  await load(rows.slice(0, 38));
  const pairs = () => act((desk) => baselinePairs(desk, { source: 'baseline', batch: `pairs-${at}`, rows }));
  assert.deepEqual(await pairs(), { made: 38, repeated: 0, unknown: 2 });
  assert.deepEqual(await pairs(), { made: 0, repeated: 38, unknown: 2 });
  const { toPlace } = await act((desk) => pairsToPlace(desk, { after: '0', batch: `pairs-${at}`, limit: 100 }));
  assert.equal(toPlace.length, 38);
  const [third] = toPlace.filter((one) => one.imei === imei(at + 3));
  assert.deepEqual([third?.imsi, third?.msisdn, third?.operator], [imsi(at + 3), msisdn(at + 3), 'alfa']);
});

test('a user who has changed the SIM since is paired with the new one', async () => {
  const at = fresh();
  await load([user(at, 0)]);
  const change = { oldImsi: imsi(at), newImsi: imsi(at + 500), msisdn: msisdn(at), at: daysAgo(10) };
  await act((desk) => moveBySimChange(desk, change));
  await act((desk) => baselinePairs(desk, { ...ORIGIN, rows: [user(at, 0)] }));
  const device = await act((desk) => deviceOf(desk, imei(at)));
  const [pair] = await act((desk) => pairsOf(desk, device));
  assert.equal(pair?.imsi, VAULT.pseudonym('imsi', imsi(at + 500)));
  const again = await act((desk) => baselinePairs(desk, { ...ORIGIN, rows: [user(at, 0)] }));
  assert.deepEqual([again.made, again.repeated], [0, 1]);
});
