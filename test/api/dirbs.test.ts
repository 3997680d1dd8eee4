import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Store } from '../../src/stores/store.ts';
import { CLONED, countryOf, ground, STOLEN, UNALLOCATED } from '../decisions/ground.ts';
import { type Api, ask, type Back, openHouse, startApi } from './ground.ts';

const policy = countryOf([STOLEN, UNALLOCATED, CLONED], 'exempt_device_types: [Router]\n');
const [IMEI, OTHER, ROUTER] = ['35693803564380', '35693803564381', '86000101000001'];
const { store, seen, listed } = ground();

let api: Api | undefined;
let of: Store;
after(() => api?.app.close());
/** The stores are open once the first test begins. */
async function get(path: string, method = 'GET', body?: unknown): Promise<Back> {
  api ??= await open();
  return ask(`${api.url}/api/v2${path}`, method, { as: 'analyst', ...(body === undefined ? {} : { body }) });
}

async function open(): Promise<Api> {
  of = store();
  const tac = {
    manufacturer: 'Acme Ltd',
    brand: 'Acme',
    bands: 'LTE',
    allocated: '2020-01-02',
    generations: 4,
    slots: 1,
  };
  await listed('tac', [
    {
      ...tac,
      tac: 35_693_803,
      model: 'One',
      device_type: 'Smartphone',
      other: '{"Marketing Name":"One Pro","NFC":"Yes"}',
    },
    { ...tac, tac: 86_000_101, model: 'Box', device_type: 'Router', other: '{}' },
  ]);
  const registered = {
    make: 'Acme',
    model: 'One',
    model_number: '1',
    brand_name: 'Acme',
    device_type: 'Phone',
    radio_interface: 'LTE',
    device_id: 'D1',
  };
  await listed('registration', [
    { ...registered, imei: Number(IMEI), status: 'whitelist' },
    { ...registered, imei: Number(OTHER), status: 'pending' },
  ]);
  await listed('stolen', [{ imei: Number(OTHER), reporting_date: '2026-09-01', status: 'pending' }]);
  await listed('pairing', [{ imei: Number(IMEI), imsi: 999_010_000_000_001, msisdn: 0 }]);
  await seen(
    { imei: IMEI, days: [3, 9] },
    { imei: IMEI, imsi: '999010000000002', msisdn: '99970000002', days: [20] },
    { imei: OTHER, days: [5] },
  );
  await of.analytics.home.run(
    `INSERT INTO standing VALUES (${OTHER}, 'unallocated', 'blocked', '2026-10-01', '2026-11-01', false, '2149-06-06', 1, 0, '{}')`,
  );
  return startApi(await openHouse({ policy, registry: of.registry, analytics: of }));
}

test('an identifier is told as DIRBS tells it, field by field', async () => {
  const { status, json } = await get(`/imei/${IMEI}0`);
  assert.equal(status, 200);
  assert.deepEqual(json, {
    imei_norm: IMEI,
    block_date: null,
    first_seen: '2026-09-03',
    classification_state: {
      blocking_conditions: [
        { condition_name: 'stolen', condition_met: false },
        { condition_name: 'unallocated', condition_met: false },
      ],
      informative_conditions: [{ condition_name: 'cloned', condition_met: false }],
    },
    realtime_checks: {
      ever_observed_on_network: true,
      invalid_imei: false,
      is_paired: true,
      is_exempted_device: false,
      gsma_not_found: false,
      in_registration_list: true,
    },
    registration_status: { status: 'whitelist', provisional_only: false },
    stolen_status: { status: null, provisional_only: null },
  });
});

test('a block that is coming, and rows that are provisional', async () => {
  const { json } = await get(`/imei/${OTHER}?include_registration_status=false`);
  assert.equal(json['block_date'], '2026-11-01');
  assert.equal(json['registration_status'], undefined);
  assert.deepEqual(json['stolen_status'], { status: 'pending', provisional_only: true });
  assert.equal(json['realtime_checks']?.['in_registration_list'], false);
});

test('a batch keeps its order, with what is malformed, exempted or unknown', async () => {
  const { json } = await get('/imei-batch', 'POST', { imeis: [ROUTER, 'abcdef', OTHER, ROUTER] });
  const told = [...(json['results'] ?? [])] as unknown as {
    imei_norm: string;
    realtime_checks: Record<string, boolean>;
  }[];
  assert.deepEqual(
    told.map(({ imei_norm, realtime_checks: checks }) => [
      imei_norm,
      checks['invalid_imei'],
      checks['gsma_not_found'],
      checks['is_exempted_device'],
      checks['ever_observed_on_network'],
    ]),
    [
      [ROUTER, false, false, true, false],
      ['ABCDEF', true, true, false, false],
      [OTHER, false, false, false, true],
      [ROUTER, false, false, true, false],
    ],
  );
});

