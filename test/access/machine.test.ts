import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { createAccount, disableAccount } from '../../src/access/accounts/account.ts';
import { addMachineCertificate, addMachineKey, removeMachineCredential } from '../../src/access/accounts/machine.ts';
import type { Actor } from '../../src/access/actor.ts';
import { machineByCertificate, signInByAssertion } from '../../src/access/sign_in/machine.ts';
import { sessionOf } from '../../src/access/sign_in/session.ts';
import type { Registry } from '../../src/stores/registry.ts';
import { freshRegistry } from '../office.ts';
import { codeOf, later, NOW, type Office, officeOf, refusedBy, somebody, taken } from './desk.ts';

const AUDIENCE = 'https://ceir.authority.example/v1/token';

let registry: Registry;
let office: Office;
let admin: Actor;
let operator: Actor;
let machines = 0;

before(async () => {
  registry = await freshRegistry();
  office = officeOf(registry);
  admin = await somebody(office, { roles: ['admin'] });
  operator = await somebody(office, { kind: 'operator', operator: 'alfa', roles: ['operator'] });
});

/** A machine of the operator, without credentials. */
async function machine(): Promise<string> {
  machines += 1;
  const wanted = { organisation: operator.organisation?.id ?? '', kind: 'machine', roles: ['operator'] } as const;
  const named = { login: `machine-${machines}`, name: 'Delivery of data' };
  return (await office((desk) => createAccount(desk, { ...wanted, ...named }), { actor: admin })).id;
}

type Keys = Awaited<ReturnType<typeof generateKeyPair>>;

async function withKey(
  algorithm = 'EdDSA',
): Promise<{ readonly id: string; readonly kid: string; readonly keys: Keys }> {
  const id = await machine();
  const keys = await generateKeyPair(algorithm, { extractable: true });
  const jwk = await exportJWK(keys.publicKey);
  const { kid } = await office((desk) => addMachineKey(desk, { account: id, jwk }), { actor: admin });
  return { id, kid, keys };
}

let assertions = 0;
const at = (seconds: number): number => NOW.getTime() / 1000 + seconds;

/** An assertion that holds, but for what is changed in it. */
function asserted(
  { id, kid, keys }: { readonly id: string; readonly kid: string; readonly keys: Keys },
  { header = {}, ...claims }: { readonly header?: object } & Record<string, unknown> = {},
): Promise<string> {
  assertions += 1;
  const all = { iss: id, sub: id, aud: AUDIENCE, iat: at(0), exp: at(60), jti: `jti ${assertions}`, ...claims };
  return new SignJWT(Object.fromEntries(Object.entries(all).filter(([, claim]) => claim !== undefined)))
    .setProtectedHeader({ alg: 'EdDSA', kid, ...header })
    .sign(keys.privateKey);
}

const shown = (assertion: string, now = NOW) =>
  office((desk) => signInByAssertion(desk, { assertion, audience: AUDIENCE, source: '192.0.2.7' }), {
    actor: { id: 'nobody', roles: [] },
    now,
  });

test('a machine that signs an assertion has a short token, by each kind of key', async () => {
  for (const alg of ['EdDSA', 'ES256', 'PS256']) {
    const machine = await withKey(alg);
    const signed = taken(await shown(await asserted(machine, { header: { alg } })));
    assert.deepEqual([signed.actor.id, signed.actor.roles, signed.expires], [machine.id, ['operator'], later(600)]);
    assert.equal(signed.actor.organisation?.operator, 'alfa');
    assert.deepEqual(await office((desk) => sessionOf(desk, signed.token)), signed.actor);
  }
});

test('an assertion is used once, also when it comes twice at once', async () => {
  const assertion = await asserted(await withKey());
  const outcomes = await Promise.all([shown(assertion), shown(assertion), shown(assertion)]);
  assert.deepEqual(outcomes.map(codeOf).sort(), ['ACCESS_SIGN_IN', 'ACCESS_SIGN_IN', 'ok']);
  assert.equal(codeOf(await shown(assertion)), 'ACCESS_SIGN_IN');
});

