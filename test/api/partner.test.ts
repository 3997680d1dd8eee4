import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { SYSTEM } from '../../src/access/actor.ts';
import { BULK_CHECK, bulkCheck, HEADER } from '../../src/api/bulk/handler.ts';
import type { Checking } from '../../src/api/check/checking.ts';
import { startWorker } from '../../src/api/jobs/worker.ts';
import { enterDevice } from '../../src/devices/enter.ts';
import type { Imei } from '../../src/identifiers/imei.ts';
import type { Serial } from '../../src/identifiers/serial.ts';
import { verifySigned } from '../../src/vault/signing.ts';
import { ask, CLEAR, openApi, openHouse } from './ground.ts';

const [IMEI, SECOND, STOLEN] = ['356938035643809', '356938035643817', '356938035643825'];

/** As {@link CLEAR}, but for one that is stolen. */
const checking: Checking = {
  check: async (texts, at) =>
    (await CLEAR.check(texts, at))?.map((told) =>
      told.imei === STOLEN
        ? {
            ...told,
            verdict: 'DO_NOT_BUY',
            advice: 'do_not_buy_stolen',
            statuses: ['STOLEN', 'BLOCKED'],
            reasons: ['stolen'],
          }
        : told,
    ),
};
let now = new Date('2026-10-20T12:00:00Z');
const house = await openHouse({ checking, clock: () => now });
const { url } = await openApi(house);
await house.registry.transaction((query) =>
  enterDevice(
    { ...house, query, actor: SYSTEM, now },
    {
      identifiers: [
        { kind: 'imei', imei: IMEI.slice(0, 14) as Imei },
        { kind: 'imei', imei: SECOND.slice(0, 14) as Imei },
        { kind: 'serial', serial: 'SN 77' as Serial, maker: 'Acme', model: 'One' },
      ],
      at: now,
      source: 'test',
    },
  ),
);

const match = async (attribute: string, value: string, imei = IMEI): Promise<unknown> => {
  const { json, status } = await ask(`${url}/v1/match`, 'POST', { as: 'dealer', body: { imei, attribute, value } });
  return status === 200 ? json['match'] : json['code'];
};

test('a partner is told whether what he has is right, and nothing else', async () => {
  assert.equal(await match('make', ' acme '), 'yes');
  assert.equal(await match('model', 'Two'), 'no');
  assert.equal(await match('model', 'One', '490154203237518'), 'unknown');
  assert.equal(await match('serial', 'sn  77'), 'yes');
  assert.equal(await match('serial', 'SN 78'), 'no');
  assert.equal(await match('serial', 'SN 77', '490154203237518'), 'unknown');
  assert.equal(await match('imei', SECOND), 'yes');
  assert.equal(await match('imei', STOLEN), 'no');
  assert.equal(await match('imei', 'none'), 'API_FORM');
  assert.equal(await match('make', 'Acme', '12'), 'API_FORM');
  const { json } = await ask(`${url}/v1/match`, 'POST', {
    as: 'dealer',
    body: { imei: IMEI, attribute: 'make', value: 'x' },
  });
  assert.deepEqual(Object.keys(json).sort(), ['lastChecked', 'match']);
});

test('whether a number is used with a device is told only for a purpose', async () => {
  assert.equal(await match('msisdn', '+41791234567'), 'READ_PURPOSE');
  assert.equal(await match('msisdn', 'no number'), 'API_FORM');
});

test('a clean device is certified for a day, and anybody can verify it without asking us', async () => {
  const body = { imeis: [IMEI, SECOND], qr: 'svg' };
  const issued = await ask(`${url}/v1/certificates`, 'POST', { as: 'citizen', key: 'key-of-certificate', body });
  assert.equal(issued.status, 201);
  assert.deepEqual([...(issued.json['imeis'] ?? [])], [IMEI, SECOND]);
  assert.equal(issued.json['until'], '2026-10-21T12:00:00.000Z');
  assert.match(String(issued.json['qr']), /^<svg [\s\S]*<\/svg>\s*$/);
  const token = String(issued.json['token']);
  assert.equal(issued.json['verify'], `https://ceir.example/certificate#${token}`);
  const keys = (await ask(`${url}/.well-known/jwks.json`, 'GET')).json as unknown as Parameters<
    typeof createLocalJWKSet
  >[0];
  const { payload } = await jwtVerify(token, createLocalJWKSet(keys), { typ: 'clean+jwt', currentDate: now });
  assert.deepEqual([payload['imeis'], payload['make']], [[IMEI, SECOND], 'Acme']);
  const verified = await ask(`${url}/v1/certificates/verify`, 'POST', { body: { token } });
  assert.deepEqual([verified.json['valid'], verified.json['now']], [true, 'CLEAR']);
  now = new Date(now.getTime() + 25 * 3_600_000);
  const late = await ask(`${url}/v1/certificates/verify`, 'POST', { body: { token } });
  assert.deepEqual([late.json['valid'], late.json['fault']], [false, 'SIGNED_EXPIRED']);
  now = new Date('2026-10-20T12:00:00Z');
  const forged = await ask(`${url}/v1/certificates/verify`, 'POST', { body: { token: `${token.slice(0, -4)}AAAA` } });
  assert.deepEqual([forged.json['valid'], forged.json['fault']], [false, 'SIGNED_FORM']);
});

