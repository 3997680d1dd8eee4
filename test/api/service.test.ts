import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Span, SpanStatusCode, trace } from '@opentelemetry/api';
import { forgetAnswers } from '../../src/api/idempotency.ts';
import { ask, openApi, openHouse, startApi } from './ground.ts';

const house = await openHouse();
const { url } = await openApi(house);

test('a register that has its lists is ready, one without is only alive', async (t) => {
  assert.deepEqual((await ask(`${url}/health/ready`, 'GET')).json, { status: 'ok' });
  const { app, url: bare } = await startApi({ ...house, checking: { check: async () => undefined } });
  t.after(() => app.close());
  assert.equal((await ask(`${bare}/health/live`, 'GET')).status, 200);
  const ready = await ask(`${bare}/health/ready`, 'GET');
  assert.deepEqual([ready.status, ready.json['code'], ready.json['detail']], [503, 'API_BUSY', 'Not ready: lists.']);
  const check = await ask(`${bare}/v1/check`, 'POST', { body: { imeis: ['356938035643809'] } });
  assert.deepEqual([check.status, check.json['code']], [503, 'API_BUSY']);
});

test('a register that has lost its registry is not ready', async (t) => {
  const lost = () => Promise.reject(new Error('connection refused'));
  const { app, url: bare } = await startApi({ ...house, registry: { ...house.registry, query: lost } });
  t.after(() => app.close());
  assert.equal((await ask(`${bare}/health/ready`, 'GET')).json['detail'], 'Not ready: registry.');
});

test('measures are counted by patterns of addresses', async () => {
  await ask(`${url}/v1/check`, 'POST', { body: { imeis: ['356938035643809'] } });
  await ask(`${url}/v1/nowhere/356938035643809`, 'GET');
  const { text, headers } = await ask(`${url}/metrics`, 'GET', { as: 'admin' });
  assert.match(headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
  assert.match(text, /^ceir_api_answers_total\{method="POST",route="\/v1\/check",status="200"\} 1$/m);
  assert.match(text, /^ceir_api_answers_total\{method="GET",route="unknown",status="404"\} 1$/m);
  assert.match(text, /^ceir_api_seconds_bucket\{route="\/v1\/check",le="\+Inf"\} 1$/m);
  assert.match(text, /^process_resident_memory_bytes \d+$/m);
  assert.doesNotMatch(text, /35693803/);
});

test('each request is a span for whoever traces, named by the pattern of its address', async (t) => {
  const spans: { name: string; status: unknown; isFailed: boolean }[] = [];
  const startSpan = (name: string): Span => {
    const one = { name, status: undefined as unknown, isFailed: false };
    spans.push(one);
    const span = {
      setAttribute: (_: string, value: unknown) => {
        one.status = value;
      },
      setStatus: ({ code }: { code: number }) => {
        one.isFailed = code === SpanStatusCode.ERROR;
      },
      end: () => undefined,
    };
    return span as unknown as Span;
  };
  trace.setGlobalTracerProvider({ getTracer: () => ({ startSpan, startActiveSpan: startSpan as never }) });
  t.after(() => trace.disable());
  await ask(`${url}/api/v2/tac/12345678`, 'GET', { as: 'analyst' });
  // Others in this process are traced meanwhile, too.
  const own = spans.filter(({ name, status }) => name === 'GET /api/v2/tac/:tac' && status === 503);
  assert.deepEqual(own, [{ name: 'GET /api/v2/tac/:tac', status: 503, isFailed: true }]);
});

test('answers to keys are forgotten after a day, not before', async () => {
  const write = () =>
    ask(`${url}/v1/certificates`, 'POST', {
      as: 'citizen',
      key: 'key-to-forget',
      body: { imeis: ['356938035643809'] },
    });
  assert.equal((await write()).status, 201);
  const after = (hours: number) => new Date(house.clock().getTime() + hours * 3_600_000);
  const forget = (hours: number) => house.registry.transaction((query) => forgetAnswers({ query, now: after(hours) }));
  assert.equal(await forget(24), 0);
  assert.equal(await forget(26), 1);
});

test('what is kept of answers cannot be read without the register’s keys', async () => {
  const body = { imeis: ['356938035643809'] };
  const { json } = await ask(`${url}/v1/certificates`, 'POST', { as: 'citizen', key: 'key-of-sealed', body });
  const [row] = await house.registry.query<{ sent: string; answer: Buffer }>(
    `SELECT sent, answer FROM api_answer WHERE key = 'key-of-sealed'`,
  );
  assert.match(row?.sent ?? '', /^[0-9a-f]{32}$/);
  assert.ok(!row?.answer.toString('latin1').includes('35693803'));
  assert.ok(house.vault.open('account', row?.answer ?? Buffer.alloc(0))?.includes(String(json['token'])));
});
