import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Desk } from '../../src/access/desk.ts';
import { correctFact, withdrawFact } from '../../src/devices/correct.ts';
import type { Device } from '../../src/devices/device.ts';
import { deviceOf, enterDevice } from '../../src/devices/enter.ts';
import { factsOf, timelineOf } from '../../src/devices/fact.ts';
import { findDevice, loadDevice } from '../../src/devices/find.ts';
import { findingsOf } from '../../src/devices/finding.ts';
import { happen } from '../../src/devices/happen.ts';
import { ACTORS, type Actor, actsAs, LIFECYCLE, type LifeEvent, targetOf } from '../../src/devices/lifecycle.ts';
import { inUse, lastSeen, saw } from '../../src/devices/seen.ts';
import { Refused } from '../../src/faults/fault.ts';
import { freshRegistry } from '../office.ts';
import { CITIZEN, daysAgo, imei, NETWORK, NOW, office, POLICY } from './desk.ts';

const registry = await freshRegistry();
const { act, cross } = office(registry);
const SOURCE = { source: 'test', roles: ACTORS } as const;
const EVENTS = [...new Set([...LIFECYCLE.begins, ...LIFECYCLE.moves].map(({ event }) => event))];
let next = 0;
const fresh = (): Promise<Device> => {
  next += 1;
  return act((desk) => deviceOf(desk, imei(next)));
};
const load = async ({ id }: Device): Promise<Device> => {
  const device = await act((desk) => loadDevice(desk, id));
  assert.ok(device);
  return device;
};
const refused = (code: string) => (error: unknown) =>
  error instanceof Refused && error.faults.some((fault) => fault.code === code);

test('each event brings a device to one stage, whatever it was in', () => {
  for (const event of EVENTS) {
    const targets = [...LIFECYCLE.begins, ...LIFECYCLE.moves]
      .filter((move) => move.event === event)
      .map(({ to }) => to);
    assert.deepEqual(new Set(targets), new Set([targetOf(event)]), event);
  }
});

test('who may act on a device follows from the roles; those that only look act as nobody', () => {
  assert.deepEqual(actsAs(['citizen', 'police']), ['holder', 'police']);
  assert.deepEqual(actsAs(['analyst', 'admin']), ['regulator']);
  assert.deepEqual(actsAs(['auditor', 'lab']), []);
});

test('a device goes through its life, by those who may', async () => {
  const device = await fresh();
  const say = (event: LifeEvent, day: number, roles: readonly Actor[]) =>
    act((desk) => happen(desk, device, { event, roles, at: daysAgo(day), source: 'test' }));
  await say('declare', 30, ['importer']);
  await assert.rejects(say('release', 29, ['importer']), refused('STATE_ROLE'));
  await say('release', 29, ['customs']);
  await assert.rejects(say('offer', 28, ['dealer']), refused('STATE_MOVE'));
  await say('approve', 28, ['regulator']);
  const step = await say('activate', 20, ['network']);
  assert.deepEqual([step.to, step.late, step.finding], ['active', false, undefined]);
  assert.equal((await load(device)).stage, 'active');
});

test('whoever acts does so in the roles of the account where none are given', async () => {
  const device = await fresh();
  const steal = { event: 'steal', at: daysAgo(1), source: 'test' } as const;
  await act((desk) => happen(desk, device, steal), { actor: CITIZEN });
  await assert.rejects(
    act((desk) => happen(desk, device, { ...steal, event: 'recover', at: NOW }), { actor: NETWORK }),
    refused('STATE_ROLE'),
  );
  assert.equal((await load(device)).stage, 'stolen');
});

test('a use before customs released a device is a finding, also when it is told late', async () => {
  const device = await fresh();
  const say = (event: LifeEvent, day: number) =>
    act((desk) => happen(desk, device, { ...SOURCE, event, at: daysAgo(day) }));
  await say('declare', 30);
  await say('release', 10);
  const step = await say('activate', 20);
  assert.deepEqual([step.late, step.stage, step.finding], [true, 'imported', 'active before customs released it']);
  assert.deepEqual(
    (await act((desk) => findingsOf(desk, device))).map(({ kind, evidence }) => [kind, evidence['from']]),
    [['life', 'declared']],
  );
});

