import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Day } from '../../src/calendar/day.ts';
import type { ListImport } from '../../src/reference/import.ts';
import { KIND_NAMES, KINDS, type KindName } from '../../src/reference/kinds.ts';
import { onStore } from '../stores/ground.ts';
import { handsOn } from './ground.ts';

/** One file of a kind: its lines, what the store then holds, and what was put aside as `line field: reason`. */
type Case = {
  readonly name: string;
  readonly kind: KindName;
  readonly lines: readonly string[] | Buffer;
  readonly more?: Partial<ListImport>;
  /** Columns that are looked at, and the rows in them, sorted. */
  readonly columns: string;
  readonly stored: readonly (readonly unknown[])[];
  readonly aside?: readonly (readonly [line: number, field: string, reason: RegExp])[];
};

const DAY = '2026-10-01' as Day;
const E = '1970-01-01';

const CASES: readonly Case[] = [
  {
    name: 'stolen: status in lower case, 15 and 16 digits, no IMEI at all',
    kind: 'stolen',
    lines: [
      'imei,reporting_date,status',
      '353620080012349,20260102,Blacklist',
      '3536200800123501,,',
      'abc*#,2026-01-03,Pending',
      '',
      '35362008001236,20260230,',
      '35362008001237,2026 103,',
      '35362008001238,20260103',
      'x,,',
      ',,',
      '12345678901234567,,',
    ],
    columns: 'imei < 100000000000000 AS valid, reporting_date, status',
    stored: [
      [0, '2026-01-03', 'pending'],
      [1, E, ''],
      [1, '2026-01-02', 'blacklist'],
    ],
    aside: [
      [6, 'reporting_date', /no day/],
      [7, 'reporting_date', /no day/],
      [8, '', /not 3 fields/],
      [9, 'imei', /no IMEI/],
      [10, 'imei', /no IMEI/],
      [11, 'imei', /no IMEI/],
    ],
  },
  {
    name: 'stolen: a header in any order and case, further columns, CRLF and a byte order mark',
    kind: 'stolen',
    lines: Buffer.from('\ufeffStatus, IMEI ,Officer\r\nblacklist,35362008001234,Smith\r\n'),
    columns: 'imei, reporting_date, status',
    stored: [['35362008001234', E, 'blacklist']],
  },
  {
    name: 'registration: quotes and commas inside fields, stray quotes put only their own line aside',
    kind: 'registration',
    lines: [
      'approved_imei,make,model,status,model_number,brand_name,device_type,radio_interface,device_id',
      '35362008001234,"Acme, Inc.","7"" tablet",whitelist,A1,Acme,Tablet,"2G,3G",D1',
      '35362008001235,"Acme,X,whitelist,A1,Acme,Tablet,4G,D2',
      '35362008001236,Acme,7" tablet,Whitelist,A1,Acme,Tablet,4G,D3',
      '35362008001237,"Acme"s,X,whitelist,A1,Acme,Tablet,4G,D4',
      '35362008001238,Acme,X,whitelist,A1,Acme,Tablet,4G,D-5',
      '35362008001239,Acme,X,whitelist,A1,Acme,Tablet,4G,',
      '35362008001240,"","",,,,,,D7',
    ],
    columns: 'imei, make, model, status, radio_interface, device_id',
    stored: [
      ['35362008001234', 'Acme, Inc.', '7" tablet', 'whitelist', '2G,3G', 'D1'],
      ['35362008001236', 'Acme', '7" tablet', 'whitelist', '4G', 'D3'],
      ['35362008001240', '', '', '', '', 'D7'],
    ],
    aside: [
      [3, '', /quote/],
      [5, '', /quote/],
      [6, 'device_id', /device id/],
      [7, 'device_id', /device id/],
    ],
  },
  {
    name: 'registration: columns that may be missing',
    kind: 'registration',
    lines: ['device_id,IMEI', 'D1,35362008001234'],
    columns: 'imei, make, device_id',
    stored: [['35362008001234', '', 'D1']],
  },
  {
    name: 'pairing: all three are needed, and zero is none',
    kind: 'pairing',
    lines: [
      'imei,imsi,msisdn',
      '35362008001234,999010000000001,999555001',
      '35362008001234,,999555001',
      '35362008001234,999010000000002,+99955',
      '35362008001234,9990100000000022,99955',
      '35362008001234,000,99955',
    ],
    columns: 'imei, imsi, msisdn',
    stored: [['35362008001234', '999010000000001', '999555001']],
    aside: [
      [3, 'imsi', /no IMSI/],
      [4, 'msisdn', /no MSISDN/],
      [5, 'imsi', /no IMSI/],
      [6, 'imsi', /no IMSI/],
    ],
  },
  {
    name: 'barred and its kin: one column, without blanks',
    kind: 'barred',
    lines: ['imei', '35362008001234', '35362008001234,x', '3536-2008', ' 35362008001235'],
    columns: 'imei',
    stored: [['35362008001234']],
    aside: [
      [3, '', /not 1 fields/],
      [4, 'imei', /no IMEI/],
      [5, 'imei', /no IMEI/],
    ],
  },
  {
    name: 'monitoring: the 14 digits are the key, whatever follows',
    kind: 'monitoring',
    lines: ['imei', '353620080012347', '3536200800123499'],
    columns: 'imei',
    stored: [['35362008001234']],
  },
  {
    name: 'barred TACs: 8 digits, leading zeros kept by value',
    kind: 'barred_tac',
    lines: ['tac', '01234567', '1234567', '35362008'],
    columns: 'tac',
    stored: [[1234567], [35362008]],
    aside: [[3, 'tac', /8 digits/]],
  },
  {
    name: 'SIM changes: the day in both forms',
    kind: 'sim_changes',
    lines: [
      'new_imsi,old_imsi,msisdn,sim_change_date',
      '99902,99901,5551,20261001',
      '99903,99902,5551,2026-10-05',
      '1,2,3,',
    ],
    columns: 'new_imsi, old_imsi, msisdn, changed',
    stored: [
      ['99902', '99901', '5551', '2026-10-01'],
      ['99903', '99902', '5551', '2026-10-05'],
    ],
    aside: [[4, 'sim_change_date', /no day/]],
  },
  {
    name: 'TACs of the GSMA: pipes, quotes dropped, unknown columns as JSON, bands to generations',
    kind: 'tac',
    lines: [
      'TAC|Marketing Name|Manufacturer|Bands|Allocation Date|Model Name|Brand Name|Device Type|Simslot|NFC',
      '35362008|"Star ""S"" 5"|Acme|GSM 900,WCDMA FDD Band I,LTE FDD BAND 3|05-Feb-2021|S5|Acme|Smartphone|2|Y',
      '01234567||Acme|Not Known||S1|||Not Known|',
      '01234568||Acme||31-Feb-2021|S1||||',
      '0123456||Acme|||S1||||',
      '01234569|Acme',
    ],
    columns: 'tac, manufacturer, model, brand, device_type, allocated, generations, slots, other',
    stored: [
      [1234567, 'Acme', 'S1', '', '', E, 0, 0, '{}'],
      [35362008, 'Acme', 'S5', 'Acme', 'Smartphone', '2021-02-05', 7, 2, '{"marketing_name":"Star S 5","nfc":"Y"}'],
    ],
    aside: [
      [4, 'allocation_date', /no day/],
      [5, 'tac', /8 digits/],
      [6, '', /not 10 fields/],
    ],
  },
  {
    name: 'TACs of Osmocom: a line of licence first, two columns called name',
    kind: 'tac',
    lines: [
      'TAC database under a licence',
      'tac,name,name,contributor,comment,gsmarena,gsmarena,aka',
      '35675904,Oppo,N1,Someone,,http://a,http://b,',
      '35572302,Nokia, "3120",,,,,',
      '35572303,Nokia,"3120, classic" ,,,,,',
      '35572304, Nokia ,"3120, classic",,,,,"a,b"',
      ' 35572305,Nokia,X,,,,,',
      '356930090,Nokia,X,,,,,',
    ],
    columns: 'tac, brand, model, manufacturer, other',
    stored: [
      [35572302, 'Nokia', '"3120"', '', '{}'],
      [35572304, 'Nokia', '3120, classic', '', '{"aka":"a,b"}'],
      [35675904, 'Oppo', 'N1', '', '{"contributor":"Someone","gsmarena":"http:\\/\\/a","gsmarena#2":"http:\\/\\/b"}'],
    ],
    aside: [
      [5, '', /quote/],
      [7, 'tac', /8 digits/],
      [8, 'tac', /8 digits/],
    ],
  },
  {
    name: 'PLMNs as CSV: two networks may share a code',
    kind: 'plmn',
    lines: [
      'mcc,mnc,iso,country,calling_code,network',
      '999,01,FR,Freedonia,999,Alfa',
      '999,01,FR,Freedonia,999,Beta',
      '999,1,,,,',
      '99,01,,,,',
    ],
    columns: 'mcc, mnc, iso, network',
    stored: [
      ['999', '01', 'fr', 'Alfa'],
      ['999', '01', 'fr', 'Beta'],
    ],
    aside: [
      [4, 'mnc', /2 or 3 digits/],
      [5, 'mcc', /3 digits/],
    ],
  },
  {
    name: 'PLMNs as a JSON array: a code written as a number is put aside, by its place in the array',
    kind: 'plmn',
    lines: Buffer.from(
      JSON.stringify(
        [
          { mcc: '999', mnc: '01', iso: 'fr', country: 'F', country_code: '9', network: 'A "B", C' },
          { mcc: 999, mnc: 1 },
        ],
        null,
        2,
      ),
    ),
    columns: 'mcc, mnc, calling_code, network',
    stored: [['999', '01', '9', 'A "B", C']],
    aside: [[2, 'mnc', /2 or 3 digits/]],
  },
  {
    name: 'cells: with stated days and without',
    kind: 'cells',
    lines: [
      'cell,lat,lon,radius_m,valid_from,valid_to',
      'A,47.5,-8.25,500,20260101,20260601',
      'A,47.6,8.3,500,20260601,',
      'B,0,0,0,,',
      'C,91,0,500,,',
      'D,0,181,500,,',
      'E,0,0,-1,,',
      'F,1e3,0,1,,',
      ',0,0,1,,',
    ],
    columns: 'cell, lat, lon, valid_from, valid_to',
    stored: [
      ['A', 47.5, -8.25, '2026-01-01', '2026-06-01'],
      ['A', 47.6, 8.3, '2026-06-01', '2149-06-06'],
      ['B', 0, 0, DAY, '2149-06-06'],
    ],
    aside: [
      [5, 'lat', /from -90 to 90/],
      [6, 'lon', /from -180 to 180/],
      [7, 'radius_m', /metres/],
      [8, 'lat', /no number/],
      [9, 'cell', /empty/],
    ],
  },
  {
    name: 'bytes that are no UTF-8 and lines beyond the limit',
    kind: 'stolen',
    lines: Buffer.concat([
      Buffer.from('imei,status\n35362008001234,\xff\n', 'latin1'),
      Buffer.from(`35362008001235,${'x'.repeat(70_000)}\n35362008001236,é\n`),
    ]),
    columns: 'imei, status',
    stored: [['35362008001236', 'é']],
    aside: [
      [2, '', /UTF-8/],
      [3, '', /too long/],
    ],
  },
  {
    name: 'golden: columns that the file lacks come from the call',
    kind: 'golden',
    lines: ['golden_imei', '353620080012347', 'nothing'],
    more: { defaults: { legal_basis: 'Act, section 9', expires: '20271231' } },
    columns: 'legal_basis, expires',
    stored: [['Act, section 9', '2027-12-31']],
    aside: [[3, 'golden_imei', /no IMEI/]],
  },
];

