import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { surveyKey } from '../../src/detection/dimension.ts';
import { serialAnomaly } from '../../src/detection/dimensions/serial_anomaly.ts';
import { constants, judgeAll } from '../../src/detection/serial.ts';
import { ratMask } from '../../src/observations/rat.ts';
import { isImei, observedKey } from '../../src/stores/schema.ts';
import { CONTEXT, filled, type Line, openWorld, type World } from './world.ts';

let world: World;
before(async () => {
  world = await openWorld();
});
afterEach(() => world.clear());
after(() => world.close());

const on = ['2026-09-10'];
const [G2, G3, G4] = [1, 2, 4];

test('unexpected_technology compares with all TACs of the model', async () => {
  const tac = (number: number, generations: number, model: string, manufacturer = 'Maker'): Line => ({
    tac: 35_000_000 + number,
    generations,
    model,
    manufacturer,
  });
  await world.put('tac', [
    tac(1, G2, 'One'),
    tac(2, G2 | G3, 'ONE ', 'maker'), // the same model, spelt otherwise
    tac(3, G2 | G3 | G4, 'Two'),
    tac(4, G2, ''), // no model
    tac(5, G2, 'Three', ''),
    tac(6, 0, 'Four'), // nothing stated
    tac(7, 0, 'One'),
  ]);
  const use = (number: number, rats: number, serial = 1) => ({
    imei: (35_000_000 + number) * 1_000_000 + serial,
    rats,
    on,
  });
  const bit = (code: number): number => 1 << code;
  await world.use(
    use(1, ratMask(3)), // another TAC of the model can
    use(1, ratMask(4), 2),
    use(2, ratMask(2) | ratMask(3)),
    use(3, ratMask(5)),
    use(3, bit(3) | bit(4) | bit(7) | bit(12) | bit(15), 2), // WLAN, GAN, virtual, WiMAX, 1xRTT
    use(3, bit(8) | bit(9), 3), // NB-IoT and LTE-M are of the fourth generation
    use(4, ratMask(5)),
    use(5, ratMask(5)),
    use(6, ratMask(5)),
    use(7, ratMask(5)), // nothing stated for it, but for its model
    use(8, ratMask(5)), // TAC unknown
  );
  const [hex] = await world.analytics.home.query<{ key: string }>(`SELECT ${observedKey(`'35000001ABCD'`)} AS key`);
  await world.put('malformed', [{ imei: hex?.key ?? '', text: '35000001ABCD' }]);
  await world.use({ imei: hex?.key ?? '', rats: ratMask(5), on });
  await world.put('seen_before', [
    { imei: 35_000_002_000_001, operator: 'bravo', first: '2025-01-01', last: '2025-01-01', rats: ratMask(4) },
  ]);
  assert.deepEqual(
    await world.matched('unexpected_technology'),
    ['35000001000002', '35000002000001', '35000003000001', '35000007000001', hex?.key].sort(),
  );
  const found = await world.figures('unexpected_technology');
  assert.deepEqual(found.get('35000002000001')?.evidence, {
    tac: '35000002',
    unexpected: '4G',
    observed: '2G 3G 4G',
    able: '2G 3G',
  });
  assert.equal(found.get('35000003000001')?.evidence['unexpected'], '5G');
  assert.equal(found.has('35000004000001'), false);
});

/** A fixed stream of numbers below 2^32 (xorshift). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state;
  };
}

const TACS = {
  lots: 35_000_001,
  drawn: 35_000_002,
  counted: 35_000_003,
  small: 35_000_004,
  mixed: 35_000_005,
  full: 35_000_006,
};

/** TACs as factories and tools would fill them. */
function planted(): ReadonlyMap<number, ReadonlySet<number>> {
  const next = numbers(20_260_930);
  const draw = (): number => next() % 1_000_000;
  const several = (count: number, one: (at: number) => number): Set<number> => {
    const found = new Set<number>();
    for (let at = 0; found.size < count; at++) found.add(one(at));
    return found;
  };
  // Cartons of twenty consecutive numbers all over the range, of which half are in use.
  const lots = new Set<number>();
  while (lots.size < 1000) {
    const first = draw() % 999_980;
    for (let at = 0; at < 20; at++) if (next() % 2 === 0) lots.add(first + at);
  }
  return new Map([
    [TACS.lots, lots],
    [TACS.drawn, several(1000, draw)],
    [TACS.counted, several(800, (at) => 100 + at)], // eight blocks counted through
    [TACS.small, several(300, draw)],
    [TACS.mixed, new Set([...several(1000, (at) => 500_000 + at * 2), ...several(1000, draw)])],
    [TACS.full, several(30_000, draw)], // three per cent of the range in use: evenness says nothing
  ]);
}

