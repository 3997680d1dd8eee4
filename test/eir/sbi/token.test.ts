import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { test } from 'node:test';
import { exportJWK, SignJWT } from 'jose';
import { makeTokens, type TokenRules } from '../../../src/eir/sbi/token.ts';
import { ask, IMEIS, INSTANCE, listen, PATH, request } from './ground.ts';

const NRF = '0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d';
const AMF = '11111111-2222-4333-8444-555555555555';
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const foreign = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const publicPem = String(ec.publicKey.export({ type: 'spki', format: 'pem' }));
const RULES: TokenRules = { keys: publicPem, issuer: NRF, instance: INSTANCE };

type Wishes = {
  readonly key?: KeyObject | Uint8Array;
  readonly alg?: string;
  readonly kid?: string;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly seconds?: number;
};

/** An access token as an NRF gives it to an AMF (TS 29.510 §6.3.5.2.4), but for the wishes. */
async function token({
  key = ec.privateKey,
  alg = 'ES256',
  kid,
  claims = {},
  seconds = 60,
}: Wishes = {}): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const whole = { iss: NRF, sub: AMF, aud: '5G_EIR', scope: 'n5g-eir-eic', exp: now + seconds, ...claims };
  const told = Object.fromEntries(Object.entries(whole).filter(([, value]) => value !== undefined));
  return new SignJWT(told).setProtectedHeader(kid === undefined ? { alg } : { alg, kid }).sign(key);
}

const { port, checker } = await listen({ tokens: RULES });
const root = `http://127.0.0.1:${port}`;
const QUERY = `?pei=imei-${IMEIS.permitted}`;
const withToken = async (wishes?: Wishes) => ask(root, QUERY, { authorization: `Bearer ${await token(wishes)}` });

const TAKEN: readonly (readonly [string, Wishes])[] = [
  ['for the type', {}],
  ['for our instance', { claims: { aud: [INSTANCE] } }],
  ['for several instances', { claims: { aud: ['another', INSTANCE] } }],
  ['with several scopes', { claims: { scope: 'namf-comm n5g-eir-eic' } }],
  ['with claims of later releases', { claims: { producerPlmnId: { mcc: '999', mnc: '01' }, consumerSnssaiList: [] } }],
  ['that ran out a moment ago, as clocks differ', { seconds: -2 }],
];
for (const [what, wishes] of TAKEN)
  test(`a token ${what} is taken`, async () => assert.equal((await withToken(wishes)).status, 200));

const REFUSED: readonly (readonly [string, Wishes])[] = [
  ['that ran out', { seconds: -60 }],
  ['for another type', { claims: { aud: 'UDM' } }],
  ['for another instance', { claims: { aud: ['another'] } }],
  ['of another issuer', { claims: { iss: 'another' } }],
  ['without an end', { claims: { exp: undefined } }],
  ['without a subject', { claims: { sub: undefined } }],
  ['without a scope', { claims: { scope: undefined } }],
  ['not yet valid', { claims: { nbf: Math.floor(Date.now() / 1000) + 86_400 } }],
  ['signed by another', { key: foreign.privateKey }],
  ['signed by a key of another kind', { key: rsa.privateKey, alg: 'RS256' }],
  ['signed with our public key as a secret', { key: Buffer.from(publicPem), alg: 'HS256' }],
];
for (const [what, wishes] of REFUSED)
  test(`a token ${what} is refused with 401`, async () => {
    const seen = await withToken(wishes);
    assert.equal(seen.status, 401);
    assert.match(String(seen.headers['www-authenticate']), /^Bearer realm="n5g-eir-eic", error="invalid_token"$/);
    assert.equal(seen.headers['content-type'], 'application/problem+json');
  });

test('a token of another scope is refused with 403', async () => {
  const seen = await withToken({ claims: { scope: 'nudm-sdm' } });
  assert.equal(seen.status, 403);
  assert.match(String(seen.headers['www-authenticate']), /error="insufficient_scope", scope="n5g-eir-eic"/);
});

