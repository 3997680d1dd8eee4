import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import fc from 'fast-check';
import { at, day, imsi, type Line, openWorld, type World } from './world.ts';

let world: World;
before(async () => {
  world = await openWorld();
});
afterEach(() => world.clear());
after(() => world.close());

const A = 35_000_001_000_001;
const B = 35_000_001_000_002;

/** One degree of a meridian on the sphere used, in kilometres. */
const DEGREE = (6371.0088 * Math.PI) / 180;
const north = (km: number): number => km / DEGREE;

/** Cells on one meridian; their names say how far north they are. Radius one kilometre. */
const cells = (...kms: readonly number[]): readonly Line[] =>
  kms.map((km) => ({ cell: `k${km}`, lat: north(km), lon: 8, radius_m: 1000 }));

type Event = {
  readonly when: string;
  readonly km: number;
  readonly imei?: number;
  readonly sim?: number;
  readonly for?: number;
};
const events = (...all: readonly Event[]): readonly Line[] =>
  all.map(({ when, km, imei = A, sim = 1, for: duration = 0 }) => ({
    day: when.slice(0, 10),
    operator: 'alfa',
    imei,
    imsi: imsi(sim),
    msisdn: 0,
    at: at(when),
    duration,
    cell: `k${km}`,
    rats: 64,
  }));

/** There and back in an hour: two conflicts. */
const trip = (date: string, km: number, imei = A): readonly Event[] => [
  { when: `${date} 10:00`, km: 0, imei },
  { when: `${date} 10:20`, km, imei },
  { when: `${date} 10:40`, km: 0, imei },
];

test('time_distance asks for two conflicts a day on two days', async () => {
  await world.put('cell', cells(0, 200));
  await world.put('event', events(...trip('2026-09-10', 200), ...trip('2026-09-11', 200)));
  await world.put('event', events(...trip('2026-09-10', 200, B))); // one day only
  const C = 35_000_001_000_003; // one conflict a day on many days
  for (const date of ['2026-09-10', '2026-09-12', '2026-09-14']) {
    await world.put('event', events(...trip(date, 200, C).slice(0, 2)));
  }
  const found = await world.figures('time_distance');
  assert.deepEqual(await world.matched('time_distance'), [String(A)]);
  assert.deepEqual(found.get(String(A))?.evidence, {
    conflicts: 4,
    conflict_days: 2,
    concurrent: 0,
    top_kmh: 540, // 198 km in 20 minutes and the skew of two
    top_km: 198,
    farthest: 'cell k0 until 2026-09-11 10:20:00, cell k0 at 2026-09-11 10:40:00'.replace('k0 until', 'k200 until'),
  });
  assert.equal(found.get(String(B))?.evidence['conflicts'], 2);
  assert.equal(found.get(String(C))?.evidence['conflict_days'], 0);
  assert.deepEqual(await world.matched('time_distance', { min_conflicts: 3 }), []);
  assert.deepEqual(await world.matched('time_distance', { min_days: 3 }), []);
  assert.deepEqual(await world.matched('time_distance', { max_kmh: 541 }), [], 'not faster than the limit');
  assert.deepEqual(await world.matched('time_distance', { max_kmh: 539 }), [String(A)]);
  assert.deepEqual(await world.matched('time_distance', { min_km: 198.1 }), [], 'radii are taken off');
  assert.deepEqual(await world.matched('time_distance', { min_km: 197.9 }), [String(A)]);
  assert.deepEqual(await world.matched('time_distance', { clock_skew_s: 1200 }), [], 'the skew is in its favour');
  assert.deepEqual(await world.matched('time_distance', { period_days: 20 }), [], 'the first day is outside');
  assert.deepEqual(await world.matched('time_distance', { period_days: 21 }), [String(A)]);
  assert.deepEqual(await world.matched('time_distance', {}, { date: day('2026-09-10') }), [], 'not yet');
});

test('time_distance takes the earlier event’s duration off the journey', async () => {
  await world.put('cell', cells(0, 100));
  for (const date of ['2026-09-10', '2026-09-11']) {
    await world.put(
      'event',
      events(
        { when: `${date} 10:00`, km: 0, for: 1200 }, // until 10:20
        { when: `${date} 10:30`, km: 100, for: 1200 }, // until 10:50
        { when: `${date} 11:00`, km: 0 },
      ),
    );
  }
  const found = await world.figures('time_distance');
  assert.deepEqual([found.get(String(A))?.matched, found.get(String(A))?.evidence['top_kmh']], [true, 490]);
  assert.deepEqual(
    await world.matched('time_distance', { cell_holds: 'start' }),
    [],
    'who moved on during the session',
  );
});