test('a code for a terminal is text', async () => {
  const body = { imeis: [IMEI], qr: 'text' };
  const { json } = await ask(`${url}/v1/certificates`, 'POST', { as: 'dealer', key: 'key-of-text', body });
  assert.match(String(json['qr']), /[▀▄█]/);
});

test('what is not clean is not certified', async () => {
  for (const imeis of [[STOLEN], ['12'], [IMEI, STOLEN], ['490154203237518']]) {
    const back = await ask(`${url}/v1/certificates`, 'POST', {
      as: 'citizen',
      key: `key-of-${imeis.join()}`,
      body: { imeis },
    });
    assert.deepEqual([back.status, back.json['code']], [409, 'CERTIFICATE_NOT_CLEAR']);
  }
});

test('the answer of a check can be shown to others, who ask whether it is ours', async () => {
  const { json } = await ask(`${url}/v1/check`, 'POST', { body: { imeis: [IMEI] } });
  const shown = {
    imeis: [` ${IMEI} `],
    checkedAt: json['checkedAt'],
    reference: String(json['reference']).toLowerCase(),
  };
  const verified = await ask(`${url}/v1/check/reference`, 'POST', { body: shown });
  assert.deepEqual(verified.json, { genuine: true, verdict: 'CLEAR' });
  const other = await ask(`${url}/v1/check/reference`, 'POST', { body: { ...shown, imeis: [SECOND] } });
  assert.deepEqual(other.json, { genuine: false, verdict: null });
  const nonsense = await ask(`${url}/v1/check/reference`, 'POST', { body: { ...shown, reference: 'nonsense' } });
  assert.deepEqual(nonsense.json, { genuine: false, verdict: null });
});

const worker = startWorker({
  registry: house.registry,
  handlers: { [BULK_CHECK]: bulkCheck(house) },
  clock: () => now,
  onDefect: (error) => assert.fail(String(error)),
  everyMs: 1e6,
});

test('many are checked as a job, whose result is whole, signed, and its owner’s alone', async () => {
  const file = `imei\r\n${IMEI}\r\n\r\n${STOLEN}\r\n=cmd|' /C calc'!A0\r\n٣٥٦٩٣٨٠٣٥٦٤٣٨٠٩`;
  const entered = await ask(`${url}/v1/bulk/file`, 'POST', {
    as: 'dealer',
    key: 'key-of-bulk',
    body: file,
    headers: { 'content-type': 'text/csv' },
  });
  assert.deepEqual([entered.status, entered.json['state'], entered.json['total']], [202, 'waiting', 6]);
  const address = `${url}${entered.headers.get('location')}`;
  assert.equal((await ask(`${address}/result`, 'GET', { as: 'dealer' })).json['code'], 'JOB_UNFINISHED');
  await worker.kick();
  const done = await ask(address, 'GET', { as: 'dealer' });
  assert.deepEqual([done.json['state'], done.json['done']], ['done', 6]);
  const result = await ask(`${address}/result`, 'GET', { as: 'dealer' });
  assert.equal(
    result.text,
    `${HEADER}2,${IMEI},CLEAR,TYPE_APPROVED,,,Acme,One,nothing_against_it\r
4,${STOLEN},DO_NOT_BUY,STOLEN|BLOCKED,stolen,,Acme,One,do_not_buy_stolen\r
5,,INVALID,,,,,,check_the_digits\r
6,${IMEI},CLEAR,TYPE_APPROVED,,,Acme,One,nothing_against_it\r
`,
  );
  const outcome = done.json['outcome'] as unknown as {
    sha256: string;
    signature: string;
    counts: Record<string, number>;
  };
  const read = await verifySigned(outcome.signature, house.signer.keys(), 'bulk-check', now);
  assert.ok(read.ok);
  const { createHash } = await import('node:crypto');
  assert.equal(read.value['sha256'], createHash('sha256').update(result.text).digest('hex'));
  assert.deepEqual(outcome.counts, { CLEAR: 2, CAUTION: 0, UNKNOWN: 0, INVALID: 1, DO_NOT_BUY: 1 });
  for (const path of ['', '/result'])
    assert.equal((await ask(`${address}${path}`, 'GET', { as: 'importer' })).status, 404);
  assert.equal((await ask(address, 'GET', { as: 'auditor' })).status, 200);
});

test('a list in JSON is one to a line, whatever stands in it', async () => {
  const body = { imeis: [`${IMEI}\n${STOLEN}`, IMEI] };
  const entered = await ask(`${url}/v1/bulk`, 'POST', { as: 'dealer', key: 'key-of-json', body });
  await worker.kick();
  const result = await ask(`${url}${entered.headers.get('location')}/result`, 'GET', { as: 'dealer' });
  assert.deepEqual(
    result.text
      .split('\r\n')
      .slice(1, 3)
      .map((line) => line.split(',').slice(0, 3)),
    [
      ['1', '', 'INVALID'],
      ['2', IMEI, 'CLEAR'],
    ],
  );
  await worker.close();
});

test('a file without lines, or with too many, is refused', async () => {
  const send = (body: string, key: string) =>
    ask(`${url}/v1/bulk/file`, 'POST', { as: 'dealer', key, body, headers: { 'content-type': 'text/plain' } });
  assert.equal((await send('\n'.repeat(1_000_001), 'key-of-much')).json['code'], 'BULK_SIZE');
});
