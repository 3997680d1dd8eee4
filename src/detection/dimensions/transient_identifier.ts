import type { Dimension } from '../dimension.ts';
import { count, numberOf } from '../given.ts';
import { counts, triplets } from '../usage.ts';
import { differentDays, EITHER_PERIOD, lengthOf, period, spell, windowOf } from '../window.ts';

/** A SIM box: many consecutive numbers pass through one identifier. */
export const transientIdentifier: Dimension = {
  name: 'transient_identifier',
  clause: 'ours; ITU-T Q.5052 §9',
  about:
    'Numbers a day, on average over all days of the window: the sum over MSISDNs of the days each was seen on, divided by the days of the window, is at least msisdns; the identifier was seen on exactly one operator in the window; and its MSISDNs, at least three, form an arithmetic progression, as numbers bought in one lot do (two always would). MSISDNs of 7 to 15 digits count.',
  parameters: {
    msisdns: {
      kind: 'number',
      min: 0.1,
      max: 100_000,
      unit: 'numbers a day',
      about: 'an average as high or higher matches',
    },
    ...period(30),
  },
  exactlyOne: EITHER_PERIOD,
  yields: {
    average: 'numbers a day (four decimals)',
    msisdns: 'different numbers in the window',
    operators: '1 when seen on one operator in the window, 2 when on more',
    progression: '1 when the numbers form an arithmetic progression',
    step: 'its step',
  },
  universe: 'seen',
  reads: 'usage',
  measure: (parameters, context) => {
    const window = windowOf(parameters, context.date);
    const daily = `(SELECT imei, msisdn, min(cityHash64(operator)) AS least, max(cityHash64(operator)) AS most, ${differentDays(window, 'used')} AS on_days FROM ${triplets(window, context, 'month, operator, msisdn')} GROUP BY imei, msisdn)`;
    const number = counts('msisdn');
    return {
      rows: `SELECT imei, msisdn_days, msisdns, msisdn_days / ${lengthOf(window)} AS average, operators, if(msisdns > 1, toUInt64(intDiv(highest - lowest, msisdns - 1)), 0) AS step, msisdns >= 3 AND step * (msisdns - 1) = highest - lowest AND arrayAll(one -> (one - lowest) % step = 0, numbers) AS progression FROM (
  SELECT imei, toUInt32(sumIf(on_days, ${number})) AS msisdn_days, groupArrayIf(msisdn, ${number}) AS numbers, toUInt32(length(numbers)) AS msisdns, minIf(msisdn, ${number}) AS lowest, maxIf(msisdn, ${number}) AS highest, toUInt32(if(min(least) = max(most), 1, 2)) AS operators FROM ${daily} GROUP BY imei
)`,
      matched: `average >= ${numberOf(parameters, 'msisdns')} AND operators = 1 AND progression`,
      evidence: {
        average: 'round(average, 4)',
        msisdns: 'msisdns',
        operators: 'operators',
        progression: 'toUInt8(progression)',
        step: 'toFloat64(step)',
      },
    };
  },
  absent: 'No number used the identifier in the window.',
  sentence: ({ average, msisdns, operators, progression, step }, parameters) =>
    `${count(msisdns, 'number')} used the identifier ${spell(parameters)}, on average ${average} a day (limit ${numberOf(parameters, 'msisdns')}), on ${Number(operators) === 1 ? 'one operator' : 'several operators'}; ${Number(progression) === 1 ? `they follow one another in steps of ${step}, as in a SIM box` : 'they do not follow one another in equal steps'}.`,
};
