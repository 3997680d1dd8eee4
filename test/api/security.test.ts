import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import type { Role } from '../../src/access/actor.ts';
import { makeApi } from '../../src/api/server.ts';
import { ask, NO_LIMITS, openApi, openHouse, startApi, tokenOf } from './ground.ts';
import { told } from './octets.ts';

const house = await openHouse();
const { url } = await openApi(house);
const port = Number(new URL(url).port);

test('headers and addresses have an end', async () => {
  assert.match(
    await told(port, `GET /health/live HTTP/1.1\r\nhost: x\r\nx: ${'a'.repeat(9000)}\r\n\r\n`),
    /^HTTP\/1\.1 431 .*API_SIZE/s,
  );
  assert.match(await told(port, `GET /${'a'.repeat(9000)} HTTP/1.1\r\nhost: x\r\n\r\n`), /^HTTP\/1\.1 431 /);
});

test('what is no HTTP, or two requests in one, is refused and the connection ends', async () => {
  const cases = [
    'hello\r\n\r\n',
    'GET /health/live HTTP/1.1\r\n\r\n',
    'POST /v1/check HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ncontent-length: 5\r\n\r\nabc',
    'POST /v1/check HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /',
    'POST /v1/check HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n',
    'GET /health/live HTTP/1.1\r\nhost: x\r\nbad header: y\r\n\r\n',
    'GET /health/live HTTP/1.1\r\nhost: x\r\nx: a\rb\r\n\r\n',
  ];
  for (const octets of cases) assert.match(await told(port, octets), /^HTTP\/1\.1 400 /, JSON.stringify(octets));
});

test('a body that is not finished in time is refused, and so is a head', async (t) => {
  const { app, url: slow } = await startApi({ ...house, limits: { ...NO_LIMITS, bodyMs: 50, headMs: 200 } });
  t.after(() => app.close());
  const to = Number(new URL(slow).port);
  const head =
    'POST /v1/check HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 30\r\n\r\n{"imeis"';
  assert.match(await told(to, head), /^HTTP\/1\.1 408 .*API_SLOW/s);
  assert.match(await told(to, 'POST /v1/check HTTP/1.1\r\nhost: x\r\n'), /^HTTP\/1\.1 408 /);
});

test('tricks with addresses lead nowhere', async () => {
  const paths = [
    '/v1//jobs',
    '/V1/JOBS',
    '/v1/jobs/',
    '/v1/jobs%2f',
    '/v1/./jobs',
    '/v1/x/../jobs',
    '/v1/jobs;a=b',
    '/%2e%2e/etc',
    '/v1/jobs%00',
    '//v1/jobs',
  ];
  for (const path of paths) {
    const answer = await told(
      port,
      `GET ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${tokenOf('dealer')}\r\nconnection: close\r\n\r\n`,
    );
    assert.match(answer, /^HTTP\/1\.1 40[04] /, path);
  }
  assert.match(await told(port, 'GET /v1/%c0%ae HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n'), /^HTTP\/1\.1 400 /);
});

test('headers that name another method, address or asker change nothing', async () => {
  const headers = {
    'x-http-method-override': 'DELETE',
    'x-original-url': '/metrics',
    'x-rewrite-url': '/metrics',
    'x-user': 'admin',
    'x-forwarded-user': 'admin',
  };
  assert.equal((await ask(`${url}/health/live`, 'GET', { headers })).json['status'], 'ok');
  assert.equal((await ask(`${url}/metrics`, 'GET', { headers })).status, 401);
});

test('only what a route names is taken as a body', async () => {
  for (const type of [
    'text/html',
    'application/xml',
    'multipart/form-data; boundary=x',
    'application/x-www-form-urlencoded',
    'text/plain',
  ]) {
    const back = await ask(`${url}/v1/check`, 'POST', { body: '{"imeis":["1"]}', headers: { 'content-type': type } });
    assert.deepEqual([back.status, back.json['code']], [415, 'API_MEDIA'], type);
  }
  for (const body of [
    '{',
    '[]',
    '"x"',
    'null',
    `${'['.repeat(20_000)}`,
    `{"imeis":${'['.repeat(10_000)}${']'.repeat(10_000)}}`,
  ])
    assert.equal((await ask(`${url}/v1/check`, 'POST', { body })).status, 400);
});

