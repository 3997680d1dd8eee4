import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  approveConsignment,
  consignmentOf,
  releaseConsignment,
  stopConsignment,
  withdrawConsignment,
} from '../../src/registration/trade/consignment.ts';
import { customsCheck, LARGEST_SAMPLE, randomSample } from '../../src/registration/trade/customs.ts';
import { giveBack, handOver, handOvers, stockOf, takeOver } from '../../src/registration/trade/stock.ts';
import { accepted, declared, duals, released, upload } from './goods.ts';
import {
  ANALYST,
  CUSTOMS,
  codes,
  country,
  imeiOf,
  importer,
  type Office,
  openOffice,
  organisation,
  refusal,
  staff,
  TACS,
} from './office.ts';

const FREE = '{ approval: { required: false } }';
const DUTY = `{ approval: { required: false }, fees: { currency: CHF, rules: [
  { id: duty, name: Duty, kind: duty, acts: [consignment], from: 2026-01-01, per_device: 100 }] } }`;

const approve = (office: Office, id: string) => office.act(ANALYST, (desk) => approveConsignment(desk, id));
const release = (office: Office, id: string, reason?: string) =>
  office.act(CUSTOMS, (desk) => releaseConsignment(desk, { id, reason }));

test('customs release what the regulator approved, and nothing else; the importer is told', async () => {
  const office = await openOffice(country(FREE));
  const actor = importer();
  const id = await accepted(office, actor, duals(0, 2));
  assert.deepEqual(await codes(release(office, id)), ['STATE_MOVE']);
  assert.deepEqual(await codes(office.act(actor, (desk) => approveConsignment(desk, id))), ['STATE_ROLE']);
  await approve(office, id);
  assert.deepEqual(await codes(office.act(ANALYST, (desk) => releaseConsignment(desk, { id }))), ['STATE_ROLE']);
  await release(office, id);
  const found = await office.act(actor, (desk) => consignmentOf(desk, id));
  assert.deepEqual([found.state, found.approvedBy, found.releasedBy], ['released', ANALYST.id, CUSTOMS.id]);
  const told = await office.registry.query<{ template: string }>('SELECT template FROM notice ORDER BY id');
  assert.deepEqual(
    told.map(({ template }) => template),
    ['consignment_accepted', 'consignment_released'],
  );
});

test('what customs hold is released with a reason, and only once the regulator has agreed', async () => {
  const office = await openOffice(country(FREE));
  const id = await accepted(office, importer(), duals(0, 1));
  const hold = (reason: string) => office.act(CUSTOMS, (desk) => stopConsignment(desk, { id, event: 'hold', reason }));
  assert.deepEqual(await codes(hold(' ')), ['REGISTRATION_VALUE']);
  await hold('The papers are missing');
  assert.deepEqual(await codes(release(office, id)), ['REGISTRATION_VALUE']);
  assert.deepEqual(await codes(release(office, id, 'The papers came')), ['REGISTRATION_APPROVAL']);
  await approve(office, id);
  await release(office, id, 'The papers came');
});

test('duty is demanded with the declaration, and has to be settled before the release', async () => {
  const office = await openOffice(country(DUTY));
  const id = await accepted(office, importer(), duals(0, 1));
  await approve(office, id);
  const [fault] = await refusal(release(office, id));
  assert.equal(fault?.code, 'REGISTRATION_UNPAID');
  assert.match(fault?.message ?? '', /CHF 10\.00/);
});

test('what is refused or withdrawn is free again: its identifiers, its place in the quota', async () => {
  const office = await openOffice(country('{ approval: { required: false }, quotas: { importer: 2 } }'));
  const actor = importer();
  const id = await accepted(office, actor, duals(0, 2));
  const next = await declared(office, actor);
  const again = () => upload(office, actor, { consignment: next, text: duals(0, 2) });
  assert.equal((await again()).verdict, 'refused');
  await office.act(actor, (desk) => withdrawConsignment(desk, id));
  assert.equal((await again()).verdict, 'accepted');
  await office.act(CUSTOMS, (desk) => stopConsignment(desk, { id: next, event: 'refuse', reason: 'Forbidden goods' }));
  const third = await declared(office, actor);
  assert.equal((await upload(office, actor, { consignment: third, text: duals(0, 2) })).verdict, 'accepted');
});

