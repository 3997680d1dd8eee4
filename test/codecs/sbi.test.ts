import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { acceptsJson } from '../../src/codecs/sbi/accept.ts';
import { patience, priorityOf } from '../../src/codecs/sbi/headers.ts';
import { encodeProblem, PROBLEMS } from '../../src/codecs/sbi/problem.ts';
import { heartBeatOf, nfProfile } from '../../src/codecs/sbi/profile.ts';
import { readQuery } from '../../src/codecs/sbi/query.ts';
import { decodeStatus, encodeStatus, type Verdict } from '../../src/codecs/sbi/status.ts';

const read = (query: string) => readQuery(query, 0);
const IMEI = 'pei=imei-356938035643809';

/** What a query is read as, the members that say nothing left out; or the refusal's cause and parameter. */
function seen(query: string): Readonly<Record<string, unknown>> | string {
  const { ok, ...rest } = read(query);
  if ('fault' in rest) return `${rest.fault.cause} ${rest.fault.invalidParams?.[0]?.param ?? ''}`.trim();
  const silent: Readonly<Record<string, unknown>> = { imei: -1, svn: -1, imsi: 0, msisdn: 0, unknown: 0 };
  return Object.fromEntries(Object.entries(rest.value).filter(([name, value]) => value !== silent[name]));
}

const QUERIES: readonly (readonly [string, Readonly<Record<string, unknown>> | string])[] = [
  [IMEI, { equipment: 'imei', imei: 35693803564380 }],
  ['pei=imei-356938035643800', { equipment: 'imei', imei: 35693803564380 }],
  ['pei=imeisv-3569380356438017', { equipment: 'imei', imei: 35693803564380, svn: 17 }],
  ['pei=imei-000000000000000', { equipment: 'imei', imei: 0 }],
  ['pei=imei%2D356938035643809', { equipment: 'imei', imei: 35693803564380 }],
  ['%70ei=imei-35693803564380%39', { equipment: 'imei', imei: 35693803564380 }],
  ['pei=mac-00-1a-2B-3c-4d-5e', { equipment: 'mac' }],
  ['pei=mac-00-1a-2B-3c-4d-5e-untrusted', { equipment: 'mac' }],
  ['pei=eui-00-1a-2B-3c-4d-5e-6f-70', { equipment: 'eui' }],
  ['pei=something', { equipment: 'other' }],
  [
    `${IMEI}&supi=imsi-999010000000001&gpsi=msisdn-99979000001`,
    {
      equipment: 'imei',
      imei: 35693803564380,
      imsi: 999010000000001,
      msisdn: 99979000001,
    },
  ],
  [`supi=nai-a%40b&${IMEI}&gpsi=extid-a@b`, { equipment: 'imei', imei: 35693803564380 }],
  [`${IMEI}&supported-features=0aF`, { equipment: 'imei', imei: 35693803564380 }],
  [`${IMEI}&supported-features=`, { equipment: 'imei', imei: 35693803564380 }],
  [`${IMEI}&later=1&later=2&PEI=x&&`, { equipment: 'imei', imei: 35693803564380, unknown: 3 }],
  [`${IMEI}&pei%3D=1`, { equipment: 'imei', imei: 35693803564380, unknown: 1 }],
  ['', 'MANDATORY_QUERY_PARAM_MISSING query pei'],
  ['supi=imsi-99901', 'MANDATORY_QUERY_PARAM_MISSING query pei'],
  ['pei', 'MANDATORY_QUERY_PARAM_INCORRECT query pei'],
  ['pei=', 'MANDATORY_QUERY_PARAM_INCORRECT query pei'],
  ['pei=imei-35693803564380', 'MANDATORY_QUERY_PARAM_INCORRECT query pei'],
  ['pei=imei-3569380356438090', 'MANDATORY_QUERY_PARAM_INCORRECT query pei'],
  ['pei=imei-35693803564380x', 'MANDATORY_QUERY_PARAM_INCORRECT query pei'],
  ['pei=imei-3569380x5643809', 'MANDATORY_QUERY_PARAM_INCORRECT query pei'],
  ['pei=imeisv-356938035643809', 'MANDATORY_QUERY_PARAM_INCORRECT query pei'],
  ['pei=imeisv-356938035643801x', 'MANDATORY_QUERY_PARAM_INCORRECT query pei'],
  ['pei=mac-00-1a-2B-3c-4d', 'MANDATORY_QUERY_PARAM_INCORRECT query pei'],
  ['pei=mac-00-1a-2B-3c-4d-5g', 'MANDATORY_QUERY_PARAM_INCORRECT query pei'],
  ['pei=mac--untrusted', 'MANDATORY_QUERY_PARAM_INCORRECT query pei'],
  ['pei=eui-00-1a-2B-3c-4d-5e', 'MANDATORY_QUERY_PARAM_INCORRECT query pei'],
  [`${IMEI}&${IMEI}`, 'MANDATORY_QUERY_PARAM_INCORRECT query pei'],
  [`${IMEI}&supi=imsi-9990`, 'OPTIONAL_QUERY_PARAM_INCORRECT query supi'],
  [`${IMEI}&supi=imsi-9990100000000012`, 'OPTIONAL_QUERY_PARAM_INCORRECT query supi'],
  [`${IMEI}&supi=`, 'OPTIONAL_QUERY_PARAM_INCORRECT query supi'],
  [`${IMEI}&supi=imsi-99901&supi=imsi-99902`, 'OPTIONAL_QUERY_PARAM_INCORRECT query supi'],
  [`${IMEI}&gpsi=msisdn-99x99`, 'OPTIONAL_QUERY_PARAM_INCORRECT query gpsi'],
  [`${IMEI}&gpsi=a&gpsi=b`, 'OPTIONAL_QUERY_PARAM_INCORRECT query gpsi'],
  [`${IMEI}&supported-features=g`, 'OPTIONAL_QUERY_PARAM_INCORRECT query supported-features'],
  [`${IMEI}&supported-features=1&supported-features=1`, 'OPTIONAL_QUERY_PARAM_INCORRECT query supported-features'],
  [`${IMEI}%`, 'INVALID_MSG_FORMAT'],
  [`${IMEI}%2`, 'INVALID_MSG_FORMAT'],
  [`${IMEI}&x=%zz`, 'INVALID_MSG_FORMAT'],
  [`${IMEI}&x=%ff`, 'INVALID_MSG_FORMAT'],
];

