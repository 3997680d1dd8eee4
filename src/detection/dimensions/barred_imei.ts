import type { Dimension } from '../dimension.ts';
import { listed } from '../usage.ts';

/** The identifier itself is barred. */
export const barredImei: Dimension = {
  name: 'barred_imei',
  clause: 'ours; ITU-T Q.5055',
  about:
    'The identifier is on the list of barred identifiers on the analysis day, whether a network has seen it or not.',
  parameters: {},
  yields: {
    since: 'the first day on the list',
  },
  universe: 'listed',
  reads: 'lists',
  measure: (_, { date, scope }) => ({
    rows: `SELECT imei, min(valid_from) AS since FROM barred WHERE ${listed(date)} AND (${scope}) GROUP BY imei`,
    matched: '1',
    evidence: { since: 'since' },
  }),
  absent: 'The identifier is not on the list of barred devices.',
  sentence: ({ since }) => `The identifier has been on the list of barred identifiers since ${since}.`,
};
