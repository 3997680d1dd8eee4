import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseCountry } from '../../src/country/country.ts';
import { type Fault, writeFault } from '../../src/faults/fault.ts';
import { BASE, edited } from './base.ts';
import { CATALOGUE } from './catalogue.ts';

type Row = { readonly edit: readonly [string, string]; readonly due: readonly string[]; readonly says: RegExp };

/** `line:column CODE field` of every fault, and all that is said. */
function faultsOf(text: string): { readonly rows: readonly string[]; readonly said: string } {
  const result = parseCountry(text, 'country.yaml', CATALOGUE);
  const faults: readonly Fault[] = result.ok ? [] : result.fault;
  const rows = faults.map(({ line, column, code, field = '' }) => `${line}:${column} ${code} ${field}`.trim());
  return { rows, said: faults.map(writeFault).join('\n') };
}

function agree(rows: readonly Row[]): void {
  for (const { edit, due, says } of rows) {
    const { rows: found, said } = faultsOf(edited(...edit));
    assert.deepEqual(found, due, `${edit.join(' → ')}\n${said}`);
    assert.match(said, says);
  }
}

test('keys: unknown, missing, twice', () => {
  agree([
    {
      edit: ['retention_months', 'retention_month'],
      due: ['16:1 COUNTRY_KEY retention_month'],
      says: /Did you mean retention_months\?/,
    },
    { edit: ['name: Freedonia\n', ''], due: ['1:1 COUNTRY_KEY name'], says: /name is missing/ },
    {
      edit: ['    name: Bravo\n', ''],
      due: ['9:5 COUNTRY_KEY operators[1].name'],
      says: /Add name here/,
    },
    {
      edit: ['retention_months: 6', 'name: Again'],
      due: ['16:1 COUNTRY_KEY name'],
      says: /name is given twice, first on line 1/,
    },
    {
      edit: ['null_imei', 'null_eimi'],
      due: ['15:11 COUNTRY_KEY import.null_eimi'],
      says: /Did you mean null_imei\?/,
    },
    { edit: ['retention_months: 6', '? [a]\n: 6'], due: ['16:3 COUNTRY_KEY ?'], says: /plain word/ },
    { edit: ['retention_months: 6', '__proto__: 6'], due: ['16:1 COUNTRY_KEY __proto__'], says: /no key/ },
    { edit: ['retention_months: 6', 'constructor: 6'], due: ['16:1 COUNTRY_KEY constructor'], says: /no key/ },
    { edit: ['is: stolen', 'not: true'], due: ['26:9 COUNTRY_KEY conditions[0].dimensions[0].is'], says: /not named/ },
  ]);
});

test('codes of digits without quotes are recognised and explained', () => {
  agree([
    {
      edit: ["mnc: '01'", 'mnc: 01'],
      due: ['8:32 COUNTRY_MNC operators[0].plmns[0].mnc'],
      says: /YAML reads 01 as the number 1; .*\n.*Write it in quotes: '01'\./,
    },
    {
      edit: ["mnc: '031'", 'mnc: 031'],
      due: ['14:14 COUNTRY_MNC operators[1].plmns[1].mnc'],
      says: /as the number 31/,
    },
    { edit: ["mnc: '01'", 'mnc: 1'], due: ['8:32 COUNTRY_MNC operators[0].plmns[0].mnc'], says: /two or three digits/ },
    { edit: ["mccs: ['999']", 'mccs: [999]'], due: ['2:8 COUNTRY_MNC mccs[0]'], says: /in quotes: '999'/ },
    { edit: ["codes: ['999']", 'codes: [999]'], due: ['3:17 COUNTRY_MNC calling_codes[0]'], says: /999 is a number/ },
    { edit: ["'0011'", '0011'], due: ['21:11 COUNTRY_MNC conditions[0].code'], says: /as the number 11/ },
    {
      edit: ["{ '01': 7 }", '{ 01: 7 }'],
      due: ['34:55 COUNTRY_MNC conditions[1].dimensions[1].delays.01'],
      says: /in quotes: '01'/,
    },
  ]);
});

