import { addDays, addMonths, type Day, daysBetween, firstOfMonth, type Month, monthOf } from '../calendar/day.ts';
import type { ParameterSpec, Parameters } from '../country/parameter.ts';

/** The days from `start` to the one before `end`. */
export type Window = { readonly start: Day; readonly end: Day };

/** One month's share of a window: bit d-1 of `mask` is day d. */
export type Span = { readonly month: Month; readonly mask: number };

/** Every bit that a month can have, so that whole months need no clipping. */
const WHOLE = 2 ** 31 - 1;

/** All days up to and with the analysis day. */
export const ever = (date: Day): Window => ({ start: '2000-01-01' as Day, end: addDays(date, 1) });

/** The last `days` days, the analysis day being the last of them. */
export const lastDays = (date: Day, days: number): Window => {
  const end = addDays(date, 1);
  return { start: addDays(end, -days), end };
};

/** The last `months` calendar months: `end` is the day after the analysis day, `start` the same day so many months before. */
export const lastMonths = (date: Day, months: number): Window => {
  const end = addDays(date, 1);
  return { start: addMonths(end, -months), end };
};

/** The days of a window. */
export const lengthOf = ({ start, end }: Window): number => daysBetween(start, end);

/** The month after. */
const next = (month: Month): Month => monthOf(addDays(firstOfMonth(month), 31));

/** The days of a month that lie in the window, as a mask; whole months have every bit of the calendar month. */
export function maskOf(month: Month, { start, end }: Window): number {
  const first = firstOfMonth(month);
  const length = daysBetween(first, firstOfMonth(next(month)));
  const from = Math.max(0, daysBetween(first, start));
  const to = Math.min(length, daysBetween(first, end));
  return to <= from ? 0 : 2 ** to - 2 ** from;
}

/** The months a window touches, each with the days of it that lie in the window; none for an empty window. */
export function spansOf(window: Window): readonly Span[] {
  const spans: Span[] = [];
  for (let month = monthOf(window.start); firstOfMonth(month) < window.end; month = next(month)) {
    spans.push({ month, mask: maskOf(month, window) });
  }
  return spans.filter(({ mask }) => mask !== 0);
}

/** Engine predicate over `month`: the months that a window touches. */
export const monthsIn = ({ start, end }: Window): string =>
  `month BETWEEN ${monthOf(start)} AND ${monthOf(addDays(end, -1))}`;

/** Engine expression, a UInt32: the days of a triplet that lie in the window, for months that the window touches. */
export function clip(window: Window): string {
  const edges = [...new Set([monthOf(window.start), monthOf(addDays(window.end, -1))])]
    .map((month) => ({ month, mask: maskOf(month, window) }))
    .filter(
      ({ month, mask }) => mask !== maskOf(month, { start: firstOfMonth(month), end: firstOfMonth(next(month)) }),
    );
  if (edges.length === 0) return 'days';
  const cases = edges.map(({ month, mask }) => `month = ${month}, toUInt32(${mask})`);
  return `bitAnd(days, multiIf(${cases.join(', ')}, toUInt32(${WHOLE})))`;
}

/**
 * Engine aggregate over rows with `month` and a mask of days, of one identifier: on how many different days of the
 * window. A day that several rows share counts once; equal day numbers of different months count each.
 */
export const differentDays = (window: Window, mask: string): string =>
  `toUInt32(${spansOf(window)
    .map(({ month }) => `bitCount(groupBitOrIf(${mask}, month = ${month}))`)
    .join(' + ')})`;

/** The parameters that give a window, of which a use gives exactly one; with a default where `days` is given. */
export const period = (days?: number): Readonly<Record<'period_days' | 'period_months', ParameterSpec>> => ({
  period_days: {
    kind: 'integer',
    min: 1,
    max: 1100,
    ...(days === undefined ? {} : { default: days }),
    unit: 'days',
    about: 'the window: so many days, the analysis day being the last',
  },
  period_months: {
    kind: 'integer',
    min: 1,
    max: 36,
    unit: 'months',
    about: 'the window in calendar months, counted back from the day after the analysis day',
  },
});

/** For `exactlyOne` of a dimension with a {@link period}. */
export const EITHER_PERIOD = [['period_days', 'period_months']] as const;

/** The window that a use's parameters give. @throws when they give none. */
export function windowOf({ period_days, period_months }: Parameters, date: Day): Window {
  if (typeof period_days === 'number') return lastDays(date, period_days);
  if (typeof period_months === 'number') return lastMonths(date, period_months);
  throw new Error('the parameters give no period');
}

/** The window in words, as it ends a sentence. */
export const spell = ({ period_days, period_months }: Parameters): string =>
  typeof period_days === 'number' ? `in ${period_days} days` : `in ${String(period_months)} months`;
