import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { createAccount, disableAccount } from '../../src/access/accounts/account.ts';
import { addMachineCertificate, addMachineKey } from '../../src/access/accounts/machine.ts';
import { csrfOf, endSession, openSession } from '../../src/access/sign_in/session.ts';
import { authenticateBy } from '../../src/api/authenticate.ts';
import { SESSION_COOKIE } from '../../src/api/caller.ts';
import { makeApi } from '../../src/api/server.ts';
import { NOW, officeOf, POLICY, somebody } from '../access/desk.ts';
import { type Authority, makeAuthority, withoutOpenssl } from '../peers/certificates.ts';
import { ask, openApi, openHouse } from './ground.ts';

const house = await openHouse({ policy: POLICY, clock: () => NOW, authenticate: authenticateBy(POLICY) });
const office = officeOf(house.registry);
const { url } = await openApi(house);
const dealer = await somebody(office, { kind: 'dealer', roles: ['dealer'] });
const admin = await somebody(office, { roles: ['admin'] });

const session = () => office((desk) => openSession(desk, { kind: 'staff', actor: dealer, method: 'demo' }));
const jobs = (headers: Readonly<Record<string, string>>) => ask(`${url}/v1/jobs`, 'GET', { headers });

async function machine(login: string): Promise<string> {
  const wanted = {
    organisation: dealer.organisation?.id ?? '',
    kind: 'machine',
    roles: ['dealer'],
    login,
    name: 'Till',
  } as const;
  return (await office((desk) => createAccount(desk, wanted), { actor: admin })).id;
}

test('the token of a session is known until it ends', async () => {
  const { token } = await session();
  const bearer = { authorization: `Bearer ${token}` };
  assert.equal((await jobs(bearer)).status, 200);
  await office((desk) => endSession(desk, token));
  assert.equal((await jobs(bearer)).status, 401);
});

test('what is no token is none', async () => {
  for (const authorization of [
    '',
    'Bearer',
    'Bearer short',
    'Basic YTpi',
    `Bearer ${'a'.repeat(40)} b`,
    'Bearer ../../../etc/passwd/x',
  ])
    assert.equal((await jobs({ authorization })).status, 401, authorization);
});

test('a cookie reads, and writes only from our own pages', async () => {
  const { token } = await session();
  const cookie = `${SESSION_COOKIE}=${token}`;
  assert.equal((await jobs({ cookie })).status, 200);
  const write = (headers: Readonly<Record<string, string>>, key: string) =>
    ask(`${url}/v1/bulk`, 'POST', { key, headers: { cookie, ...headers }, body: { imeis: ['356938035643809'] } });
  const blind = await write({}, 'key-of-blind');
  assert.deepEqual([blind.status, blind.json['code']], [403, 'API_ORIGIN']);
  assert.equal((await write({ 'x-csrf-token': csrfOf(`${token}x`) }, 'key-of-other')).status, 403);
  assert.equal((await write({ 'x-csrf-token': csrfOf(token) }, 'key-of-ours')).status, 202);
  assert.equal(
    (await write({ cookie: '', authorization: `Bearer ${token}` }, 'key-of-bearer')).status,
    202,
    'no page sends a header',
  );
});

test('a machine gets a token for an assertion, once, as JSON or as a form', async () => {
  const id = await machine('till-1');
  const keys = await generateKeyPair('EdDSA', { extractable: true });
  const jwk = await exportJWK(keys.publicKey);
  const { kid } = await office((desk) => addMachineKey(desk, { account: id, jwk }), { actor: admin });
  const seconds = NOW.getTime() / 1000;
  const assertion = (jti: string, aud = 'https://ceir.example/v1/token'): Promise<string> =>
    new SignJWT({ iss: id, sub: id, aud, iat: seconds, exp: seconds + 60, jti })
      .setProtectedHeader({ alg: 'EdDSA', kid })
      .sign(keys.privateKey);
  const form = (client_assertion: string) => ({
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion,
  });
  const first = await assertion('one');
  const given = await ask(`${url}/v1/token`, 'POST', { body: form(first) });
  assert.deepEqual([given.status, given.json['token_type']], [200, 'Bearer']);
  assert.equal((await jobs({ authorization: `Bearer ${given.json['access_token']}` })).status, 200);
  const again = await ask(`${url}/v1/token`, 'POST', { body: form(first) });
  assert.deepEqual([again.status, again.json['code']], [401, 'ACCESS_SIGN_IN']);
  const encoded = await ask(`${url}/v1/token`, 'POST', {
    body: new URLSearchParams(form(await assertion('two'))).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  });
  assert.equal(encoded.status, 200);
  const others = await ask(`${url}/v1/token`, 'POST', {
    body: form(await assertion('three', 'https://elsewhere.example')),
  });
  assert.equal(others.status, 401);
});

const folder = mkdtempSync(path.join(tmpdir(), 'ceir-mtls-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** The status of an answer to who shows a certificate, or none. */
function statusOver(
  to: string,
  authority: Authority,
  own?: { readonly key: Buffer; readonly cert: Buffer },
): Promise<number> {
  return new Promise((resolve, reject) => {
    const asking = request(`${to}/v1/jobs`, { ca: authority.cert, agent: false, ...own }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    asking.on('error', reject).end();
  });
}

test('a machine is known by the certificate that it proves in TLS', { skip: withoutOpenssl() }, async (t) => {
  const [authority, stranger] = [makeAuthority(folder, 'ours'), makeAuthority(folder, 'theirs')];
  const server = authority.issue('register');
  const app = await makeApi({ house, tls: { key: server.key, cert: server.cert, ca: authority.cert } });
  t.after(() => app.close());
  const to = await app.listen({ host: '127.0.0.1', port: 0 });
  const id = await machine('till-2');
  const [entered, unknown, forged] = [authority.issue('till'), authority.issue('other'), stranger.issue('till')];
  for (const one of [entered, forged]) {
    const fingerprint = new X509Certificate(one.cert).fingerprint256;
    await office((desk) => addMachineCertificate(desk, { account: id, fingerprint }), { actor: admin });
  }
  assert.equal(await statusOver(to, authority, entered), 200);
  assert.equal(await statusOver(to, authority, unknown), 401, 'of our authority, and nobody’s');
  assert.equal(await statusOver(to, authority, forged), 401, 'entered, and of another authority');
  assert.equal(await statusOver(to, authority), 401, 'none');
  await office((desk) => disableAccount(desk, { account: id, reason: 'stolen till' }), { actor: admin });
  assert.equal(await statusOver(to, authority, entered), 401, 'shut out');
});