test('values of the wrong type or out of bounds', () => {
  const months = (value: string, says: RegExp): Row => ({
    edit: ['months: 6', `months: ${value}`],
    due: [`16:${/^[a-z'"\d.[{-]/.test(value) ? 19 : 1} COUNTRY_VALUE retention_months`],
    says,
  });
  agree([
    months('0', /out of bounds.*\n.*whole number from 1 to 120 \(months\)/),
    months('121', /out of bounds/),
    months('6.5', /no whole number/),
    months("'6'", /is text, not a whole number.*\n.*without quotes/),
    months('06', /no plain decimal/),
    months('0x6', /no plain decimal/),
    months('1e1', /no plain decimal/),
    months('.nan', /no plain decimal/),
    months('.inf', /no plain decimal/),
    months('true', /a truth value/),
    months('[6]', /a single value is due here, not a list/),
    months('{ a: 6 }', /not a map/),
    months('', /the value is missing/),
    { edit: ['0.05', '1.01'], due: ['15:22 COUNTRY_VALUE import.null_imei'], says: /from 0 to 1/ },
    { edit: ['0.05', '5%'], due: ['15:22 COUNTRY_VALUE import.null_imei'], says: /"5%" is text/ },
    { edit: ['name: Freedonia', 'name: 5'], due: ['1:7 COUNTRY_VALUE name'], says: /in quotes: '5'/ },
    { edit: ['name: Freedonia', 'name: true'], due: ['1:7 COUNTRY_VALUE name'], says: /truth value, where text/ },
    { edit: ["mccs: ['999']", 'mccs: []'], due: ['2:7 COUNTRY_VALUE mccs'], says: /at least one MCC/ },
    { edit: ["mccs: ['999']", "mccs: '999'"], due: ['2:7 COUNTRY_VALUE mccs'], says: /a list is due/ },
    { edit: ["mccs: ['999']", "mccs: ['999', '999']"], due: ['2:15 COUNTRY_VALUE mccs[1]'], says: /given twice/ },
    { edit: ["codes: ['999']", "codes: ['0999']"], due: ['3:17 COUNTRY_VALUE calling_codes[0]'], says: /leading zero/ },
    {
      edit: ['Europe/Zurich', 'Europe/Zurick'],
      due: ['4:12 COUNTRY_VALUE time_zone'],
      says: /Did you mean Europe\/Zurich/,
    },
    { edit: ['Europe/Zurich', "'+01:00'"], due: ['4:12 COUNTRY_VALUE time_zone'], says: /is no time zone/ },
    { edit: ['id: bravo', 'id: Bravo'], due: ['9:9 COUNTRY_VALUE operators[1].id'], says: /lower-case/ },
    { edit: ['id: bravo', 'id: seventeen_letters'], due: ['9:9 COUNTRY_VALUE operators[1].id'], says: /1 to 16/ },
    { edit: ['id: bravo', 'id: alfa'], due: ['9:9 COUNTRY_VALUE operators[1].id'], says: /twice, first on line 6/ },
    { edit: ['name: Bravo', 'name: "Bra\\nvo"'], due: ['10:11 COUNTRY_VALUE operators[1].name'], says: /one line/ },
    { edit: ['2026-12-31', '2026-10-31'], due: ['17:47 COUNTRY_VALUE amnesty.ends'], says: /not after its evaluation/ },
    { edit: ['2026-12-31', '2026-02-30'], due: ['17:47 COUNTRY_VALUE amnesty.ends'], says: /no day of the calendar/ },
    { edit: ['2026-12-31', 'soon'], due: ['17:47 COUNTRY_VALUE amnesty.ends'], says: /not written as a day/ },
  ]);
});

test('PLMNs: unique, prefix-free, of the country', () => {
  agree([
    {
      edit: ["mnc: '02'", "mnc: '01'"],
      due: ['12:28 COUNTRY_PLMN operators[1].plmns[0].mnc'],
      says: /PLMN 99901 is also 99901 of alfa on line 8/,
    },
    {
      edit: ["mnc: '031'", "mnc: '012'"],
      due: ['14:14 COUNTRY_PLMN operators[1].plmns[1].mnc'],
      says: /PLMN 999012 overlaps with 99901 of alfa/,
    },
    {
      edit: ["mnc: '031'", "mnc: '02'"],
      due: ['14:14 COUNTRY_PLMN operators[1].plmns[1].mnc'],
      says: /99902 of bravo on line 12/,
    },
    {
      edit: ["- mcc: '999'", "- mcc: '998'"],
      due: ['13:14 COUNTRY_PLMN operators[1].plmns[1].mcc'],
      says: /MCC 998 is not among the country's: 999/,
    },
    { edit: ["mnc: '02'", "mnc: '2'"], due: ['12:28 COUNTRY_VALUE operators[1].plmns[0].mnc'], says: /"2" is not two/ },
    {
      edit: ["mnc: '02'", "mnc: '0200'"],
      due: ['12:28 COUNTRY_VALUE operators[1].plmns[0].mnc'],
      says: /two or three/,
    },
    { edit: ["mccs: ['999']", "mccs: ['99']"], due: ['2:8 COUNTRY_VALUE mccs[0]'], says: /three digits/ },
  ]);
});

