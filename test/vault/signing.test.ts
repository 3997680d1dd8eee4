import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { test } from 'node:test';
import { decodeProtectedHeader } from 'jose';
import { resigned } from '../../src/vault/ring.ts';
import { publicKeys, signerOf, verifySigned } from '../../src/vault/signing.ts';
import { memoryKeys } from './memory.ts';

const AT = new Date('2026-03-01T12:00:00Z');
const after = (seconds: number): Date => new Date(AT.getTime() + seconds * 1000);

test('a certificate says what was signed, by whom, when and until when', async () => {
  const signer = signerOf(memoryKeys(), 'Freedonia');
  const token = await signer.sign('clean', { imei: '49015420323751', iss: 'me' }, { seconds: 600, at: AT });
  assert.deepEqual(decodeProtectedHeader(token), { alg: 'EdDSA', typ: 'clean+jwt', kid: signer.kid });
  const read = await verifySigned(token, signer.keys(), 'clean', after(599));
  const iat = AT.getTime() / 1000;
  assert.deepEqual(read, {
    ok: true,
    value: { imei: '49015420323751', iss: 'Freedonia', iat, exp: iat + 600 },
  });
});

test('it holds for its time, and without an end for ever', async () => {
  const signer = signerOf(memoryKeys(), 'Freedonia');
  const short = await signer.sign('clean', {}, { seconds: 600, at: AT });
  const late = await verifySigned(short, signer.keys(), 'clean', after(600));
  assert.equal(late.ok ? '' : late.fault.code, 'SIGNED_EXPIRED');
  const lasting = await signer.sign('approval', { certificate: 'TA-1' }, { at: AT });
  assert.ok((await verifySigned(lasting, signer.keys(), 'approval', after(1e9))).ok);
});

test('one type is not taken for another, and no letter can be changed', async () => {
  const signer = signerOf(memoryKeys(), 'Freedonia');
  const token = await signer.sign('clean', { imei: '1' }, { at: AT });
  const codeOf = async (text: string, type = 'clean'): Promise<string> => {
    const read = await verifySigned(text, signer.keys(), type, AT);
    return read.ok ? '' : read.fault.code;
  };
  assert.equal(await codeOf(token), '');
  assert.equal(await codeOf(token, 'approval'), 'SIGNED_FORM');
  for (const text of ['', 'a.b.c', token.slice(0, -8), `${token}.`])
    assert.equal(await codeOf(text), 'SIGNED_FORM', text);
  const [head = '', body = '', signature = ''] = token.split('.');
  const other = Buffer.from(JSON.stringify({ imei: '2' })).toString('base64url');
  assert.equal(await codeOf([head, other, signature].join('.')), 'SIGNED_FORM');
  const none = Buffer.from(JSON.stringify({ alg: 'none', typ: 'clean+jwt', kid: signer.kid })).toString('base64url');
  assert.equal(await codeOf([none, body, ''].join('.')), 'SIGNED_FORM');
});

test('another register’s signature counts for nothing', async () => {
  const [ours, theirs] = [signerOf(memoryKeys(), 'Freedonia'), signerOf(memoryKeys(), 'Freedonia')];
  const read = await verifySigned(await theirs.sign('clean', {}, { at: AT }), ours.keys(), 'clean', AT);
  assert.equal(read.ok ? '' : read.fault.code, 'SIGNED_KEY');
});

test('a new key signs from then on; what the old one signed still verifies, and the old one is gone', async () => {
  const keys = memoryKeys();
  const signer = signerOf(keys, 'Freedonia');
  const [before, old] = [signer.kid, await signer.sign('clean', {}, { at: AT })];
  keys.replace(resigned(keys.ring(), AT));
  const fresh = await signer.sign('clean', {}, { at: AT });
  assert.notEqual(signer.kid, before);
  assert.equal(decodeProtectedHeader(fresh).kid, signer.kid);
  for (const token of [old, fresh]) assert.ok((await verifySigned(token, signer.keys(), 'clean', AT)).ok);
  assert.deepEqual(
    keys.ring().signing.map(({ d }) => d !== undefined),
    [false, true],
  );
});

test('the published keys are public, and any other program can check a signature with them', async () => {
  const keys = memoryKeys();
  const signer = signerOf(keys, 'Freedonia');
  const [jwk] = publicKeys(keys).keys;
  assert.deepEqual(Object.keys(jwk ?? {}).sort(), ['alg', 'crv', 'kid', 'kty', 'use', 'x']);
  const [head = '', body = '', signature = ''] = (await signer.sign('clean', { imei: '1' })).split('.');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: jwk?.x ?? '' }, format: 'jwk' });
  assert.ok(verify(null, Buffer.from(`${head}.${body}`), key, Buffer.from(signature, 'base64url')));
});
