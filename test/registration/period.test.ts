import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { addDays, type Day, daysBetween } from '../../src/calendar/day.ts';
import type { CountPeriod } from '../../src/country/registration.ts';
import { daysIn, lastDay, periodOf, type Stay } from '../../src/registration/holders/period.ts';
import { day } from './office.ts';

const stay = (from: string, to: string): Stay => ({ from: day(from), to: day(to) });

test('periods have a name, a first and a last day', () => {
  const written = (kind: CountPeriod, on: string): string => Object.values(periodOf(day(on), kind)).join(' ');
  assert.equal(written('year', '2026-12-31'), '2026 2026-01-01 2026-12-31');
  assert.equal(written('quarter', '2026-12-31'), '2026-Q4 2026-10-01 2026-12-31');
  assert.equal(written('quarter', '2026-04-01'), '2026-Q2 2026-04-01 2026-06-30');
  assert.equal(written('month', '2028-02-10'), '2028-02 2028-02-01 2028-02-29');
  assert.equal(written('month', '2026-12-10'), '2026-12 2026-12-01 2026-12-31');
  assert.equal(periodOf(day('2026-01-01'), 'ever').name, 'ever');
});

test('days of several stays count once, and only those of the period', () => {
  const year = periodOf(day('2026-06-01'), 'year');
  assert.equal(daysIn([stay('2026-01-01', '2026-01-10'), stay('2026-01-05', '2026-01-12')], year), 12);
  assert.equal(daysIn([stay('2025-12-20', '2026-01-02'), stay('2026-12-31', '2027-01-05')], year), 3);
  assert.equal(daysIn([], year), 0);
});

test('a stay has all its days, or those that are left in each period', () => {
  const granted = (start: string, others: readonly Stay[] = []) =>
    lastDay({ start: day(start), days: 120, period: 'year', most: 120, others });
  assert.equal(granted('2026-02-01'), '2026-05-31');
  assert.equal(granted('2026-08-01', [stay('2026-01-01', '2026-04-20')]), '2026-08-10', '110 days are used');
  assert.equal(granted('2026-08-01', [stay('2026-01-01', '2026-04-30')]), undefined);
  // The days of a stay into the new year count there, too: no 240 days in a row.
  assert.equal(granted('2026-12-02'), '2027-03-31');
  assert.equal(granted('2027-05-01', [stay('2026-12-02', '2027-03-31')]), '2027-05-30', '90 of the new year are used');
});

test('no period ever has more days than the limit, and no day more could be given', () => {
  const start = day('2026-01-01');
  const stays = fc.array(fc.tuple(fc.nat(700), fc.nat(60)), { maxLength: 4 });
  const wanted = fc.record({
    at: fc.nat(700),
    days: fc.integer({ min: 1, max: 150 }),
    most: fc.integer({ min: 1, max: 100 }),
    stays,
  });
  fc.assert(
    fc.property(wanted, fc.constantFrom<CountPeriod>('month', 'quarter', 'year', 'ever'), (given, period) => {
      const others = given.stays.map(([from, length]) => ({
        from: addDays(start, from),
        to: addDays(start, from + length),
      }));
      const first = addDays(start, given.at);
      const last = lastDay({ start: first, days: given.days, period, most: given.most, others });
      const fits = (to: Day): boolean => {
        const all = [...others, { from: first, to }];
        const fresh = (span: Stay): number => daysIn(all, span) - daysIn(others, span);
        for (let on = first; on <= to; on = addDays(on, 1)) {
          const its = periodOf(on, period);
          if (fresh(its) > 0 && daysIn(all, its) > given.most) return false;
        }
        return true;
      };
      if (last !== undefined) {
        assert.ok(fits(last), 'within the limit');
        assert.ok(daysBetween(first, last) < given.days);
      }
      const next = last === undefined ? first : addDays(last, 1);
      if (daysBetween(first, next) < given.days) assert.ok(!fits(next), `${next} could have been given`);
    }),
    { numRuns: 150 },
  );
});
