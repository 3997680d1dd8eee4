// Control lists over HTTP: changes by hand by two persons, what operators read, and why an identifier stands as it does.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Day } from '../../src/calendar/day.ts';
import type { ExplainWish } from '../../src/decisions/explain.ts';
import type { Explanation } from '../../src/decisions/explanation.ts';
import { identify } from '../../src/decisions/identity.ts';
import { deviceOf } from '../../src/devices/enter.ts';
import { associate } from '../../src/devices/persons/association.ts';
import { placeHold } from '../../src/lists/offices/control.ts';
import { placePair } from '../../src/lists/offices/control_pairs.ts';
import { ANALYST, APPROVER, body, CLERK, imei, imsi, SECOND, staff } from '../cases/desk.ts';
import { ask } from './ground.ts';
import { listOf, peopleHouse } from './people.ts';

const wishes: Omit<ExplainWish, 'country'>[] = [];
const subscription = (home: string) => ({ imsi: '99901…', msisdn: '', home, first: '', last: '', days: 1 });

async function explaining(wish: Omit<ExplainWish, 'country'>): Promise<Explanation> {
  wishes.push(wish);
  const identity = identify(wish.identifier);
  assert.ok(identity !== undefined);
  return {
    date: wish.date,
    country: { name: 'Freedonia', hash: '' },
    identity,
    sightings: [{ operator: 'alfa', first: '', last: '', days: 1, rats: [] }],
    subscriptions: { count: 2, masked: true, latest: [subscription('alfa'), subscription('bravo')] },
    entries: [],
    golden: { legalBasis: 'Act', expires: '2030-01-01' },
    verdicts: [],
    published: [{ list: 'exceptions', operator: 'bravo', run: 1, reasons: [], entries: 3 }],
    next: ['Nothing.'],
    appeal: 'Write to us.',
  };
}

const { act, post, get, citizen, url } = await peopleHouse({ explaining });
const BRAVO = staff('operator', body('operator', { operator: 'bravo' }));

const placing = (of: number, more = {}) => ({
  list: 'blocked',
  imeis: [imei(of)],
  reason: 'By order',
  basis: 'Act, section 3',
  because: 'ordered by the minister',
  ...more,
});
const inList = async (of: number): Promise<boolean> =>
  listOf((await get(CLERK, '/v1/lists/blocked/entries?limit=200')).json['items']).some(
    (one) => String(one['imei']) === imei(of),
  );

test('IMEIs are put on a list by hand by two persons, and taken off again by two', async () => {
  const proposed = await post(ANALYST, '/v1/lists/placings', placing(1));
  assert.equal(proposed.status, 201, proposed.text);
  const approval = String(proposed.json['id']);
  assert.equal((await post(APPROVER, '/v1/lists/place', { approval })).status, 409, 'nobody has approved it');
  assert.equal((await post(APPROVER, `/v1/proposals/${approval}/approve`)).status, 200);
  assert.equal((await post(APPROVER, '/v1/lists/release', { approval })).status, 409, 'it was approved to place');
  const placed = await post(APPROVER, '/v1/lists/place', { approval });
  assert.deepEqual(placed.json, { imeis: 1 }, placed.text);
  assert.equal(await inList(1), true);
  assert.equal((await post(APPROVER, '/v1/lists/place', { approval })).status, 409, 'it is used');
  const release = { placing: approval, imeis: [imei(1)], because: 'the order was lifted' };
  const releasing = String((await post(APPROVER, '/v1/lists/releases', release)).json['id']);
  assert.equal((await post(APPROVER, `/v1/proposals/${releasing}/approve`)).status, 403, 'by another person');
  assert.equal((await post(SECOND, `/v1/proposals/${releasing}/approve`)).status, 200);
  assert.deepEqual((await post(APPROVER, '/v1/lists/release', { approval: releasing })).json, { imeis: 1 });
  assert.equal(await inList(1), false);
});

test('a block by hand needs a law, and every wrong IMEI is named', async () => {
  const { basis: _, ...without } = placing(2);
  const none = await post(ANALYST, '/v1/lists/placings', without);
  assert.deepEqual([none.status, none.json['code'], none.json['pointer']], [409, 'CONTROL_NOTICE', '/basis']);
  const wrong = await post(ANALYST, '/v1/lists/placings', placing(2, { imeis: [imei(2), '12'] }));
  assert.deepEqual([wrong.status, wrong.json['pointer']], [422, '/imeis/1']);
  assert.equal((await post(ANALYST, '/v1/lists/placings', placing(2, { holder: 'theft:1' }))).status, 400);
});

