// What something costs, what is due, and what was paid, over HTTP.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ANALYST, APPROVER, CUSTOMS, country, NOW } from '../registration/office.ts';
import { ask } from './ground.ts';
import { listOf } from './people.ts';
import { NONE, plain, tradeHouse } from './trade.ts';

const { post, get, url, importer, rival, citizen, house } = await tradeHouse(
  country(`{ approval: { required: false }, offices: { regulator: [r@a.example] }, fees: { currency: CHF, rules: [
  { id: duty, name: Duty, kind: duty, acts: [consignment], from: 2026-01-01, per_device: 100,
    exempt_device_types: [Tablet] }] } }`),
);

let numbers = 0;

/** What an importer has to pay for three devices: the reference. */
async function due(): Promise<string> {
  numbers += 1;
  const answer = await post(importer, '/v1/consignments', {
    ...{ number: `C-${numbers}`, supplier: 'Acme Trading', origin: 'CH', arrival: '2026-11-20', port: 'Freeport' },
    ...{ goods: 'Telephones', quantity: 3, value: { amount: 100_000, currency: 'CHF' } },
  });
  assert.equal(answer.status, 201, answer.text);
  return String(answer.json['charges']?.[0]?.['reference']);
}

const payment = (reference: string, more = {}) => ({
  ...{ reference, amount: 300, currency: 'CHF', at: NOW.toISOString(), source: 'bank:one' },
  ...more,
});

test('anybody is told what something costs, with the rules by which nothing is due', async () => {
  const asked = { act: 'consignment', devices: 3, value: { amount: 100_000, currency: 'CHF' } };
  const told = await ask(`${url}/v1/fees/quote`, 'POST', { body: asked });
  assert.deepEqual([told.status, told.json['total']], [200, { amount: 300, currency: 'CHF' }], told.text);
  const free = await ask(`${url}/v1/fees/quote`, 'POST', { body: { ...asked, deviceType: 'Tablet' } });
  assert.deepEqual(free.json['lines'], [{ rule: 'duty', name: 'Duty', kind: 'duty', amount: 0, free: 'device type' }]);
  assert.equal((await ask(`${url}/v1/fees/quote`, 'POST', { body: { ...asked, rules: [] } })).status, 400);
});

test('a payment pays what it was quoted for, once; what suits nothing is kept and said', async () => {
  const reference = await due();
  const less = await post(CUSTOMS, '/v1/payments', payment(reference, { amount: 299 }));
  assert.deepEqual([less.status, less.json['outcome']], [201, 'amount'], less.text);
  assert.equal((await get(importer, `/v1/fees/${reference}`)).json['state'], 'due');
  const paid = await post(CUSTOMS, '/v1/payments', payment(reference));
  assert.deepEqual([paid.json['outcome'], paid.json['again']], ['paid', false]);
  const again = await post(CUSTOMS, '/v1/payments', payment(reference));
  assert.deepEqual([again.json['payment'], again.json['again']], [paid.json['payment'], true]);
  assert.equal((await get(importer, `/v1/fees/${reference}`)).json['state'], 'paid');
  assert.equal((await post(CUSTOMS, '/v1/payments', payment('0000'))).json['outcome'], 'unknown');
  assert.equal((await house.registry.query('SELECT FROM payment')).length, 3);
});

test('an approver waives by a legal basis, and gives back with a reason', async () => {
  const waived = await due();
  assert.equal((await post(APPROVER, `/v1/fees/${waived}/waive`, {})).status, 400);
  const basis = { basis: 'Act, section 9' };
  assert.equal((await post(ANALYST, `/v1/fees/${waived}/waive`, basis)).status, 403);
  assert.equal((await post(importer, `/v1/fees/${waived}/waive`, basis)).status, 403);
  assert.equal((await post(APPROVER, `/v1/fees/${waived}/waive`, basis)).json['state'], 'waived');
  assert.equal((await post(APPROVER, `/v1/fees/${waived}/refund`, { reason: 'X' })).json['code'], 'STATE_MOVE');
  const paid = await due();
  await post(CUSTOMS, '/v1/payments', payment(paid));
  const refunded = await post(APPROVER, `/v1/fees/${paid}/refund`, { reason: 'it was paid twice' });
  assert.equal(refunded.json['state'], 'refunded', refunded.text);
});

test('whoever has nothing to pay is told the same of another’s charge as of none, and takes no payments', async () => {
  const reference = await due();
  for (const who of [rival, citizen(1)]) {
    const theirs = await get(who, `/v1/fees/${reference}`);
    assert.deepEqual([theirs.status, plain(theirs)], [404, plain(await get(who, `/v1/fees/${NONE.slice(0, 14)}`))]);
    assert.deepEqual(listOf((await get(who, '/v1/fees')).json['items']), []);
    assert.equal((await post(who, '/v1/payments', payment(reference))).status, 403);
  }
  const mine = listOf((await get(importer, '/v1/fees?state=due')).json['items']);
  assert.ok(mine.some((one) => one['reference'] === reference));
  assert.ok(mine.every((one) => one['state'] === 'due'));
  const first = await get(CUSTOMS, '/v1/fees?limit=1');
  const second = await get(CUSTOMS, `/v1/fees?limit=1&cursor=${first.json['next']}`);
  assert.notEqual(first.json['items']?.[0]?.['reference'], second.json['items']?.[0]?.['reference']);
});