test('conditions: labels, reasons, effects and notice', () => {
  agree([
    {
      edit: ['label: Cloned', 'label: STOLEN'],
      due: ['27:12 COUNTRY_VALUE conditions[1].label'],
      says: /twice, first on line 19/,
    },
    { edit: ['label: Cloned', 'label: a b'], due: ['27:12 COUNTRY_VALUE conditions[1].label'], says: /underscores/ },
    { edit: ['Many devices', 'Many|devices'], due: ['28:13 COUNTRY_VALUE conditions[1].reason'], says: /without '\|'/ },
    {
      edit: ['effect: tracked', 'effect: trakced'],
      due: ['29:13 COUNTRY_VALUE conditions[1].effect'],
      says: /mean tracked/,
    },
    {
      edit: ["    notice_exempt: 'Act, section 12'\n", ''],
      due: ['23:17 COUNTRY_NOTICE conditions[0].grace_days'],
      says: /name the legal basis under notice_exempt/,
    },
    {
      edit: ["'Act, section 12'", ''],
      due: ['24:5 COUNTRY_VALUE conditions[0].notice_exempt'],
      says: /value is missing/,
    },
    { edit: ["'Act, section 12'", "''"], due: ['24:20 COUNTRY_VALUE conditions[0].notice_exempt'], says: /1 to 128/ },
    {
      edit: ['effect: tracked', 'effect: tracked\n    amnesty_eligible: true'],
      due: ['30:23 COUNTRY_VALUE conditions[1].amnesty_eligible'],
      says: /the effect here is tracked/,
    },
    {
      edit: ['      - { is: stolen }\n', ''],
      due: ['25:5 COUNTRY_VALUE conditions[0].dimensions'],
      says: /at least one dimension/,
    },
  ]);
});

test('dimensions are held against the catalogue', () => {
  const second = 'conditions[1].dimensions[0]';
  agree([
    {
      edit: ['is: stolen', 'is: stollen'],
      due: ['26:15 COUNTRY_CONDITION conditions[0].dimensions[0].is'],
      says: /Did you mean stolen\?/,
    },
    {
      edit: ['threshold: 10', 'treshold: 10'],
      due: [`31:9 COUNTRY_CONDITION ${second}.threshold`, `32:9 COUNTRY_CONDITION ${second}.treshold`],
      says: /threshold is missing(.|\n)*Did you mean threshold\?/,
    },
    {
      edit: ['threshold: 10', 'threshold: 0'],
      due: [`32:20 COUNTRY_VALUE ${second}.threshold`],
      says: /from 1 to 10000/,
    },
    {
      edit: ['        period_days: 120\n', ''],
      due: [`31:9 COUNTRY_CONDITION ${second}`],
      says: /none of period_days, period_months is given/,
    },
    {
      edit: ['period_days: 120\n', 'period_days: 120\n        period_months: 4\n'],
      due: [`34:9 COUNTRY_CONDITION ${second}.period_months`],
      says: /period_days and period_months are given; exactly one is due/,
    },
    {
      edit: ['period_days: 120', 'period_days: 9999'],
      due: [`33:22 COUNTRY_VALUE ${second}.period_days`],
      says: /\(days\)/,
    },
    {
      edit: ['threshold: 10', 'threshold: 10\n        key: imei'],
      due: [`33:14 COUNTRY_VALUE ${second}.key`],
      says: /Did you mean imsi\?/,
    },
    {
      edit: ["{ '01': 7 }", "{ '1': 7 }"],
      due: ['34:55 COUNTRY_CONDITION conditions[1].dimensions[1].delays.1'],
      says: /"1" is not two digits/,
    },
    {
      edit: ["{ '01': 7 }", "{ '01': 367 }"],
      due: ['34:61 COUNTRY_VALUE conditions[1].dimensions[1].delays.01'],
      says: /from 0 to 366/,
    },
    {
      edit: ['not: true', 'not: yes'],
      due: ['34:39 COUNTRY_VALUE conditions[1].dimensions[1].not'],
      says: /"yes" is text, neither true nor false/,
    },
  ]);
});

