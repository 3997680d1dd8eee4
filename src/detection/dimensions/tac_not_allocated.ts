import { literal } from '../../stores/analytics.ts';
import type { Dimension } from '../dimension.ts';
import { tableOf } from '../given.ts';
import { carriers } from '../seen.ts';
import { listed } from '../usage.ts';

/** Engine expression: the days of a table by reporting body, for the first two characters of `head`; others 0. */
function lagOf(lags: Readonly<Record<string, number>>): string {
  const entries = Object.entries(lags);
  if (entries.length === 0) return 'toUInt32(0)';
  const [from, to] = [entries.map(([body]) => literal(body)), entries.map(([, days]) => `toUInt32(${days})`)];
  return `transform(substring(head, 1, 2), [${from.join(', ')}], [${to.join(', ')}], toUInt32(0))`;
}

/** The TAC is in no allocation data although they should have caught up. */
export const tacNotAllocated: Dimension = {
  name: 'tac_not_allocated',
  clause: 'ours; ITU-T Q.5050 §10.1',
  about:
    'The first eight characters are no TAC of the TAC database on the analysis day, and the identifier was first seen at least the lag of its reporting body (first two digits) before the day after the analysis day has come: first day + lag < analysis day + 1. The lag runs for each identifier by its own first day, since a TAC may be squatted on before it is given out. Malformed values have a TAC only where they begin with eight digits, and match otherwise.',
  parameters: {
    lag_days: {
      kind: 'numbers',
      keys: /^\d{2}$/,
      keysAbout: "two digits such as '01'",
      min: 0,
      max: 3660,
      default: { '00': 32, '01': 40, '35': 20, '86': 19, '91': 20, '99': 69 },
      about: 'whole days by reporting body that allocation data may be late; bodies not named: 0',
    },
  },
  yields: {
    tac: 'the first eight characters',
    first_seen: 'the first day seen',
    days_since: 'days from then to the analysis day',
    lag_days: 'the lag of the reporting body',
  },
  universe: 'seen',
  reads: 'lists',
  measure: (parameters, context) => {
    const known = `SELECT tac FROM tac WHERE ${listed(context.date)}`;
    const unknown = carriers(context, (tac) => `${tac} NOT IN (${known})`, 'min(s.first) AS first');
    return {
      rows: `SELECT imei, head, first, ${lagOf(tableOf(parameters, 'lag_days'))} AS lag, toInt32(toInt32(toDate('${context.date}')) - toInt32(first)) AS age FROM ${unknown}`,
      // first + lag < date + 1, in whole days and without leaving the range of the engine's days.
      matched: 'lag <= age',
      evidence: { tac: 'head', first_seen: 'first', days_since: 'age', lag_days: 'lag' },
    };
  },
  absent: 'The TAC is allocated, or no network has reported the identifier.',
  sentence: ({ tac, first_seen, days_since, lag_days }) =>
    `No TAC ${tac} stands in the allocation data; the identifier was first seen on ${first_seen}, ${days_since} days ago, and its reporting body’s data may be ${lag_days} days late.`,
};
