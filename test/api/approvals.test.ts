// A type approval from the application to its revocation, as maker, laboratory and regulator carry it out over HTTP.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Actor } from '../../src/access/actor.ts';
import { verifyCertificate } from '../../src/registration/approval/certificate.ts';
import { ANALYST, APPROVER, country, day, NOW, organisation, staff, TACS } from '../registration/office.ts';
import { ask } from './ground.ts';
import { listOf } from './people.ts';
import { NONE, plain, tradeHouse } from './trade.ts';

const FEE = `{ fees: { currency: CHF, rules: [
  { id: test, name: Test, kind: fee, acts: [type_approval], from: 2026-01-01, fixed: 500 }] } }`;
const { post, get, act, house, url, enter, importer, rival, dealer } = await tradeHouse(country(FEE));
const LAB = await enter(staff('lab', organisation('lab')));
const OTHER_LAB = await enter(staff('lab', organisation('lab')));
const SECOND = staff('approver', APPROVER.organisation);

const SPAN = { validFrom: '2026-11-01', validTo: '2027-10-31' };
const application = (more = {}) => ({
  ...{ brand: 'Acme', models: ['Two'], tacs: [TACS.dual], scope: 'GSM, LTE' },
  contact: { channel: 'email', address: 'papers@acme.example' },
  ...more,
});

async function applied(more = {}, actor: Actor = importer): Promise<string> {
  const answer = await post(actor, '/v1/approvals', application(more));
  assert.equal(answer.status, 201, answer.text);
  return String(answer.json['id']);
}

const pay = (id: string) =>
  act(
    async ({ query }) =>
      void (await query(`UPDATE charge SET state = 'paid' WHERE ground = $1`, [`type_approval:${id}`])),
  );

let numbers = 0;

/** A certificate that was given after a test; tells its id and number. */
async function granted() {
  numbers += 1;
  const number = `CH-${numbers}`;
  const id = await applied();
  assert.equal((await post(LAB, `/v1/approvals/${id}/take`)).status, 204);
  assert.equal((await post(LAB, `/v1/approvals/${id}/report`, { report: 'R-1' })).status, 204);
  await pay(id);
  const answer = await post(ANALYST, `/v1/approvals/${id}/grant`, { number, body: 'Test House', ...SPAN });
  assert.equal(answer.json['state'], 'granted', answer.text);
  return { id, number };
}

test('a model is tested, paid for and certified; its certificate verifies without asking, and from its picture', async () => {
  const id = await applied();
  const grant = { number: 'CH-100', body: 'Test House', ...SPAN };
  assert.equal((await post(LAB, `/v1/approvals/${id}/take`)).status, 204);
  assert.equal((await post(OTHER_LAB, `/v1/approvals/${id}/report`, { report: 'R-1' })).status, 404);
  assert.equal((await post(ANALYST, `/v1/approvals/${id}/grant`, grant)).json['code'], 'REGISTRATION_PROOF');
  assert.equal((await post(LAB, `/v1/approvals/${id}/report`, { report: 'R-1' })).status, 204);
  assert.equal((await post(ANALYST, `/v1/approvals/${id}/grant`, grant)).json['code'], 'REGISTRATION_UNPAID');
  await pay(id);
  const done = await post(ANALYST, `/v1/approvals/${id}/grant`, grant);
  assert.deepEqual(
    [done.json['state'], done.json['number'], done.json['report']],
    ['granted', 'CH-100', 'R-1'],
    done.text,
  );

  const token = String((await get(importer, `/v1/approvals/${id}/certificate`)).json['token']);
  const offline = await verifyCertificate(token, house.signer.keys(), { on: day('2026-11-10'), now: NOW });
  assert.deepEqual(offline.ok && offline.value.tacs, [TACS.dual]);
  const picture = await get(importer, `/v1/approvals/${id}/certificate.svg`);
  assert.match(String(picture.headers.get('content-type')), /^image\/svg\+xml/);
  assert.match(picture.text, /^<svg/);
  const verified = await ask(`${url}/v1/approvals/verify`, 'POST', { body: { token } });
  assert.deepEqual([verified.json['number'], verified.json['state']], ['CH-100', 'granted'], verified.text);
  const forged = await ask(`${url}/v1/approvals/verify`, 'POST', { body: { token: `${token.slice(0, -6)}AAAAAA` } });
  assert.equal(forged.status, 422);
  const history = await get(importer, `/v1/approvals/${id}/history`);
  assert.deepEqual(
    listOf(history.json['steps']).map((step) => step['to']),
    ['applied', 'under_test', 'granted'],
  );
});

