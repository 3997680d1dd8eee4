import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { parseCountry } from '../../src/country/country.ts';
import type { DimensionUse } from '../../src/country/dimension.ts';
import { exampleCountry } from '../../src/country/example.ts';
import type { Parameters } from '../../src/country/parameter.ts';
import { DIMENSIONS, dimensionOf } from '../../src/detection/catalogue.ts';
import { matches, prepare } from '../../src/detection/condition.ts';
import { describe } from '../../src/detection/describe.ts';
import { seen } from '../../src/detection/seen.ts';
import { CONTEXT, day, filled, imsi, openWorld, type World } from './world.ts';

let world: World;
before(async () => {
  world = await openWorld();
});
afterEach(() => world.clear());
after(() => world.close());

const is = (name: string, given: Parameters = {}): DimensionUse => ({
  is: name,
  not: false,
  parameters: filled(name, given),
});
const not = (name: string, given: Parameters = {}): DimensionUse => ({ ...is(name, given), not: true });

const imei = (serial: number): number => 35_000_001_000_000 + serial;
const of = (...serials: readonly number[]): readonly string[] => serials.map((serial) => String(imei(serial)));
const on = ['2026-09-10'];

/** Five seen identifiers and one that is only listed; 1, 2 and 6 stolen, 2 and 3 barred, 1 to 3 with two subscriptions. */
async function settle(): Promise<void> {
  await world.put(
    'stolen',
    [1, 2, 6].map((serial) => ({ imei: imei(serial), reporting_date: '2026-09-01' })),
  );
  await world.put(
    'barred',
    [2, 3].map((serial) => ({ imei: imei(serial) })),
  );
  await world.use(
    ...[1, 2, 3, 4, 5].map((serial) => ({ imei: imei(serial), imsi: imsi(1), on })),
    ...[1, 2, 3].map((serial) => ({ imei: imei(serial), imsi: imsi(2), on })),
  );
}

test('a condition is the AND of its dimensions, each with its evidence', async () => {
  await settle();
  const many = is('subscription_threshold', { threshold: 2, period_days: 30 });
  for (const [dimensions, expected] of [
    [[is('stolen')], of(1, 2, 6)],
    [[is('stolen'), is('barred_imei')], of(2)],
    [[many, is('stolen')], of(1, 2)],
    [[many, is('stolen'), is('barred_imei')], of(2)],
    [[not('stolen')], of(3, 4, 5)],
    [[not('stolen'), not('barred_imei')], of(4, 5)],
    [[is('stolen'), not('barred_imei')], of(1)], // 6 was never seen
    [[is('not_registered'), not('subscription_threshold', { threshold: 2, period_days: 30 })], of(4, 5)],
    [[is('barred_imei'), not('barred_imei')], of()],
    [[is('time_distance'), is('stolen')], of()],
  ] as const) {
    const found = await world.matches({ dimensions });
    const name = dimensions.map((use) => `${use.not ? 'not ' : ''}${use.is}`).join(' and ');
    assert.deepEqual([...found.keys()].sort(), expected, name);
  }
  const found = await world.matches({ dimensions: [many, is('stolen'), not('barred_imei')] });
  assert.deepEqual(found.get(String(imei(1))), {
    subscription_threshold: { subscriptions: 2 },
    stolen: { reported_on: '2026-09-01', status: '' },
    barred_imei: { inverted: true },
  });
  const twice = await world.matches({
    dimensions: [many, is('subscription_threshold', { threshold: 1, period_days: 60, key: 'msisdn' })],
  });
  assert.deepEqual(twice.get(String(imei(3))), {
    subscription_threshold: { subscriptions: 2 },
    'subscription_threshold#2': { subscriptions: 1 },
  });
});

