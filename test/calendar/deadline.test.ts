import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { addDays, type Day, dayFromNumber } from '../../src/calendar/day.ts';
import { countedDays, counts, type DeadlineCalendar, deadline, WEEKDAYS } from '../../src/calendar/deadline.ts';

const day = (text: string): Day => text as Day;
const PLAIN: DeadlineCalendar = { restDays: [], holidays: [], suspensions: [] };
const days: fc.Arbitrary<Day> = fc.integer({ min: 15_000, max: 25_000 }).map(dayFromNumber);
const calendars: fc.Arbitrary<DeadlineCalendar> = fc.record({
  restDays: fc.subarray([...WEEKDAYS], { maxLength: 6 }),
  holidays: fc.array(days, { maxLength: 3 }),
  suspensions: fc.array(
    fc.tuple(days, fc.nat(60)).map(([from, length]) => ({ from, until: addDays(from, length), order: 'x' })),
    { maxLength: 2 },
  ),
});

test('without days off, a limit of n days ends n days later', () => {
  assert.equal(deadline(day('2026-10-28'), 7, PLAIN), '2026-11-04');
  assert.equal(deadline(day('2026-10-28'), 0, PLAIN), '2026-10-29', 'never on the day that it begins');
});

test('weekends, holidays and orders stand still', () => {
  // 2026-12-24 is a Thursday
  const calendar: DeadlineCalendar = {
    restDays: ['saturday', 'sunday'],
    holidays: [day('2026-12-25')],
    suspensions: [{ from: day('2026-12-28'), until: day('2026-12-29'), order: 'storm' }],
  };
  assert.equal(deadline(day('2026-12-24'), 1, calendar), '2026-12-30');
  assert.equal(countedDays(day('2026-12-24'), day('2026-12-30'), calendar), 1);
  for (const [at, weekday] of WEEKDAYS.entries())
    assert.equal(counts(addDays(day('2026-12-21'), at), { ...PLAIN, restDays: [weekday] }), false, weekday);
});

test('an order that comes later moves a limit that runs already', () => {
  const before = deadline(day('2020-03-10'), 14, PLAIN);
  const suspensions = [{ from: day('2020-03-16'), until: day('2020-05-31'), order: 'lockdown' }];
  assert.equal(before, '2020-03-24');
  assert.equal(deadline(day('2020-03-10'), 14, { ...PLAIN, suspensions }), '2020-06-09');
});

test('a limit ends on a day that counts, after so many of them', () => {
  fc.assert(
    fc.property(days, fc.integer({ min: 1, max: 60 }), calendars, (from, length, calendar) => {
      const end = deadline(from, length, calendar);
      assert.ok(counts(end, calendar));
      assert.equal(countedDays(from, end, calendar), length);
    }),
    { numRuns: 50 },
  );
});

test('where nothing counts there is no end', () => {
  assert.throws(() => deadline(day('2026-01-01'), 1, { ...PLAIN, restDays: WEEKDAYS }), RangeError);
});