test('operators read the common lists page by page, and of exceptions their own', async () => {
  const ground = { basis: 'Act' } as const;
  await act(async (desk) => {
    for (const of of [10, 11, 12])
      await placeHold(desk, { list: 'tracked', imei: imei(of), reason: 'test', holder: 'test:1', ground });
    await placePair(desk, { imei: imei(10), imsi: imsi(10), operator: 'alfa', holder: 'test:1' });
  });
  const first = await get(CLERK, '/v1/lists/tracked/entries?limit=2');
  const rest = await get(CLERK, `/v1/lists/tracked/entries?limit=2&cursor=${first.json['next']}`);
  const seen = [...listOf(first.json['items']), ...listOf(rest.json['items'])];
  assert.deepEqual(
    seen.map((one) => one['imei']),
    [imei(10), imei(11), imei(12)],
  );
  assert.equal(rest.json['next'], null);
  const stolen = await get(CLERK, `/v1/lists/blocked/entries?cursor=${first.json['next']}`);
  assert.equal(stolen.json['code'], 'API_CURSOR', 'a cursor of another list');
  const changes = await get(CLERK, '/v1/lists/tracked/changes');
  assert.deepEqual(
    listOf(changes.json['items']).map(({ seq, op }) => [seq, op]),
    [
      [1, 'add'],
      [2, 'add'],
      [3, 'add'],
    ],
  );
  const exceptions = async (who: typeof CLERK) => (await get(who, '/v1/lists/exceptions/entries')).json;
  assert.deepEqual(
    listOf((await exceptions(CLERK))['items']).map((one) => one['imei']),
    [imei(10)],
  );
  assert.deepEqual((await exceptions(BRAVO))['items'], []);
  assert.equal((await exceptions(ANALYST))['code'], 'API_UNKNOWN');
  const heads = async (who: typeof CLERK) =>
    listOf((await get(who, '/v1/lists')).json['lists']).map((one) => one['operator']);
  assert.deepEqual(
    [(await heads(CLERK)).includes('alfa' as never), (await heads(BRAVO)).includes('alfa' as never)],
    [true, false],
  );
});

test('anybody reads what the country has decided', async () => {
  const { json } = await ask(`${url}/v1/country`, 'GET');
  assert.deepEqual([json['name'], json['conditions']?.[0]?.['label']], ['Freedonia', 'stolen']);
});

const PURPOSE = { 'x-purpose': 'to answer a caller', 'x-case': 'T-1' };
const explanation = (who: typeof CLERK, of: number, more = {}) =>
  post(who, '/v1/explanations', { identifier: imei(of), ...more }, PURPOSE);

test('an explanation tells the regulator all, an operator what is of its network, a holder nothing of others', async () => {
  const all = await explanation(ANALYST, 20, { numbers: true, date: '2026-10-01' });
  assert.equal(listOf(all.json['subscriptions']?.['latest']).length, 2, all.text);
  const wish = wishes.at(-1);
  assert.deepEqual(
    [wish?.numbers, wish?.date, wish?.reader?.purpose, wish?.reader?.case],
    [true, '2026-10-01' as Day, 'to answer a caller', 'T-1'],
  );
  const own = await explanation(CLERK, 20, { numbers: true });
  assert.deepEqual(
    listOf(own.json['subscriptions']?.['latest']).map(({ home }) => home),
    ['alfa'],
    own.text,
  );
  assert.deepEqual(
    [own.json['golden'], listOf(own.json['published']).length, wishes.at(-1)?.numbers],
    [undefined, 0, false],
  );
  assert.equal((await explanation(BRAVO, 20)).status, 404, 'it never saw it');
  await act(async (desk) => {
    const device = await deviceOf(desk, imei(20));
    await associate(desk, { device, person: citizen(20).id, basis: 'purchase', proof: 'p' });
  });
  const holder = await explanation(citizen(20), 20);
  assert.deepEqual(
    [holder.status, holder.json['subscriptions'], holder.json['sightings']],
    [200, undefined, undefined],
  );
  const asked = wishes.length;
  for (const of of [20, 99]) assert.equal((await explanation(citizen(21), of)).status, 404);
  assert.equal(wishes.length, asked, 'nothing was read of what is not theirs');
});
