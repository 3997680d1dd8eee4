import type { Dimension } from '../dimension.ts';
import { count, numberOf } from '../given.ts';
import { personalUse } from '../persons.ts';
import { differentDays, EITHER_PERIOD, period, spell, windowOf } from '../window.ts';

/** Too many people on an average day. */
export const userDailyAverage: Dimension = {
  name: 'user_daily_average',
  clause: 'ITU-T Q.5052 §7.2.1',
  about:
    'People a day, on average over the days of the window on which a registered subscription used the identifier: the sum over people of the days each used it, divided by those days. A person with several subscriptions counts once a day; days of different months are different days. Subscriptions that the subscriber register does not know are left out.',
  parameters: {
    threshold: {
      kind: 'number',
      min: 1,
      max: 1_000_000,
      unit: 'people a day',
      about: 'an average as high or higher matches',
    },
    ...period(),
    min_seen_days: {
      kind: 'integer',
      min: 1,
      max: 1100,
      default: 5,
      unit: 'days',
      about: 'on fewer days of registered use nothing is concluded',
    },
  },
  exactlyOne: EITHER_PERIOD,
  yields: {
    average: 'people a day (four decimals)',
    user_days: 'the sum over people of their days',
    seen_days: 'days of use by registered subscriptions',
    people: 'different people in the window',
  },
  universe: 'seen',
  reads: 'usage',
  measure: (parameters, context) => {
    const window = windowOf(parameters, context.date);
    const daily = `(SELECT imei, month, uid, groupBitOr(used) AS on_days FROM ${personalUse(window, context)} GROUP BY imei, month, uid)`;
    return {
      rows: `SELECT imei, toUInt32(sum(bitCount(on_days))) AS user_days, ${differentDays(window, 'on_days')} AS seen_days, user_days / seen_days AS average, toUInt32(uniqExact(uid)) AS people FROM ${daily} GROUP BY imei`,
      matched: `seen_days >= ${numberOf(parameters, 'min_seen_days')} AND average >= ${numberOf(parameters, 'threshold')}`,
      evidence: {
        average: 'round(average, 4)',
        user_days: 'user_days',
        seen_days: 'seen_days',
        people: 'people',
      },
    };
  },
  absent: 'No registered subscription used the identifier in the window.',
  sentence: ({ average, people, seen_days }, parameters) =>
    `On average ${average} different people used the identifier on each of ${count(seen_days, 'day')} of registered use ${spell(parameters)} (${count(people, 'person', 'people')} in all); from ${numberOf(parameters, 'threshold')} on at least ${count(numberOf(parameters, 'min_seen_days'), 'day')} it matches.`,
};
