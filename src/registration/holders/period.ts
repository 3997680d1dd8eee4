import { addDays, type Day, daysBetween } from '../../calendar/day.ts';
import type { CountPeriod } from '../../country/registration.ts';

/** A period in which something is counted: its name, its first day and its last. */
export type Period = { readonly name: string; readonly from: Day; readonly to: Day };

const EVER: Period = { name: 'ever', from: '2000-01-01' as Day, to: '2148-12-31' as Day };

/** The period that a day lies in: `2026`, `2026-Q4`, `2026-11`, `ever`. */
export function periodOf(day: Day, kind: CountPeriod): Period {
  const [year = '', month = ''] = day.split('-');
  if (kind === 'ever') return EVER;
  if (kind === 'year') return { name: year, from: `${year}-01-01` as Day, to: `${year}-12-31` as Day };
  if (kind === 'month') return months(`${year}-${month}`, [year, Number(month)], 1);
  const quarter = Math.ceil(Number(month) / 3);
  return months(`${year}-Q${quarter}`, [year, quarter * 3 - 2], 3);
}

/** The months from one on, as a period. */
function months(name: string, [year, first]: readonly [string, number], count: number): Period {
  const two = (number: number): string => String(number).padStart(2, '0');
  const next = first + count > 12 ? `${Number(year) + 1}-01-01` : `${year}-${two(first + count)}-01`;
  return { name, from: `${year}-${two(first)}-01` as Day, to: addDays(next as Day, -1) };
}

/** A stay from its first day to its last. */
export type Stay = { readonly from: Day; readonly to: Day };

/** Of the days of stays, each once, those that lie in a period. */
export function daysIn(stays: readonly Stay[], { from, to }: Stay): number {
  let days = 0;
  let counted = addDays(from, -1);
  for (const stay of [...stays].sort((a, b) => (a.from < b.from ? -1 : 1))) {
    const begin = stay.from > counted ? stay.from : addDays(counted, 1);
    const end = stay.to < to ? stay.to : to;
    if (end < begin) continue;
    days += daysBetween(begin, end) + 1;
    counted = end;
  }
  return days;
}

/** What a stay of so many days that begins on a day may still have, under a limit of days in each period. */
export type Budget = {
  readonly start: Day;
  /** Days granted, the first included. */
  readonly days: number;
  readonly period: CountPeriod;
  readonly most: number;
  /** Other stays of the same device. */
  readonly others: readonly Stay[];
};

/**
 * The last day of a stay: all days granted, or as many as no period has more than the limit. A stay that passes into the next
 * period is counted there, too, and days that other stays have already count once. Undefined when not even the first
 * day is left.
 */
export function lastDay({ start, days, period, most, others }: Budget): Day | undefined {
  let last: Day | undefined;
  let [current, used] = [periodOf(start, period), 0];
  used = daysIn(others, current);
  for (let count = 0, day = start; count < days; count += 1, day = addDays(day, 1)) {
    if (day > current.to) {
      current = periodOf(day, period);
      used = daysIn(others, current);
    }
    const counted = others.some(({ from, to }) => from <= day && day <= to);
    if (!counted && ++used > most) return last;
    last = day;
  }
  return last;
}

/** The later of two days, which compare as texts. */
export const laterDay = (one: Day, other: Day): Day => [one, other].sort()[1] ?? one;