test('answers are for no page to load, frame or keep', async () => {
  const { headers } = await ask(`${url}/v1/check`, 'POST', {
    body: { imeis: ['1'] },
    headers: { origin: 'https://evil.example' },
  });
  assert.equal(headers.get('access-control-allow-origin'), null);
  assert.equal(headers.get('x-content-type-options'), 'nosniff');
  assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'/);
  assert.equal(headers.get('cache-control'), 'no-store');
  assert.equal(headers.get('server') ?? headers.get('x-powered-by'), null);
});

test('whoever asks too much is told when to come back, whatever address he claims', async (t) => {
  const most = { most: 3, windowMs: 60_000 };
  const limits = { ...NO_LIMITS, rates: { ...NO_LIMITS.rates, check: { ...NO_LIMITS.rates.check, address: most } } };
  const { app, url: strict } = await startApi({ ...house, limits });
  t.after(() => app.close());
  const check = (at: number, as?: Role) =>
    ask(`${strict}/v1/check`, 'POST', {
      ...(as === undefined ? {} : { as }),
      body: { imeis: ['356938035643809'] },
      headers: { 'x-forwarded-for': `192.0.2.${at}` },
    });
  for (let at = 0; at < 3; at += 1) assert.equal((await check(at)).status, 200);
  const refused = await check(9);
  assert.deepEqual([refused.status, refused.json['code']], [429, 'API_LIMIT']);
  assert.ok(Number(refused.headers.get('retry-after')) > 0);
  assert.equal((await check(9, 'dealer')).status, 200, 'an account has a limit of its own');
});

test('guessing tokens is bounded by address, and shuts nobody out who asks without one', async (t) => {
  const { app, url: strict } = await startApi({
    ...house,
    limits: { ...NO_LIMITS, failures: { most: 3, windowMs: 60_000 } },
  });
  t.after(() => app.close());
  const guess = (at: number) =>
    ask(`${strict}/v1/jobs`, 'GET', { headers: { authorization: `Bearer guess-number-of-many-${at}` } });
  for (let at = 0; at < 3; at += 1) assert.equal((await guess(at)).status, 401);
  assert.equal((await guess(4)).status, 429);
  assert.equal((await ask(`${strict}/v1/jobs`, 'GET', { as: 'dealer' })).status, 429, 'also the right one, from there');
  assert.equal((await ask(`${strict}/health/live`, 'GET')).status, 200);
});

test('listed, unlisted and malformed look alike from outside: the same headers and length', async () => {
  const shapes = new Set<string>();
  for (const imei of ['356938035643809', '490154203237518', 'none at all', '٣٥٦٩٣٨٠٣٥٦٤٣٨٠٩']) {
    const { status, headers, text, json } = await ask(`${url}/v1/check`, 'POST', { body: { imeis: [imei] } });
    const names = [...headers.keys()]
      .filter((name) => name !== 'date')
      .sort()
      .join();
    shapes.add(
      `${status} ${names} ${Buffer.byteLength(text)} ${Object.keys(json).join()} ${Object.keys(json['identifiers']?.[0] ?? {}).join()}`,
    );
  }
  assert.equal(shapes.size, 1);
});

test('nothing that was asked stands in the log, nor who asked from where', async () => {
  const lines: string[] = [];
  const logger = pino({ base: null }, { write: (line: string) => lines.push(line) });
  const app = await makeApi({ house, logger });
  const address = await app.listen({ host: '127.0.0.1', port: 0 });
  await ask(`${address}/v1/check`, 'POST', {
    body: { imeis: ['356938035643809'] },
    headers: { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` },
  });
  await ask(`${address}/api/v2/msisdn/99970000001`, 'GET', {
    as: 'analyst',
    headers: { 'x-purpose': 'secret purpose' },
  });
  await ask(`${address}/v1/nowhere/356938035643809?number=99970000001`, 'GET');
  await app.close();
  const log = lines.filter((one) => !one.includes('listening')).join('');
  assert.match(log, /"route":"\/v1\/check"/);
  assert.match(log, new RegExp(`"trace":"${'a'.repeat(32)}"`));
  assert.match(log, /"route":"\/api\/v2\/msisdn\/:msisdn"/);
  assert.doesNotMatch(log, /35693803|99970000001|127\.0\.0\.1|secret|token-of/);
});
