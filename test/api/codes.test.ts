import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, type Back } from './ground.ts';
import { askingBy, cookieIn, openStaffed, ourPage, plain, refusal } from './staff.ts';

const staffed = await openStaffed();
const { url, house, pass } = staffed;
let numbers = 0;

type Contact = { readonly channel: 'sms' | 'email'; readonly address: string };
const fresh = (): Contact => {
  numbers += 1;
  return { channel: 'sms', address: `+4179${1_234_000 + numbers}` };
};
const post = (path: string, body: unknown, key: string = crypto.randomUUID()): Promise<Back> =>
  ask(`${url}${path}`, 'POST', { body, key });
const begin = (contact: Contact, more: object = {}, key?: string): Promise<Back> =>
  post('/v1/codes', { ...contact, purpose: 'sign_in', ...more }, key);
const prove = (contact: Contact, code: string, purpose = 'sign_in'): Promise<Back> =>
  post('/v1/codes/prove', { ...contact, code, purpose });

type Sent = { readonly text: string; readonly to: unknown; readonly language: string; readonly template: string };

/** The notices that are queued, the latest first, opened as their sender does. */
async function queued(): Promise<readonly Sent[]> {
  const rows = await house.registry.query<Omit<Sent, 'text' | 'to'> & { content: Buffer; contacts: Buffer }>(
    'SELECT template, language, content, contacts FROM notice ORDER BY id DESC',
  );
  return rows.map(({ content, contacts, ...row }) => ({
    ...row,
    text: String(JSON.parse(house.vault.open('contact', content) ?? '').text),
    to: JSON.parse(house.vault.open('contact', contacts) ?? '')[0],
  }));
}
const codeSent = async (): Promise<string> => /\d{6}/.exec((await queued())[0]?.text ?? '')?.[0] ?? '';
const wrong = (code: string): string => String((Number(code) + 1) % 1_000_000).padStart(6, '0');

/** A proof of a number. */
async function proved(contact: Contact, purpose = 'sign_in'): Promise<string> {
  await begin(contact, { purpose });
  const back = await prove(contact, await codeSent(), purpose);
  assert.equal(back.status, 200, back.text);
  return String(back.json['proof']);
}

test('a code goes to the number as a notice, in the language that is wanted, and is told to nobody else', async () => {
  const number = fresh();
  const back = await begin(number, { language: 'fr' });
  assert.deepEqual([back.status, back.json], [202, { expires: '2026-06-01T10:10:00.000Z' }]);
  const [notice] = await queued();
  assert.deepEqual([notice?.template, notice?.language], ['one_time_code', 'fr']);
  assert.match(notice?.text ?? '', /^Votre code est \d{6}\. Il est valable 10 min\./);
  assert.deepEqual(notice?.to, { channel: 'sms', msisdn: number.address.slice(1) });
});

test('a citizen signs in by the code, without an account; the proof is good once', async () => {
  const number = fresh();
  const proof = await proved(number);
  const back = await post('/v1/session/citizen', { proof });
  assert.equal(back.status, 200);
  const who = await askingBy(staffed, { authorization: `Bearer ${back.json['token']}` })('GET', '/v1/session');
  const person = house.vault.pseudonym('msisdn', number.address.slice(1));
  assert.deepEqual([who.json['account'], who.json['roles'], who.json['organisation']], [person, ['citizen'], null]);
  assert.deepEqual(refusal(await post('/v1/session/citizen', { proof })), [422, 'ACCESS_PROOF']);
});

test('a citizen in a browser has a cookie, and signs out everywhere', async () => {
  const mail: Contact = { channel: 'email', address: 'Ada@Example.org' };
  const sessions = [];
  for (const _ of [1, 2]) {
    const back = await post('/v1/session/citizen', { proof: await proved(mail), cookie: true });
    sessions.push(askingBy(staffed, ourPage(cookieIn(back))));
    assert.equal(back.json['token'], null);
  }
  assert.deepEqual((await queued())[0]?.to, { channel: 'email', address: 'ada@example.org' });
  const [one, other] = sessions;
  assert.equal((await one?.('DELETE', '/v1/sessions'))?.status, 204);
  assert.deepEqual(
    [(await one?.('GET', '/v1/session'))?.status, (await other?.('GET', '/v1/session'))?.status],
    [401, 401],
  );
});

test('wrong codes count, although they are refused; whatever is wrong, the answer is the same', async () => {
  const number = fresh();
  await begin(number);
  const code = await codeSent();
  const answers = [await prove(fresh(), code), await prove(number, code, 'theft')].map(plain);
  for (let attempt = 0; attempt < 5; attempt += 1) answers.push(plain(await prove(number, wrong(code))));
  answers.push(plain(await prove(number, code)));
  for (const answer of answers) assert.deepEqual(answer, answers[0]);
  assert.deepEqual([answers[0]?.status, answers[0]?.problem['code']], [422, 'ACCESS_CODE']);
});

test('a proof for something else signs nobody in', async () => {
  const proof = await proved(fresh(), 'theft');
  assert.deepEqual(refusal(await post('/v1/session/citizen', { proof })), [422, 'ACCESS_PROOF']);
  assert.deepEqual(refusal(await begin(fresh(), { purpose: 'anything' })), [400, 'API_FORM']);
});

test('a request that is sent again sends no second code', async () => {
  const before = (await queued()).length;
  const number = fresh();
  const [one, again] = [await begin(number, {}, 'key-of-code'), await begin(number, {}, 'key-of-code')];
  assert.deepEqual([one.status, again.text], [202, one.text]);
  assert.equal((await queued()).length, before + 1);
});

test('a number gets few codes an hour; what is no number gets none, and is not repeated', async () => {
  const number = fresh();
  for (let n = 0; n < 5; n += 1) assert.equal((await begin(number)).status, 202);
  assert.deepEqual(refusal(await begin(number)), [429, 'ACCESS_CODE_LIMIT']);
  pass(3601);
  assert.equal((await begin(number)).status, 202);
  for (const address of ['0791234567', 'ada@example.org']) {
    const back = await begin({ channel: 'sms', address });
    assert.deepEqual(refusal(back), [422, 'ACCESS_ADDRESS']);
    assert.ok(!back.text.includes(address));
  }
});

test('an address that reads as one and is no mailbox is refused without a code', async () => {
  const back = await begin({ channel: 'email', address: '[ada]@example.org' });
  assert.deepEqual(refusal(back), [422, 'NOTICE_RECIPIENT']);
  const rows = await house.registry.query('SELECT 1 FROM sent_code WHERE person = $1', [
    house.vault.pseudonym('email', '[ada]@example.org'),
  ]);
  assert.equal(rows.length, 0);
});
