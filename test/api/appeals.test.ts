// Appeals over HTTP: who objects, who examines, who decides, and rules that are paused.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { House } from '../../src/api/house.ts';
import { pauseRule } from '../../src/cases/appeals/pause.ts';
import type { Analytics } from '../../src/stores/analytics.ts';
import { ANALYST, APPROVER, body, CLERK, imei, NORTHERN, SECOND, staff } from '../cases/desk.ts';
import { ask } from './ground.ts';
import { listOf, number, peopleHouse } from './people.ts';

/** Operators saw every device with every number. */
const analytics = {
  analytics: { gather: async () => [{ seen: 1 }] } as unknown as Analytics,
} as unknown as NonNullable<House['analytics']>;

const { act, post, get, citizen, house, url } = await peopleHouse({ analytics });

const appeal = (of: number, more = {}) => ({
  against: { kind: 'standing', id: `${imei(of)}:stolen` },
  contact: { msisdn: `+${number(of)}`, language: 'en' },
  grounds: 'I bought it in a shop.',
  ...more,
});

/** An appeal of a citizen, by its id. */
async function opened(of: number, more = {}): Promise<string> {
  const { status, json, text } = await post(citizen(of), '/v1/appeals', appeal(of, more));
  assert.equal(status, 201, text);
  return String(json['id']);
}
const move = (who: Parameters<typeof post>[0], id: string, how: string, more?: unknown) =>
  post(who, `/v1/appeals/${id}/${how}`, more);

test('a citizen objects, sends what is asked for, and two persons decide', async () => {
  const id = await opened(1);
  const first = await get(citizen(1), `/v1/appeals/${id}`);
  assert.match(String(first.json['due']), /^2026-/);
  const stays = await house.registry.query('SELECT FROM stay WHERE appeal = $1 AND until IS NULL', [id]);
  assert.equal(stays.length, 1, 'the clock of the block stands still');
  assert.equal((await move(ANALYST, id, 'take')).json['state'], 'in_review');
  assert.equal((await move(ANALYST, id, 'ask', { what: 'the invoice' })).json['state'], 'evidence_asked');
  assert.equal((await move(citizen(1), id, 'evidence', { evidence: 'Invoice 12' })).json['state'], 'in_review');
  const unread = await get(ANALYST, `/v1/appeals/${id}/evidence`);
  assert.deepEqual([unread.status, unread.json['code']], [400, 'READ_PURPOSE']);
  const read = await get(ANALYST, `/v1/appeals/${id}/evidence`, { 'x-purpose': 'to decide it' });
  assert.deepEqual(
    listOf(read.json['exhibits']).map((one) => one['content']),
    ['I bought it in a shop.', 'Invoice 12'],
  );
  const verdict = { outcome: 'overturned', reasons: 'The invoice is genuine.' };
  const byOne = await move(ANALYST, id, 'decide', verdict);
  assert.equal(byOne.status, 403, byOne.text);
  const byOther = await move(APPROVER, id, 'decide', verdict);
  assert.deepEqual([byOther.json['state'], byOther.json['due']], ['overturned', undefined], byOther.text);
  assert.equal((await move(SECOND, id, 'decide', { ...verdict, outcome: 'upheld' })).status, 409);
  const figures = await ask(`${url}/v1/figures/rules`, 'GET');
  assert.deepEqual(
    listOf(figures.json['rules']).map(({ rule, decided, overturned }) => [rule, decided, overturned]),
    [['stolen', 1, 1]],
  );
});

test('who examined an appeal does not decide it', async () => {
  const id = await opened(2);
  await move(APPROVER, id, 'take');
  const own = await move(APPROVER, id, 'decide', { outcome: 'upheld', reasons: 'It is stolen.' });
  assert.deepEqual([own.status, own.json['code']], [403, 'APPEAL_SECOND_PERSON']);
  assert.equal((await move(SECOND, id, 'decide', { outcome: 'upheld', reasons: 'It is stolen.' })).status, 200);
});

test('what others object to is as if it were not there', async () => {
  const id = await opened(3);
  const none = '00000000-0000-4000-8000-00000000dead';
  const plain = (text: string) => text.replace(/"requestId":"[^"]+"/, '');
  for (const who of [citizen(4), CLERK]) {
    for (const path of ['', '/evidence']) {
      const theirs = await get(who, `/v1/appeals/${id}${path}`, { 'x-purpose': 'curious' });
      assert.equal(theirs.status, 404, theirs.text);
      const nothing = await get(who, `/v1/appeals/${none}${path}`, { 'x-purpose': 'curious' });
      assert.equal(plain(theirs.text), plain(nothing.text));
    }
    assert.equal((await move(who, id, 'withdraw')).status, 404);
    assert.equal((await move(who, id, 'evidence', { evidence: 'not mine' })).status, 404);
  }
  assert.equal((await move(CLERK, id, 'answer', { statement: 'it was us' })).status, 404, 'it is not its entry');
  assert.deepEqual((await get(citizen(4), '/v1/appeals')).json['items'], []);
  assert.equal(listOf((await get(citizen(3), '/v1/appeals?state=opened')).json['items']).length, 1);
  assert.equal((await move(citizen(3), id, 'withdraw')).json['state'], 'withdrawn');
});