test('one true concurrency conflict suffices, beyond radii and clock skew', async () => {
  await world.put('cell', [
    ...cells(0, 2, 3),
    { cell: 'k9', lat: north(3), lon: 8, radius_m: 1000, valid_to: '2026-09-10' },
  ]);
  const pair = (imei: number, km: number, second: string, sim = 2): readonly Line[] =>
    events({ imei, km: 0, when: '2026-09-10 10:00', for: 600 }, { imei, km, when: `2026-09-10 ${second}`, sim });
  const serial = (one: number): number => 35_000_001_000_000 + one;
  await world.put('event', [
    ...pair(serial(1), 3, '10:05'),
    ...pair(serial(2), 2, '10:05'), // the cells touch
    ...pair(serial(3), 3, '10:08'), // overlaps by no more than the skew
    ...pair(serial(4), 3, '10:07:59'),
    ...pair(serial(5), 9, '10:05'), // the cell stood elsewhere, if anywhere, on that day
    ...pair(serial(6), 3, '10:05', 1), // the same IMSI
    ...pair(serial(7), 3, '10:08:10'), // ten seconds for one kilometre
    ...pair(serial(8), 3, '10:01'), // a clock a minute wrong would put it before the other
  ]);
  const of = (...ones: readonly number[]): readonly string[] => ones.map((one) => String(serial(one)));
  assert.deepEqual(await world.matched('time_distance'), of(1, 4, 6));
  assert.deepEqual(await world.matched('time_distance', { min_concurrent: 2 }), []);
  assert.deepEqual(await world.matched('time_distance', { cell_holds: 'start' }), []);
  assert.deepEqual(await world.matched('concurrent_devices'), of(1, 3, 4));
  assert.deepEqual((await world.figures('concurrent_devices')).get(String(serial(1)))?.evidence, {
    devices: 2,
    moment: '2026-09-10 10:05:00',
  });
});

test('concurrent_devices counts places of which no two can be one device’s', async () => {
  await world.put('cell', cells(0, 100, 200, 300, 1000));
  const serial = (one: number): number => 35_000_001_000_000 + one;
  const calls = (imei: number, ...of: readonly (readonly [sim: number, km: number, when: string])[]): readonly Line[] =>
    events(...of.map(([sim, km, when]) => ({ imei, sim, km, when: `2026-09-10 ${when}`, for: 900 })));
  await world.put('event', [
    ...calls(serial(1), [1, 0, '10:00'], [2, 100, '10:01'], [3, 200, '10:02'], [4, 300, '10:03']),
    ...calls(serial(2), [1, 0, '10:00'], [2, 100, '10:01'], [3, 0, '10:02'], [4, 100, '10:03']), // two places
    ...calls(serial(3), [1, 0, '10:00'], [1, 100, '10:01'], [1, 200, '10:02']), // one IMSI: no figure
    ...calls(serial(4), [1, 0, '10:00'], [2, 0, '10:01']), // one place, two SIMs
    ...calls(serial(5), [1, 0, '10:00'], [2, 1000, '12:00']), // two hours for 998 km
    ...calls(serial(6), [1, 0, '10:00'], [2, 1000, '11:00']), // three quarters of an hour
  ]);
  const found = await world.figures('concurrent_devices');
  const devices = [1, 2, 3, 4, 5, 6].map((one) => found.get(String(serial(one)))?.evidence['devices']);
  assert.deepEqual(devices, [4, 2, undefined, 1, 1, 2]);
  assert.deepEqual(await world.matched('concurrent_devices', { min_devices: 3 }), [String(serial(1))]);
});

