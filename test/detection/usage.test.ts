import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import fc from 'fast-check';
import { addDays, daysBetween } from '../../src/calendar/day.ts';
import { DATE, day, imsi, msisdn, openWorld, type Use, type World } from './world.ts';

let world: World;
before(async () => {
  world = await openWorld();
});
afterEach(() => world.clear());
after(() => world.close());

const A = 35_000_001_000_001;
const B = 35_000_001_000_002;
const september = (...days: readonly number[]): readonly string[] =>
  days.map((one) => `2026-09-${String(one).padStart(2, '0')}`);

test('subscription_threshold counts different IMSIs on the exact days of the window', async () => {
  await world.use(
    { imei: A, imsi: imsi(1), on: ['2026-09-01'] },
    { imei: A, imsi: imsi(2), on: ['2026-08-31', '2026-10-01'] }, // the days before and after the window
    { imei: A, imsi: imsi(3), on: ['2026-09-30'], operator: 'bravo' },
    { imei: A, imsi: imsi(3), on: ['2026-09-30'], msisdn: msisdn(2) },
    { imei: A, imsi: 12_345, on: ['2026-09-15'] }, // no IMSI
    { imei: A, imsi: 0, on: ['2026-09-15'] },
    { imei: A, imsi: 1_010_000_000_001, on: ['2026-09-15'] }, // 001010000000001, a test network's
    { imei: B, imsi: imsi(9), on: september(1, 2, 3, 4, 5) },
  );
  const parameters = { threshold: 3, period_days: 30 };
  assert.deepEqual(await world.matched('subscription_threshold', parameters), [String(A)]);
  assert.deepEqual(await world.matched('subscription_threshold', { ...parameters, threshold: 4 }), []);
  const four = { threshold: 4, period_days: 31 };
  assert.deepEqual(await world.matched('subscription_threshold', four), [String(A)], '31 days reach 31 August');
  assert.deepEqual(
    await world.matched('subscription_threshold', four, { date: day('2026-10-01') }),
    [String(A)],
    'a month row counts for its day in the window',
  );
  assert.deepEqual(await world.matched('subscription_threshold', { threshold: 3, period_months: 1 }), [String(A)]);
  const byNumber = await world.figures('subscription_threshold', { ...parameters, key: 'msisdn' });
  assert.deepEqual(byNumber.get(String(A))?.evidence, { subscriptions: 2 });
});

test('subscription_daily_average counts a subscription once a day, and only days of activity', async () => {
  await world.use(
    { imei: A, imsi: imsi(1), on: september(1, 2, 3, 4, 5) },
    { imei: A, imsi: imsi(1), on: september(1, 2), operator: 'bravo' }, // the same on another operator
    { imei: A, imsi: imsi(1), on: september(3), msisdn: msisdn(2) }, // and with another number
    { imei: A, imsi: imsi(2), on: september(1, 2, 3, 4) },
    { imei: A, imsi: 0, on: september(6) }, // seen without a subscription: a day of activity
    { imei: B, imsi: imsi(3), on: september(1) },
    { imei: B, imsi: imsi(4), on: september(1) },
  );
  const figures = await world.figures('subscription_daily_average', { threshold: 1.5, period_days: 30 });
  assert.deepEqual(figures.get(String(A)), {
    imei: String(A),
    matched: true,
    evidence: { average: 1.5, subscription_days: 9, seen_days: 6 },
  });
  assert.equal(figures.get(String(B))?.matched, false, 'two a day, but on one day only');
  const parameters = { period_days: 30, threshold: 1.5, min_seen_days: 7 };
  assert.deepEqual(await world.matched('subscription_daily_average', parameters), []);
  assert.deepEqual(await world.matched('subscription_daily_average', { threshold: 1.501, period_days: 30 }), []);
});

