// The ledger of notices over HTTP: who may see what was told to whom, and the words of it all.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { House } from '../../src/api/house.ts';
import { templateNames } from '../../src/notices/templates.ts';
import type { Analytics } from '../../src/stores/analytics.ts';
import { ANALYST, CLERK, imei, SOUTHERN } from '../cases/desk.ts';
import { ask } from './ground.ts';
import { listOf, number, peopleHouse } from './people.ts';

const analytics = {
  analytics: { gather: async () => [{ seen: 1 }] } as unknown as Analytics,
} as unknown as NonNullable<House['analytics']>;
const { post, get, citizen, url, house } = await peopleHouse({ analytics });

/** A citizen's report that was handed in; the citizen was told so. */
async function reported(of: number): Promise<string> {
  const draft = await post(citizen(of), '/v1/thefts/drafts', {
    imeis: [imei(of)],
    kind: 'stolen',
    country: 'CH',
    day: '2026-10-18',
    contact: { msisdn: `+${number(of)}`, language: 'fr' },
  });
  const id = String(draft.json['id']);
  assert.equal((await post(citizen(of), `/v1/thefts/${id}/submit`)).status, 200);
  return id;
}

test('the ledger of a case is for who may read the case, without contacts', async () => {
  const id = await reported(1);
  const own = await get(citizen(1), `/v1/thefts/${id}/notices`);
  const [first] = listOf(own.json['notices']);
  assert.deepEqual([first?.['template'], first?.['language'], first?.['state']], ['theft_received', 'fr', 'planned']);
  assert.ok(!own.text.includes(number(1)) && !own.text.includes(citizen(1).id));
  assert.equal(listOf((await get(ANALYST, `/v1/thefts/${id}/notices`)).json['notices']).length, 1);
  for (const who of [citizen(2), CLERK]) assert.equal((await get(who, `/v1/thefts/${id}/notices`)).status, 404);
  assert.equal((await get(SOUTHERN, `/v1/thefts/${id}/notices`)).status, 403);
});

test('about an IMEI one sees what one was told oneself', async () => {
  await reported(3);
  const find = (who: Parameters<typeof post>[0]) => post(who, '/v1/notices/find', { imei: imei(3) });
  assert.equal(listOf((await find(citizen(3))).json['notices']).length, 1);
  assert.equal(listOf((await find(ANALYST)).json['notices']).length, 1);
  for (const who of [citizen(4), CLERK]) assert.deepEqual((await find(who)).json['notices'], []);
  const wrong = await post(ANALYST, '/v1/notices/find', { imei: '12' });
  assert.deepEqual([wrong.status, wrong.json['pointer']], [422, '/imei']);
});

test('only who was told says that he was', async () => {
  const id = await reported(5);
  const notice = String((await get(citizen(5), `/v1/thefts/${id}/notices`)).json['notices']?.[0]?.['id']);
  const answer = (of: number, which = notice) => post(citizen(of), `/v1/notices/${which}/answer`);
  const plain = (text: string) => text.replace(/"requestId":"[^"]+"/, '');
  const theirs = await answer(6);
  assert.equal(theirs.status, 404);
  assert.equal(plain(theirs.text), plain((await answer(6, '999999')).text));
  assert.equal((await answer(5)).status, 204);
  assert.equal((await get(citizen(5), `/v1/thefts/${id}/notices`)).json['notices']?.[0]?.['state'], 'answered');
  const due = await house.registry.query('SELECT FROM notice_due WHERE notice = $1', [notice]);
  assert.equal(due.length, 0, 'it is not sent again');
});

test('anybody reads the words of all notices', async () => {
  const { json } = await ask(`${url}/v1/notices/templates?language=ar`, 'GET');
  assert.deepEqual([json['rightToLeft'], listOf(json['templates']).length], [true, templateNames.length]);
  const unknown = await ask(`${url}/v1/notices/templates?language=xx`, 'GET');
  assert.deepEqual([unknown.status, unknown.json['pointer']], [400, '/query/language']);
});
