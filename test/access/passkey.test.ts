import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { disableAccount } from '../../src/access/accounts/account.ts';
import type { Actor } from '../../src/access/actor.ts';
import {
  beginPasskey,
  beginPasskeySignIn,
  finishPasskey,
  ownPasskeys,
  removeOwnPasskey,
  type Site,
  signInByPasskey,
} from '../../src/access/sign_in/passkey.ts';
import { sessionOf } from '../../src/access/sign_in/session.ts';
import type { Registry } from '../../src/stores/registry.ts';
import { freshRegistry } from '../office.ts';
import { type Asked, type Authenticator, newAuthenticator } from './authenticator.ts';
import { codeOf, later, NOW, type Office, officeOf, somebody, taken } from './desk.ts';
import { invited, PASSWORD } from './person.ts';

const SITE: Site = { origin: 'https://ceir.authority.example', name: 'openceir' };

let registry: Registry;
let office: Office;

before(async () => {
  registry = await freshRegistry();
  office = officeOf(registry);
});

async function member(): Promise<Actor> {
  const actor = await somebody(office, { roles: ['analyst'] });
  await invited(office, actor);
  return actor;
}

const begun = (actor: Actor, password = PASSWORD) =>
  office((desk) => beginPasskey(desk, { site: SITE, password, source: '192.0.2.9' }), { actor });

async function registered(actor: Actor, key: Authenticator, wrong: Partial<Asked> = {}, now = NOW) {
  const { challenge } = taken(await begun(actor));
  const response = key.register({ challenge, origin: SITE.origin, ...wrong });
  return office((desk) => finishPasskey(desk, { site: SITE, response, label: 'my telephone' }), { actor, now });
}

const asked = async (): Promise<Asked> => {
  const { challenge } = await office((desk) => beginPasskeySignIn(desk, SITE));
  return { challenge, origin: SITE.origin };
};
const answered = (response: ReturnType<Authenticator['assert']>, now = NOW) =>
  office((desk) => signInByPasskey(desk, { site: SITE, response, source: '192.0.2.9' }), {
    actor: { id: 'nobody', roles: [] },
    now,
  });

test('a passkey is made by who shows the password, and signs in without naming an account', async () => {
  const actor = await member();
  assert.equal(codeOf(await begun(actor, 'wrong')), 'ACCESS_SIGN_IN');
  const key = newAuthenticator();
  taken(await registered(actor, key));
  const options = await office((desk) => beginPasskeySignIn(desk, SITE));
  assert.deepEqual(
    [options.allowCredentials, options.userVerification, options.rpId],
    [undefined, 'required', 'ceir.authority.example'],
  );
  const signed = taken(await answered(key.assert({ challenge: options.challenge, origin: SITE.origin })));
  assert.deepEqual(await office((desk) => sessionOf(desk, signed.token)), actor);
  const [kept] = await office((desk) => ownPasskeys(desk), { actor });
  assert.deepEqual([kept?.label, kept?.last_used], ['my telephone', NOW]);
});

test('a challenge is answered once, in time, by what it was put out for', async () => {
  const actor = await member();
  const key = newAuthenticator();
  taken(await registered(actor, key));
  const once = await asked();
  taken(await answered(key.assert(once)));
  assert.equal(codeOf(await answered(key.assert(once))), 'ACCESS_SIGN_IN');
  assert.equal(codeOf(await answered(key.assert(await asked()), later(300))), 'ACCESS_SIGN_IN');
  const { challenge } = taken(await begun(actor));
  assert.equal(codeOf(await answered(key.assert({ challenge, origin: SITE.origin }))), 'ACCESS_SIGN_IN');
  assert.equal(codeOf(await answered(key.assert({ challenge: 'AAAA', origin: SITE.origin }))), 'ACCESS_SIGN_IN');
});