test('whatever is wrong in it, the answer is the same', async () => {
  const [one, other] = [await withKey(), await withKey()];
  const answers = await Promise.all(
    [
      await asserted(one, { aud: 'https://elsewhere.example' }),
      await asserted(one, { aud: undefined }),
      await asserted(one, { iss: other.id }),
      await asserted(one, { sub: other.id }),
      await asserted(one, { exp: at(301) }),
      await asserted(one, { exp: undefined }),
      await asserted(one, { iat: undefined }),
      await asserted(one, { iat: at(60), exp: at(120) }),
      await asserted(one, { iat: at(-400), exp: at(-100) }),
      await asserted(one, { jti: undefined }),
      await asserted(one, { jti: '' }),
      await asserted(one, { jti: 'x'.repeat(257) }),
      await asserted(one, { nbf: at(120) }),
      await asserted({ ...one, keys: other.keys }),
      await asserted({ ...one, kid: 'none' }),
      await asserted({ ...one, kid: other.kid }),
      `${await asserted(one)}x`,
      'no assertion',
      '',
      `${Buffer.from(JSON.stringify({ alg: 'none', kid: one.kid })).toString('base64url')}.e30.`,
    ].map((assertion) => shown(assertion)),
  );
  for (const [place, answer] of answers.entries()) assert.deepEqual(answer, answers[0], String(place));
  assert.equal(codeOf(answers[0] ?? assert.fail()), 'ACCESS_SIGN_IN');
  taken(await shown(await asserted(one, { iat: at(20), exp: at(320) })));
});

test('a public key is not taken for a shared secret', async () => {
  const { id, kid, keys } = await withKey('ES256');
  const secret = Buffer.from(JSON.stringify(await exportJWK(keys.publicKey)));
  const forged = await new SignJWT({ iss: id, sub: id, aud: AUDIENCE, iat: at(0), exp: at(60), jti: 'forged' })
    .setProtectedHeader({ alg: 'HS256', kid })
    .sign(secret);
  assert.equal(codeOf(await shown(forged)), 'ACCESS_SIGN_IN');
});

test('a key that was ended, or whose account was shut out, signs nobody in', async () => {
  const ended = await withKey();
  await office((desk) => removeMachineCredential(desk, { kid: ended.kid }), { actor: admin });
  assert.equal(codeOf(await shown(await asserted(ended))), 'ACCESS_SIGN_IN');
  const shut = await withKey();
  await office((desk) => disableAccount(desk, { account: shut.id, reason: 'ended' }), { actor: admin });
  assert.equal(codeOf(await shown(await asserted(shut))), 'ACCESS_SIGN_IN');
});

test('keys that are private, weak, of another kind, broken, of a person or in use are not taken', async () => {
  const id = await machine();
  const adding = (jwk: JWK, account = id) => office((desk) => addMachineKey(desk, { account, jwk }), { actor: admin });
  const pair = await generateKeyPair('EdDSA', { extractable: true });
  const open = await exportJWK(pair.publicKey);
  await assert.rejects(adding(await exportJWK(pair.privateKey)), refusedBy('ACCESS_MACHINE'));
  await assert.rejects(
    adding({ kty: 'RSA', n: Buffer.alloc(128, 1).toString('base64url'), e: 'AQAB' }),
    refusedBy('ACCESS_MACHINE'),
  );
  await assert.rejects(adding({ kty: 'oct', k: 'c2VjcmV0' }), refusedBy('ACCESS_MACHINE'));
  await assert.rejects(adding({ kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' }), refusedBy('ACCESS_MACHINE'));
  await assert.rejects(adding(open, operator.id), refusedBy('ACCESS_ACCOUNT'));
  await adding(open);
  await assert.rejects(adding(open), refusedBy('ACCESS_TAKEN'));
});

test('a machine is known by its certificate until that is ended', async () => {
  const id = await machine();
  const fingerprint = 'AB:'.repeat(32).slice(0, -1);
  const adding = (account: string, print: string) =>
    office((desk) => addMachineCertificate(desk, { account, fingerprint: print }), { actor: admin });
  await adding(id, fingerprint);
  const found = (print: string) => office((desk) => machineByCertificate(desk, print));
  assert.equal((await found('ab'.repeat(32)))?.id, id);
  assert.equal(await found('cd'.repeat(32)), undefined);
  await assert.rejects(adding(await machine(), fingerprint), refusedBy('ACCESS_TAKEN'));
  await assert.rejects(adding(id, 'AB:CD'), refusedBy('ACCESS_MACHINE'));
  await assert.rejects(adding(operator.id, 'ef'.repeat(32)), refusedBy('ACCESS_ACCOUNT'));
  await office((desk) => removeMachineCredential(desk, { fingerprint }), { actor: admin });
  assert.equal(await found(fingerprint), undefined);
  await assert.rejects(
    office((desk) => removeMachineCredential(desk, { fingerprint }), { actor: operator }),
    refusedBy('ACCESS_ROLE'),
  );
});
