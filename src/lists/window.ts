import { addDays, type Day, daysBetween, firstOfMonth, type Month, monthOf } from '../calendar/day.ts';

/** The months that days from `from` to `to`, both counted, lie in. */
function monthsBetween(from: Day, to: Day): readonly Month[] {
  const months: Month[] = [];
  for (let month = monthOf(from); month <= monthOf(to); month = monthOf(addDays(firstOfMonth(month), 31))) {
    months.push(month);
  }
  return months;
}

/** Bits `from` to `to` of a day mask, both counted; bit d-1 is day d of the month. */
const bits = (from: number, to: number): number => (2 ** to - 2 ** (from - 1)) % 2 ** 32;

/**
 * Engine predicate over `month` and `days`: seen on at least one of the last `days` days, `last` being the last of them.
 * Whole days by their bits, not whole months: a day before the window or after it does not count.
 */
export function seenWithin(last: Day, days: number): string {
  const from = addDays(last, 1 - days);
  const parts = monthsBetween(from, last).map((month) => {
    const first = firstOfMonth(month);
    const length = daysBetween(first, firstOfMonth(monthOf(addDays(first, 31))));
    const begin = Math.max(1, daysBetween(first, from) + 1);
    const end = Math.min(length, daysBetween(first, last) + 1);
    return `month = ${month}${begin === 1 && end === length ? '' : ` AND bitAnd(days, ${bits(begin, end)}) != 0`}`;
  });
  return `(${parts.join(' OR ')})`;
}