onStore('rows of lists', (ground) => {
  const { clear, rows, take } = handsOn(ground);
  const lastRun = async (): Promise<number> => {
    const [run] = await ground.store().registry.query<{ number: number }>('SELECT max(number) AS number FROM run');
    return run?.number ?? 0;
  };

  for (const { name, kind, lines, more, columns, stored, aside = [] } of CASES) {
    test(name, async () => {
      await clear(kind);
      const result = await take(kind, lines, { date: DAY, ...more });
      const found = await rows(kind, `SELECT ${columns} FROM ${KINDS[kind].table} ORDER BY ALL`);
      assert.deepEqual(
        found.map((row) => Object.values(row)),
        stored,
      );
      const sql = `SELECT line, field, reason FROM quarantine WHERE run = ${await lastRun()} ORDER BY line`;
      const kept = await ground.store().analytics.home.query<{ line: string; field: string; reason: string }>(sql);
      assert.deepEqual(
        kept.map(({ line, field }) => [Number(line), field]),
        aside.map(([line, field]) => [line, field]),
      );
      for (const [at, { reason }] of kept.entries()) assert.match(reason, aside[at]?.[2] ?? /^$/);
      assert.equal(result.quarantined, aside.length);
      assert.equal(result.adds, stored.length);
    });
  }

  test('columns that are not used are told, those that are kept as JSON are not', async () => {
    await clear('stolen');
    await clear('tac');
    assert.deepEqual((await take('stolen', ['imei,officer,b', '35362008001234,x,y'])).ignored, ['b', 'officer']);
    assert.deepEqual((await take('tac', ['tac,model,b', '35362008,x,y'])).ignored, []);
  });

  test('what is written where an IMEI belongs is kept for its key', async () => {
    await clear('barred');
    await take('barred', ['imei', 'deadbeef', '35362008001234']);
    const found = await rows('barred', 'SELECT text FROM malformed WHERE imei IN (SELECT imei FROM barred)');
    assert.deepEqual(found, [{ text: 'DEADBEEF' }]);
  });

  test('persons and protected IMEIs are stored as keyed pseudonyms, and nowhere in clear, the quarantine included', async () => {
    for (const kind of ['subscribers', 'association', 'golden'] as const) await clear(kind);
    await take('subscribers', ['uid,imsi', 'AB-12/3,999010000000001', 'no such uid,999010000000002', 'SECRETUID,xx']);
    await take('association', ['uid,imei', 'AB-12/3,35362008001234']);
    await take('golden', [
      'golden_imei,legal_basis,expires',
      '353620080012347,Act,20271231',
      '35362008009999,,20271231',
    ]);
    const joined = `SELECT count() AS n FROM subscriber, association WHERE subscriber.uid = association.uid`;
    assert.equal(Number((await rows('subscribers', joined))[0]?.['n']), 1);
    const { pseudonyms } = ground.store();
    const hash = pseudonyms.golden('toUInt64(35362008001234)');
    assert.equal(Number((await rows('golden', `SELECT count() AS n FROM golden WHERE hash = ${hash}`))[0]?.['n']), 1);
    const clear_ = `position(concat(value, text), 'uid') + position(concat(value, text), 'SECRET') + position(concat(value, text), '99990')`;
    const read = await ground
      .store()
      .analytics.home.query(
        `SELECT value, text FROM quarantine WHERE run > 0 AND (${clear_}) > 0 AND field IN ('uid', 'golden_imei', 'legal_basis')`,
      );
    assert.deepEqual(read, []);
    const kept = await ground
      .store()
      .analytics.home.query<{ n: string }>(
        `SELECT count() AS n FROM quarantine WHERE text LIKE '%SECRETUID%' OR text LIKE '%35362008009999%' OR value LIKE '%no such%'`,
      );
    assert.equal(Number(kept[0]?.n), 0);
  });

  test('line numbers hold across blocks of a large file', async () => {
    await clear('barred');
    const count = 12_000;
    const filling = 'x'.repeat(6_000);
    const imei = (at: number): string => (at === 7 || at === count - 1 ? 'none' : String(35362008000000 + at));
    const lines = Array.from({ length: count }, (_, at) => `${imei(at)},${filling}`);
    const result = await take('barred', ['imei,filling', ...lines]);
    assert.deepEqual([result.adds, result.quarantined], [count - 2, 2]);
    const sql = `SELECT line FROM quarantine WHERE run = ${await lastRun()} ORDER BY line`;
    const kept = await ground.store().analytics.home.query<{ line: string }>(sql);
    assert.deepEqual(
      kept.map(({ line }) => Number(line)),
      [9, count + 1],
    );
    await clear('barred');
  });
});

describe('kinds of lists', () => {
  test('each has a case above, and a table whose columns it fills', () => {
    const without = KIND_NAMES.filter((name) => !CASES.some(({ kind }) => kind === name));
    assert.deepEqual(without, ['subscribers', 'association'], 'these two are tested for what they must not store');
  });
});
