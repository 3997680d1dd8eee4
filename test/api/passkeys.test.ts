import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Authenticator, newAuthenticator } from '../access/authenticator.ts';
import { PASSWORD } from '../access/person.ts';
import { ask, type Back } from './ground.ts';
import { type Asking, askingBy, cookieIn, member, openStaffed, ourPage, plain, refusal, signedIn } from './staff.ts';

const staffed = await openStaffed();
const { url, house } = staffed;
const origin = house.publicUrl;
const post = (path: string, body?: unknown): Promise<Back> => ask(`${url}${path}`, 'POST', { body });

async function registered(asks: Asking, key: Authenticator, site = origin): Promise<Back> {
  const begun = await asks('POST', '/v1/passkeys/begin', { body: { password: PASSWORD } });
  assert.equal(begun.status, 200, begun.text);
  const response = key.register({ challenge: String(begun.json['challenge']), origin: site });
  return asks('POST', '/v1/passkeys', { body: { response, label: 'my telephone' } });
}

async function signed(key: Authenticator, site = origin, more: object = {}): Promise<Back> {
  const { json } = await post('/v1/session/passkey/begin');
  return post('/v1/session/passkey', {
    response: key.assert({ challenge: String(json['challenge']), origin: site }),
    ...more,
  });
}

test('a passkey is made by who shows the password, and signs in without a login', async () => {
  const one = await member(staffed, { roles: ['analyst'] });
  const asks = await signedIn(staffed, one);
  const refused = await asks('POST', '/v1/passkeys/begin', { body: { password: 'wrong' } });
  assert.deepEqual(refusal(refused), [401, 'ACCESS_SIGN_IN']);
  const begun = await asks('POST', '/v1/passkeys/begin', { body: { password: PASSWORD } });
  assert.deepEqual(
    [begun.json['rp'], begun.json['authenticatorSelection']?.['userVerification']],
    [{ id: 'ceir.example', name: house.policy.name }, 'required'],
  );
  const key = newAuthenticator();
  const made = await registered(asks, key);
  assert.deepEqual([made.status, made.json], [201, { id: key.id }]);
  const options = await post('/v1/session/passkey/begin');
  assert.deepEqual([options.json['rpId'], options.json['allowCredentials']], ['ceir.example', undefined]);
  const back = await signed(key, origin, { cookie: true });
  assert.equal(back.status, 200, back.text);
  const who = await askingBy(staffed, ourPage(cookieIn(back)))('GET', '/v1/session');
  assert.deepEqual([who.json['account'], who.json['by']], [one.actor.id, 'cookie']);
});

test('another site, an unknown key, or an answer that was given before signs nobody in; all are answered alike', async () => {
  const key = newAuthenticator();
  await registered(await signedIn(staffed, await member(staffed, { roles: ['analyst'] })), key);
  const { json } = await post('/v1/session/passkey/begin');
  const response = key.assert({ challenge: String(json['challenge']), origin });
  assert.equal((await post('/v1/session/passkey', { response })).status, 200);
  const answers = [
    await post('/v1/session/passkey', { response }),
    await signed(key, 'https://ceir.example.evil.example'),
    await signed(newAuthenticator()),
  ].map(plain);
  for (const answer of answers) assert.deepEqual(answer, answers[0]);
  assert.deepEqual([answers[0]?.status, answers[0]?.problem['code']], [401, 'ACCESS_SIGN_IN']);
});

test('what a browser made elsewhere is not kept, nor a passkey that another has', async () => {
  const asks = await signedIn(staffed, await member(staffed, { roles: ['analyst'] }));
  const others = await signedIn(staffed, await member(staffed, { roles: ['analyst'] }));
  const key = newAuthenticator();
  assert.deepEqual(refusal(await registered(asks, key, 'https://evil.example')), [422, 'ACCESS_FACTOR']);
  assert.equal((await registered(asks, key)).status, 201);
  assert.deepEqual(refusal(await registered(others, key)), [409, 'ACCESS_TAKEN']);
});

test('one lists and removes one’s own passkeys, and nobody else’s', async () => {
  const asks = await signedIn(staffed, await member(staffed, { roles: ['analyst'] }));
  const others = await signedIn(staffed, await member(staffed, { roles: ['analyst'] }));
  const key = newAuthenticator();
  await registered(asks, key);
  const remove = (by: Asking) => by('POST', '/v1/passkeys/remove', { body: { id: key.id } });
  const { json } = await asks('GET', '/v1/passkeys');
  const created = house.clock().toISOString();
  assert.deepEqual(json['items'], [{ id: key.id, label: 'my telephone', created, used: null }]);
  assert.deepEqual((await others('GET', '/v1/passkeys')).json['items'], []);
  assert.equal((await remove(others)).status, 204);
  assert.equal((await signed(key)).status, 200);
  assert.equal((await remove(asks)).status, 204);
  assert.equal((await signed(key)).status, 401);
  assert.deepEqual((await asks('GET', '/v1/passkeys')).json['items'], []);
});
