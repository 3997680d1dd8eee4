import { addDays, type Day } from '../calendar/day.ts';
import type { Policy } from '../country/country.ts';
import { noticesOf } from '../country/notices.ts';
import { dayBegins, dayEnds, dayOf } from './clock.ts';

/** One notice before a block: in time when sent from `due` on and before `until`. */
export type Rung = {
  /** Days before the block; absent for the first, which is due at once. */
  readonly daysBefore?: number | undefined;
  readonly due: Date;
  readonly until: Date;
};

const HOUR = 3_600_000;

/**
 * The notices that a country wants before a block, in their order: one within the first hours, then one on each of the
 * days that its policy names, as far as they lie after today and before the block.
 */
export function rungs(
  policy: Pick<Policy, 'notices' | 'timeZone'>,
  from: Date,
  blockOn: Day,
): readonly [Rung, ...Rung[]] {
  const { firstHours, daysBefore } = noticesOf(policy).ladder;
  const begun = dayOf(from, policy.timeZone);
  const later = daysBefore
    .map((days): readonly [number, Day] => [days, addDays(blockOn, -days)])
    .filter(([, day]) => day > begun)
    .map(([days, day]) => ({
      daysBefore: days,
      due: dayBegins(day, policy.timeZone),
      until: dayEnds(day, policy.timeZone),
    }));
  return [{ due: from, until: new Date(from.getTime() + firstHours * HOUR) }, ...later];
}

/**
 * Whoever is told for the first time at this moment or later has fewer days of notice than the country grants. Days are
 * counted in its calendar, from that of the first notice to that of the block.
 */
export function toldBefore(policy: Pick<Policy, 'notices' | 'timeZone'>, blockOn: Day): Date {
  const { minimumDays } = noticesOf(policy).ladder;
  return dayEnds(addDays(blockOn, -Math.max(1, minimumDays)), policy.timeZone);
}
