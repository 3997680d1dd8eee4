import type { Dimension } from '../dimension.ts';
import { count, numberOf, wordOf } from '../given.ts';
import { counts, KEY, triplets } from '../usage.ts';
import { differentDays, EITHER_PERIOD, period, spell, windowOf } from '../window.ts';

/** Too many subscriptions on an average day. */
export const subscriptionDailyAverage: Dimension = {
  name: 'subscription_daily_average',
  clause: 'ITU-T Q.5052 §7.1.2',
  about:
    'Subscriptions a day, on average over the days of the window on which the identifier was seen: the sum over subscriptions of the days each was seen on, divided by the days on which the identifier was seen at all. A subscription seen on several operators on one day counts once that day. Days without activity do not count.',
  parameters: {
    threshold: {
      kind: 'number',
      min: 1,
      max: 1_000_000,
      unit: 'subscriptions a day',
      about: 'an average as high or higher matches',
    },
    ...period(),
    min_seen_days: {
      kind: 'integer',
      min: 1,
      max: 1100,
      default: 5,
      unit: 'days',
      about: 'on fewer days of activity nothing is concluded',
    },
    key: KEY,
  },
  exactlyOne: EITHER_PERIOD,
  yields: {
    average: 'subscriptions a day (four decimals)',
    subscription_days: 'the sum over subscriptions of their days',
    seen_days: 'days on which the identifier was seen',
  },
  universe: 'seen',
  reads: 'usage',
  measure: (parameters, context) => {
    const key = wordOf(parameters, 'key');
    const window = windowOf(parameters, context.date);
    const daily = `(SELECT imei, month, ${key}, groupBitOr(used) AS on_days FROM ${triplets(window, context, `month, ${key}`)} GROUP BY imei, month, ${key})`;
    return {
      rows: `SELECT imei, toUInt32(sumIf(bitCount(on_days), ${counts(key)})) AS subscription_days, ${differentDays(window, 'on_days')} AS seen_days, subscription_days / seen_days AS average FROM ${daily} GROUP BY imei`,
      matched: `seen_days >= ${numberOf(parameters, 'min_seen_days')} AND average >= ${numberOf(parameters, 'threshold')}`,
      evidence: {
        average: 'round(average, 4)',
        subscription_days: 'subscription_days',
        seen_days: 'seen_days',
      },
    };
  },
  absent: 'No subscription used the identifier in the window.',
  sentence: ({ average, subscription_days, seen_days }, parameters) =>
    `On average ${average} subscriptions (${wordOf(parameters, 'key').toUpperCase()}) used the identifier on each of the ${count(seen_days, 'day')} it was seen ${spell(parameters)} (${subscription_days} subscription-days); from ${numberOf(parameters, 'threshold')} on at least ${count(numberOf(parameters, 'min_seen_days'), 'day')} it matches.`,
};
