import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { openPublicCheck, type PublicCheck } from '../../src/api/check/open.ts';
import type { Told } from '../../src/api/check/verdict.ts';
import { CLONED, countryOf, ground, STOLEN, UNALLOCATED } from '../decisions/ground.ts';
import { publish, publishRules, rulesText } from '../eir/centre/ground.ts';

const AT = new Date('2026-10-20T12:00:00Z');
const policy = countryOf([STOLEN, UNALLOCATED, CLONED]);
const STOLEN_ONE = 35_693_803_564_380;
const [FREE, SEEN, WARNED, COPIED, PERMITTED] = [
  35_693_803_000_001, 35_693_803_000_002, 35_693_803_000_003, 35_693_803_000_004, 35_693_803_000_005,
];

const { store, seen, listed } = ground();
const folder = mkdtempSync(path.join(tmpdir(), 'ceir-check-'));
let opened: PublicCheck | undefined;
const open = (): Promise<PublicCheck> =>
  openPublicCheck({
    feed: path.join(folder, 'feed'),
    folder: path.join(folder, 'check'),
    store: store(),
    policy,
    clock: () => AT,
  });
after(async () => {
  await opened?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function told(...imeis: readonly number[]): Promise<readonly Told[]> {
  for (;;) {
    const found = await opened?.check(
      imeis.map((imei) => String(imei).padStart(14, '0')),
      AT,
    );
    if (found !== undefined) return found;
    await wait(20); // the first snapshot is being built
  }
}

const standing = (imei: number, condition: string, block: string): string =>
  `(${imei}, '${condition}', '${condition === 'cloned' ? 'tracked' : 'blocked'}', '2026-10-01', '${block}', false, '2149-06-06', 1, 0, '{}')`;

test('the public check answers from lists, standings, uses, registrations and models, as they are at the last refresh', async () => {
  const feed = path.join(folder, 'feed');
  await publish(feed, 'blocked', [{ op: 'add', imei: STOLEN_ONE, reasons: 'Reported stolen' }]);
  await publishRules(feed, rulesText({ kinds: { stolen: ['Reported stolen'], barred: [] } }));
  opened = await open();
  const [before] = await told(FREE);
  assert.deepEqual([before?.verdict, before?.make], ['UNKNOWN', null]);
  await listed('tac', [
    {
      tac: 35_693_803,
      manufacturer: 'Acme Ltd',
      brand: 'Acme',
      model: 'One',
      device_type: '',
      bands: '',
      allocated: '2020-01-01',
      generations: 0,
      slots: 1,
      other: '',
    },
  ]);
  await listed('registration', [
    {
      imei: SEEN,
      make: '',
      model: '',
      status: 'whitelist',
      model_number: '',
      brand_name: '',
      device_type: '',
      radio_interface: '',
      device_id: '1',
    },
  ]);
  await seen({ imei: String(SEEN) }, { imei: String(WARNED) }, { imei: String(COPIED) });
  await store().analytics.home.run(
    `INSERT INTO standing VALUES ${standing(WARNED, 'unallocated', '2026-11-01')}, ${standing(COPIED, 'cloned', '2149-06-06')}`,
  );
  await store().registry.query(
    `INSERT INTO permit (imei, device, ground, approved_by, at, recorded)
     VALUES ($1, gen_random_uuid(), 'baseline:2026-10-01', '{rule}', now(), now())`,
    [String(PERMITTED)],
  );
  await store().registry.query(`INSERT INTO run (verb, status, ended) VALUES ('import', 'done', now())`);
  await opened.refresh();
  const all = await told(STOLEN_ONE, FREE, SEEN, WARNED, COPIED, PERMITTED);
  assert.deepEqual(
    all.map(({ verdict, statuses, blockedFrom, make }) => [verdict, statuses.join(), blockedFrom, make]),
    [
      ['DO_NOT_BUY', 'STOLEN,BLOCKED', null, 'Acme'],
      ['CLEAR', '', null, 'Acme'],
      ['CLEAR', 'REGISTERED,ALREADY_IN_USE', null, 'Acme'],
      ['CAUTION', 'ALREADY_IN_USE,GRACE', '2026-11-01', 'Acme'],
      ['CAUTION', 'ALREADY_IN_USE,DUPLICATE', null, 'Acme'],
      ['CLEAR', 'REGISTERED', null, 'Acme'],
    ],
  );
});

test('a block that is published, and a permit that is given, are seen without a run', async () => {
  await publish(path.join(folder, 'feed'), 'blocked', [{ op: 'add', imei: FREE, reasons: 'Reported stolen' }]);
  for (let one = await told(FREE); one[0]?.verdict !== 'DO_NOT_BUY'; one = await told(FREE)) await wait(20);
  await store().registry.query(
    `INSERT INTO permit (imei, device, ground, approved_by, at, recorded)
     VALUES ($1, gen_random_uuid(), 'baseline:2026-10-01', '{rule}', now(), now())`,
    [String(COPIED)],
  );
  await opened?.refresh();
  const [copied] = await told(COPIED);
  assert.deepEqual(copied?.statuses, ['REGISTERED', 'ALREADY_IN_USE', 'DUPLICATE']);
});

test('what an office has blocked is told like what a run has, and together with it', async () => {
  const feed = path.join(folder, 'feed');
  await publish(feed, 'office_blocked', [{ op: 'add', imei: SEEN, reasons: 'lost' }]);
  for (let one = await told(SEEN); one[0]?.verdict !== 'DO_NOT_BUY'; one = await told(SEEN)) await wait(20);
  assert.deepEqual((await told(SEEN))[0]?.reasons, ['lost']);
  await publish(feed, 'blocked', [{ op: 'add', imei: SEEN, reasons: 'Many devices' }]);
  for (let one = await told(SEEN); one[0]?.reasons.length !== 2; one = await told(SEEN)) await wait(20);
  await publish(feed, 'office_blocked', [{ op: 'remove', imei: SEEN, reasons: 'lost' }]);
  for (let one = await told(SEEN); one[0]?.reasons.length !== 1; one = await told(SEEN)) await wait(20);
  const [left] = await told(SEEN);
  assert.deepEqual([left?.verdict, left?.reasons], ['DO_NOT_BUY', ['duplicate']]);
});

test('what was known is known again after a start, before anything is asked of the stores', async () => {
  await opened?.close();
  opened = await open();
  const [warned] = await told(WARNED);
  assert.deepEqual([warned?.verdict, warned?.blockedFrom], ['CAUTION', '2026-11-01']);
});