test('the office whose entry it is against answers, and learns nothing else', async () => {
  const report = {
    imeis: [imei(5)],
    kind: 'stolen',
    country: 'CH',
    day: '2026-10-18',
    complaint: 'N-5',
    contact: { msisdn: `+${number(5)}` },
  };
  const theft = await post(NORTHERN, '/v1/thefts', { report });
  assert.equal(theft.status, 201, theft.text);
  const id = await opened(6, { against: { kind: 'theft', id: theft.json['reference'] } });
  const answered = await move(NORTHERN, id, 'answer', { statement: 'The owner showed the box.' });
  assert.deepEqual(Object.keys(answered.json).sort(), ['reference', 'since', 'state'], answered.text);
  assert.equal((await move(staff('police', body('police')), id, 'answer', { statement: 'Not ours.' })).status, 404);
});

test('wrong objections name the field, and nothing else can be set', async () => {
  const wrong = await post(citizen(7), '/v1/appeals', appeal(7, { against: { kind: 'standing', id: '12:none' } }));
  assert.deepEqual([wrong.status, wrong.json['code'], wrong.json['pointer']], [422, 'APPEAL_AGAINST', '/against']);
  const foreign = await post(citizen(7), '/v1/appeals', appeal(7, { contact: { msisdn: `+${number(8)}` } }));
  assert.deepEqual([foreign.status, foreign.json['code']], [422, 'CASE_CONTACT'], 'a stranger’s number');
  const more = await post(citizen(7), '/v1/appeals', appeal(7, { state: 'overturned', appellant: 'me' }));
  assert.deepEqual([more.status, listOf(more.json['errors']).length], [400, 2], more.text);
  await opened(7);
  assert.equal((await post(citizen(7), '/v1/appeals', appeal(7))).json['code'], 'APPEAL_OPEN');
});

test('a paused rule goes on only by two persons', async () => {
  await act((desk) => pauseRule(desk, { rule: 'Cloned', because: 'under review' }), APPROVER);
  const { json } = await ask(`${url}/v1/rules/pauses`, 'GET');
  assert.deepEqual(
    listOf(json['pauses']).map((one) => [one['rule'], one['until']]),
    [['Cloned', undefined]],
  );
  const proposed = await post(APPROVER, '/v1/rules/resumptions', {
    rule: 'Cloned',
    reason: 'the data are right again',
  });
  assert.equal(proposed.status, 201, proposed.text);
  const resume = { rule: 'Cloned', approval: proposed.json['id'] };
  assert.equal((await post(APPROVER, '/v1/rules/resume', resume)).status, 409, 'nobody has approved it');
  assert.equal((await post(SECOND, `/v1/proposals/${proposed.json['id']}/approve`)).status, 200);
  assert.equal((await post(APPROVER, '/v1/rules/resume', resume)).status, 204);
  assert.equal((await post(APPROVER, '/v1/rules/resume', resume)).status, 409, 'it is not paused any more');
  const again = await post(APPROVER, '/v1/rules/pause', { rule: 'Unknown', because: 'no such rule' });
  assert.deepEqual([again.status, again.json['pointer']], [409, '/rule']);
});

test('a confirmed hold ends by order of a court that two others have approved', async () => {
  const report = {
    imeis: [imei(50)],
    kind: 'stolen',
    country: 'CH',
    day: '2026-10-18',
    complaint: 'N-50',
    contact: { msisdn: `+${number(50)}` },
  };
  const id = String((await post(NORTHERN, '/v1/thefts', { report })).json['id']);
  const proposed = await post(ANALYST, `/v1/thefts/${id}/orders`, { order: 'C-50', reason: 'the court decided so' });
  assert.equal(proposed.status, 201, proposed.text);
  const approval = String(proposed.json['id']);
  const lift = () => post(APPROVER, `/v1/thefts/${id}/lift`, { order: 'C-50', approval });
  assert.equal((await post(APPROVER, `/v1/proposals/${approval}/approve`)).status, 200);
  assert.equal((await lift()).status, 409, 'one is not enough');
  assert.equal((await post(SECOND, `/v1/proposals/${approval}/approve`)).status, 200);
  assert.equal((await lift()).json['state'], 'lifted');
});