test('without a token, and with what is none, 401 is answered and nothing is checked', async () => {
  const before = checker.asked.length;
  const none = await ask(root, QUERY);
  assert.deepEqual([none.status, none.headers['www-authenticate']], [401, 'Bearer realm="n5g-eir-eic"']);
  const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{}').toString('base64url')}.`;
  for (const authorization of [
    'Basic eDp5',
    'Bearer',
    'Bearer ',
    'Bearer x.y.z',
    `Bearer ${unsigned}`,
    `Bearer ${'a'.repeat(9000)}`,
  ])
    assert.equal((await ask(root, QUERY, { authorization })).status, 401, authorization.slice(0, 20));
  assert.equal(checker.asked.length, before);
});

test('many requests with one token, at once and one after the other, are all answered', async () => {
  const authorization = `Bearer ${await token()}`;
  const seen = await request(
    root,
    Array.from({ length: 60 }, () => ({ ':path': PATH + QUERY, authorization })),
  );
  assert.ok(seen.every(({ status }) => status === 200));
});

test('a token is verified once and holds until its end, also on other connections', async () => {
  const tokens = makeTokens(RULES);
  const header = `Bearer ${await token({ seconds: 30 })}`;
  const seats = [1, 2].map(() => ({ token: '', finding: undefined }));
  const [first, second] = seats;
  assert.ok(first !== undefined && second !== undefined);
  const now = Date.now();
  const pending = tokens.check(header, first, now);
  assert.ok(pending instanceof Promise);
  assert.equal(await pending, undefined);
  assert.equal(tokens.check(header, first, now), undefined);
  assert.equal(tokens.check(header, second, now), undefined, 'known without another look at its signature');
  const over = tokens.check(header, first, now + 40_000);
  assert.ok(over instanceof Promise, 'after its end it is looked at again');
});

test('more tokens than are remembered do not grow without bound, and a flood of bad ones is turned away', async () => {
  const tokens = makeTokens(RULES);
  const seat = { token: '', finding: undefined };
  const answers = Array.from({ length: 600 }, (_, n) => tokens.check(`Bearer a.b.${n}`, { ...seat }, Date.now()));
  const settled = await Promise.all(answers);
  const statuses = settled.map((problem) => problem?.status);
  assert.deepEqual([...new Set(statuses)].sort(), [401, 503]);
  assert.equal(statuses.filter((status) => status === 401).length, 256);
  const again = (seconds: number) => tokens.check('Bearer a.b.1', { ...seat }, Date.now() + 1000 * seconds);
  assert.ok(!(again(-60) instanceof Promise), 'a bad one is remembered');
  assert.ok(again(60) instanceof Promise, 'and not for long');
});

test('the keys may be a JWK set, which is chosen from by key id', async () => {
  const jwk = async (key: KeyObject, kid: string, alg: string) => ({ ...(await exportJWK(key)), kid, alg, use: 'sig' });
  const keys = JSON.stringify({
    keys: [await jwk(foreign.publicKey, 'old', 'ES256'), await jwk(rsa.publicKey, 'new', 'RS256')],
  });
  const ground = await listen({ tokens: { ...RULES, keys } });
  const at = `http://127.0.0.1:${ground.port}`;
  const status = async (wishes: Wishes) =>
    (await ask(at, QUERY, { authorization: `Bearer ${await token(wishes)}` })).status;
  assert.equal(await status({ key: rsa.privateKey, alg: 'RS256', kid: 'new' }), 200);
  assert.equal(await status({ key: foreign.privateKey, kid: 'old' }), 200);
  assert.equal(await status({ key: ec.privateKey, kid: 'old' }), 401);
  assert.equal(await status({ key: ec.privateKey, kid: 'none' }), 401);
});

test('keys that cannot be read are told of when the listener is made', async () => {
  await assert.rejects(listen({ tokens: { ...RULES, keys: 'no key' } }));
});