test('that it was suspended is told by the register, and then no certificate is given out', async () => {
  const { id } = await granted();
  const token = String((await get(importer, `/v1/approvals/${id}/certificate`)).json['token']);
  assert.equal((await post(ANALYST, `/v1/approvals/${id}/suspend`, {})).status, 400, 'a reason is needed');
  const reason = { reason: 'it radiates' };
  assert.equal((await post(ANALYST, `/v1/approvals/${id}/suspend`, reason)).json['state'], 'suspended');
  assert.equal((await ask(`${url}/v1/approvals/verify`, 'POST', { body: { token } })).json['state'], 'suspended');
  assert.equal((await get(importer, `/v1/approvals/${id}/certificate`)).json['code'], 'STATE_MOVE');
  assert.equal((await post(ANALYST, `/v1/approvals/${id}/resume`, reason)).status, 403);
  assert.equal((await post(APPROVER, `/v1/approvals/${id}/resume`, reason)).json['state'], 'granted');
});

test('it is revoked by what a second person approved, and not before', async () => {
  const { id } = await granted();
  const proposed = await post(ANALYST, `/v1/approvals/${id}/revocations`, { reason: 'it radiates too much' });
  assert.equal(proposed.status, 201, proposed.text);
  const proposal = String(proposed.json['id']);
  const revoke = () => post(APPROVER, `/v1/approvals/${id}/revoke`, { proposal, reason: 'it radiates' });
  assert.equal((await revoke()).json['code'], 'STATE_MOVE');
  const approved = await post(SECOND, `/v1/proposals/${proposal}/approve`);
  assert.equal(approved.status, 200, approved.text);
  assert.equal((await revoke()).json['state'], 'revoked');
  assert.equal((await revoke()).status, 409, 'once');
});

test('a certificate is renewed, and the regulator adds TACs to it', async () => {
  const { id } = await granted();
  const renewed = await post(ANALYST, `/v1/approvals/${id}/renew`, { validFrom: '2027-11-01', validTo: '2028-10-31' });
  assert.equal(renewed.json['validTo'], '2028-10-31', renewed.text);
  const back = await post(ANALYST, `/v1/approvals/${id}/renew`, { validFrom: '2029-11-01', validTo: '2028-10-31' });
  assert.deepEqual([back.status, back.json['pointer']], [422, '/validTo']);
  const wider = await post(ANALYST, `/v1/approvals/${id}/tacs`, { tacs: [TACS.single] });
  assert.deepEqual(wider.json['tacs'], [TACS.dual, TACS.single], wider.text);
  assert.equal((await post(importer, `/v1/approvals/${id}/tacs`, { tacs: [TACS.fresh] })).json['code'], 'STATE_ROLE');
});

test('that of another body is recognised without a test; what is not fit is refused', async () => {
  const id = await applied({ recognises: 'Test House of the North' });
  await pay(id);
  const grant = { number: 'CH-200', body: 'Authority', ...SPAN };
  assert.equal((await post(APPROVER, `/v1/approvals/${id}/grant`, grant)).json['state'], 'granted');
  const other = await applied();
  assert.equal((await post(LAB, `/v1/approvals/${other}/take`)).status, 204);
  assert.equal((await post(LAB, `/v1/approvals/${other}/report`, { report: 'R-9' })).status, 204);
  await pay(other);
  assert.equal((await post(ANALYST, `/v1/approvals/${other}/grant`, grant)).json['code'], 'REGISTRATION_TAKEN');
  const refused = await post(ANALYST, `/v1/approvals/${other}/refuse`, { reason: 'it failed the test' });
  assert.equal(refused.json['state'], 'refused', refused.text);
});

describe('whoever it does not belong to', () => {
  test('is told the same of another’s application as of none', async () => {
    const { id } = await granted();
    for (const way of ['', '/history', '/certificate', '/certificate.svg']) {
      const theirs = await get(rival, `/v1/approvals/${id}${way}`);
      assert.deepEqual([theirs.status, plain(theirs)], [404, plain(await get(rival, `/v1/approvals/${NONE}${way}`))]);
    }
    assert.equal((await post(rival, `/v1/approvals/${id}/tacs`, { tacs: [TACS.single] })).status, 404);
    assert.deepEqual(listOf((await get(rival, '/v1/approvals')).json['items']), []);
    assert.ok(listOf((await get(importer, '/v1/approvals?state=granted')).json['items']).length > 0);
  });

  test('may neither test nor decide, nor apply for a brand of others, nor set what is not asked for', async () => {
    const id = await applied();
    for (const [way, body] of [
      ['take', undefined],
      ['report', { report: 'R-1' }],
      ['grant', { number: 'X', body: 'X', ...SPAN }],
      ['suspend', { reason: 'X' }],
      ['revoke', { proposal: NONE, reason: 'X' }],
    ] as const)
      assert.equal((await post(importer, `/v1/approvals/${id}/${way}`, body)).status, 403, way);
    assert.equal((await post(dealer, '/v1/approvals', application())).status, 403);
    const brand = await post(importer, '/v1/approvals', application({ brand: 'Other' }));
    assert.deepEqual([brand.status, brand.json['code']], [403, 'REGISTRATION_BRAND']);
    const sly = await post(importer, '/v1/approvals', application({ state: 'granted' }));
    assert.deepEqual([sly.status, sly.json['code']], [400, 'API_FORM']);
  });
});