test('equal day numbers of different months are different days', async () => {
  await world.use(
    { imei: A, imsi: imsi(1), on: ['2026-08-10', '2026-09-10'] },
    { imei: A, imsi: imsi(2), on: ['2026-08-10'] },
  );
  const found = await world.figures('subscription_daily_average', {
    threshold: 1.5,
    period_months: 2,
    min_seen_days: 2,
  });
  assert.deepEqual(found.get(String(A))?.evidence, { average: 1.5, subscription_days: 3, seen_days: 2 });
});

test('user_daily_average counts people by the day, not by the day’s number', async () => {
  await world.put('subscriber', [
    { imsi: imsi(1), uid: 1 },
    { imsi: imsi(2), uid: 2 },
    { imsi: imsi(3), uid: 2 },
    { imsi: imsi(4), uid: 4, valid_to: '2026-09-30' }, // no longer registered
  ]);
  await world.use(
    { imei: A, imsi: imsi(1), on: ['2026-08-10'] },
    { imei: A, imsi: imsi(2), on: ['2026-09-10'] }, // the same day number of another month
    { imei: B, imsi: imsi(1), on: september(1, 2) },
    { imei: B, imsi: imsi(2), on: september(1, 2) },
    { imei: B, imsi: imsi(3), on: september(1, 2, 3) }, // the same person
    { imei: B, imsi: imsi(4), on: september(4, 5) },
    { imei: B, imsi: imsi(5), on: september(6) }, // nobody's
  );
  const parameters = { threshold: 1.6, period_months: 2, min_seen_days: 2 };
  const found = await world.figures('user_daily_average', parameters);
  assert.deepEqual(found.get(String(A))?.evidence, { average: 1, user_days: 2, seen_days: 2, people: 2 });
  assert.deepEqual(found.get(String(B))?.evidence, { average: 1.6667, user_days: 5, seen_days: 3, people: 2 });
  assert.deepEqual(await world.matched('user_daily_average', parameters), [String(B)]);
  assert.deepEqual(await world.matched('user_daily_average', parameters, { scope: `imei = ${B}` }), [String(B)]);
});

test('uid_mismatch counts the people who are not associated', async () => {
  const C = 35_000_001_000_003;
  await world.put(
    'subscriber',
    [1, 2, 3].map((one) => ({ imsi: imsi(one), uid: one })),
  );
  await world.put('association', [
    { imei: A, uid: 1 },
    { imei: A, uid: 2 },
    { imei: B, uid: 1, valid_to: '2026-09-30' },
  ]);
  await world.use(
    ...[A, B].flatMap((imei) => [1, 2, 3].map((one) => ({ imei, imsi: imsi(one), on: september(one) }))),
    { imei: C, imsi: imsi(1), on: september(1) },
  );
  const found = await world.figures('uid_mismatch');
  assert.deepEqual(found.get(String(A))?.evidence, { people: 3, others: 1, associated: 2 });
  assert.deepEqual(found.get(String(B))?.evidence, { people: 3, others: 3, associated: 0 });
  assert.deepEqual(await world.matched('uid_mismatch'), [String(B)]);
  assert.deepEqual(await world.matched('uid_mismatch', { max_uids: 0 }), [String(A), String(B), String(C)]);
  assert.deepEqual(await world.matched('uid_mismatch', { max_uids: 0, period_days: 28 }), [String(A), String(B)]);
});

