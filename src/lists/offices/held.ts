import { literal } from '../../stores/analytics.ts';
import type { ControlList } from './office.ts';

/** A list of offices as runs found it: `operator` is '' where the list is common to all. */
export type Holding = { readonly list: ControlList; readonly operator: string; readonly runs: readonly number[] };

/**
 * Engine query, per shard: a list of offices as it stood at each of these runs of lists, from the copies of their journal.
 * Columns `at` (the run), `imei, imsi, msisdn, since, reasons`. An exception whose numbers were gone when it was copied is
 * not in it.
 */
export const held = ({ list, operator, runs }: Holding, from = 'office_change'): string =>
  `(SELECT at, imei, now.1 AS imsi, now.2 AS msisdn, now.3 AS since, now.4 AS reasons FROM (
    SELECT at, imei, argMaxIf((imsi, msisdn, since, toString(reasons)), seq, op != 'remove') AS now, argMax(op, seq) AS last
    FROM ${from} ARRAY JOIN ${numbers(runs)} AS at
    WHERE list = '${list}' AND operator = ${literal(operator)} AND run <= at
    GROUP BY at, imei, subscriber
  ) WHERE last != 'remove'${list === 'exceptions' ? ' AND now.1 != 0' : ''})`;

/** Engine expression: runs, to look at each of them at once. */
export const numbers = (runs: readonly number[]): string => `[${runs.map((run) => `toUInt32(${run})`).join(', ')}]`;
