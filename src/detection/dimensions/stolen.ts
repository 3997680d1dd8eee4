import type { Dimension } from '../dimension.ts';
import { listed } from '../usage.ts';

/** The device is reported stolen or lost. */
export const stolen: Dimension = {
  name: 'stolen',
  clause: 'ITU-T Q.5051 §8.2',
  about:
    'The identifier is on the list of stolen and lost devices on the analysis day with an empty status or the status blacklist (letter case aside), whether a network has seen it or not. Other statuses (pending, recovered) do not match.',
  parameters: {},
  yields: {
    reported_on: 'the reporting day (1970-01-01: not stated)',
    status: 'the status of its rows',
  },
  universe: 'listed',
  reads: 'lists',
  measure: (_, { date, scope }) => ({
    rows: `SELECT imei, max(word IN ('', 'blacklist')) AS reported, min(reporting_date) AS reported_on, arrayStringConcat(arraySort(groupUniqArray(word)), ', ') AS words FROM (SELECT imei, reporting_date, lower(toString(status)) AS word FROM stolen WHERE ${listed(date)} AND (${scope})) GROUP BY imei`,
    matched: 'reported',
    evidence: { reported_on: 'reported_on', status: 'words' },
  }),
  absent: 'The identifier is not on the list of stolen and lost devices.',
  sentence: ({ reported_on, status }) =>
    `The device is on the list of stolen and lost devices, reported on ${reported_on === '1970-01-01' ? 'an unknown day' : reported_on}${status === '' ? '' : `, status ${status}`}.`,
};
