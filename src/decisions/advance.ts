import { literal } from '../stores/analytics.ts';
import { OPEN_DAY, table } from '../stores/schema.ts';
import { graceEnds, periodOf, type Terms } from './standing.ts';

/** What the standings of one condition are advanced with: names of tables, on one shard. */
export type Advance = {
  readonly label: string;
  readonly terms: Terms;
  /** The number of the run, above those of all runs before. */
  readonly run: number;
  /** Table with the columns of `standing`; only the rows of the label are read. */
  readonly from: string;
  /** Table or query of `imei, evidence`, one row for each identifier that matches today. */
  readonly matches: string;
  /** Table with the columns of `standing` that takes all rows of the label as they are after the run. */
  readonly into: string;
};

/** Engine statement: takes over what was closed before. */
export const keepClosed = ({ from, into, label }: Advance): string =>
  `INSERT INTO ${into} SELECT * FROM ${from} WHERE condition = ${literal(label)} AND closed != 0`;

const date = (day: string): string => `toDate('${day}')`;

/** Engine expressions of {@link turn}'s block date and amnesty, over the row before (`was`, `old_*`). */
function block(terms: Terms): { readonly granted: string; readonly blockDate: string } {
  const { condition, amnesty } = terms;
  if (condition.effect !== 'blocked') return { granted: 'false', blockDate: date(OPEN_DAY) };
  const period = periodOf(terms.date, amnesty);
  const blocked = `(was AND old_effect = 'blocked')`;
  const grants = condition.amnestyEligible && period === 'evaluation';
  const granted = `((${blocked} AND old_amnesty) OR (${grants} AND NOT (${blocked} AND old_block_date <= ${date(terms.date)})))`;
  const spared = period === 'amnesty' && amnesty !== undefined ? amnesty.ends : OPEN_DAY;
  const otherwise = `if(${blocked} AND old_block_date != ${date(OPEN_DAY)}, old_block_date, ${date(graceEnds(terms))})`;
  return { granted, blockDate: period === 'none' ? otherwise : `if(granted, ${date(spared)}, ${otherwise})` };
}

/**
 * Engine statement: {@link turn} for all identifiers of a shard at once. An identifier's open row and its match meet in
 * one group, so that neither side is held in memory whole; what comes out is the row of before where it ends or is
 * replaced, and the row of now where there is one.
 */
export function advance({ label, terms, run, from, matches, into }: Advance): string {
  const { granted, blockDate } = block(terms);
  const { effect, sticky } = terms.condition;
  const kind = `CAST(${literal(effect)} AS ${table('standing').columns['effect']})`;
  const open = ['effect', 'since', 'block_date', 'amnesty', 'recorded'];
  const old = open.map((column) => `anyIf(b.${column}, b.was) AS old_${column}`);
  const now = (fresh: string, before: string): string => `if(fresh, ${fresh}, ${before})`;
  return `INSERT INTO ${into} (imei, condition, effect, since, block_date, amnesty, ended, recorded, closed, evidence)
  SELECT imei, ${literal(label)},
    ${now(kind, 'old_effect')},
    if(was, old_since, ${date(terms.date)}),
    ${now('new_block_date', 'old_block_date')},
    ${now('granted', 'old_amnesty')},
    if(NOT fresh AND NOT stays, ${date(terms.date)}, ${date(OPEN_DAY)}),
    ${now(`if(was AND NOT changed, old_recorded, ${run})`, 'old_recorded')},
    ${now('0', String(run))},
    ${now('if(matched, new_evidence, old_evidence)', 'old_evidence')}
  FROM (
    SELECT *, matched OR (was AND ${sticky}) AS stays, ${granted} AS granted, ${blockDate} AS new_block_date,
      was AND stays AND (old_effect != '${effect}' OR old_block_date != new_block_date OR old_amnesty != granted) AS changed
    FROM (
      SELECT imei, countIf(b.was) > 0 AS was, countIf(NOT b.was) > 0 AS matched, ${old.join(', ')},
        anyIf(b.evidence, b.was) AS old_evidence, anyIf(b.evidence, NOT b.was) AS new_evidence
      FROM (
        SELECT imei, ${open.join(', ')}, evidence, true AS was FROM ${from}
        WHERE condition = ${literal(label)} AND closed = 0
        UNION ALL
        SELECT imei, ${kind} AS effect, ${date(terms.date)} AS since, ${date(OPEN_DAY)} AS block_date, false AS amnesty,
          toUInt32(0) AS recorded, evidence, false AS was FROM ${matches}
      ) AS b GROUP BY imei
    )
  ) ARRAY JOIN [false, true] AS fresh
  WHERE if(fresh, stays, was AND (NOT stays OR changed))`;
}

/**
 * Engine statement: keeps, once and for all, what the standings that are new in this run were found with. `from` holds
 * those of all conditions as they are after the run. A row that only replaces another of the same first day is not new.
 */
export const keepFirst = ({ date: day, run, from, into }: Omit<Abandonment, 'label'>): string => {
  const today = `s.since = ${date(day)}`;
  const replaced = `SELECT s.imei, s.condition FROM ${from} AS s WHERE ${today} AND s.closed = ${run} AND s.ended = ${date(OPEN_DAY)}`;
  return `INSERT INTO ${into} (run, imei, condition, since, evidence) SELECT ${run}, s.imei, s.condition, s.since, s.evidence
  FROM ${from} AS s WHERE ${today} AND s.closed = 0 AND s.recorded = ${run} AND (s.imei, s.condition) NOT IN (${replaced})`;
};

/** Engine statement: ends every open standing of a condition that is no more, and takes over what was closed before. */
export const abandon = ({ label, date: day, run, from, into }: Abandonment): string =>
  `INSERT INTO ${into} SELECT s.* REPLACE (if(s.closed = 0, ${date(day)}, s.ended) AS ended, if(s.closed = 0, ${run}, s.closed) AS closed)
  FROM ${from} AS s WHERE s.condition = ${literal(label)}`;

/** What {@link abandon} ends. */
export type Abandonment = Pick<Advance, 'label' | 'run' | 'from' | 'into'> & { readonly date: string };
