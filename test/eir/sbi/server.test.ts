import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import type { Answer } from '../../../src/decisions/core/question.ts';
import { answerOf, ask, IMEIS, INSTANCE, listen, PATH, request, run, until, without } from './ground.ts';

const { port, checker, counts } = await listen();
const root = `http://127.0.0.1:${port}`;
const pei = (name: keyof typeof IMEIS): string => `?pei=imei-${IMEIS[name]}`;

const STATUS = { permitted: 'WHITELISTED', tracked: 'GREYLISTED', blocked: 'BLACKLISTED' } as const;

for (const [name, word] of Object.entries(STATUS))
  test(`curl hears ${word} of equipment that is ${name}`, { skip: without('curl') }, async () => {
    const url = `${root}${PATH}${pei(name as keyof typeof STATUS)}`;
    const said = await run('curl', [
      '-s',
      '--http2-prior-knowledge',
      '-w',
      '|%{http_version} %{http_code} %{content_type}',
      url,
    ]);
    assert.equal(said, `{"status":"${word}"}|2 200 application/json`);
  });

test('curl hears of unknown equipment by its cause', { skip: without('curl') }, async () => {
  const url = `${root}${PATH}${pei('unknown')}`;
  const said = await run('curl', ['-s', '--http2-prior-knowledge', '-w', '\n%{http_code} %{content_type}', url]);
  const [body = '', rest] = said.split('\n');
  assert.equal(rest, '404 application/problem+json');
  assert.equal((JSON.parse(body) as { cause: string }).cause, 'ERROR_EQUIPMENT_UNKNOWN');
});

test('nghttp gets an answer to each of many requests on one connection', { skip: without('nghttp') }, async () => {
  const urls = Array.from({ length: 40 }, (_, n) => `${root}${PATH}?pei=imeisv-${35693804000000 + n}00`);
  const said = await run('nghttp', ['-n', '-s', ...urls]);
  assert.equal(said.match(/ (?:200|404) +\d+ \/n5g-eir-eic/g)?.length, 40);
});

test('h2load gets all its answers over many streams and connections', { skip: without('h2load') }, async () => {
  const before = counts.get('n5geir_answers permitted') ?? 0;
  const said = await run('h2load', ['-n3000', '-c3', '-m50', `${root}${PATH}${pei('permitted')}`]);
  assert.match(said, /3000 succeeded, 0 failed, 0 errored/);
  assert.match(said, /status codes: 3000 2xx/);
  assert.equal((counts.get('n5geir_answers permitted') ?? 0) - before, 3000);
});

test('the checker is asked in numbers, and who asks', async () => {
  checker.asked.length = 0;
  const before = Date.now();
  await ask(root, '?pei=imeisv-3569380356438017&supi=imsi-999010000000001&gpsi=msisdn-99979000001');
  const [first] = checker.asked;
  assert.ok(first !== undefined);
  const { at, ...question } = first.question;
  assert.deepEqual(question, {
    imei: 35693803564380,
    equipment: 'imei',
    svn: 17,
    imsi: 999010000000001,
    msisdn: 99979000001,
    rat: 0,
  });
  assert.ok(at >= before && at <= Date.now());
  assert.deepEqual(first.asker, { protocol: 'n5g-eir', peer: '127.0.0.1', operator: '' });
});

test('what the centre decides comes later, and holds up nothing else', async () => {
  let decide: (answer: Answer) => void = () => undefined;
  const decided = new Promise<Answer>((resolve) => {
    decide = resolve;
  });
  let asked = 0;
  const { port: its } = await listen({
    checker: {
      check: ({ imei }) => (imei === Number(IMEIS.asked.slice(0, 14)) ? undefined : answerOf('permitted')),
      ask: () => {
        asked += 1;
        return decided;
      },
    },
    limits: { askMs: 60_000 },
  });
  const at = `http://127.0.0.1:${its}`;
  const slow = request(at, [{ ':path': `${PATH}${pei('asked')}` }]);
  await until('the centre was asked', () => asked === 1);
  const quick = await ask(at, pei('permitted'));
  assert.equal(quick.body, '{"status":"WHITELISTED"}');
  decide(answerOf('blocked'));
  const [answer] = await slow;
  assert.equal(answer?.body, '{"status":"BLACKLISTED"}');
});

