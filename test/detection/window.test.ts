import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { addDays, addMonths, type Day, dayFromNumber, dayNumber, monthOf } from '../../src/calendar/day.ts';
import {
  ever,
  lastDays,
  lastMonths,
  lengthOf,
  maskOf,
  spansOf,
  type Window,
  windowOf,
} from '../../src/detection/window.ts';
import { day } from './world.ts';

/** The window day by day, without any arithmetic of ours. */
function daysOf({ start, end }: Window): readonly Day[] {
  const days: Day[] = [];
  for (let one = start; one < end; one = addDays(one, 1)) days.push(one);
  return days;
}

const anyDay = fc.integer({ min: dayNumber(day('2001-01-01')), max: dayNumber(day('2140-12-31')) }).map(dayFromNumber);

test('windowOf() gives the days up to and with the analysis day', () => {
  for (const [date, parameters, start] of [
    ['2026-09-30', { period_days: 30 }, '2026-09-01'],
    ['2026-09-30', { period_days: 1 }, '2026-09-30'],
    ['2024-03-01', { period_days: 2 }, '2024-02-29'],
    ['2023-03-01', { period_days: 2 }, '2023-02-28'],
    ['2026-09-30', { period_months: 1 }, '2026-09-01'],
    ['2026-03-30', { period_months: 1 }, '2026-02-28'], // the day after is 31 March, and February has no such day
    ['2024-03-30', { period_months: 1 }, '2024-02-29'],
    ['2024-02-28', { period_months: 12 }, '2023-02-28'],
    ['2026-12-31', { period_months: 2 }, '2026-11-01'],
  ] as const) {
    const window = windowOf(parameters, day(date));
    assert.deepEqual(window, { start, end: addDays(day(date), 1) }, `${date} ${JSON.stringify(parameters)}`);
  }
  assert.throws(() => windowOf({}, day('2026-09-30')), /no period/);
});

test('the spans of a window hold each of its days once and no other', () => {
  fc.assert(
    fc.property(anyDay, fc.integer({ min: 1, max: 500 }), (date, days) => {
      const window = lastDays(date, days);
      const fromSpans = spansOf(window).flatMap(({ month, mask }) =>
        Array.from({ length: 31 }, (_, bit) => bit)
          .filter((bit) => Math.floor(mask / 2 ** bit) % 2 === 1)
          .map((bit) => `${String(month).slice(0, 4)}-${String(month).slice(4)}-${String(bit + 1).padStart(2, '0')}`),
      );
      assert.deepEqual(fromSpans, daysOf(window));
      assert.equal(lengthOf(window), days);
    }),
  );
});

test('a window in months begins at the same day of the month, or at its end', () => {
  fc.assert(
    fc.property(anyDay, fc.integer({ min: 1, max: 36 }), (date, months) => {
      const { start, end } = lastMonths(date, months);
      assert.equal(end, addDays(date, 1));
      assert.equal(start, addMonths(end, -months));
      assert.ok(spansOf({ start, end }).length <= months + 1);
    }),
  );
});

test('two windows that meet share no day', () => {
  fc.assert(
    fc.property(anyDay, fc.integer({ min: 1, max: 90 }), (date, days) => {
      const late = lastDays(date, days);
      const early = lastDays(addDays(late.start, -1), days);
      for (const { month, mask } of spansOf(early)) assert.equal(Number(BigInt(mask) & BigInt(maskOf(month, late))), 0);
    }),
  );
});

test('maskOf() is empty for months outside, and ever() reaches to the analysis day', () => {
  const window = lastDays(day('2026-09-30'), 30);
  assert.equal(maskOf(monthOf(day('2026-08-31')), window), 0);
  assert.equal(maskOf(monthOf(day('2026-10-01')), window), 0);
  assert.equal(maskOf(monthOf(day('2026-09-01')), window), 2 ** 30 - 1);
  assert.equal(maskOf(monthOf(day('2026-09-01')), ever(day('2026-09-03'))), 0b111);
});