async function plant(tacs: ReadonlyMap<number, ReadonlySet<number>>): Promise<void> {
  const lines = [...tacs].flatMap(([tac, serials]) =>
    [...serials].map((serial) => ({ month: 202_609, operator: 'alfa', imei: tac * 1_000_000 + serial, days: 512 })),
  );
  await world.put('triplet', lines);
}

test('serial_anomaly finds drawn and counted numbers, and leaves lots alone', async () => {
  const tacs = planted();
  await plant(tacs);
  const matched = new Map<number, number>();
  for (const imei of await world.matched('serial_anomaly')) {
    const tac = Math.floor(Number(imei) / 1_000_000);
    matched.set(tac, (matched.get(tac) ?? 0) + 1);
  }
  assert.deepEqual(Object.fromEntries(matched), { [TACS.drawn]: 1000, [TACS.counted]: 800 });
  const found = await world.figures('serial_anomaly');
  const one = (tac: number): Record<string, unknown> =>
    found.get(String(tac * 1_000_000 + ([...(tacs.get(tac) ?? [])][0] ?? 0)))?.evidence ?? {};
  assert.ok(Number(one(TACS.drawn)['dispersion']) < 1.5, 'chance alone');
  assert.ok(Number(one(TACS.lots)['dispersion']) > 5, 'lots');
  assert.deepEqual([one(TACS.counted)['full_blocks'], one(TACS.counted)['in_full_block']], [8, 1]);
  assert.equal(found.has(String(TACS.small * 1_000_000 + 1)), false, 'too few to judge');
  assert.deepEqual(await world.matched('serial_anomaly', { min_blocks: 9, max_dispersion: 0 }), []);
});

test('serial_anomaly judges one identifier by all of its TAC', async () => {
  await plant(planted());
  const imei = TACS.counted * 1_000_000 + 150;
  const all = await world.figures('serial_anomaly');
  const alone = await world.figures('serial_anomaly', {}, { scope: `imei = ${imei}` });
  assert.deepEqual([...alone.keys()], [String(imei)]);
  assert.deepEqual(alone.get(String(imei)), all.get(String(imei)));
});

test('a survey over all shards tells what one shard with everything would', async () => {
  await plant(planted());
  const parameters = filled('serial_anomaly');
  const everything = { ...CONTEXT, scope: isImei() };
  const limits = { devices: 500, fill: 98 };
  const verdicts = await judgeAll(world.analytics, everything, limits);
  const figures = await world.figures('serial_anomaly');
  for (const { tac, devices, dispersion, full } of verdicts) {
    const [imei = ''] = [...figures.keys()].filter((key) => key.startsWith(String(tac)));
    const evidence = figures.get(imei)?.evidence ?? {};
    assert.equal(devices, evidence['devices']);
    assert.equal(full.length, evidence['full_blocks']);
    assert.ok(Math.abs(dispersion - Number(evidence['dispersion'])) < 0.001);
  }
  assert.equal(verdicts.length, 5);
  // Two shards that hold half of the identifiers each add up to one that holds all.
  const halves = [0, 1].map((half) => `imei % 2 = ${half}`);
  const split = {
    ...world.analytics,
    gather: async <T extends Record<string, unknown>>(sql: string) =>
      (
        await Promise.all(
          halves.map((half) => world.analytics.home.query<T>(sql.replaceAll(isImei(), `${isImei()} AND ${half}`))),
        )
      ).flat(),
  };
  const byTac = (one: typeof verdicts): unknown => [...one].sort((a, b) => a.tac - b.tac);
  assert.deepEqual(byTac(await judgeAll(split, everything, limits)), byTac(verdicts));
  const survey = (await serialAnomaly.survey?.(split, parameters, CONTEXT)) ?? constants([]);
  const surveys = { [surveyKey('serial_anomaly', parameters)]: survey };
  assert.deepEqual(await world.matched('serial_anomaly', {}, { surveys }), await world.matched('serial_anomaly'));
  const nothing = { [surveyKey('serial_anomaly', parameters)]: constants([]) };
  assert.deepEqual(await world.matched('serial_anomaly', {}, { surveys: nothing }), []);
});
