import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { approve, propose } from '../../src/access/approval.ts';
import { findDevice } from '../../src/devices/find.ts';
import { pairsOf } from '../../src/devices/pairs/pair.ts';
import type { Imei } from '../../src/identifiers/imei.ts';
import { tacOf } from '../../src/identifiers/imei.ts';
import type { Msisdn } from '../../src/identifiers/msisdn.ts';
import { baselineProgress, beginBaseline, placeBaselinePairs, takeBaseline } from '../../src/registration/baseline.ts';
import { knowledgeOf } from '../../src/registration/knowledge.ts';
import { permitsOf } from '../../src/registration/permit.ts';
import { pastUsesOf } from '../../src/registration/trade/uses.ts';
import { openWorld, type World } from '../detection/world.ts';
import {
  ANALYST,
  APPROVER,
  codes,
  country,
  day,
  imeiOf,
  NOW,
  type Office,
  openOffice,
  SYSTEM,
  TACS,
} from './office.ts';

const POLICY = country('{ baseline: { day: 2026-09-30, window_days: 60 } }');

let world: World;
before(async () => {
  world = await openWorld();
});
after(() => world.close());

/** The triplets of IMEIs by serial number. */
const used = (serial: number, on: readonly string[], more: object = {}) => ({
  imei: Number(imeiOf(TACS.single, serial)),
  on,
  imsi: 999_010_000_000_000 + serial,
  msisdn: 999_700_000_000 + serial,
  ...more,
});

async function begun(): Promise<Office> {
  const office = await openOffice(POLICY);
  const subject = 'baseline:2026-09-30';
  const { id } = await office.act(ANALYST, (desk) =>
    propose(desk, { kind: 'baseline', subject, payload: null, reason: 'The register begins' }),
  );
  const begin = () => office.act(APPROVER, (desk) => beginBaseline(desk, { proposal: id }));
  assert.notDeepEqual(await codes(begin()), []);
  await office.act(APPROVER, (desk) => approve(desk, id));
  assert.deepEqual((await begin()).approvedBy, [ANALYST.id, APPROVER.id]);
  assert.equal((await begin()).cursor, '', 'begun again it goes on');
  return office;
}

const take = (office: Office, most = 2) =>
  office.act(SYSTEM, (desk) => takeBaseline(desk, pastUsesOf(world.analytics), { most }));

test('everything in use is grandfathered and paired, stretch after stretch, and twice is once', async () => {
  await world.clear();
  await world.use(
    used(1, ['2026-09-01', '2026-09-30']),
    used(1, ['2026-09-02'], { imsi: 999_020_000_000_001, msisdn: 0 }),
    used(2, ['2026-08-15']),
    used(3, ['2026-07-30'], {}),
    used(4, ['2026-10-01']),
    used(5, ['2026-09-10'], { imsi: 228_010_000_000_001 }),
    used(6, ['2026-09-10'], { imsi: 0, msisdn: 0 }),
    used(7, ['2026-09-10'], { imsi: 999_020_000_000_007, operator: 'alfa' }),
  );
  const office = await begun();
  const cursors: (string | undefined)[] = [];
  for (let progress = await take(office); progress !== undefined; progress = await take(office))
    cursors.push(progress.cursor);
  assert.deepEqual(
    cursors,
    [2, 7, 7].map((serial) => imeiOf(TACS.single, serial)),
  );
  const progress = await office.act(ANALYST, baselineProgress);
  assert.deepEqual([progress?.identifiers, progress?.pairs], [4, 4]);
  assert.ok(progress?.done instanceof Date);
  const permitted = async (serial: number) =>
    (await permitsOf(office.registry, imeiOf(TACS.single, serial))).map(({ ground }) => ground);
  for (const serial of [1, 2, 6, 7]) assert.deepEqual(await permitted(serial), ['baseline:2026-09-30'], `${serial}`);
  for (const serial of [3, 4, 5])
    assert.deepEqual(await permitted(serial), [], `${serial}: not in the window, or a visitor`);
  const device = await findDevice(office.registry, { kind: 'imei', imei: imeiOf(TACS.single, 1) });
  assert.equal(device?.stage, 'active');
  const pairs = await pairsOf(office.registry, { id: device?.id ?? '' });
  assert.deepEqual(pairs.map(({ operator, reason }) => `${operator} ${reason}`).sort(), [
    'alfa baseline',
    'bravo baseline',
  ]);
});

