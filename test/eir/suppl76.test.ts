import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { Ajv } from 'ajv';
import { LU_STATUS_RESP, readLuStatusReq } from '../../src/codecs/suppl76/message.ts';
import { NAMES } from '../../src/codecs/suppl76/names.ts';
import { listenSuppl76, type Suppl76Options } from '../../src/eir/suppl76.ts';
import { makeAuthority, withoutOpenssl } from '../peers/certificates.ts';
import { IMEIS, makeChecker, run, until, without } from './sbi/ground.ts';

async function listen(options: Partial<Suppl76Options> = {}) {
  const checker = makeChecker();
  const counts = new Map<string, number>();
  const count = (name: string, label = ''): void => {
    counts.set(`${name} ${label}`, (counts.get(`${name} ${label}`) ?? 0) + 1);
  };
  const server = await listenSuppl76({ host: '127.0.0.1', port: 0, checker, count, ...options });
  after(() => server.close(0));
  return { server, checker, counts, url: `http://${server.address}${NAMES.path}` };
}
const { url, checker, counts } = await listen();

type Told = { readonly status: number; readonly body: Readonly<Record<string, unknown>>; readonly headers: Headers };

/** Sends a body, an object as JSON. */
async function post(body: unknown, to = url): Promise<Told> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(to, { method: 'POST', headers: { 'content-type': 'application/json' }, body: text });
  const told = (await response.json()) as Readonly<Record<string, unknown>>;
  return { status: response.status, body: told, headers: response.headers };
}

const WORDS = {
  permitted: 'PERMITTED',
  tracked: 'TRACKED',
  blocked: 'BLOCKED',
  unknown: 'UNKNOWN',
  asked: 'BLOCKED',
} as const;
const conforms = new Ajv({ strict: false }).compile(JSON.parse(JSON.stringify(LU_STATUS_RESP)) as object);

for (const [name, word] of Object.entries(WORDS))
  test(`equipment that is ${name} is answered ${word}`, async () => {
    const { status, body } = await post({ msgId: name, imei: IMEIS[name as keyof typeof WORDS] });
    assert.equal(status, 200);
    assert.ok(conforms(body), JSON.stringify(conforms.errors));
    assert.deepEqual([body['msgId'], body['status'], body['ttlSec']], [name, word, 3600]);
    assert.equal(body['reason'], word === 'BLOCKED' ? 'stolen' : undefined);
  });

test('the checker is asked in numbers', async () => {
  checker.asked.length = 0;
  await post({
    msgId: '1',
    ts: '2026-01-01T00:00:00Z',
    eirId: 'eir-1',
    imei: '3569380356438017',
    imsi: '999010000000001',
    msisdn: '99979000001',
    rat: 'NR',
    event: 'LU',
  });
  const [first] = checker.asked;
  assert.ok(first !== undefined);
  const { at, ...question } = first.question;
  assert.ok(Math.abs(Date.now() - at) < 5000);
  const [imei, imsi, msisdn] = [35693803564380, 999010000000001, 99979000001];
  assert.deepEqual(question, { imei, equipment: 'imei', svn: 17, imsi, msisdn, rat: 1 << 10 });
  assert.deepEqual(first.asker, { protocol: 'suppl76', peer: '127.0.0.1', operator: '' });
});

const WRONG: readonly (readonly [string, unknown, number])[] = [
  ['no JSON', '{', 400],
  ['an empty body', '', 400],
  ['a list', [], 400],
  ['no message id', { imei: IMEIS.permitted }, 400],
  ['no IMEI', { msgId: '1' }, 400],
  ['an IMEI with letters', { msgId: '1', imei: '35693803564380x' }, 400],
  ['an IMEI as a number', { msgId: '1', imei: 356938035643809 }, 400],
  ['an IMEI of 13 digits', { msgId: '1', imei: '3569380356438' }, 400],
  ['an unknown technology', { msgId: '1', imei: IMEIS.permitted, rat: '6G' }, 400],
  ['an unknown event', { msgId: '1', imei: IMEIS.permitted, event: 'X' }, 400],
  ['an unknown field', { msgId: '1', imei: IMEIS.permitted, other: 1 }, 400],
  ['a prototype', `{"msgId":"1","imei":"${IMEIS.permitted}","__proto__":{}}`, 400],
  ['a body too large', { msgId: '1', imei: IMEIS.permitted, ts: 'x'.repeat(5000) }, 413],
  ['a checker that breaks', { msgId: '1', imei: IMEIS.broken }, 500],
];
for (const [what, body, status] of WRONG)
  test(`${what} is answered with ${status}`, async () => {
    const told = await post(body);
    assert.equal(told.status, status);
    assert.equal(typeof told.body['error'], 'string');
    assert.ok(!/\d{13}/.test(JSON.stringify(told.body)), 'nothing of the request is repeated');
  });