test('a cell stands where the register says, and before its first place where that says no first day', async () => {
  const moved = (since: string): readonly Line[] => [
    { ...cells(0)[0], since, valid_from: since === '1970-01-01' ? '2026-09-25' : since },
    {
      cell: 'k200',
      lat: north(0),
      lon: 8,
      radius_m: 1000,
      since,
      valid_from: '2026-09-11',
      valid_to: '2026-09-12',
      closed: 3,
    },
    { cell: 'k200', lat: north(200), lon: 8, radius_m: 1000, since, valid_from: '2026-09-12' },
    {
      cell: 'k200',
      lat: north(0),
      lon: 8,
      radius_m: 1000,
      since,
      valid_from: '2026-09-11',
      valid_to: '2026-09-11',
      closed: 2,
    },
  ];
  const days = ['2026-09-09', '2026-09-10', '2026-09-11', '2026-09-12', '2026-09-13'];
  await world.put('event', events(...days.flatMap((date) => trip(date, 200))));
  await world.put('cell', moved('1970-01-01'));
  const open = (await world.figures('time_distance')).get(String(A))?.evidence;
  assert.deepEqual([open?.['conflicts'], open?.['conflict_days']], [4, 2], 'from the day it moved on');
  await world.analytics.home.run('TRUNCATE TABLE cell');
  await world.put('cell', moved('2026-09-13'));
  const late = (await world.figures('time_distance')).get(String(A))?.evidence;
  assert.deepEqual([late?.['conflicts'], late?.['conflict_days']], [2, 1], 'its other cell stands from the 13th on');
});

test('events in unknown cells say nothing', async () => {
  await world.put('cell', cells(0));
  await world.put('event', events(...trip('2026-09-10', 200), ...trip('2026-09-11', 200)));
  assert.equal((await world.figures('time_distance')).get(String(A))?.evidence['conflicts'], 0);
});

const SERIALS = Array.from({ length: 25 }, (_, one) => A + one);
const anyEvent = fc.record({
  imei: fc.constantFrom(...SERIALS),
  km: fc.constantFrom(0, 2, 60, 400),
  sim: fc.integer({ min: 1, max: 3 }),
  for: fc.constantFrom(0, 0, 60, 3000),
  when: fc
    .tuple(fc.integer({ min: 10, max: 12 }), fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
    .map(
      ([date, hour, minute]) => `2026-09-${date} ${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`,
    ),
});
const manyEvents = fc.array(anyEvent, { minLength: 150, maxLength: 250 });

/** The greatest number of a set of events, any two of which exclude each other, by trying every set. */
function mostDevices(mine: readonly Event[]): number {
  const list = mine.map(({ when, km, sim = 1, for: duration = 0 }) => ({
    from: at(when),
    to: at(when) + duration,
    km,
    sim,
  }));
  const excludes = (a: (typeof list)[number], b: (typeof list)[number]): boolean => {
    const gap = Math.max(a.from - b.to, b.from - a.to);
    const apart = Math.max(0, Math.abs(a.km - b.km) - 2);
    return a.sim !== b.sim && apart > (Math.max(0, gap + 120) * 1000) / 3600 + 1e-6;
  };
  const grow = (kept: typeof list, rest: typeof list): number =>
    rest.reduce((best, one, index) => {
      if (!kept.every((other) => excludes(one, other))) return best;
      return Math.max(best, grow([...kept, one], rest.slice(index + 1)));
    }, kept.length);
  return grow([], list);
}

test('order and splitting change no figure, others’ events convict nobody, and the bound never exceeds the truth', async () => {
  await world.put('cell', cells(0, 2, 60, 400));
  await fc.assert(
    fc.asyncProperty(manyEvents, fc.nat(149), async (all, cut) => {
      const figures = async () =>
        Promise.all(
          ['time_distance', 'concurrent_devices'].map(async (is) => {
            const found = await world.figures(is);
            return SERIALS.map((imei) => found.get(String(imei)));
          }),
        );
      await world.analytics.home.run('TRUNCATE TABLE event');
      await world.put('event', events(...all));
      const once = await figures();
      await world.analytics.home.run('TRUNCATE TABLE event');
      const turned = [...all].reverse();
      await world.put('event', events(...turned.slice(cut)));
      await world.put('event', events(...turned.slice(0, cut)));
      assert.deepEqual(await figures(), once);
      for (const [place, imei] of SERIALS.entries()) {
        const mine = all.filter((event) => event.imei === imei);
        const bound = once[1]?.[place]?.evidence['devices'];
        if (bound === undefined) continue;
        const most = mostDevices(mine);
        assert.ok(Number(bound) <= most, `${bound} devices where ${most} are provable`);
        assert.ok(Number(bound) >= Math.min(2, most), 'a pair that excludes each other is found');
      }
    }),
    { numRuns: 2, endOnFailure: true },
  );
});
