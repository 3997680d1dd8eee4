// Devices that are in the country for a time, and those that people bring for themselves, over HTTP.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Actor } from '../../src/access/actor.ts';
import type { Imsi } from '../../src/identifiers/imsi.ts';
import { firstSeen } from '../../src/registration/holders/activation.ts';
import { CONFIRM_PURPOSE } from '../../src/registration/holders/personal_import.ts';
import { ANALYST, APPROVER, CUSTOMS, country, imeiOf, knowing, NOW, printed, TACS } from '../registration/office.ts';
import { proofOf } from '../registration/proof.ts';
import { listOf, number } from './people.ts';
import { NONE, plain, tradeHouse } from './trade.ts';

const policy = country(
  `{ approval: { required: false }, admission: { days: 90, renewals: 1, renewal_days: 30 }, fees: { currency: CHF, rules: [
  { id: duty, name: Duty, kind: duty, acts: [personal_import], from: 2026-01-01, basis_points: 1000, free_up_to: 5000 }] } }`,
);
const { post, get, act, house, citizen, dealer } = await tradeHouse(policy);
const office = { registry: house.registry, vault: house.vault, act: (actor: Actor, work: never) => act(work, actor) };

const brought = (serial: number, more = {}) => ({
  identifiers: [{ kind: 'imei', text: printed(TACS.single, serial), slot: 1 }],
  document: { kind: 'passport', country: 'CH', number: `X 1234-${serial}` },
  proof: 'Entry 77',
  contact: { channel: 'sms', address: `+${number(serial)}`, language: 'fr' },
  ...more,
});
const forGood = (serial: number, more = {}) => brought(serial, { value: { amount: 60_000, currency: 'CHF' }, ...more });

/** An admission of the citizen of a serial. */
async function admitted(serial: number): Promise<string> {
  const answer = await post(citizen(serial), '/v1/admissions', brought(serial));
  assert.equal(answer.status, 201, answer.text);
  return String(answer.json['id']);
}

/** A network sees the device of a serial with the number of that serial. */
function see(serial: number): Promise<unknown> {
  const [imsi, imei] = [`99901${String(serial).padStart(10, '0')}` as Imsi, imeiOf(TACS.single, serial)];
  const seen = { imei, imsi, msisdn: number(serial), operator: 'alfa', at: NOW };
  return act((desk) => firstSeen(desk, knowing(), seen));
}

describe('an admission', () => {
  test('is opened, runs from the first use, is renewed as often as there may be, and ends when its holder leaves', async () => {
    const id = await admitted(1);
    await see(1);
    const running = await get(citizen(1), `/v1/admissions/${id}`);
    assert.deepEqual([running.json['state'], running.json['ends']], ['running', '2027-02-07'], running.text);
    const renewed = await post(citizen(1), `/v1/admissions/${id}/renew`);
    assert.deepEqual([renewed.status, renewed.json], [200, { ends: '2027-03-09', charges: [] }]);
    assert.equal((await post(citizen(1), `/v1/admissions/${id}/renew`)).json['code'], 'REGISTRATION_QUOTA');
    assert.equal((await post(citizen(1), `/v1/admissions/${id}/leave`)).json['state'], 'left');
    assert.equal((await post(citizen(1), `/v1/admissions/${id}/leave`)).json['code'], 'STATE_MOVE');
  });

  test('that did not begin is taken back; one device has one', async () => {
    const id = await admitted(2);
    assert.equal((await post(citizen(2), '/v1/admissions', brought(2))).json['code'], 'REGISTRATION_TAKEN');
    assert.equal((await post(citizen(2), `/v1/admissions/${id}/withdraw`)).json['state'], 'withdrawn');
    assert.equal((await post(CUSTOMS, '/v1/admissions', brought(2))).status, 201);
  });

  test('of what nobody declared is regularised by a registration of the same device, once that is paid for', async () => {
    await see(3);
    const [seen] = listOf((await get(citizen(3), '/v1/admissions')).json['items']);
    assert.deepEqual([seen?.['kind'], seen?.['state']], ['undeclared', 'running']);
    const id = String(seen?.['id']);
    const other = await post(citizen(3), `/v1/admissions/${id}/regularise`, forGood(4));
    assert.deepEqual([other.status, other.json['code']], [422, 'REGISTRATION_IDENTIFIERS']);
    const applied = await post(citizen(3), `/v1/admissions/${id}/regularise`, forGood(3));
    assert.equal(applied.status, 201, applied.text);
    const charge = applied.json['charge'];
    assert.deepEqual([applied.json['state'], charge?.['total']?.['amount']], ['due', 6000]);
    const paid = { reference: charge?.['reference'], amount: 6000, currency: 'CHF', at: NOW.toISOString() };
    const payment = await post(CUSTOMS, '/v1/payments', { ...paid, source: 'bank:one' });
    assert.equal(payment.json['outcome'], 'paid', payment.text);
    assert.equal((await get(citizen(3), `/v1/admissions/${id}`)).json['state'], 'regularised');
    const registered = await get(citizen(3), `/v1/imports/${applied.json['id']}`);
    assert.equal(registered.json['state'], 'registered', registered.text);
  });

  test('names the fields that are wrong, and repeats no number of a document', async () => {
    const two = [...brought(5).identifiers, { kind: 'imei', text: printed(TACS.single, 6), slot: 2 }];
    const strange = await post(citizen(5), '/v1/admissions', brought(5, { identifiers: two }));
    assert.deepEqual([strange.status, strange.json['code']], [422, 'REGISTRATION_IDENTIFIERS'], strange.text);
    const document = { kind: 'passport', country: 'ZZ', number: 'SECRET-1' };
    const wrong = await post(citizen(5), '/v1/admissions', brought(5, { document }));
    assert.deepEqual([wrong.status, wrong.json['pointer']], [422, '/document']);
    assert.ok(!wrong.text.includes('SECRET'));
    const contact = { channel: 'sms', address: 'nobody' };
    const unreached = await post(citizen(5), '/v1/admissions', brought(5, { contact }));
    assert.equal(unreached.json['pointer'], '/contact/address');
    assert.equal((await post(citizen(5), '/v1/admissions', brought(5, { state: 'running' }))).status, 400);
  });
});

