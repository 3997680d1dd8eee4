import { literal } from '../stores/analytics.ts';
import type { List } from './target.ts';

/** A list of one operator; `operator` is '' where the list is common to all. */
export type Key = { readonly list: List; readonly operator: string };

const ROW = 'imei, imsi, msisdn';
const COLUMNS = `list, operator, ${ROW}`;

const rows = ({ list, operator }: Key, run: number): string =>
  `FROM change AS c WHERE list = '${list}' AND operator = ${literal(operator)} AND run <= ${run} GROUP BY ${COLUMNS}`;

// Grouped in the order of the table: memory does not grow with the list.
const IN_ORDER = 'SETTINGS optimize_aggregation_in_order = 1';

/**
 * Engine query, per shard: a list as it stands after run `run`, from the change log alone: the last change of each row,
 * unless that removed it. Columns `imei, imsi, msisdn, seq, block_date, reasons, amnesty`.
 */
export const state = (key: Key, run: number): string => `(SELECT ${ROW}, max(c.seq) AS seq,
    argMax(c.op, c.seq) AS op, argMax(c.block_date, c.seq) AS block_date, argMax(c.reasons, c.seq) AS reasons,
    argMax(c.amnesty, c.seq) AS amnesty
  ${rows(key, run)} HAVING op != 'remove' ${IN_ORDER})`;

/**
 * Engine query, per shard: what makes the list of run `base` that of run `run`, one row at most for each key, as
 * `fold` in fold.ts tells it. Base 0 is the empty list. Columns of {@link state}, `op` and `reason`.
 */
export const delta = (
  key: Key,
  base: number,
  run: number,
): string => `(SELECT ${ROW}, seq, block_date, reasons, amnesty,
    multiIf(NOT is, 'remove', NOT was, 'add', 'update') AS op,
    multiIf(NOT is, last_reason, NOT was, add_reason, 'changed') AS reason
  FROM (
    SELECT ${COLUMNS}, max(c.seq) AS seq, max(c.run) AS last_run,
      countIf(c.run <= ${base}) > 0 AND argMaxIf(c.op, c.seq, c.run <= ${base}) != 'remove' AS was,
      argMax(c.op, c.seq) != 'remove' AS is,
      argMax(c.reason, c.seq) AS last_reason, argMaxIf(c.reason, c.seq, c.op = 'add') AS add_reason,
      argMax(c.block_date, c.seq) AS block_date, argMaxIf(c.block_date, c.seq, c.run <= ${base}) AS block_date_was,
      argMax(c.reasons, c.seq) AS reasons, argMaxIf(c.reasons, c.seq, c.run <= ${base}) AS reasons_was,
      argMax(c.amnesty, c.seq) AS amnesty, argMaxIf(c.amnesty, c.seq, c.run <= ${base}) AS amnesty_was
    ${rows(key, run)} HAVING last_run > ${base}
  )
  WHERE was != is OR (is AND (block_date != block_date_was OR reasons != reasons_was OR amnesty != amnesty_was))
  ${IN_ORDER})`;
