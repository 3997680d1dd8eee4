import type { Dimension } from '../dimension.ts';
import { count, numberOf } from '../given.ts';
import { owners, personalUse } from '../persons.ts';
import { EITHER_PERIOD, period, spell, windowOf } from '../window.ts';

/** People use the device whom nobody allowed. */
export const uidMismatch: Dimension = {
  name: 'uid_mismatch',
  clause: 'ITU-T Q.5052 §7.2.2',
  about:
    'Others are the different people whose registered subscriptions used the identifier on the days of the window and who are not associated with it on the analysis day; more others than max_uids match. The default of one spares a device that nobody is associated with yet and one person uses.',
  parameters: {
    max_uids: {
      kind: 'integer',
      min: 0,
      max: 10_000,
      default: 1,
      unit: 'people',
      about: 'so many people besides those associated are allowed',
    },
    ...period(30),
  },
  exactlyOne: EITHER_PERIOD,
  yields: {
    people: 'different people in the window',
    others: 'those of them not associated with the identifier',
    associated: 'people associated with it',
  },
  universe: 'seen',
  reads: 'usage',
  measure: (parameters, context) => {
    const allowed = owners(context);
    const window = windowOf(parameters, context.date);
    const use = `(SELECT imei, toUInt32(uniqExact(uid)) AS people, toUInt32(uniqExactIf(uid, (imei, uid) NOT IN ${allowed})) AS others FROM ${personalUse(window, context)} GROUP BY imei)`;
    const associated = `(SELECT imei, toUInt32(uniqExact(uid)) AS associated FROM ${allowed} GROUP BY imei)`;
    return {
      rows: `SELECT u.imei AS imei, u.people AS people, u.others AS others, a.associated AS associated FROM ${use} AS u LEFT JOIN ${associated} AS a ON a.imei = u.imei`,
      matched: `others > ${numberOf(parameters, 'max_uids')}`,
      evidence: { people: 'people', others: 'others', associated: 'associated' },
    };
  },
  absent: 'No registered subscription used the identifier in the window.',
  sentence: ({ people, others, associated }, parameters) =>
    `${count(people, 'person', 'people')} used the identifier ${spell(parameters)}, ${others} of them not among the ${count(associated, 'person', 'people')} associated with it; more than ${numberOf(parameters, 'max_uids')} such match.`,
};
