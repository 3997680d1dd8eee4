import assert from 'node:assert/strict';
import { test } from 'node:test';
import { disableAccount } from '../../src/access/accounts/account.ts';
import { SESSION_COOKIE } from '../../src/api/caller.ts';
import { PASSWORD, shownCode } from '../access/person.ts';
import { ask, type Back } from './ground.ts';
import {
  askingBy,
  cookieIn,
  type Member,
  member,
  openStaffed,
  ourPage,
  plain,
  refusal,
  shownBy,
  signedIn,
} from './staff.ts';

const staffed = await openStaffed();
const { url, house, office, pass } = staffed;
const post = (path: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Back> =>
  ask(`${url}${path}`, 'POST', { body, headers, key: crypto.randomUUID() });
const who = (headers: Readonly<Record<string, string>>): Promise<Back> =>
  askingBy(staffed, headers)('GET', '/v1/session');
const bearer = ({ json }: Back) => ({ authorization: `Bearer ${json['token']}` });

/** Signs in as a browser does; gives the token in its cookie. */
async function browser(of: Member, headers: Readonly<Record<string, string>> = {}): Promise<string> {
  pass(30);
  const back = await post('/v1/session', { ...shownBy(staffed, of), cookie: true }, headers);
  assert.equal(back.status, 200, back.text);
  assert.deepEqual([back.json['token'], typeof back.json['csrf']], [null, 'string']);
  return cookieIn(back);
}

test('who signs in by password and code is told a token, and by it who he is', async () => {
  const police = await member(staffed, { kind: 'police', unit: 'north', roles: ['police'] });
  const back = await post('/v1/session', shownBy(staffed, police));
  assert.deepEqual([back.status, back.headers.getSetCookie(), back.json['csrf']], [200, [], null]);
  assert.equal(back.headers.get('cache-control'), 'no-store');
  const { status, json } = await who(bearer(back));
  assert.equal(status, 200);
  assert.deepEqual(
    [json['account'], json['roles'], json['by'], json['csrf']],
    [police.actor.id, ['police'], 'bearer', null],
  );
  assert.deepEqual([json['organisation']?.['kind'], json['organisation']?.['unit']], ['police', 'north']);
  const actions = json['actions'] as unknown as readonly string[];
  assert.ok(actions.includes('theft.confirm') && actions.includes('check.public'));
  assert.ok(!actions.includes('account.create'));
  assert.equal((await who({})).status, 401);
});

test('a browser keeps its session in a cookie that no page and no other site has', async () => {
  const one = await member(staffed, { roles: ['analyst'] });
  pass(30);
  const back = await post('/v1/session', { ...shownBy(staffed, one), cookie: true });
  assert.match(
    back.headers.getSetCookie().join(),
    /^__Host-ceir=[\w-]{43}; Max-Age=43200; Path=\/; Secure; HttpOnly; SameSite=Strict$/,
  );
  const token = cookieIn(back);
  assert.ok(!back.text.includes(token));
  const { json } = await who({ cookie: `${SESSION_COOKIE}=${token}` });
  assert.deepEqual([json['by'], json['csrf']], ['cookie', back.json['csrf']]);
  const out = (headers: Readonly<Record<string, string>>) => askingBy(staffed, headers)('DELETE', '/v1/session');
  assert.deepEqual(refusal(await out({ cookie: `${SESSION_COOKIE}=${token}` })), [403, 'API_ORIGIN']);
  const left = await out(ourPage(token));
  assert.deepEqual([left.status, left.text, cookieIn(left)], [204, '', '']);
  const late = await who(ourPage(token));
  assert.deepEqual([...refusal(late), cookieIn(late)], [401, 'API_LOGIN', ''], 'the browser is to forget it');
});

test('a browser whose session has ended may sign in again, and asks what anybody may', async () => {
  const one = await member(staffed, { roles: ['analyst'] });
  const old = await browser(one);
  pass(13 * 3600);
  const check = await post('/v1/check', { imeis: ['356938035643809'] }, { cookie: `${SESSION_COOKIE}=${old}` });
  assert.equal(check.status, 200);
  const token = await browser(one, { cookie: `${SESSION_COOKIE}=${old}` });
  assert.equal((await who(ourPage(token))).status, 200);
});

test('who signs in anew in the same browser ends what was there', async () => {
  const one = await member(staffed, { roles: ['analyst'] });
  const first = await browser(one);
  const second = await browser(one, ourPage(first));
  assert.deepEqual([(await who(ourPage(first))).status, (await who(ourPage(second))).status], [401, 200]);
});

test('whatever is wrong, the answer is the same', async () => {
  const one = await member(staffed, { roles: ['analyst'] });
  const out = await member(staffed, { roles: ['analyst'] });
  const other = await member(staffed, { roles: ['analyst'] });
  await office((desk) => disableAccount(desk, { account: out.actor.id, reason: 'left' }));
  const right = shownBy(staffed, one);
  assert.equal((await post('/v1/session', right)).status, 200);
  const answers = [
    await post('/v1/session', { ...right, login: 'nobody@office.example' }),
    await post('/v1/session', { ...right, password: 'three unlikely garden chairs' }),
    await post('/v1/session', { ...right, code: shownCode(one.secret, new Date(0)) }),
    await post('/v1/session', right), // its code is used up
    await post('/v1/session', shownBy(staffed, out)),
    await post('/v1/session', { login: other.login, password: PASSWORD }), // without a code
  ].map(plain);
  for (const answer of answers) assert.deepEqual(answer, answers[0]);
  assert.deepEqual([answers[0]?.status, answers[0]?.problem['code']], [401, 'ACCESS_SIGN_IN']);
});

test('after some failures the next attempts have to wait, alike where there is no such account', async () => {
  pass(24 * 3600); // what the network address has failed before is forgotten
  const one = await member(staffed, { roles: ['analyst'] });
  const held: unknown[] = [];
  for (const login of [one.login, 'no-one@office.example']) {
    const wrong = { ...shownBy(staffed, one), login, password: 'wrong' };
    for (let failure = 0; failure < 4; failure += 1)
      assert.deepEqual(refusal(await post('/v1/session', wrong)), [401, 'ACCESS_SIGN_IN']);
    held.push(plain(await post('/v1/session', { ...wrong, password: PASSWORD })));
  }
  assert.deepEqual(held[0], held[1]);
  assert.deepEqual((held[0] as { status: number }).status, 429);
});

test('signing out everywhere ends all sessions of who asks, and nobody else’s', async () => {
  pass(24 * 3600);
  const [one, other] = [await member(staffed, { roles: ['analyst'] }), await member(staffed, { roles: ['analyst'] })];
  const [asks, elsewhere] = [await signedIn(staffed, one), await signedIn(staffed, one)];
  const others = await signedIn(staffed, other);
  assert.equal((await asks('DELETE', '/v1/sessions')).status, 204);
  const states = await Promise.all(
    [asks, elsewhere, others].map(async (by) => (await by('GET', '/v1/session')).status),
  );
  assert.deepEqual(states, [401, 401, 200]);
});

test('who was invited chooses a password and a second factor, once, and signs in by them', async () => {
  const admin = await signedIn(staffed, await member(staffed, { roles: ['admin'] }));
  const one = await member(staffed, { roles: ['analyst'] });
  const invitation = await admin('POST', `/v1/accounts/${one.actor.id}/invite`, { body: {} });
  assert.equal(invitation.status, 200);
  const token = String(invitation.json['token']);
  assert.equal((await post('/v1/session', shownBy(staffed, one))).status, 401, 'the means before have ended');
  const weak = await post('/v1/invitation/begin', { token, password: 'password1234' });
  assert.deepEqual(refusal(weak), [422, 'ACCESS_PASSWORD']);
  const password = 'seven patient paper boats';
  const offer = await post('/v1/invitation/begin', { token, password });
  assert.match(String(offer.json['uri']), /^otpauth:\/\/totp\//);
  const secret = String(offer.json['secret']);
  const wrong = await post('/v1/invitation/complete', { token, code: shownCode(secret, new Date(0)) });
  assert.deepEqual(refusal(wrong), [422, 'ACCESS_FACTOR']);
  const done = await post('/v1/invitation/complete', { token, code: shownCode(secret, house.clock()) });
  const [code] = done.json['codes'] as unknown as readonly string[];
  assert.equal((await post('/v1/session', { login: one.login, password, code })).status, 200);
  const again = await post('/v1/invitation/begin', { token, password });
  assert.deepEqual(refusal(again), [422, 'ACCESS_INVITATION']);
  const kept = await house.registry.query<{ answer: Buffer }>('SELECT answer FROM api_answer');
  assert.ok(
    kept.length > 0 && kept.every(({ answer }) => house.vault.open('account', answer)?.includes(secret) === false),
  );
});

test('the own password is changed by who shows it; other sessions end, this one goes on', async () => {
  const one = await member(staffed, { roles: ['analyst'] });
  const [asks, elsewhere] = [await signedIn(staffed, one), await signedIn(staffed, one)];
  const fresh = 'seven patient paper boats';
  const wrong = await asks('POST', '/v1/own/password', { body: { password: 'wrong', fresh } });
  assert.deepEqual(refusal(wrong), [401, 'ACCESS_SIGN_IN']);
  assert.equal((await elsewhere('GET', '/v1/session')).status, 200);
  const weak = await asks('POST', '/v1/own/password', { body: { password: PASSWORD, fresh: 'short' } });
  assert.deepEqual(refusal(weak), [422, 'ACCESS_PASSWORD']);
  assert.equal((await asks('POST', '/v1/own/password', { body: { password: PASSWORD, fresh } })).status, 204);
  assert.deepEqual(
    [(await asks('GET', '/v1/session')).status, (await elsewhere('GET', '/v1/session')).status],
    [200, 401],
  );
  pass(30);
  assert.equal((await post('/v1/session', { ...shownBy(staffed, one), password: fresh })).status, 200);
});

test('another second factor counts once a code of it was shown; codes for recovery are made anew', async () => {
  const one = await member(staffed, { roles: ['analyst'] });
  const asks = await signedIn(staffed, one);
  const refused = await asks('POST', '/v1/own/totp/begin', { body: { password: 'wrong' } });
  assert.deepEqual(refusal(refused), [401, 'ACCESS_SIGN_IN']);
  const offer = await asks('POST', '/v1/own/totp/begin', { body: { password: PASSWORD } });
  const secret = String(offer.json['secret']);
  const confirm = (at: Date) => asks('POST', '/v1/own/totp/confirm', { body: { code: shownCode(secret, at) } });
  assert.deepEqual(refusal(await confirm(new Date(0))), [422, 'ACCESS_FACTOR']);
  assert.equal((await confirm(house.clock())).status, 204);
  pass(30);
  assert.equal((await post('/v1/session', shownBy(staffed, one))).status, 401);
  assert.equal((await post('/v1/session', shownBy(staffed, { ...one, secret }))).status, 200);
  const none = await asks('POST', '/v1/own/recovery-codes', { body: { password: 'wrong' } });
  assert.deepEqual(refusal(none), [401, 'ACCESS_SIGN_IN']);
  const made = await asks('POST', '/v1/own/recovery-codes', { body: { password: PASSWORD } });
  assert.equal((made.json['codes'] as unknown as readonly string[]).length, 10);
});