test('another site, an owner who was not verified, another’s key or signature sign nobody in', async () => {
  const [key, other] = [newAuthenticator(), newAuthenticator()];
  taken(await registered(await member(), key));
  taken(await registered(await member(), other));
  const good = key.assert(await asked());
  const answers = [
    await answered(key.assert({ ...(await asked()), origin: 'https://ceir.authority.example.evil.example' })),
    await answered(key.assert({ ...(await asked()), isVerified: false })),
    await answered(newAuthenticator().assert(await asked())),
    await answered({ ...other.assert(await asked()), id: key.id, rawId: key.id }),
    await answered({ ...good, response: { ...good.response, clientDataJSON: 'no JSON' } }),
    await answered({ ...good, response: { ...good.response, signature: 'AA' } }),
  ];
  for (const [at, answer] of answers.entries()) assert.deepEqual(answer, answers[0], String(at));
  assert.equal(codeOf(answers[0] ?? assert.fail()), 'ACCESS_SIGN_IN');
  const rows = await registry.query(`SELECT FROM access_event WHERE event = 'sign_in.failed'`);
  assert.ok(rows.length >= 6);
});

test('a counter that does not grow tells of a copy', async () => {
  const key = newAuthenticator();
  taken(await registered(await member(), key));
  taken(await answered(key.assert(await asked())));
  taken(await answered(key.assert(await asked())));
  key.counter = 1;
  assert.equal(codeOf(await answered(key.assert(await asked()))), 'ACCESS_SIGN_IN');
  const rows = await registry.query(`SELECT FROM access_event WHERE detail->>'why' = 'counter of a copy'`);
  assert.equal(rows.length, 1);
  taken(await answered(key.assert(await asked())));
});

test('a passkey that does not count is taken as it is', async () => {
  const key = newAuthenticator();
  taken(await registered(await member(), key));
  for (let at = 0; at < 2; at += 1) {
    key.counter = -1;
    taken(await answered(key.assert(await asked())));
  }
});

test('a passkey of another site, of an owner who was not verified, or answered too late is not kept', async () => {
  const actor = await member();
  const key = newAuthenticator();
  for (const wrong of [{ origin: 'https://evil.example' }, { isVerified: false }, { challenge: 'AAAA' }])
    assert.equal(codeOf(await registered(actor, key, wrong)), 'ACCESS_FACTOR', JSON.stringify(wrong));
  assert.equal(codeOf(await registered(actor, key, {}, later(300))), 'ACCESS_FACTOR');
  const other = await member();
  const { challenge } = taken(await begun(actor));
  const response = key.register({ challenge, origin: SITE.origin });
  const stolen = await office((desk) => finishPasskey(desk, { site: SITE, response, label: 'x' }), { actor: other });
  assert.equal(codeOf(stolen), 'ACCESS_FACTOR', 'the challenge was another’s');
  taken(await registered(actor, key));
  assert.equal(codeOf(await registered(other, key)), 'ACCESS_TAKEN');
});

test('a removed passkey, or that of a shut-out account, signs nobody in; nobody removes another’s', async () => {
  const [actor, other] = [await member(), await member()];
  const [key, second] = [newAuthenticator(), newAuthenticator()];
  taken(await registered(actor, key));
  taken(await registered(other, second));
  await office((desk) => removeOwnPasskey(desk, key.id), { actor: other });
  taken(await answered(key.assert(await asked())));
  await office((desk) => removeOwnPasskey(desk, key.id), { actor });
  assert.equal(codeOf(await answered(key.assert(await asked()))), 'ACCESS_SIGN_IN');
  await office((desk) => disableAccount(desk, { account: other.id, reason: 'left' }));
  assert.equal(codeOf(await answered(second.assert(await asked()))), 'ACCESS_SIGN_IN');
});

test('an account has ten passkeys at most', async () => {
  const actor = await member();
  for (let at = 0; at < 10; at += 1) taken(await registered(actor, newAuthenticator()));
  assert.equal(codeOf(await begun(actor)), 'ACCESS_FACTOR');
});
