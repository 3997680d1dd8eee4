import { addDays, type Day, dayNumber } from './day.ts';

/** Days of the week, Monday first, as a country file names them. */
export const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** Days on which time limits stand still, both ends included: a lockdown, a strike of the post; and by which order. */
export type Suspension = { readonly from: Day; readonly until: Day; readonly order: string };

/** Which days count towards a time limit. Since limits are counted anew each time, an order moves those that run. */
export type DeadlineCalendar = {
  /** Days of each week that never count. */
  readonly restDays: readonly Weekday[];
  readonly holidays: readonly Day[];
  readonly suspensions: readonly Suspension[];
};

/** Whether a day counts. */
export function counts(day: Day, { restDays, holidays, suspensions }: DeadlineCalendar): boolean {
  // 1970-01-01 was a Thursday.
  const weekday = WEEKDAYS[(((dayNumber(day) + 3) % 7) + 7) % 7];
  if (weekday !== undefined && restDays.includes(weekday)) return false;
  return !holidays.includes(day) && !suspensions.some(({ from, until }) => from <= day && day <= until);
}

/** The farthest that a deadline is looked for, in days: a calendar in which nothing counts must not be searched for ever. */
const HORIZON = 36_600;

/**
 * The last day of a limit of `days` counted days: the day it begins on is not one of them, and it never ends on a day that
 * does not count.
 *
 * @throws RangeError when there is no such day within a hundred years.
 */
export function deadline(from: Day, days: number, calendar: DeadlineCalendar): Day {
  let [day, left] = [from, Math.max(1, days)];
  for (let passed = 0; passed < HORIZON; passed += 1) {
    day = addDays(day, 1);
    if (counts(day, calendar)) left -= 1;
    if (left === 0) return day;
  }
  throw new RangeError(`No ${days} days after ${from} count.`);
}

/** Of the days after `from`, up to and with `until`, those that count. */
export function countedDays(from: Day, until: Day, calendar: DeadlineCalendar): number {
  let counted = 0;
  for (let day = addDays(from, 1); day <= until; day = addDays(day, 1)) if (counts(day, calendar)) counted += 1;
  return counted;
}
