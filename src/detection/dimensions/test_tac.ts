import { TEST_TAC_PATTERN } from '../../identifiers/tac.ts';
import { literal } from '../../stores/analytics.ts';
import type { Dimension } from '../dimension.ts';
import { carriers } from '../seen.ts';

/** The TAC lies in a range for test devices. */
export const testTac: Dimension = {
  name: 'test_tac',
  clause: 'ours; ITU-T Q.5050 §10.1',
  about:
    'The identifier begins with eight digits, and these lie in a range kept for test devices: 001001 to 001017 and any two digits, or 0044, 0086 or 0091 and any four.',
  parameters: {},
  yields: {
    tac: 'the TAC',
  },
  universe: 'seen',
  reads: 'lists',
  measure: (_, context) => {
    const inRange = (tac: string): string =>
      `(${tac} < 1000000 AND match(leftPad(toString(${tac}), 8, '0'), ${literal(TEST_TAC_PATTERN)}))`;
    return {
      rows: `SELECT imei, head FROM ${carriers(context, inRange, 'count() AS sightings')}`,
      matched: '1',
      evidence: { tac: 'head' },
    };
  },
  absent: 'The TAC lies in no range for test devices.',
  sentence: ({ tac }) => `The TAC ${tac} lies in a range for test devices, which no device on sale may carry.`,
};