test('customs ask by an identifier in hand; each question is logged, and no list can be had', async () => {
  const office = await openOffice(country(FREE));
  const actor = importer();
  const id = await accepted(office, actor, duals(0, 30), 40);
  const ask = (serial: number, more: object = {}) =>
    office.act(CUSTOMS, (desk) => customsCheck(desk, { consignment: id, imei: imeiOf(TACS.dual, serial), ...more }));
  assert.deepEqual(await ask(3), { member: true, serial: undefined, eid: undefined });
  assert.equal((await ask(3, { serial: 'sn2' })).serial, true);
  assert.equal(
    (await ask(3, { serial: 'SN4' })).serial,
    false,
    'the IMEI of one device with the serial number of another',
  );
  assert.equal((await ask(900)).member, false);
  const sample = await office.act(CUSTOMS, (desk) => randomSample(desk, id, 5));
  assert.equal(new Set(sample.map(({ row }) => row)).size, 5);
  for (const { imeis, serial } of sample) {
    assert.equal(imeis.length, 2);
    assert.equal((await ask(Number(imeis[1]?.slice(8)), { serial })).serial, true);
  }
  const [log] = await office.registry.query<{ questions: number; samples: number }>(
    `SELECT count(*) FILTER (WHERE fields = '{membership}')::int AS questions,
       count(*) FILTER (WHERE purpose = 'random sample of goods')::int AS samples FROM access_log`,
  );
  assert.deepEqual(log, { questions: 9, samples: 5 });
  assert.deepEqual(await codes(office.act(CUSTOMS, (desk) => randomSample(desk, id, LARGEST_SAMPLE + 1))), [
    'REGISTRATION_VALUE',
  ]);
  for (const other of [actor, ANALYST])
    assert.deepEqual(await codes(office.act(other, (desk) => randomSample(desk, id, 1))), ['ACCESS_ROLE']);
});

async function traders(office: Office) {
  const dealer = staff('dealer', organisation('dealer'));
  const giver = importer();
  for (const { organisation: one } of [dealer, giver])
    await office.registry.query(
      'INSERT INTO organisation (id, kind, name, created, created_by) VALUES ($1, $2, $3, now(), $4)',
      [one?.id, one?.kind, one?.name, 'system'],
    );
  return { giver, dealer, to: dealer.organisation?.id ?? '' };
}

test('stock passes on by count or by name, and is the receiver’s once he has counted the same', async () => {
  const office = await openOffice(country(FREE));
  const { giver, dealer, to } = await traders(office);
  const consignment = await released(office, giver, duals(0, 5));
  const offered = await office.act(giver, (desk) => handOver(desk, { to, consignment, tac: TACS.dual, devices: 3 }));
  assert.deepEqual(
    await codes(office.act(giver, (desk) => handOver(desk, { to, consignment, tac: TACS.dual, devices: 3 }))),
    ['REGISTRATION_VALUE'],
  );
  assert.deepEqual(await office.act(dealer, stockOf), []);
  assert.equal((await office.act(dealer, handOvers)).length, 1);
  const take = (counted: number) => office.act(dealer, (desk) => takeOver(desk, { id: offered.id, counted }));
  assert.deepEqual(await codes(take(2)), ['REGISTRATION_PROOF']);
  assert.deepEqual(await codes(office.act(giver, (desk) => takeOver(desk, { id: offered.id, counted: 3 }))), [
    'REGISTRATION_UNKNOWN',
  ]);
  await take(3);
  const line = { consignment, tac: TACS.dual, moving: 0 };
  assert.deepEqual(await office.act(dealer, stockOf), [{ ...line, devices: 3, onSale: 3 }]);
  assert.deepEqual(await office.act(giver, stockOf), [{ ...line, devices: 2, onSale: 0 }]);
  assert.deepEqual(await codes(take(3)), ['STATE_MOVE']);
});

test('named devices are those one has; what is declined or recalled stays the giver’s', async () => {
  const office = await openOffice(country(FREE));
  const { giver, dealer, to } = await traders(office);
  await released(office, giver, duals(0, 2));
  const held = await accepted(office, giver, duals(50, 1));
  const offer = (...serials: number[]) =>
    office.act(giver, (desk) => handOver(desk, { to, imeis: serials.map((serial) => imeiOf(TACS.dual, serial)) }));
  assert.deepEqual(await codes(offer(900)), ['REGISTRATION_VALUE']);
  assert.deepEqual(await codes(offer(100)), ['REGISTRATION_VALUE'], `${held} is not released`);
  const both = await offer(0, 1, 2);
  assert.equal(both.devices, 2, 'two IMEIs of one device are one device');
  const back = (actor: typeof dealer, event: 'decline' | 'recall', reason?: string) =>
    office.act(actor, (desk) => giveBack(desk, { id: both.id, event, reason }));
  assert.deepEqual(await codes(back(dealer, 'recall')), ['REGISTRATION_UNKNOWN']);
  assert.deepEqual(await codes(back(dealer, 'decline')), ['REGISTRATION_VALUE']);
  await back(dealer, 'decline', 'The boxes were open');
  const next = await offer(0);
  await office.act(giver, (desk) => giveBack(desk, { id: next.id, event: 'recall' }));
  const stock = (await office.act(giver, stockOf)).map(({ devices, moving }) => `${devices} ${moving}`);
  assert.deepEqual(stock.sort(), ['1 0', '2 0']);
});