test('not_registered_to_uid matches use by subscriptions of nobody associated', async () => {
  const [C, D] = [35_000_001_000_003, 35_000_002_000_001];
  await world.put('tac', [{ tac: 35_000_002, device_type: 'modem' }]);
  await world.put('subscriber', [
    { imsi: imsi(1), uid: 1 },
    { imsi: imsi(2), uid: 2 },
    { imsi: imsi(2), uid: 1 }, // shared by two people
    { imsi: imsi(3), uid: 3 },
  ]);
  await world.put('association', [
    { imei: A, uid: 1 },
    { imei: B, uid: 1 },
  ]);
  await world.use(
    { imei: A, imsi: imsi(1), on: september(1, 2) },
    { imei: A, imsi: imsi(2), on: september(1, 2) },
    { imei: A, imsi: imsi(7), on: september(1, 2) }, // not in the register
    { imei: B, imsi: imsi(3), on: september(1, 30) },
    { imei: C, imsi: imsi(1), on: september(1) }, // associated with nobody
    { imei: D, imsi: imsi(1), on: september(1) }, // exempt
  );
  assert.deepEqual(await world.matched('not_registered_to_uid'), [String(B), String(C)]);
  assert.deepEqual(await world.matched('not_registered_to_uid', { min_days: 2 }), [String(B)]);
  assert.deepEqual((await world.figures('not_registered_to_uid')).get(String(A))?.evidence, {
    subscriptions: 2,
    foreign_subscriptions: 0,
    longest_days: 0,
    exempted: 0,
  });
});

test('transient_identifier wants many numbers, one operator and equal steps', async () => {
  const box = (imei: number, numbers: readonly number[], operator = 'alfa'): readonly Use[] =>
    numbers.map((one) => ({ imei, msisdn: msisdn(one), imsi: imsi(one), operator, on: september(1, 2, 3) }));
  const serial = (one: number): number => 35_000_001_000_000 + one;
  await world.use(
    ...box(serial(1), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]), // 30 number-days in 30 days
    ...box(serial(2), [10, 20, 30, 40, 50, 60, 70, 80, 90, 100]),
    ...box(serial(3), [1, 2, 3, 4, 5, 6, 7, 8, 9, 11]),
    ...box(serial(4), [1, 3, 5, 7]), // too few
    ...box(serial(5), [1, 2, 3, 4, 5]),
    ...box(serial(5), [6, 7, 8, 9, 10], 'bravo'),
    { imei: serial(6), msisdn: msisdn(1), on: september(...Array.from({ length: 30 }, (_, at) => at + 1)) },
    { imei: serial(1), msisdn: 0, on: september(4) }, // no number: says nothing about the progression
    ...box(serial(7), [1, 2, 4, 8, 9, 10, 12, 13, 14, 19]), // ends fit a step of 2, the middle does not
  );
  assert.deepEqual(await world.matched('transient_identifier', { msisdns: 1 }), [String(serial(1)), String(serial(2))]);
  const found = await world.figures('transient_identifier', { msisdns: 1 });
  assert.deepEqual(found.get(String(serial(2)))?.evidence, {
    average: 1,
    msisdns: 10,
    operators: 1,
    progression: 1,
    step: 10,
  });
  assert.deepEqual(found.get(String(serial(4)))?.evidence, {
    average: 0.4,
    msisdns: 4,
    operators: 1,
    progression: 1,
    step: 2,
  });
  assert.deepEqual(await world.matched('transient_identifier', { msisdns: 1.01 }), []);
  assert.deepEqual(
    await world.matched('transient_identifier', { msisdns: 0.4 }),
    [1, 2, 4].map((one) => String(serial(one))),
  );
});

test('use by home, foreign and other subscribers is told apart by the IMSI', async () => {
  const serial = (one: number): number => 35_000_001_000_000 + one;
  const origins: readonly [number, number][] = [
    [1, 999_010_000_000_001], // alfa
    [2, 99_902_000_000_001], // bravo, 14 digits
    [3, 999_030_000_000_001], // of the country, of no operator
    [4, 208_010_000_000_001], // abroad
    [5, 9_990_100_001], // no IMSI
    [6, 0],
    [7, 1_010_000_000_001], // 001010000000001: a test network, abroad
  ];
  await world.use(...origins.map(([one, number]) => ({ imei: serial(one), imsi: number, on: september(10) })));
  const of = (...ones: readonly number[]): readonly string[] => ones.map((one) => String(serial(one)));
  assert.deepEqual(await world.matched('home_subscriber_use'), of(1, 2));
  assert.deepEqual(await world.matched('other_operator_use'), of(3));
  assert.deepEqual(await world.matched('international_roamer_use'), of(4, 7));
  assert.deepEqual(await world.matched('home_subscriber_use', { lookback_days: 21 }), of(1, 2));
  assert.deepEqual(await world.matched('home_subscriber_use', { lookback_days: 20 }), []);
  const test = {
    mccs: ['001'],
    operators: [{ id: 'lab', name: 'Lab', plmns: [{ mcc: '001', mnc: '01' }] }],
    exemptDeviceTypes: [],
  };
  assert.deepEqual(await world.matched('home_subscriber_use', {}, { country: test }), of(7));
});

