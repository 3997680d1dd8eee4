import { literal } from '../stores/analytics.ts';
import type { Op, Reason } from './fold.ts';
import type { List } from './target.ts';

/** A list of one operator; `operator` is '' where the list is common to all. */
export type Key = { readonly list: List; readonly operator: string };

/** A list, or the rows of it that an engine predicate over `imei` picks. */
export type Part = Key & { readonly where?: string };

/** The reasons that a list's changes carry, by what they do; the first of `remove` is the one without a cause of its own. */
export const REASONS: Readonly<Record<List, Readonly<Record<Op, readonly [Reason, ...Reason[]]>>>> = {
  blocked: { add: ['blocked'], remove: ['unblocked'], update: ['changed'] },
  tracked: { add: ['added'], remove: ['removed'], update: ['changed'] },
  permitted: { add: ['added'], remove: ['removed'], update: ['changed'] },
  exceptions: { add: ['added'], remove: ['removed'], update: ['changed'] },
  notifications: { add: ['new'], remove: ['resolved', 'blacklisted', 'no_longer_seen'], update: ['changed'] },
};

const ROW = 'imei, imsi, msisdn';
const ORDER = `${ROW}, seq`;
const CONTENT = 'block_date, reasons, amnesty';
const CHANGE = `run, ${ORDER}, op, reason, ${CONTENT}`;

// Each change is compared with its neighbour in the order in which the table stands: no list is ever held in memory.
// A sequence number of 0 means that there is no neighbour.
const beside = (call: 'lead' | 'lag', more: readonly string[]): string =>
  [...ORDER.split(', '), ...more]
    .map((column) => `${call}InFrame(${column}) OVER beside AS ${call}_${column}`)
    .join(', ');
const window = (call: 'lead' | 'lag'): string =>
  `WINDOW beside AS (ORDER BY ${ORDER} ROWS BETWEEN ${call === 'lead' ? 'CURRENT ROW AND 1 FOLLOWING' : '1 PRECEDING AND CURRENT ROW'})`;
const sameRow = (call: 'lead' | 'lag'): string =>
  `(${call}_seq != 0 AND ${ROW.split(', ')
    .map((column) => `${call}_${column} = ${column}`)
    .join(' AND ')})`;

/** The last change of each row up to `run`; with a `base`, also the last up to that. */
function lasting({ list, operator, where = 'true' }: Part, run: number, base?: number): string {
  const side = base === undefined ? '' : ` AND (lead_run > ${base}) = (run > ${base})`;
  return `(SELECT ${CHANGE} FROM (
      SELECT ${CHANGE}, ${beside('lead', ['run'])}
      FROM change WHERE list = '${list}' AND operator = ${literal(operator)} AND run <= ${run} AND ${where}
      ${window('lead')}
    ) WHERE NOT (${sameRow('lead')}${side}))`;
}

/**
 * Engine query, per shard: a list as it stands after run `run`, from the change log alone: the last change of each row,
 * unless that removed it. Columns `imei, imsi, msisdn, seq, block_date, reasons, amnesty`.
 */
export const state = (part: Part, run: number): string =>
  `(SELECT ${ORDER}, ${CONTENT} FROM ${lasting(part, run)} WHERE op != 'remove')`;

/**
 * Engine query, per shard: what makes the list of run `base` that of run `run`, one row at most for each key, as
 * `fold` in fold.ts tells it. Base 0 is the empty list. Columns of {@link state}, and `op` and `reason` as text.
 */
export function delta(part: Part, base: number, run: number): string {
  const { add, update } = REASONS[part.list];
  const content = CONTENT.split(', ');
  return `(SELECT ${ORDER}, ${CONTENT},
      multiIf(NOT is, 'remove', NOT was, 'add', 'update') AS op,
      multiIf(NOT is, toString(last_reason), NOT was, '${add[0]}', '${update[0]}') AS reason
    FROM (
      SELECT ${ORDER}, ${CONTENT}, ${content.map((column) => `lag_${column}`).join(', ')}, reason AS last_reason,
        op != 'remove' AS is, ${sameRow('lag')} AND lag_op != 'remove' AS was
      FROM (
        SELECT ${CHANGE}, ${beside('lag', ['op', ...content])} FROM ${lasting(part, run, base)} ${window('lag')}
      ) WHERE run > ${base}
    )
    WHERE was != is OR (is AND (${content.map((column) => `${column} != lag_${column}`).join(' OR ')})))`;
}
