import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Day } from '../../src/calendar/day.ts';
import { ROW_FAULTS, type RowFault } from '../../src/observations/fault.ts';
import { RATS } from '../../src/observations/rat.ts';
import { LAZILY, parseHeader, parseRows, ROW_COLUMNS } from '../../src/observations/row.ts';
import { onStore } from '../stores/ground.ts';

const release = (): void => undefined;
const RANGE = { start: '2028-02-27' as Day, end: '2028-03-02' as Day };

type Parsed = { fault: RowFault | 0; imei?: string; imsi?: string; msisdn?: string; rats?: number };

const isCalendarDay = (text: string): boolean => {
  const iso = `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}`;
  return /^2\d{7}$/.test(text) && !Number.isNaN(Date.parse(iso)) && new Date(iso).toISOString().startsWith(iso);
};

/** What a line must become, by regular expressions; the engine does the same by arithmetic. */
function model(line: string): Parsed {
  const fields = line.split(',').map((field) => (line.includes('"') ? field.replace(/^ *"(.*)" *$/, '$1') : field));
  if (fields.length !== 5) return { fault: 1 };
  const [date = '', imei = '', imsi = '', msisdn = '', rat = ''] = fields;
  if (!['20280227', '20280228', '20280229', '20280301', '20280302'].includes(date))
    return { fault: isCalendarDay(date) ? 5 : 4 };
  if (!/^([0-9A-Fa-f*#]{1,16})?$/.test(imei)) return { fault: 6 };
  if (!/^\d{0,15}$/.test(imsi)) return { fault: 7 };
  if (!/^\d{0,15}$/.test(msisdn)) return { fault: 8 };
  const codes = rat === '' ? [] : rat.split('|');
  const bits = codes.map((code) => RATS.find((one) => one.code === code)?.bit);
  if (bits.includes(undefined)) return { fault: 9 };
  const rats = bits.reduce<number>((mask, bit = 0) => mask | (1 << bit), 0);
  const kept = /^\d{14}/.test(imei) ? imei.slice(0, 14) : imei.toUpperCase();
  return { fault: 0, imei: kept, imsi: imsi.replace(/^0+/, ''), msisdn: msisdn.replace(/^0+/, ''), rats };
}

const odd = fc.string({ unit: fc.constantFrom(...'0123456789AfZx*#+-_. "eE\t'), maxLength: 17 });
const digits = (min: number, max: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: min, maxLength: max });
const field = {
  date: fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom('20280227', '20280229', '20280301') },
    fc.constantFrom('20280226', '20280230', '20270229', '2028-02-28', '', '20281301'),
    odd,
  ),
  imei: fc.oneof(
    { weight: 4, arbitrary: digits(13, 16) },
    digits(13, 15).map((text) => `${text}A`),
    fc.constantFrom('', '00000000000000', '+35123456789012', '3512345678901 ', '*#06#'),
    odd,
  ),
  imsi: fc.oneof(
    { weight: 4, arbitrary: digits(14, 15) },
    fc.constantFrom('', '-1', '+1', '9990112345678901', '1e5'),
    odd,
  ),
  rat: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom('', '001', '006|002', '010', '105|103|010|001') },
    fc.constantFrom('000', '001|', '|', '1', '001,006', '051|051'),
    odd,
  ),
};
const quotes = fc.constantFrom('', '', '', '"');
const lines = fc.array(
  fc
    .tuple(field.date, field.imei, field.imsi, field.imsi, field.rat, quotes)
    .map(([date, imei, imsi, msisdn, rat, quote]) =>
      [date, imei, imsi, msisdn, rat].map((text) => `${quote}${text}${quote}`).join(','),
    ),
  { minLength: 1, maxLength: 200 },
);

type Row = {
  line: string;
  fault: number;
  day: string;
  imei: string;
  imsi: string;
  msisdn: string;
  rats: number;
  text: string;
};

