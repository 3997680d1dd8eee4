import { isImsi } from '../stores/schema.ts';
import type { Context, Dimension } from './dimension.ts';
import { count, numberOf } from './given.ts';
import { triplets } from './usage.ts';
import { lastDays } from './window.ts';

type Origin = {
  readonly name: string;
  /** Whose subscriptions are meant, as it ends "a subscription of". */
  readonly whose: string;
  readonly words: string;
  /** Engine predicate over `imsi`. */
  readonly predicate: (context: Context) => string;
};

/** The dimension that an identifier was used with a subscription of some origin. */
export const originUse = ({ name, whose, words, predicate }: Origin): Dimension => ({
  name,
  clause: 'ours; ITU-T Q.5052 §6',
  about: `On one of the last days the identifier was used with a subscription of ${whose}. IMSIs of 14 or 15 digits count.`,
  parameters: {
    lookback_days: {
      kind: 'integer',
      min: 1,
      max: 3660,
      default: 180,
      unit: 'days',
      about: 'so many days, the analysis day being the last',
    },
  },
  yields: {
    subscriptions: 'different subscriptions of that origin',
  },
  universe: 'seen',
  reads: 'usage',
  measure: (parameters, context) => {
    const window = lastDays(context.date, numberOf(parameters, 'lookback_days'));
    return {
      rows: `SELECT imei, toUInt32(uniqExact(imsi)) AS subscriptions FROM ${triplets(window, context, 'imsi')} WHERE ${isImsi()} AND ${predicate(context)} GROUP BY imei`,
      matched: '1',
      evidence: { subscriptions: 'subscriptions' },
    };
  },
  absent: `No subscription ${words} used the identifier in the window.`,
  sentence: ({ subscriptions }, parameters) =>
    `${count(subscriptions, 'subscription')} ${words} used the identifier in ${count(numberOf(parameters, 'lookback_days'), 'day')}.`,
});