for (const [query, expected] of QUERIES)
  test(`the query ${query === '' ? 'without anything' : query} is read`, () => assert.deepEqual(seen(query), expected));

test('a query is read alike percent-encoded and plain, in any order of its parameters', () => {
  const digits = (least: number, most: number) =>
    fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: least, maxLength: most });
  const encode = (text: string): string =>
    [...Buffer.from(text)].map((octet) => `%${octet.toString(16).padStart(2, '0')}`).join('');
  fc.assert(
    fc.property(digits(16, 16), digits(5, 15), digits(5, 15), fc.boolean(), (sv, imsi, msisdn, reversed) => {
      const parts = [`pei=imeisv-${sv}`, `supi=imsi-${imsi}`, `gpsi=msisdn-${msisdn}`];
      if (reversed) parts.reverse();
      const plain = read(parts.join('&'));
      const encoded = read(parts.map((part) => part.split('=').map(encode).join('=')).join('&'));
      assert.deepEqual(encoded, plain);
      assert.ok(plain.ok);
      const { imei, svn, imsi: subscriber, msisdn: number } = plain.value;
      assert.deepEqual([imei, svn], [Number(sv.slice(0, 14)), Number(sv.slice(14))]);
      assert.deepEqual([subscriber, number], [Number(imsi), Number(msisdn)]);
    }),
  );
});

test('no query breaks the reader', () => {
  const piece = fc.constantFrom(
    'pei=',
    'imei-',
    'supi',
    '=',
    '&',
    '%',
    '%2',
    'mac-',
    '-untrusted',
    'imsi-',
    '0',
    'é',
    '+',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(piece).map((all) => all.join('')),
      ),
      (query) => {
        const { ok } = read(query);
        assert.equal(typeof ok, 'boolean');
      },
    ),
  );
});