type Case = {
  readonly what: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly status: number;
  readonly cause?: string;
  readonly param?: string;
  readonly extra?: Readonly<Record<string, string>>;
};
const CASES: readonly Case[] = [
  { what: 'no PEI', headers: {}, status: 400, cause: 'MANDATORY_QUERY_PARAM_MISSING', param: 'query pei' },
  {
    what: 'a short IMEI',
    headers: { ':path': `${PATH}?pei=imei-1` },
    status: 400,
    cause: 'MANDATORY_QUERY_PARAM_INCORRECT',
    param: 'query pei',
  },
  {
    what: 'a SUPI with letters',
    headers: { ':path': `${PATH}${pei('permitted')}&supi=imsi-x` },
    status: 400,
    cause: 'OPTIONAL_QUERY_PARAM_INCORRECT',
    param: 'query supi',
  },
  { what: 'broken percent signs', headers: { ':path': `${PATH}?pei=%` }, status: 400, cause: 'INVALID_MSG_FORMAT' },
  {
    what: 'another version',
    headers: { ':path': '/n5g-eir-eic/v2/equipment-status' },
    status: 400,
    cause: 'INVALID_API',
  },
  { what: 'another service', headers: { ':path': '/' }, status: 400, cause: 'INVALID_API' },
  {
    what: 'another resource',
    headers: { ':path': `${PATH}es` },
    status: 404,
    cause: 'RESOURCE_URI_STRUCTURE_NOT_FOUND',
  },
  {
    what: 'a resource below it',
    headers: { ':path': `${PATH}/x` },
    status: 404,
    cause: 'RESOURCE_URI_STRUCTURE_NOT_FOUND',
  },
  {
    what: 'unknown equipment',
    headers: { ':path': `${PATH}${pei('unknown')}` },
    status: 404,
    cause: 'ERROR_EQUIPMENT_UNKNOWN',
  },
  {
    what: 'a MAC address',
    headers: { ':path': `${PATH}?pei=mac-00-1a-2b-3c-4d-5e` },
    status: 404,
    cause: 'ERROR_EQUIPMENT_UNKNOWN',
  },
  { what: 'POST', headers: { ':method': 'POST' }, status: 405, extra: { allow: 'GET' } },
  { what: 'DELETE', headers: { ':method': 'DELETE' }, status: 405, extra: { allow: 'GET' } },
  {
    what: 'another media type',
    headers: { ':path': `${PATH}${pei('permitted')}`, accept: 'text/html' },
    status: 406,
    param: 'header accept',
  },
  { what: 'a target too long', headers: { ':path': `${PATH}${pei('permitted')}&x=${'y'.repeat(2048)}` }, status: 414 },
  {
    what: 'a checker that breaks',
    headers: { ':path': `${PATH}${pei('broken')}` },
    status: 500,
    cause: 'SYSTEM_FAILURE',
  },
];

for (const { what, headers, status, cause, param, extra = {} } of CASES)
  test(`${what} is answered with ${status} ${cause ?? ''}`.trim(), async () => {
    const [seen] = await request(root, [headers]);
    assert.ok(seen !== undefined);
    assert.equal(seen.status, status);
    assert.equal(seen.headers['content-type'], 'application/problem+json');
    assert.equal(seen.headers['server'], `5G_EIR-${INSTANCE}`);
    const problem = JSON.parse(seen.body) as Readonly<Record<string, unknown>>;
    assert.equal(problem['status'], status);
    assert.equal(problem['cause'], cause);
    const params = (problem['invalidParams'] ?? []) as readonly { readonly param: string }[];
    assert.deepEqual(
      params.map((one) => one.param),
      param === undefined ? [] : [param],
    );
    for (const [name, value] of Object.entries(extra)) assert.equal(seen.headers[name], value);
  });

test('HEAD is refused without a body, and its connection goes on', async () => {
  const [head, next] = await request(root, [{ ':method': 'HEAD' }, { ':path': `${PATH}${pei('permitted')}` }]);
  assert.deepEqual([head?.status, head?.body, next?.status], [405, '', 200]);
});

test('headers of consumers of all releases, and parameters of later ones, do not hinder', async () => {
  const seen = await ask(root, `${pei('tracked')}&supported-features=0&new-in-19=%7B%7D`, {
    accept: 'application/json,application/problem+json',
    'user-agent': 'AMF-1',
    '3gpp-sbi-message-priority': '5',
    '3gpp-sbi-max-rsp-time': '10000',
    '3gpp-sbi-sender-timestamp': 'Sun, 04 Aug 2019 08:49:37.845 GMT',
    '3gpp-sbi-correlation-info': 'imsi-999010000000001',
    '3gpp-sbi-target-apiroot': 'https://eir.example',
    '3gpp-sbi-routing-binding': 'bl=nf-instance; nfinst=x',
  });
  assert.deepEqual([seen.status, seen.body], [200, '{"status":"GREYLISTED"}']);
  assert.ok((counts.get('n5geir_ignored parameter') ?? 0) > 0);
});

test('a GET that brings a body is answered, and its body is thrown away', { skip: without('curl') }, async () => {
  const url = `${root}${PATH}${pei('blocked')}`;
  const words = ['-sS', '--http2-prior-knowledge', '-X', 'GET', '--data', 'x'.repeat(1000), url];
  assert.equal(await run('curl', words), '{"status":"BLACKLISTED"}');
});