test('what is no readable YAML', () => {
  agree([
    { edit: ['name: Freedonia', '\tname: Freedonia'], due: ['1:1 COUNTRY_YAML'], says: /spaces, not tabs/ },
    { edit: ['name: Freedonia', 'name: !x Freedonia'], due: ['1:7 COUNTRY_YAML'], says: /Remove the tag/ },
    { edit: ['name: Freedonia', 'name: Free: donia'], due: ['1:7 COUNTRY_YAML'], says: /need quotes/ },
    { edit: ['name: Freedonia', 'name: Freedonia\n---'], due: ['2:1 COUNTRY_YAML'], says: /a second document/ },
    {
      edit: ['name: Freedonia', 'name: &x Freedonia\nexempt_device_types: [*x]'],
      due: ['2:23 COUNTRY_YAML exempt_device_types[0]'],
      says: /Write the value out/,
    },
  ]);
  assert.match(faultsOf('['.repeat(20_000)).said, /nested too deeply/);
  assert.deepEqual(faultsOf('').rows.length, 5, 'an empty file lacks the five keys that it needs');
});

test('a directive cannot turn yes into true or 01 into something else', () => {
  const text = `%YAML 1.1\n---\n${BASE.replace('not: true', 'not: yes')}`;
  assert.deepEqual(faultsOf(text).rows, ['36:39 COUNTRY_VALUE conditions[1].dimensions[1].not']);
});

test('all faults of a bad file at once, as they are written', () => {
  const folder = path.join(import.meta.dirname, '../vectors');
  const text = readFileSync(path.join(folder, 'country.faults.yaml'), 'utf8');
  const due = readFileSync(path.join(folder, 'country.faults.txt'), 'utf8');
  assert.equal(`${faultsOf(text).said}\n`, due);
});

test('no text makes it throw', () => {
  const mutilated = fc
    .tuple(
      fc.nat(BASE.length),
      fc.nat(40),
      fc.oneof(fc.string({ unit: 'binary', maxLength: 12 }), fc.constantFrom(...'-:[]{}\'"#&*!|>%@\n\t 0')),
    )
    .map(([at, cut, put]) => BASE.slice(0, at) + put + BASE.slice(at + cut));
  const words = fc
    .array(
      fc.constantFrom(
        'name',
        'is',
        'conditions',
        ':',
        ' ',
        '\n',
        '  ',
        '- ',
        '[',
        ']',
        '{',
        '}',
        '*a',
        '&a ',
        '!!set ',
        '? ',
        '<<',
        '01',
        '.nan',
        '~',
        '|',
        '"',
        "'",
      ),
      { maxLength: 60 },
    )
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string(), mutilated, words), (text) => {
      const result = parseCountry(text, 'country.yaml', CATALOGUE);
      if (result.ok) return;
      assert.ok(result.fault.length > 0);
      for (const fault of result.fault) {
        assert.ok((fault.line ?? 0) >= 1 && (fault.column ?? 0) >= 1 && fault.file === 'country.yaml');
        assert.ok(fault.message !== '' && fault.remedy !== '');
      }
    }),
    { numRuns: 1500 },
  );
});

test('an appeal without a way to object, or with what is none', () => {
  const put = (text: string): readonly [string, string] => ['retention_months: 6', `appeal: ${text}`];
  agree([
    { edit: put('{ to: Board }'), due: ['16:9 COUNTRY_KEY appeal'], says: /Add contact or url here/ },
    { edit: put("{ contact: '1' }"), due: ['16:9 COUNTRY_KEY appeal.to'], says: /Add to here/ },
    {
      edit: put('{ to: Board, phone: x, contact: y }'),
      due: ['16:22 COUNTRY_KEY appeal.phone'],
      says: /phone is no key of appeal/,
    },
    {
      edit: put('{ to: Board, contact: 999 }'),
      due: ['16:31 COUNTRY_VALUE appeal.contact'],
      says: /Write it in quotes: '999'/,
    },
    { edit: put('{ to: Board, url: authority.example }'), due: ['16:27 COUNTRY_VALUE appeal.url'], says: /https:/ },
    {
      edit: put("{ to: Board, url: 'https://a b' }"),
      due: ['16:27 COUNTRY_VALUE appeal.url'],
      says: /address of the web/,
    },
    {
      edit: put('{ to: Board, contact: x, days: 0 }'),
      due: ['16:40 COUNTRY_VALUE appeal.days'],
      says: /from 1 to 3660 \(days\)/,
    },
    { edit: put('Board'), due: ['16:9 COUNTRY_VALUE appeal'], says: /a map of keys and values/ },
  ]);
});
