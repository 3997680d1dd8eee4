import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { addDays, compact, type Day, dayFromNumber } from '../../src/calendar/day.ts';
import { parseRange } from '../../src/files/name.ts';

const today = '2026-10-01' as Day;
const message = (name: string): string => {
  const range = parseRange(name, today);
  return range.ok ? 'read' : `${range.fault.code}: ${range.fault.message}`;
};

test('the range of days is read from names of every packing', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 11_000, max: 60_000 }),
      fc.nat(400),
      fc.string(),
      fc.constantFrom('.csv', '.csv.gz', '.csv.zst', '.zip', '.csv.zip', '.CSV'),
      (from, length, prefix, packing) => {
        const start = dayFromNumber(from);
        const end = addDays(start, length);
        const range = parseRange(`in/${prefix.replaceAll(/[/!]/g, '')}_${compact(start)}_${compact(end)}${packing}`);
        assert.deepEqual(range, { ok: true, value: { start, end } });
      },
    ),
  );
  assert.ok(parseRange('in/op1.zip!op1_20260901_20260930.csv', today).ok);
  assert.ok(parseRange('op1_20261001_20261001.csv', today).ok);
});

test('other names are refused with the reason', () => {
  assert.match(message('op1.csv'), /^FILE_NAME: The name op1\.csv does not end in/);
  assert.match(message('op1_20260901_20260930.txt'), /does not end in/);
  assert.match(message('op1_20260901-20260930.csv'), /does not end in/);
  assert.match(message('op1_20260901_20260931.csv'), /20260931 in the file’s name is no day of the calendar/);
  assert.match(message('op1_19990901_20260930.csv'), /19990901 in the file’s name is outside the years/);
  assert.match(message('op1_20260930_20260901.csv'), /first day in the name, 20260930, is after the last, 20260901/);
  assert.match(message('op1_20260901_20261002.csv'), /last day in the name, 20261002, is after today, 2026-10-01/);
  assert.match(message('op1_20261002_20261003.csv'), /first day in the name, 20261002, is after today/);
});

test('no name makes it throw', () => {
  fc.assert(fc.property(fc.string(), (name) => assert.equal(typeof parseRange(name).ok, 'boolean')));
});
