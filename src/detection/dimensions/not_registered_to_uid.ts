import type { Dimension } from '../dimension.ts';
import { exempt } from '../exempt.ts';
import { count, numberOf } from '../given.ts';
import { owners, personalUse } from '../persons.ts';
import { differentDays, EITHER_PERIOD, period, spell, windowOf } from '../window.ts';

/** The user is not the one the device is registered to. */
export const notRegisteredToUid: Dimension = {
  name: 'not_registered_to_uid',
  clause: 'ITU-T Q.5052 §7.3',
  about:
    'A registered subscription used the identifier on at least min_days days of the window, and none of the people it is registered to is associated with the identifier on the analysis day (the strong form of the clause; a device associated with nobody matches too). Subscriptions that the subscriber register does not know, such as visitors’, do not count. Device types that the country exempts do not match.',
  parameters: {
    ...period(30),
    min_days: {
      kind: 'integer',
      min: 1,
      max: 1100,
      default: 1,
      unit: 'days',
      about:
        'days of use by one such subscription from which on it counts, so that lending a device for a day need not',
    },
  },
  exactlyOne: EITHER_PERIOD,
  yields: {
    subscriptions: 'registered subscriptions in the window',
    foreign_subscriptions: 'those of them that count against it',
    longest_days: 'the most days that one subscription of nobody associated used it',
    exempted: '1 when its device type is exempt',
  },
  universe: 'seen',
  reads: 'usage',
  measure: (parameters, context) => {
    const window = windowOf(parameters, context.date);
    const pairs = `(SELECT imei, imsi, max((imei, uid) IN ${owners(context)}) AS own, ${differentDays(window, 'used')} AS on_days FROM ${personalUse(window, context)} GROUP BY imei, imsi)`;
    const foreign = `NOT own AND on_days >= ${numberOf(parameters, 'min_days')}`;
    return {
      rows: `SELECT imei, toUInt32(count()) AS subscriptions, toUInt32(countIf(${foreign})) AS foreign_subscriptions, toUInt32(maxIf(on_days, NOT own)) AS longest_days, ${exempt(context)} AS exempted FROM ${pairs} GROUP BY imei`,
      matched: 'foreign_subscriptions > 0 AND NOT exempted',
      evidence: {
        subscriptions: 'subscriptions',
        foreign_subscriptions: 'foreign_subscriptions',
        longest_days: 'longest_days',
        exempted: 'toUInt8(exempted)',
      },
    };
  },
  absent: 'No registered subscription used the identifier in the window.',
  sentence: ({ subscriptions, foreign_subscriptions, longest_days }, parameters) =>
    `Of ${count(subscriptions, 'registered subscription')} that used the identifier ${spell(parameters)}, ${foreign_subscriptions} on at least ${count(numberOf(parameters, 'min_days'), 'day')} belong to nobody the device is associated with (longest: ${count(longest_days, 'day')}).`,
};
