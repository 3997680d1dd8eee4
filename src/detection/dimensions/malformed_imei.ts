import { type Dimension, within } from '../dimension.ts';
import { count } from '../given.ts';
import { isMalformed, seenKeys, texts } from '../seen.ts';

/** The observed value does not begin with 14 digits. */
export const malformedImei: Dimension = {
  name: 'malformed_imei',
  clause: 'ours; ITU-T Q.5050 §10.1',
  about:
    'The value that networks report is no IMEI: it does not begin with 14 decimal digits (empty values are not observations).',
  parameters: {},
  yields: {
    text: 'the value as observed',
    characters: 'its length',
  },
  universe: 'seen',
  reads: 'lists',
  measure: (_, context) => {
    const broken = within(context, isMalformed);
    return {
      rows: `SELECT k.imei AS imei, t.text AS text FROM (SELECT imei FROM ${seenKeys(broken)} GROUP BY imei) AS k LEFT JOIN ${texts(broken)} AS t ON t.imei = k.imei`,
      matched: '1',
      evidence: { text: 'text', characters: 'toUInt32(lengthUTF8(text))' },
    };
  },
  absent: 'The value is an IMEI, or no network has reported it.',
  sentence: ({ text, characters }) =>
    `Networks report the value “${text}” (${count(characters, 'character')}), which does not begin with 14 digits and so is no IMEI.`,
};