test('a GET whose body comes late is answered all the same', { skip: without('curl') }, async () => {
  const url = `${root}${PATH}${pei('blocked')}`;
  const late = `(printf x; sleep 0.6; printf x) | curl -sS --http2-prior-knowledge -X GET -T - '${url}'`;
  assert.equal(await run('sh', ['-c', late]), '{"status":"BLACKLISTED"}');
});

test('with a prefix the service is found below it, and nowhere else', async () => {
  const other = await listen({ prefix: '/eir' });
  const at = `http://127.0.0.1:${other.port}`;
  const [below, beside] = await request(at, [
    { ':path': `/eir${PATH}${pei('permitted')}` },
    { ':path': `${PATH}${pei('permitted')}` },
  ]);
  assert.deepEqual([below?.status, beside?.status], [200, 400]);
});

const folder = path.join(process.env['CEIR_TEST_DATA'] ?? '', '3gpp');
const official = path.join(folder, 'TS29511_N5g-eir_EquipmentIdentityCheck.yaml');
const absent =
  process.env['CEIR_TEST_DATA'] !== undefined && existsSync(official)
    ? false
    : 'no outside data: CEIR_TEST_DATA names no folder with the OpenAPI file of TS 29.511';

type Node = { readonly [name: string]: Node } & { readonly $ref?: string };

/** Adds an OpenAPI file and those it points to, as far as they are there; returns the names of those that are not. */
function load(ajv: Ajv, file: string, seen = new Set<string>()): string[] {
  const name = path.basename(file);
  if (seen.has(name)) return [];
  seen.add(name);
  if (!existsSync(file)) return [name];
  const text = readFileSync(file, 'utf8');
  ajv.addSchema({ ...(parse(text) as object), $id: name });
  const others = new Set([...text.matchAll(/'(TS\d+_\w+\.yaml)#/g)].map((match) => match[1] ?? ''));
  return [...others].flatMap((other) => load(ajv, path.join(path.dirname(file), other), seen));
}

/** RFC 9457 §3.1 and the members that TS 29.571 table 5.2.4.1-1 adds; used where the official file of them is not there. */
const PROBLEM_DETAILS = {
  type: 'object',
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    instance: { type: 'string' },
    cause: { type: 'string' },
    invalidParams: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        required: ['param'],
        properties: { param: { type: 'string' }, reason: { type: 'string' } },
      },
    },
    supportedFeatures: { type: 'string', pattern: '^[A-Fa-f0-9]*$' },
  },
};

test('every answer is one that the official OpenAPI file allows', { skip: absent }, async (t) => {
  const ajv = new Ajv({ strict: false, validateSchema: false, validateFormats: false });
  const missing = load(ajv, official);
  if (missing.length > 0)
    t.diagnostic(`not there, so not resolved: ${missing.join(', ')}; problems by a schema of ours`);
  const file = parse(readFileSync(official, 'utf8')) as Node;
  const operation = file['paths']?.['/equipment-status']?.['get'];
  const responses = operation?.['responses'];
  const ok = ajv.getSchema('TS29511_N5g-eir_EquipmentIdentityCheck.yaml#/components/schemas/EirResponseData');
  const common = missing.includes('TS29571_CommonData.yaml')
    ? undefined
    : ajv.getSchema('TS29571_CommonData.yaml#/components/schemas/ProblemDetails');
  const problem = common ?? ajv.compile(PROBLEM_DETAILS);
  assert.ok(responses !== undefined && ok !== undefined);
  const good = Object.keys(STATUS).map((name) => ({ ':path': `${PATH}${pei(name as keyof typeof STATUS)}` }));
  const answers = await request(root, [...good, ...CASES.map(({ headers }) => headers)]);
  assert.equal(answers.length, good.length + CASES.length);
  for (const { status, headers, body } of answers) {
    const told = responses[String(status)] ?? responses['default'];
    assert.ok(told !== undefined, `${status} is no answer of the file`);
    const type = String(headers['content-type']);
    if (told['content'] !== undefined) assert.ok(type in told['content'], `${status} is not ${type}`);
    const check = status === 200 ? ok : problem;
    assert.ok(check(JSON.parse(body)), `${body}: ${JSON.stringify(check.errors)}`);
  }
  assert.equal(ok({ status: 'permitted' }), false);
});

test('the parameters read are those of the official OpenAPI file', { skip: absent }, async () => {
  const file = parse(readFileSync(official, 'utf8')) as Node;
  const parameters = file['paths']?.['/equipment-status']?.['get']?.['parameters'] as unknown as { name: string }[];
  const wrong = await Promise.all(
    parameters.map(async ({ name }) => {
      const twice = `${PATH}${pei('permitted')}&${name}=1&${name}=1`;
      const [seen] = await request(root, [{ ':path': twice }]);
      return (JSON.parse(seen?.body ?? '{}') as { invalidParams?: { param: string }[] }).invalidParams?.[0]?.param;
    }),
  );
  assert.deepEqual(
    wrong,
    parameters.map(({ name }) => `query ${name}`),
  );
});
