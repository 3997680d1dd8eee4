import type { Dimension } from '../dimension.ts';
import { count, numberOf, wordOf } from '../given.ts';
import { counts, KEY, triplets } from '../usage.ts';
import { EITHER_PERIOD, period, spell, windowOf } from '../window.ts';

/** Too many subscriptions in a window. */
export const subscriptionThreshold: Dimension = {
  name: 'subscription_threshold',
  clause: 'ITU-T Q.5052 §7.1.1',
  about:
    'On the days of the window at least so many different subscriptions were seen with the identifier, over all operators. The window is exact to the day.',
  parameters: {
    threshold: { kind: 'integer', min: 1, max: 1_000_000, unit: 'subscriptions', about: 'as many or more match' },
    ...period(),
    key: KEY,
  },
  exactlyOne: EITHER_PERIOD,
  yields: {
    subscriptions: 'different subscriptions in the window',
  },
  universe: 'seen',
  reads: 'usage',
  measure: (parameters, context) => {
    const key = wordOf(parameters, 'key');
    const window = windowOf(parameters, context.date);
    // Pairs first: one table of pairs is lighter than a set for each identifier.
    const pairs = `(SELECT imei, ${key} FROM ${triplets(window, context, key)} WHERE ${counts(key)} GROUP BY imei, ${key})`;
    return {
      rows: `SELECT imei, toUInt32(count()) AS subscriptions FROM ${pairs} GROUP BY imei`,
      matched: `subscriptions >= ${numberOf(parameters, 'threshold')}`,
      evidence: { subscriptions: 'subscriptions' },
    };
  },
  absent: 'No subscription used the identifier in the window.',
  sentence: ({ subscriptions }, parameters) =>
    `${count(subscriptions, `different ${wordOf(parameters, 'key').toUpperCase()}`)} used the identifier ${spell(parameters)}; from ${numberOf(parameters, 'threshold')} on it matches.`,
};
