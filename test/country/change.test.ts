import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changesBetween } from '../../src/country/change.ts';
import { edited, parsed } from './base.ts';

const changes = (find: string, replacement: string) => changesBetween(parsed(), parsed(edited(find, replacement)));

test('the first file is said to be the first', () => {
  assert.deepEqual(changesBetween(undefined, parsed()), [
    'This is the first country file: Freedonia, with 2 operator(s) and 2 condition(s).',
  ]);
});

test('comments, layout and order are no change', () => {
  assert.deepEqual(changes('name: Freedonia', '# a comment\nname:   "Freedonia"'), []);
  assert.deepEqual(changes('import: { null_imei: 0.05 }', 'lists: { lookback_days: 180 }'), []);
  const uses = (order: readonly number[]) =>
    edited('{ is: stolen }', order.map((months) => `{ is: monitored, days: ${months} }`).join('\n      - '));
  assert.deepEqual(changesBetween(parsed(uses([10, 2, 3])), parsed(uses([3, 10, 2]))), []);
});

test('each change is a sentence', () => {
  const rows: readonly [string, string, readonly string[]][] = [
    ['name: Freedonia', 'name: Sylvania', ['The country’s name changed from Freedonia to Sylvania.']],
    ['Europe/Zurich', 'UTC', ['The country’s time_zone changed from Europe/Zurich to UTC.']],
    ["mccs: ['999']", "mccs: ['999', '998']", ['The MCC 998 was added.']],
    ["codes: ['999']", "codes: ['41']", ['The calling code 41 was added.', 'The calling code 999 was removed.']],
    ['name: Bravo', 'name: Brava', ['Operator bravo: name changed from Bravo to Brava.']],
    [
      "mnc: '031'",
      "mnc: '032'",
      ['Operator bravo: the PLMN 999-032 was added.', 'Operator bravo: the PLMN 999-031 was removed.'],
    ],
    ['id: bravo', 'id: charlie', ['The operator charlie was added.', 'The operator bravo was removed.']],
    ['null_imei: 0.05', 'null_imei: 0.5', ['The import limit null_imei changed from 0.05 to 0.5.']],
    [
      'null_imei: 0.05',
      'lists: { barred_tac: { size_variation_absolute: 3 } }',
      ['The import limit lists.barred_tac.size_variation_absolute changed from -1 to 3.'],
    ],
    ['months: 6', 'months: 7', ['The country’s retention_months changed from 6 to 7.']],
    ['months: 6', 'months: 6\nlists: { permitted: true }', ['The list option permitted changed from false to true.']],
    ['months: 6', 'months: 6\nexempt_device_types: [Car]', ['The exempt device type Car was added.']],
    ['2026-12-31', '2027-01-31', ['The amnesty’s ends changed from 2026-12-31 to 2027-01-31.']],
    ["'Act, section 12'", 'Act 13', ['Condition stolen: notice_exempt changed from Act, section 12 to Act 13.']],
    ["    code: '0011'\n", '', ['Condition stolen: code, which was 0011, is no longer set.']],
    ['label: Cloned', 'label: Copies', ['The condition Copies was added.', 'The condition Cloned was removed.']],
    ['threshold: 10', 'threshold: 9', ['Condition Cloned: subscription_threshold: threshold changed from 10 to 9.']],
    ["{ '01': 7 }", "{ '01': 8 }", ['Condition Cloned: not tac_not_allocated: delays.01 changed from 7 to 8.']],
    [
      'period_days: 120',
      'period_months: 4',
      [
        'Condition Cloned: subscription_threshold: period_days, which was 120, is no longer set.',
        'Condition Cloned: subscription_threshold: period_months is set to 4.',
      ],
    ],
    [
      'not: true',
      'not: false',
      [
        'Condition Cloned: the dimension tac_not_allocated was added.',
        'Condition Cloned: the dimension not tac_not_allocated was removed.',
      ],
    ],
    [
      '- { is: stolen }',
      '- { is: stolen }\n      - { is: barred_imei }',
      ['Condition stolen: the dimension barred_imei was added.'],
    ],
  ];
  for (const [find, replacement, due] of rows) assert.deepEqual(changes(find, replacement), due);
});

test('an amnesty that goes is said, too', () => {
  assert.deepEqual(changes('amnesty: { evaluation_ends: 2026-10-31, ends: 2026-12-31 }\n', ''), [
    'The amnesty’s evaluation_ends, which was 2026-10-31, is no longer set.',
    'The amnesty’s ends, which was 2026-12-31, is no longer set.',
  ]);
});

test('a changed appeal is told', () => {
  const appeal = (days: number): string => `appeal: { to: Board, contact: x, days: ${days} }\nretention_months: 6`;
  const [one, other] = [30, 60].map((days) => parsed(edited('retention_months: 6', appeal(days))));
  assert.ok(one !== undefined && other !== undefined);
  assert.deepEqual(changesBetween(one, other), ['The appeal’s days changed from 30 to 60.']);
  assert.ok(changesBetween(parsed(), one).includes('The appeal’s to is set to Board.'));
});