test('the present stage is that of the moves by when they happened, in whatever order they were recorded', async () => {
  const moves = fc.uniqueArray(fc.tuple(fc.constantFrom(...EVENTS), fc.integer({ min: 1, max: 400 })), {
    minLength: 2,
    maxLength: 9,
    selector: ([, day]) => day,
  });
  await fc.assert(
    fc.asyncProperty(moves, async (told) => {
      const device = await fresh();
      const kept: (readonly [LifeEvent, number])[] = [];
      for (const [event, day] of told) {
        const done = await act((desk) => happen(desk, device, { ...SOURCE, event, at: daysAgo(day) })).catch(
          (error: unknown) => {
            assert.ok(refused('STATE_MOVE')(error), String(error));
            assert.ok(
              kept.every(([, known]) => known > day),
              'only what is news can be refused',
            );
          },
        );
        if (done !== undefined) kept.push([event, day]);
      }
      const [newest] = [...kept].sort(([, one], [, other]) => one - other);
      const { stage, stageAt } = await load(device);
      assert.deepEqual(
        [stage, stageAt],
        newest === undefined ? [undefined, undefined] : [targetOf(newest[0]), daysAgo(newest[1])],
      );
      const events = (await act((desk) => timelineOf(desk, device))).filter(({ kind }) => kind === 'event');
      assert.deepEqual(
        events.map(({ value, from }) => [value, from]),
        [...kept].sort(([, one], [, other]) => other - one).map(([event, day]) => [event, daysAgo(day)]),
      );
    }),
    { numRuns: 15 },
  );
});

test('a batch of former times makes no device used now, whenever it is loaded', async () => {
  const { activeDays } = POLICY.devices;
  const days = fc.array(fc.integer({ min: activeDays + 1, max: 3000 }), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(days, async (loaded) => {
      const device = await fresh();
      await act(async (desk) => {
        await happen(desk, device, { ...SOURCE, event: 'activate', at: daysAgo(Math.max(...loaded)), batch: 'old' });
        for (const day of loaded) await saw(desk, device, { source: 'operator:alfa', batch: 'old', at: daysAgo(day) });
      });
      assert.equal(await act((desk) => inUse(desk, device)), false);
      assert.deepEqual(await act((desk) => lastSeen(desk, device)), daysAgo(Math.min(...loaded)));
      await act((desk) => saw(desk, device, { source: 'operator:alfa', at: daysAgo(activeDays - 1) }));
      assert.equal(await act((desk) => inUse(desk, device)), true);
    }),
    { numRuns: 8 },
  );
});

test('a sighting is recorded once a day and person', async () => {
  const device = await fresh();
  const seen = (at: Date, person?: string) => act((desk) => saw(desk, device, { source: 'test', at, person }));
  assert.deepEqual(
    [await seen(new Date('2026-05-01T23:59:00Z')), await seen(new Date('2026-05-01T00:00:00Z'))],
    [true, false],
  );
  assert.deepEqual(
    [await seen(new Date('2026-05-02T00:00:00Z')), await seen(new Date('2026-05-01T00:00:00Z'), 'a'.repeat(32))],
    [true, true],
  );
});

test('the same event of the same moment is recorded once', async () => {
  const device = await fresh();
  const declared = { source: 'test', roles: ACTORS, event: 'declare' } as const;
  const say = (day: number) => act((desk) => happen(desk, device, { ...declared, at: daysAgo(day) }));
  assert.equal((await say(5)).repeated, false);
  assert.equal((await say(5)).repeated, true);
  await act((desk) => happen(desk, device, { ...SOURCE, event: 'release', at: daysAgo(2) }));
  assert.deepEqual([(await say(5)).repeated, (await say(5)).late], [true, true]);
});

test('two officers who act at once do not both win', async () => {
  const device = await fresh();
  await act((desk) => happen(desk, device, { ...SOURCE, event: 'activate', at: daysAgo(9) }));
  const say = (event: LifeEvent) => (desk: Desk) => happen(desk, device, { ...SOURCE, event, at: NOW, note: 'x' });
  const [told, again] = await cross(say('steal'), say('steal'));
  assert.deepEqual([told.repeated, again.status === 'fulfilled' && again.value.repeated], [false, true]);
  const [, other] = await cross(say('recover'), say('export'));
  assert.ok(other.status === 'rejected' && refused('STATE_MOVE')(other.reason));
});