onStore('parseRows()', ({ store }) => {
  const parse = async (body: string, header = 'date,imei,imsi,msisdn,rat'): Promise<readonly Row[]> => {
    const { home } = store().analytics;
    const read = parseHeader(header, 'test.csv');
    assert.ok(read.ok);
    await home.run('DROP TABLE IF EXISTS parsed');
    await home.run(`CREATE TABLE parsed (${ROW_COLUMNS}) ENGINE = MergeTree ORDER BY tuple()`);
    const feed = { header: read.value, file: 1, firstLine: 2, range: RANGE, plain: !/["\r]/.test(body) };
    await home.feedAll(
      'parsed',
      [{ lines: Buffer.from(body), select: (source) => parseRows(source, feed), release }],
      LAZILY,
    );
    return home.query<Row>('SELECT * FROM parsed ORDER BY line');
  };

  test('agrees with the rule written as regular expressions, on any lines', async () => {
    await fc.assert(
      fc.asyncProperty(lines, async (text) => {
        const rows = await parse(`${text.join('\n')}\n`);
        assert.equal(rows.length, text.length);
        for (const [index, line] of text.entries()) {
          const [row, expected] = [rows[index], model(line)];
          assert.equal(Number(row?.line), index + 2);
          assert.equal(row?.fault, expected.fault, `${JSON.stringify(line)}: ${row?.fault}, not ${expected.fault}`);
          if (expected.fault !== 0) {
            assert.equal(row?.text, line);
            continue;
          }
          const isMalformed = expected.imei !== '' && !/^\d{14}$/.test(expected.imei ?? '');
          const imei = isMalformed ? row?.text : (row?.imei ?? '').padStart(14, '0');
          assert.equal(imei, expected.imei === '' ? '00000000000000' : expected.imei, line);
          assert.equal(row?.imsi, expected.imsi === '' ? '0' : expected.imsi, line);
          assert.equal(row?.msisdn, expected.msisdn === '' ? '0' : expected.msisdn, line);
          assert.equal(row?.rats, expected.rats, line);
        }
      }),
      { numRuns: 25 },
    );
  });

  test('a stray quote costs its own line and no other', async () => {
    const rows = await parse(
      '20280229,35123456789012,"999011234567890,1,\n20280229,35123456789012,999011234567890,1,\n',
    );
    assert.deepEqual(
      rows.map(({ fault }) => fault),
      [7, 0],
    );
  });

  test('blank lines are no rows, and still count as lines', async () => {
    const rows = await parse('\n\r\n20280229,35123456789012,,,\r\n\n20280301,1,,,\n');
    assert.deepEqual(
      rows.map(({ line }) => Number(line)),
      [4, 6],
    );
  });

  test('what is no UTF-8 and what was too long are faults of their own', async () => {
    const body = Buffer.concat([Buffer.from('20280229,35'), Buffer.of(0xff, 0x0a, 0x01, 0x0a)]);
    const rows = await parse(body.toString('latin1')); // latin1 text becomes valid UTF-8 again
    assert.equal(rows.length, 2);
    const { home } = store().analytics;
    await home.run('TRUNCATE TABLE parsed');
    const read = parseHeader('date,imei,imsi,msisdn,rat', 'test.csv');
    assert.ok(read.ok);
    const feed = { header: read.value, file: 1, firstLine: 2, range: RANGE };
    await home.feedAll('parsed', [{ lines: body, select: (source) => parseRows(source, feed), release }], LAZILY);
    const faults = (await home.query<Row>('SELECT * FROM parsed ORDER BY line')).map(({ fault }) => fault);
    assert.deepEqual(faults, [2, 3]);
  });

  test('header names decide, in any order and case; event columns are read', async () => {
    const header = 'CELL,Imei,duration,IMSI,time,msisdn,DATE,vendor';
    const rows = await parse(
      '"c1",35123456789012,60,999011234567890,23:59:59,999123,20280229,x\nc1,35123456789012,,999011234567890,24:00:00,999123,20280229,x\n,35123456789012,1,,10:00:00,,20280229,x\nc,35123456789012,-1,,10:00:00,,20280229,x\n',
      header,
    );
    assert.deepEqual(
      rows.map(({ fault }) => fault),
      [0, 10, 11, 12],
    );
    const [first] = await store().analytics.home.query<{ at: number; cell: string; duration: number }>(
      'SELECT at, cell, duration FROM parsed WHERE fault = 0',
    );
    assert.deepEqual(first, { at: Date.UTC(2028, 1, 29, 23, 59, 59) / 1000, cell: 'c1', duration: 60 });
    const read = parseHeader(header, 'x');
    assert.deepEqual(read.ok && read.value.extra, ['vendor']);
  });
});

test('parseHeader() refuses a header without a needed column, or with one twice', () => {
  const missing = parseHeader('date,imei,msisdn', 'f.csv');
  assert.ok(!missing.ok);
  assert.match(missing.fault.message, /lacks imsi/);
  assert.deepEqual([missing.fault.code, missing.fault.line, missing.fault.file], ['IMPORT_COLUMNS', 1, 'f.csv']);
  const twice = parseHeader('date,imei,imsi,imsi,msisdn', 'f.csv');
  assert.ok(!twice.ok && /imsi twice/.test(twice.fault.message));
});

test('every fault a row can have has words', () => {
  assert.deepEqual(Object.keys(ROW_FAULTS).map(Number), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
});