// Many identifiers at once: one insert tries as many cases.
const SERIALS = Array.from({ length: 40 }, (_, at) => A + at);
const anyUse: fc.Arbitrary<Use> = fc.record({
  imei: fc.constantFrom(...SERIALS),
  imsi: fc.integer({ min: 1, max: 4 }).map(imsi),
  msisdn: fc.integer({ min: 1, max: 3 }).map(msisdn),
  operator: fc.constantFrom('alfa', 'bravo'),
  on: fc.array(
    fc.integer({ min: -40, max: 2 }).map((days) => addDays(DATE, days)),
    { minLength: 1, maxLength: 6 },
  ),
});
const manyUses = fc.array(anyUse, { minLength: 150, maxLength: 250 });

const COUNTED = [
  ['subscription_threshold', { threshold: 2, period_days: 31 }],
  ['subscription_daily_average', { threshold: 1.5, period_days: 31, min_seen_days: 2 }],
  ['transient_identifier', { msisdns: 0.2, period_days: 31 }],
] as const;

/** Every figure of the counting dimensions, of some identifiers, in a fixed order. */
async function counted(of: readonly number[] = SERIALS) {
  const all = await Promise.all(COUNTED.map(([is, parameters]) => world.figures(is, parameters)));
  return all.map((found) => of.map((imei) => found.get(String(imei))));
}

/** Different IMSIs, and different (IMSI, day), of the last 31 days. */
function plainly(uses: readonly Use[]): { readonly subscriptions: number; readonly days: number } {
  const inside = (one: string): boolean => {
    const age = daysBetween(day(one), DATE);
    return age >= 0 && age < 31;
  };
  const pairs = new Set(uses.flatMap((use) => use.on.filter(inside).map((one) => `${use.imsi} ${one}`)));
  return { subscriptions: new Set([...pairs].map((pair) => pair.split(' ')[0])).size, days: pairs.size };
}

test('the figures are those of a plain count, whatever the order of rows and the splitting of inserts', async () => {
  await fc.assert(
    fc.asyncProperty(manyUses, fc.nat(149), async (uses, cut) => {
      await world.clear();
      await world.use(...uses);
      const once = await counted();
      await world.clear();
      const turned = [...uses].reverse();
      await world.use(...turned.slice(cut));
      await world.use(...turned.slice(0, cut));
      assert.deepEqual(await counted(), once);
      for (const [at, imei] of SERIALS.entries()) {
        const plain = plainly(uses.filter((use) => use.imei === imei));
        assert.equal(once[0]?.[at]?.evidence['subscriptions'], plain.subscriptions || undefined);
        assert.equal(once[1]?.[at]?.evidence['subscription_days'], plain.days || undefined);
      }
    }),
    { numRuns: 2, endOnFailure: true },
  );
});

test('rows of other identifiers convict nobody', async () => {
  const mine = SERIALS.filter((imei) => imei % 2 === 0);
  await fc.assert(
    fc.asyncProperty(manyUses, async (uses) => {
      await world.clear();
      await world.use(...uses.filter(({ imei }) => Number(imei) % 2 === 0));
      const alone = await counted(mine);
      await world.use(...uses.filter(({ imei }) => Number(imei) % 2 === 1));
      assert.deepEqual(await counted(mine), alone);
    }),
    { numRuns: 2, endOnFailure: true },
  );
});
