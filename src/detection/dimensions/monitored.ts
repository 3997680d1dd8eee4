import { type Dimension, within } from '../dimension.ts';
import { count, numberOf } from '../given.ts';
import { seenKeys } from '../seen.ts';
import { listed } from '../usage.ts';

/** The identifier is being watched. */
export const monitored: Dimension = {
  name: 'monitored',
  clause: 'ours; ITU-T Q.5055',
  about:
    'The identifier has been seen, and it has been on the monitoring list for at least so many days: first day on the list + days ≤ analysis day.',
  parameters: {
    days: { kind: 'integer', min: 0, max: 3660, default: 0, unit: 'days', about: 'how long it must have been listed' },
  },
  yields: {
    since: 'the first day on the list',
    listed_days: 'days from then to the analysis day',
  },
  universe: 'seen',
  reads: 'lists',
  measure: (parameters, context) => {
    const watched = `monitoring WHERE ${listed(context.date)} AND (${context.scope})`;
    const seen = seenKeys(within(context, `imei IN (SELECT imei FROM ${watched})`));
    return {
      rows: `SELECT imei, min(valid_from) AS since, toInt32(toInt32(toDate('${context.date}')) - toInt32(min(valid_from))) AS listed_days FROM ${watched} AND imei IN ${seen} GROUP BY imei`,
      matched: `listed_days >= ${numberOf(parameters, 'days')}`,
      evidence: { since: 'since', listed_days: 'listed_days' },
    };
  },
  absent: 'The identifier is not on the monitoring list, or not seen.',
  sentence: ({ since, listed_days }) =>
    `The identifier has been on the monitoring list since ${since}, that is for ${count(listed_days, 'day')}.`,
};