test('subscribers come in pages, and each reading is logged', async () => {
  const first = await get(`/imei/${IMEI}/subscribers?limit=1&order=Descending`);
  assert.deepEqual(first.json, {
    imei_norm: IMEI,
    subscribers: [{ imsi: '999010000000002', msisdn: '99970000002', last_seen: '2026-09-20' }],
    _keys: { current_key: '0', next_key: '1', result_size: 2 },
  });
  const second = await get(`/imei/${IMEI}/subscribers?limit=1&offset=1&order=Descending`);
  assert.deepEqual(second.json['_keys'], { current_key: '1', next_key: '', result_size: 2 });
  const beyond = await get(`/imei/${IMEI}/subscribers?offset=9`);
  assert.deepEqual([beyond.json['subscribers'], beyond.json['_keys']?.['result_size']], [[], 2]);
  const rows = await of.registry.query<{ fields: string[]; subject: string }>(
    `SELECT fields, subject FROM access_log WHERE action = 'dirbs.read'`,
  );
  assert.equal(rows.length, 3);
  assert.deepEqual([rows[0]?.fields, rows[0]?.subject], [['imsi', 'msisdn'], IMEI]);
});

test('pairs are told with when they were last seen', async () => {
  const { json } = await get(`/imei/${IMEI}/pairings`);
  assert.deepEqual(json['pairs'], [{ imsi: '999010000000001', last_seen: '2026-09-09' }]);
});

test('what the registration list says, and the other identifiers of the device', async () => {
  const { json } = await get(`/imei/${IMEI}/info`);
  assert.deepEqual([json['make'], json['status'], json['associated_imeis']], ['Acme', 'whitelist', [OTHER]]);
  const unknown = await get(`/imei/${ROUTER}/info`);
  assert.deepEqual([unknown.json['make'], unknown.json['associated_imeis']], [null, []]);
});

test('a number is told with the identifiers it was seen with; the log knows it by a pseudonym', async () => {
  const { json } = await get('/msisdn/99970000002');
  assert.deepEqual(json['results'], [
    {
      imei_norm: IMEI,
      imsi: '999010000000002',
      last_seen: '2026-09-20',
      gsma_manufacturer: 'Acme Ltd',
      gsma_model_name: 'One',
    },
  ]);
  const [row] = await of.registry.query<{ subject: string }>(
    `SELECT subject FROM access_log WHERE 'imei' = ANY(fields)`,
  );
  assert.match(row?.subject ?? '', /^[0-9a-f]{32}$/);
});

test('models by TAC, one or many', async () => {
  const { json } = await get('/tac/35693803');
  assert.equal(json['gsma']?.['marketing_name'], 'One Pro');
  assert.equal(json['gsma']?.['nfc'], 'Yes');
  assert.equal(json['gsma']?.['allocation_date'], '2020-01-02');
  const many = await get('/tac', 'POST', { tacs: ['86000101', '12345678'] });
  const told = [...(many.json['results'] ?? [])] as unknown as { tac: string; gsma: { model_name: string } | null }[];
  assert.deepEqual(
    told.map(({ tac, gsma }) => [tac, gsma?.model_name]),
    [
      ['86000101', 'Box'],
      ['12345678', undefined],
    ],
  );
});

test('runs and files under the names of DIRBS', async () => {
  await of.registry.query(
    `INSERT INTO run (verb, kind, status, inputs, ended) VALUES ('import', 'stolen', 'done', '[{"name":"s.zip","bytes":12,"sha256":"ab"}]', now()), ('classify', NULL, 'failed', '[]', now())`,
  );
  const { json } = await get('/job_metadata?command=dirbs-import&command=dirbs-classify&show_details=false');
  const jobs = [...(json['jobs'] ?? [])] as unknown as Record<string, unknown>[];
  assert.deepEqual(
    jobs.map((job) => [job['command'], job['subcommand'], job['status'], job['extra_metadata']]),
    [
      ['dirbs-classify', '', 'error', undefined],
      ['dirbs-import', 'stolen', 'success', undefined],
    ],
  );
  for (const address of ['/catalog', '/data_catalog']) {
    const files = await get(`${address}?file_type=stolen`);
    assert.equal(files.json['files']?.[0]?.['filename'], 's.zip');
  }
  assert.equal(typeof (await get('/version')).json['db_schema_version'], 'number');
});

test('what DIRBS refuses is refused with its statuses', async () => {
  assert.equal((await get('/imei/12345678901234567')).status, 400);
  assert.equal((await get('/tac/1234')).status, 400);
  assert.equal((await get('/msisdn/abc')).status, 400);
  assert.equal((await get('/imei/1', 'DELETE')).status, 405);
  assert.equal((await get('/imei-batch', 'POST', { imeis: [] })).status, 400);
});

test('a partner is told whether a number was used with a device, and that is logged', async () => {
  const match = async (value: string, imei = IMEI): Promise<unknown> => {
    const body = { imei, attribute: 'msisdn', value, purpose: 'claim 4711 of the insured' };
    return (await ask(`${api?.url}/v1/match`, 'POST', { as: 'dealer', body })).json['match'];
  };
  assert.deepEqual([await match('+41791234567'), await match('41791234567', ROUTER)], ['no', 'unknown']);
  await seen({ imei: IMEI, imsi: '999010000000003', msisdn: '41791234567', days: [2] });
  assert.equal(await match('+41791234567'), 'yes');
  const rows = await of.registry.query<{ purpose: string }>(
    `SELECT purpose FROM access_log WHERE action = 'check.partner'`,
  );
  assert.deepEqual(
    rows.map(({ purpose }) => purpose),
    Array(3).fill('claim 4711 of the insured'),
  );
});