test('what was true when is told by what was known when', async () => {
  const device = await fresh();
  const told = { ...SOURCE, event: 'activate', at: daysAgo(100) } as const;
  await act((desk) => happen(desk, device, told), { now: daysAgo(90) });
  await act((desk) => happen(desk, device, { ...SOURCE, event: 'declare', at: daysAgo(200) }), { now: daysAgo(50) });
  const events = async (asOf: number, knownAt: number) =>
    (await act((desk) => factsOf(desk, device, { asOf: daysAgo(asOf), knownAt: daysAgo(knownAt) })))
      .filter(({ kind }) => kind === 'event')
      .map(({ value }) => value);
  assert.deepEqual(await events(150, 60), []);
  assert.deepEqual(await events(150, 40), ['declare']);
  assert.deepEqual(await events(95, 95), []);
  assert.deepEqual(await events(95, 60), ['activate']);
  assert.deepEqual(await events(95, 0), ['declare', 'activate']);
});

test('a corrected fact stays readable by what was known before, and the stage follows', async () => {
  const device = await fresh();
  const say = (event: LifeEvent, day: number) =>
    act((desk) => happen(desk, device, { ...SOURCE, event, at: daysAgo(day) }), { now: daysAgo(5) });
  await say('declare', 30);
  await say('release', 20);
  const [declared, released] = (await act((desk) => timelineOf(desk, device))).filter(({ kind }) => kind === 'event');
  assert.ok(declared && released);
  await act((desk) => withdrawFact(desk, released.id, 'another consignment was meant'));
  assert.deepEqual([(await load(device)).stage, (await load(device)).stageAt], ['declared', daysAgo(30)]);
  const moved = { from: daysAgo(25), source: 'customs', because: 'the day was misread' };
  await act((desk) => correctFact(desk, declared.id, moved));
  assert.deepEqual((await load(device)).stageAt, daysAgo(25));
  await assert.rejects(
    act((desk) => withdrawFact(desk, released.id, 'once more')),
    refused('DEVICE_UNKNOWN'),
  );
  const before = await act((desk) => factsOf(desk, device, { knownAt: daysAgo(4) }));
  assert.deepEqual(
    before.filter(({ kind }) => kind === 'event').map(({ value, from }) => [value, from]),
    [
      ['declare', daysAgo(30)],
      ['release', daysAgo(20)],
    ],
  );
  await assert.rejects(
    registry.query(`UPDATE device_fact SET value = 'retire' WHERE id = $1`, [declared.id]),
    /facts are superseded/,
  );
  await assert.rejects(
    registry.query('DELETE FROM device_fact WHERE device = $1', [device.id]),
    /facts are superseded/,
  );
});

test('an IMEI that a device had no more is free for the other that claims it', async () => {
  const first = await fresh();
  const mine = imei(next);
  const second = await act((desk) =>
    enterDevice(desk, {
      source: 'test',
      identifiers: [
        { kind: 'imei', imei: mine },
        { kind: 'imei', imei: imei(999_999) },
      ],
      at: daysAgo(3),
      models: new Map(),
    }),
  );
  assert.equal(second.device.id, first.id, 'a bare device takes what is declared with it');
  const facts = await act((desk) => timelineOf(desk, first));
  const other = facts.find(({ value }) => value === imei(999_999));
  assert.ok(other);
  const end = { to: daysAgo(1), source: 'workshop', because: 'its board was changed' };
  await act((desk) => correctFact(desk, other.id, end));
  assert.equal(await act((desk) => findDevice(desk, { kind: 'imei', imei: imei(999_999) })), undefined);
  assert.equal((await load(first)).identifiers.length, 1);
  const own = facts.find(({ value, superseded }) => value === mine && superseded === undefined);
  assert.deepEqual(own?.from, daysAgo(3), 'since when it has its IMEI was told better');
  await assert.rejects(
    act((desk) => correctFact(desk, own?.id ?? '', { ...end, to: daysAgo(5) })),
    refused('DEVICE_TIME'),
  );
});
