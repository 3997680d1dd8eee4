import type { Dimension } from '../dimension.ts';
import { carriers } from '../seen.ts';
import { listed } from '../usage.ts';

/** The TAC is barred. */
export const barredTac: Dimension = {
  name: 'barred_tac',
  clause: 'ours; ITU-T Q.5055',
  about:
    'The identifier’s TAC (of a malformed value: its first eight digits) is on the list of barred TACs on the analysis day.',
  parameters: {},
  yields: {
    tac: 'the TAC',
  },
  universe: 'seen',
  reads: 'lists',
  measure: (_, context) => {
    const barred = `SELECT tac FROM barred_tac WHERE ${listed(context.date)}`;
    return {
      rows: `SELECT imei, head FROM ${carriers(context, (tac) => `${tac} IN (${barred})`, 'count() AS sightings')}`,
      matched: '1',
      evidence: { tac: 'head' },
    };
  },
  absent: 'The TAC is on no list of barred device types.',
  sentence: ({ tac }) => `The TAC ${tac}, that is every device of this type, is barred.`,
};