const ACCEPTS: readonly (readonly [string | undefined, boolean])[] = [
  [undefined, true],
  ['', true],
  ['application/json', true],
  ['*/*', true],
  ['application/*;q=0.1', true],
  ['text/html, application/json;q=0.5', true],
  ['application/problem+json, APPLICATION/JSON', true],
  ['application/json; charset=utf-8', true],
  ['text/html', false],
  ['application/problem+json', false],
  ['application/json;q=0', false],
  ['application/json;q=0.000, */*', false],
  ['*/*;q=0, application/json', true],
  ['application/jsonx', false],
];
for (const [accept, taken] of ACCEPTS)
  test(`an answer in JSON is ${taken ? '' : 'not '}for whoever accepts ${accept}`, () =>
    assert.equal(acceptsJson(accept), taken));

test('priorities are 0 to 31, and 24 where nothing sensible is told', () => {
  const told = ['0', '31', '32', '-1', '', '7x', undefined].map(priorityOf);
  assert.deepEqual(told, [0, 31, 24, 24, 24, 24, 24]);
});

test('patience counts from when the consumer sent, where clocks agree', () => {
  const now = Date.UTC(2026, 0, 2, 3, 4, 5, 500);
  const wait = (longest?: string, sent?: string) =>
    patience((name) => (name.endsWith('max-rsp-time') ? longest : sent), { now, otherwise: 3000 });
  assert.equal(wait(), 3000);
  assert.equal(wait('1000'), 1000);
  assert.equal(wait('10000'), 3000);
  assert.equal(wait('x'), 3000);
  assert.equal(wait('1000', 'Fri, 02 Jan 2026 03:04:05.100 GMT'), 600);
  assert.equal(wait('1000', 'Fri, 02 Jan 2026 03:04:00.000 GMT'), 0);
  assert.equal(wait('1000', 'Fri, 02 Jan 2026 03:04:06.000 GMT'), 1000);
  assert.equal(wait('1000', 'Fri, 02 Jan 2026 01:04:05.000 GMT'), 1000);
  assert.equal(wait('1000', 'no date'), 1000);
});

test('every problem has the members of its kind, and repeats nothing of a request', () => {
  for (const problem of Object.values(PROBLEMS)) {
    const told = JSON.parse(encodeProblem(problem).toString()) as Readonly<Record<string, unknown>>;
    assert.equal(told['status'], problem.status);
    assert.equal(told['cause'], problem.cause === '' ? undefined : problem.cause);
    assert.ok(!/\d{5}/.test(JSON.stringify(told)));
  }
});

test('verdicts are written and read; other bodies tell none', () => {
  for (const verdict of ['permitted', 'tracked', 'blocked'] satisfies Verdict[])
    assert.equal(decodeStatus(encodeStatus(verdict).toString()), verdict);
  for (const body of ['', 'null', '{}', '{"status":"whitelisted"}', '{"status":1}', '[]'])
    assert.equal(decodeStatus(body), undefined);
});

test('a profile tells addresses by their kind and leaves out what is not told', () => {
  const profile = nfProfile(
    {
      instance: 'id',
      addresses: ['192.0.2.1', '2001:db8::1'],
      port: 7777,
      scheme: 'http',
      prefix: '/eir',
      plmns: ['999-01'],
      capacity: 100,
      priority: 1,
      oauth2: false,
      allowedNfTypes: ['AMF'],
    },
    10,
  );
  const [service] = profile['nfServices'] as readonly Readonly<Record<string, unknown>>[];
  assert.deepEqual([profile['ipv4Addresses'], profile['ipv6Addresses']], [['192.0.2.1'], ['2001:db8::1']]);
  assert.deepEqual(profile['plmnList'], [{ mcc: '999', mnc: '01' }]);
  assert.equal('fqdn' in profile, false);
  assert.deepEqual(service?.['ipEndPoints'], [
    { ipv4Address: '192.0.2.1', transport: 'TCP', port: 7777 },
    { ipv6Address: '2001:db8::1', transport: 'TCP', port: 7777 },
  ]);
  assert.deepEqual([service?.['apiPrefix'], service?.['supportedFeatures']], ['/eir', '0']);
  assert.deepEqual(profile['nfServiceList'], { 'id-n5g-eir-eic': service });
});

test('the heart-beat timer of an answer counts where it is one', () => {
  const told = ['{"heartBeatTimer":7}', '{"heartBeatTimer":0}', '{"heartBeatTimer":"7"}', '', '[]'].map(heartBeatOf);
  assert.deepEqual(told, [7, undefined, undefined, undefined, undefined]);
});