describe('a personal import', () => {
  test('of little value is registered at once', async () => {
    const cheap = forGood(10, { value: { amount: 5000, currency: 'CHF' } });
    const applied = await post(citizen(10), '/v1/imports', cheap);
    assert.deepEqual([applied.status, applied.json['state']], [201, 'registered'], applied.text);
    assert.equal((await post(citizen(10), '/v1/imports', cheap)).json['code'], 'REGISTRATION_TAKEN');
  });

  test('that customs file counts once its holder stands to it, by a code to the own number', async () => {
    const filed = await post(CUSTOMS, '/v1/imports', forGood(11));
    assert.deepEqual([filed.status, filed.json['state']], [201, 'filed'], filed.text);
    const path = `/v1/imports/${filed.json['id']}/confirm`;
    const of = (serial: number) => proofOf(office as never, number(serial), { purpose: CONFIRM_PURPOSE });
    assert.equal((await post(citizen(12), path, { proof: await of(12) })).status, 404);
    const confirmed = await post(citizen(11), path, { proof: await of(11) });
    assert.equal(confirmed.json['state'], 'due', confirmed.text);
    const reference = String(confirmed.json['charge']?.['reference']);
    const waived = await post(APPROVER, `/v1/fees/${reference}/waive`, { basis: 'Act, section 9' });
    assert.equal(waived.json['state'], 'waived', waived.text);
    assert.equal((await get(citizen(11), `/v1/imports/${filed.json['id']}`)).json['state'], 'registered');
  });

  test('is taken back by its holder, or refused with a reason by an office, and by nobody else', async () => {
    const mine = await post(citizen(13), '/v1/imports', forGood(13));
    const path = `/v1/imports/${mine.json['id']}`;
    assert.equal((await post(citizen(14), `${path}/withdraw`)).status, 404);
    assert.equal((await post(citizen(14), `${path}/refuse`, { reason: 'X' })).status, 403);
    assert.equal((await post(citizen(13), `${path}/withdraw`)).status, 204);
    const next = await post(citizen(13), '/v1/imports', forGood(13));
    const again = `/v1/imports/${next.json['id']}`;
    assert.equal((await post(ANALYST, `${again}/refuse`, { reason: 'its papers are not in order' })).status, 204);
    const told = await get(citizen(13), again);
    assert.equal(told.json['state'], 'refused');
    assert.deepEqual(
      listOf(told.json['charges']).map((charge) => charge['state']),
      ['cancelled'],
    );
  });
});

test('whoever it does not belong to is told the same of another’s as of none', async () => {
  const id = await admitted(20);
  const mine = await post(citizen(21), '/v1/imports', forGood(21));
  for (const who of [citizen(22), dealer]) {
    const theirs = await get(who, `/v1/admissions/${id}`);
    assert.deepEqual([theirs.status, plain(theirs)], [404, plain(await get(who, `/v1/admissions/${NONE}`))]);
    const import_ = await get(who, `/v1/imports/${mine.json['id']}`);
    assert.deepEqual([import_.status, plain(import_)], [404, plain(await get(who, `/v1/imports/${NONE}`))]);
    assert.deepEqual(listOf((await get(who, '/v1/admissions')).json['items']), []);
  }
  for (const way of ['renew', 'leave', 'withdraw'])
    assert.equal((await post(citizen(22), `/v1/admissions/${id}/${way}`)).status, 404, way);
  assert.equal((await post(citizen(22), `/v1/admissions/${id}/regularise`, forGood(20))).status, 404);
  assert.equal((await post(dealer, `/v1/admissions/${id}/leave`)).status, 403);
  assert.equal((await get(CUSTOMS, `/v1/admissions/${id}`)).status, 200, 'customs see all');
});