test('a scope narrows every dimension, and never changes what it finds', async () => {
  await settle();
  for (const { name } of DIMENSIONS) {
    const needed = { threshold: 2, period_days: 30, msisdns: 0.1 };
    const { parameters } = dimensionOf(name);
    const given = Object.fromEntries(Object.entries(needed).filter(([key]) => key in parameters));
    const all = await world.figures(name, given);
    const one = await world.figures(name, given, { scope: `imei = ${imei(2)}` });
    const kept = [...all].filter(([key]) => key === String(imei(2)));
    assert.deepEqual([...one], kept, name);
    for (const { evidence } of all.values()) {
      assert.deepEqual(Object.keys(evidence), Object.keys(dimensionOf(name).yields), name);
      const sentence = dimensionOf(name).sentence(evidence, filled(name, given));
      assert.match(sentence, /^[A-Z\d].*\.$/s, name);
      assert.doesNotMatch(sentence, /undefined|NaN/, name);
    }
  }
});

test('every dimension names its evidence and stands in the catalogue once', () => {
  assert.equal(new Set(DIMENSIONS.map(({ name }) => name)).size, DIMENSIONS.length);
  for (const dimension of DIMENSIONS) {
    const given = { threshold: 2, msisdns: 2, ...(dimension.exactlyOne === undefined ? {} : { period_days: 30 }) };
    const { evidence } = dimension.measure(filled(dimension.name, given), CONTEXT);
    assert.deepEqual(Object.keys(evidence), Object.keys(dimension.yields), dimension.name);
  }
  assert.throws(() => dimensionOf('nothing'), /no dimension nothing/);
});

test('the example country file is valid, and the engine takes each of its conditions', async () => {
  await settle();
  const country = parseCountry(exampleCountry(DIMENSIONS), 'country.yaml', DIMENSIONS);
  assert.ok(country.ok, country.ok ? '' : JSON.stringify(country.fault));
  const context = { ...CONTEXT, country: country.value };
  const used = new Set(country.value.conditions.flatMap(({ dimensions }) => dimensions.map((use) => use.is)));
  assert.deepEqual(used, new Set(DIMENSIONS.map(({ name }) => name)), 'it shows every dimension');
  for (const condition of country.value.conditions) {
    const rows = await world.analytics.home.query(matches(condition, context));
    assert.ok(Array.isArray(rows), condition.label);
  }
});

test('prepare() asks nothing of a store with one shard', async () => {
  const conditions = [{ dimensions: [is('serial_anomaly')] }];
  assert.equal(await prepare(world.analytics, conditions, CONTEXT), CONTEXT);
  const two = { ...world.analytics, shards: [world.analytics.home, world.analytics.home] };
  const { surveys = {} } = await prepare(two, conditions, CONTEXT);
  assert.deepEqual(Object.keys(surveys), [`serial_anomaly ${JSON.stringify(filled('serial_anomaly'))}`]);
});

test('seen() joins the months kept and those dropped', async () => {
  await world.use(
    { imei: imei(1), on: ['2026-08-31', '2026-09-01', '2026-09-30', '2026-10-01'], rats: 2 },
    { imei: imei(1), on: ['2024-02-29'], operator: 'bravo', rats: 4 },
    { imei: imei(2), on: ['2026-10-01'] },
  );
  await world.put('seen_before', [
    { imei: imei(1), operator: 'charlie', first: '2023-05-05', last: '2023-06-06', rats: 8 },
    { imei: imei(3), operator: 'alfa', first: '2026-10-01', last: '2026-10-02', rats: 8 },
  ]);
  assert.deepEqual(await world.analytics.home.query(seen(CONTEXT)), [
    {
      imei: String(imei(1)),
      first: '2023-05-05',
      last: '2026-09-30',
      rats: 14,
      operators: ['alfa', 'bravo', 'charlie'],
    },
  ]);
  const [late] = await world.analytics.home.query(
    seen({ ...CONTEXT, date: day('2026-10-01'), scope: `imei = ${imei(2)}` }),
  );
  assert.deepEqual(late, {
    imei: String(imei(2)),
    first: '2026-10-01',
    last: '2026-10-01',
    rats: 64,
    operators: ['alfa'],
  });
});

test('docs/dimensions.md is what describe() writes', () => {
  const page = readFileSync(path.join(import.meta.dirname, '../../docs/dimensions.md'), 'utf8');
  assert.equal(page, describe(), 'write it again: node --import tsx scripts/dimensions.ts');
});