test('another path, method and type are refused', async () => {
  const statuses = await Promise.all([
    fetch(`${url}/x`, { method: 'POST' }),
    fetch(url),
    fetch(url, { method: 'POST', body: '{}', headers: { 'content-type': 'text/html' } }),
  ]);
  assert.deepEqual(
    statuses.map(({ status }) => status),
    [404, 404, 415],
  );
});

test('what waits for the centre is bounded, and not for ever', async () => {
  const ground = await listen({ limits: { waiting: 2, askMs: 200 } });
  const never = { msgId: '1', imei: IMEIS.never };
  const told = await Promise.all([1, 2, 3].map(() => post(never, ground.url)));
  assert.deepEqual(told.map(({ status }) => status).sort(), [503, 504, 504]);
  assert.equal(told.find(({ status }) => status === 503)?.headers.get('retry-after'), '1');
});

test('a stranger is not served', async () => {
  const ground = await listen({ peers: ['192.0.2.1'] });
  const response = await fetch(ground.url, { method: 'POST' });
  assert.equal(response.status, 403);
  assert.equal(ground.counts.get('suppl76_cut stranger'), 1);
});

test('a request that never comes in whole is ended', async () => {
  const ground = await listen({ limits: { requestMs: 200 } });
  const socket = connect(Number(ground.server.address.split(':').at(-1)), '127.0.0.1');
  socket.resume().on('error', () => undefined);
  socket.write(
    `POST ${NAMES.path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{`,
  );
  await once(socket, 'close');
  assert.equal(ground.checker.asked.length, 0);
});

test('a drain answers what is under way and takes no more', async () => {
  const ground = await listen();
  const asked = post({ msgId: '1', imei: IMEIS.asked }, ground.url);
  await until('it was read', () => ground.checker.asked.length === 1);
  await ground.server.close();
  assert.equal((await asked).status, 200);
  await assert.rejects(post({ msgId: '1', imei: IMEIS.asked }, ground.url));
});

test('with mutual TLS only certificates of the authority are let in', {
  skip: withoutOpenssl() || without('curl'),
}, async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'ceir-suppl76-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const authority = makeAuthority(folder, 'core');
  const { key, cert } = authority.issue('ceir.localdomain');
  const ground = await listen({ tls: { key, cert, ca: authority.cert }, peers: ['eir.localdomain'] });
  const body = JSON.stringify({ msgId: '1', imei: IMEIS.blocked });
  const curl = (certificate: { readonly keyFile: string; readonly certFile: string }): Promise<string> => {
    const mine = ['--key', certificate.keyFile, '--cert', certificate.certFile, '--cacert', authority.certFile];
    const json = ['-H', 'content-type: application/json', '-d', body];
    return run('curl', ['-sS', ...mine, ...json, ground.url.replace('http:', 'https:')]);
  };
  assert.match(await curl(authority.issue('eir.localdomain')), /"BLOCKED"/);
  assert.equal(ground.checker.asked[0]?.asker.peer, 'eir.localdomain');
  assert.equal(await curl(authority.issue('other.localdomain')), '');
  await assert.rejects(curl(makeAuthority(folder, 'other').issue('eir.localdomain')));
  await assert.rejects(curl(authority.issue('eir.localdomain', { days: -1 })));
});

test('answers and refusals are counted', () => {
  assert.equal(counts.get('suppl76_answers permitted'), 2);
  assert.ok((counts.get('suppl76_answers MALFORMED') ?? 0) >= 10);
  assert.equal(counts.get('suppl76_answers FAILED'), 1);
});

test('a message is read whatever its digits are', () => {
  for (const imei of ['00000000000000', '999999999999999', '9999999999999999']) {
    const read = readLuStatusReq({ msgId: '1', imei });
    assert.ok(read.ok);
    assert.equal(read.value.imei, Number(imei.slice(0, 14)));
  }
});