test('cut off in the middle it goes on; a second run of all changes nothing', async () => {
  await world.clear();
  await world.use(...[1, 2, 3, 4, 5].map((serial) => used(serial, ['2026-09-10'])));
  const office = await begun();
  await take(office);
  await assert.rejects(
    office.act(SYSTEM, async (desk) => {
      await takeBaseline(desk, pastUsesOf(world.analytics), { most: 2 });
      throw new Error('killed');
    }),
    /killed/,
  );
  const [found] = await office.registry.query<{ permits: number }>('SELECT count(*)::int AS permits FROM permit');
  assert.equal(found?.permits, 2);
  while ((await take(office)) !== undefined);
  await office.registry.query(`UPDATE baseline_progress SET cursor = '', done = NULL`);
  while ((await take(office)) !== undefined);
  const counts = await office.registry.query(
    'SELECT (SELECT count(*)::int FROM permit) AS permits, (SELECT count(*)::int FROM device) AS devices, (SELECT count(*)::int FROM device_pair) AS pairs',
  );
  assert.deepEqual(counts, [{ permits: 5, devices: 5, pairs: 5 }]);
  assert.equal(await office.act(SYSTEM, (desk) => placeBaselinePairs(desk, { limit: 10 })), undefined);
  assert.equal((await office.registry.query(`SELECT FROM control_entry WHERE list = 'exceptions'`)).length, 5);
});

test('what lists and networks know of identifiers is asked of the store', async () => {
  await world.clear();
  const tac = Number(TACS.single);
  await world.put('tac', [
    {
      tac,
      manufacturer: 'Acme',
      model: 'One',
      brand: 'Acme',
      device_type: 'Smartphone',
      allocated: '2026-01-10',
      slots: 1,
    },
    { tac: Number(TACS.other), manufacturer: 'Other', model: 'Three', brand: 'Other', allocated: '2026-12-01' },
  ]);
  await world.put('barred_tac', [{ tac: Number(TACS.other) }]);
  await world.put('stolen', [
    { imei: Number(imeiOf(TACS.single, 2)), status: '' },
    { imei: Number(imeiOf(TACS.single, 3)), status: 'recovered' },
  ]);
  await world.put('barred', [{ imei: Number(imeiOf(TACS.single, 4)) }]);
  await world.use(used(1, ['2026-09-10']));
  const knowledge = knowledgeOf(world.analytics);
  const on = day('2026-11-10');
  const models = await knowledge.models([TACS.single, TACS.other, TACS.dual], on);
  assert.deepEqual([...models.keys()], [TACS.single], 'allocated by that day');
  assert.deepEqual(
    [models.get(TACS.single)?.brand, models.get(TACS.single)?.slots, models.get(TACS.single)?.deviceType],
    ['Acme', 1, 'Smartphone'],
  );
  const asked: readonly Imei[] = [
    ...[1, 2, 3, 4, 5].map((serial) => imeiOf(TACS.single, serial)),
    imeiOf(TACS.other, 1),
  ];
  const known = await knowledge.known(asked, on);
  const written = [...known]
    .map(
      ([imei, { seen, stolen, barred }]) =>
        `${tacOf(imei).slice(-1)}/${Number(imei.slice(8))} ${[seen, stolen, barred].map(Number).join('')}`,
    )
    .sort();
  assert.deepEqual(written, ['2/1 100', '2/2 010', '2/4 001', '3/1 001']);
  const number = '999700000001' as Msisdn;
  const imei = [imeiOf(TACS.single, 1)];
  assert.deepEqual(
    [
      await knowledge.usedWith(imei, number, day('2026-09-01')),
      await knowledge.usedWith(imei, number, day('2026-10-01')),
      await knowledge.usedWith(imei, '999700000002' as Msisdn, day('2026-09-01')),
    ],
    [true, false, false],
  );
  assert.ok(NOW > new Date(0));
});
