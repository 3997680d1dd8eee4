import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { observedKey } from '../../src/stores/schema.ts';
import { COUNTRY, day, openWorld, type World } from './world.ts';

let world: World;
before(async () => {
  world = await openWorld();
});
afterEach(() => world.clear());
after(() => world.close());

/** The key of a malformed value, whose text is noted as observed. */
async function malformed(text: string): Promise<string> {
  const [row] = await world.analytics.home.query<{ key: string }>(`SELECT ${observedKey(`'${text}'`)} AS key`);
  const key = row?.key ?? '';
  await world.put('malformed', [{ imei: key, text }]);
  return key;
}

const TODAY = ['2026-09-30'];

test('malformed_imei matches what begins with no 14 digits', async () => {
  const [hex, short] = [await malformed('35000001ABCDEF01'), await malformed('3500000')];
  const unseen = await malformed('ABC');
  await world.use({ imei: hex, on: TODAY }, { imei: short, on: TODAY }, { imei: 35_000_001_000_001, on: TODAY });
  const found = await world.figures('malformed_imei');
  assert.deepEqual([...found.keys()].sort(), [hex, short].sort());
  assert.deepEqual(found.get(hex)?.evidence, { text: '35000001ABCDEF01', characters: 16 });
  assert.equal(found.has(unseen), false);
  assert.deepEqual(await world.matched('malformed_imei', {}, { date: day('2026-09-29') }), [], 'not seen by then');
});

test('tac_not_allocated lets each identifier’s own lag pass', async () => {
  await world.put('tac', [
    { tac: 35_000_001 },
    { tac: 35_000_009, valid_to: '2026-09-01' },
    { tac: 35_000_008, valid_to: '2020-01-01', closed: 7 },
    { tac: 35_000_007, valid_to: '2026-10-02', closed: 9 },
  ]);
  await world.use(
    { imei: 35_000_001_000_001, on: ['2026-01-01'] }, // allocated
    { imei: 35_000_002_000_001, on: ['2026-09-10'] }, // 20 days ago: 10 + 20 < 31
    { imei: 35_000_002_000_002, on: ['2026-09-11', '2026-09-30'] }, // 19 days ago
    { imei: 35_000_009_000_001, on: ['2026-01-01'] }, // no longer allocated
    { imei: 35_000_008_000_001, on: ['2026-01-01'] }, // a row that was corrected away
    { imei: 35_000_007_000_001, on: ['2026-01-01'] }, // a row that has ended since
    { imei: 98_000_001_000_001, on: TODAY }, // a body without a lag
    { imei: 1_000_002_000_001, on: ['2026-08-21'] }, // body 01: 40 days
    { imei: 1_000_002_000_002, on: ['2026-08-22'] },
    { imei: 0, on: ['2026-08-01'] }, // all zeros, 60 days
  );
  const expected = [
    '35000002000001',
    '35000009000001',
    '35000008000001',
    '98000001000001',
    '1000002000001',
    '0',
  ].sort();
  assert.deepEqual(await world.matched('tac_not_allocated'), expected);
  const figures = await world.figures('tac_not_allocated');
  assert.deepEqual(figures.get('35000002000002')?.evidence, {
    tac: '35000002',
    first_seen: '2026-09-11',
    days_since: 19,
    lag_days: 20,
  });
  assert.equal(figures.get('1000002000001')?.evidence['tac'], '01000002');
  assert.deepEqual(
    await world.matched('tac_not_allocated', { lag_days: {} }, { scope: 'imei = 35000002000002' }),
    ['35000002000002'],
    'without lags at once',
  );
  await world.put('seen_before', [
    { imei: 35_000_002_000_002, operator: 'bravo', first: '2025-01-01', last: '2025-01-01', rats: 0 },
  ]);
  assert.ok(
    (await world.matched('tac_not_allocated')).includes('35000002000002'),
    'first seen in a month dropped since',
  );
});

test('tac_not_allocated looks at the first eight characters of a malformed value', async () => {
  await world.put('tac', [{ tac: 35_000_001 }]);
  const [known, unknown, short] = [
    await malformed('35000001ABCDEF01'),
    await malformed('35000002ABCDEF01'),
    await malformed('3500000'),
  ];
  for (const imei of [known, unknown, short]) await world.use({ imei, on: ['2026-09-01'] });
  assert.deepEqual(await world.matched('tac_not_allocated'), [unknown, short].sort());
});

test('test_tac knows the ranges', async () => {
  const tacs = [100_000, 100_100, 101_799, 101_800, 440_000, 449_999, 450_000, 860_000, 919_999, 35_000_001];
  await world.use(...tacs.map((tac) => ({ imei: tac * 1_000_000 + 1, on: TODAY })));
  const hex = await malformed('00440000ABCDEF');
  await world.use({ imei: hex, on: TODAY }, { imei: await malformed('004400'), on: TODAY });
  const matching = [100_100, 101_799, 440_000, 449_999, 860_000, 919_999].map((tac) => String(tac * 1_000_000 + 1));
  assert.deepEqual(await world.matched('test_tac'), [...matching, hex].sort());
  assert.equal((await world.figures('test_tac')).get('100100000001')?.evidence['tac'], '00100100');
});

test('barred_tac and barred_imei follow their lists', async () => {
  await world.put('barred_tac', [{ tac: 35_000_001 }, { tac: 35_000_002, valid_from: '2026-10-01' }, { tac: 0 }]);
  await world.put('barred', [
    { imei: 35_000_007_000_001, valid_from: '2026-03-04' },
    { imei: 35_000_007_000_002, valid_to: '2026-09-30' },
    { imei: 35_000_007_000_003, valid_from: '2026-09-30' },
  ]);
  const [hex, short] = [await malformed('35000001ABCD'), await malformed('ABCD')];
  await world.use(
    { imei: 35_000_001_000_001, on: TODAY },
    { imei: 35_000_002_000_001, on: TODAY },
    { imei: hex, on: TODAY },
    { imei: short, on: TODAY },
  );
  assert.deepEqual(await world.matched('barred_tac'), ['35000001000001', hex].sort());
  assert.deepEqual(await world.matched('barred_imei'), ['35000007000001', '35000007000003'], 'unseen as well');
  assert.deepEqual((await world.figures('barred_imei')).get('35000007000001')?.evidence, { since: '2026-03-04' });
});

test('stolen matches an empty status and blacklist', async () => {
  const statuses = ['', 'blacklist', 'BlackList', 'pending', 'recovered'];
  await world.put(
    'stolen',
    statuses.map((status, at) => ({ imei: 35_000_001_000_001 + at, status, reporting_date: '2026-09-02' })),
  );
  assert.deepEqual(await world.matched('stolen'), ['35000001000001', '35000001000002', '35000001000003']);
  const pending = (await world.figures('stolen')).get('35000001000004');
  assert.deepEqual(pending?.evidence, { reported_on: '2026-09-02', status: 'pending' });
  assert.equal(pending?.matched, false);
});

test('not_registered exempts by known type only, and keeps the unknown and the malformed', async () => {
  await world.put('tac', [
    { tac: 35_000_001, device_type: 'Smartphone' },
    { tac: 35_000_002, device_type: 'MODEM' },
    { tac: 35_000_003, device_type: '' },
  ]);
  await world.put('registration', [
    { imei: 35_000_001_000_001, status: 'whitelist', device_id: 'A' },
    { imei: 35_000_001_000_002, status: '', device_id: 'B' },
    { imei: 35_000_001_000_003, status: 'pending', device_id: 'C' },
    { imei: 35_000_001_000_004, status: '', device_id: 'D', valid_to: '2026-09-30' },
  ]);
  const hex = await malformed('35000002ABCDEF01');
  const seen = [
    ...[1, 2, 3, 4, 5].map((serial) => 35_000_001_000_000 + serial),
    35_000_002_000_001, // exempt
    35_000_003_000_001, // type not stated
    35_000_004_000_001, // TAC unknown
    hex,
  ];
  await world.use(...seen.map((imei) => ({ imei, on: TODAY })));
  const expected = [
    '35000001000003',
    '35000001000004',
    '35000001000005',
    '35000003000001',
    '35000004000001',
    hex,
  ].sort();
  assert.deepEqual(await world.matched('not_registered'), expected);
  const one = (await world.figures('not_registered', {}, { scope: 'imei = 35000002000001' })).get('35000002000001');
  assert.deepEqual(one?.evidence, { registered: 0, exempted: 1 });
  assert.equal(
    (await world.matched('not_registered', {}, { country: { ...COUNTRY, exemptDeviceTypes: [] } })).length,
    expected.length + 1,
  );
});

test('not_associated wants one association', async () => {
  await world.put('association', [
    { imei: 35_000_001_000_001, uid: 1 },
    { imei: 35_000_001_000_002, uid: 1, valid_to: '2026-09-01' },
  ]);
  await world.use(...[1, 2, 3].map((serial) => ({ imei: 35_000_001_000_000 + serial, on: TODAY })));
  assert.deepEqual(await world.matched('not_associated'), ['35000001000002', '35000001000003']);
});

test('monitored counts days by the analysis day', async () => {
  await world.put('monitoring', [
    { imei: 35_000_001_000_001, valid_from: '2026-09-20' },
    { imei: 35_000_001_000_002, valid_from: '2026-09-21' },
    { imei: 35_000_001_000_003, valid_from: '2026-09-01' }, // never seen
  ]);
  await world.use(...[1, 2].map((serial) => ({ imei: 35_000_001_000_000 + serial, on: ['2026-09-22'] })));
  assert.deepEqual(await world.matched('monitored', { days: 10 }), ['35000001000001']);
  assert.deepEqual(await world.matched('monitored'), ['35000001000001', '35000001000002']);
  assert.deepEqual(await world.matched('monitored', {}, { date: day('2026-09-21') }), [], 'not seen by then');
});
