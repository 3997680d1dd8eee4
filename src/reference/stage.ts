import type { Day } from '../calendar/day.ts';
import type { Shard } from '../stores/analytics.ts';
import { columnsOf, slicesOf } from './compare.ts';
import type { Changed, Comparison, Judged } from './difference.ts';
import { CHANGES, contentOf, OPEN } from './rows.ts';
import { LAZILY } from './split.ts';

/** How a list becomes another one. */
export type Staging = Comparison & {
  /** The staging table that becomes the list, on every shard. */
  readonly stage: string;
  readonly run: number;
  /** The first day on which what begins is valid, and what ends no longer is. */
  readonly day: Day;
  /** The files state the days on which rows hold. */
  readonly stated: boolean;
};

/**
 * Writes the list as it will be into the staging table. Nothing of the past is lost: a row that no longer holds keeps
 * its content and gets the run that closed it and the day from which it is not valid; that day is set once, so that
 * what was known before a run is what `recorded` ≤ run and not (0 < `closed` ≤ run), with an open end where closed later.
 */
export async function stageList(share: Judged, staging: Staging, changed: Changed): Promise<void> {
  if (changed.ended > 0) await stageEnds(share.shard, staging, changed.ended);
  // Where nothing ends, the list's own files are the staged ones: not a row is read.
  else await share.shard.run(`ALTER TABLE ${staging.stage} ATTACH PARTITION tuple() FROM ${staging.kind.table}`);
  if (changed.begun !== 0) await stageBegins(share, staging, changed.begun);
}

async function stageEnds(shard: Shard, staging: Staging, count: number): Promise<void> {
  const { kind, narrow, hashes, run, day, stated, stage } = staging;
  const names = contentOf(kind).map(([name]) => name);
  // A file that states the days speaks of the past as well: what it no longer says was never so.
  const end = stated ? 'valid_from' : `least(valid_to, greatest(valid_from, toDate('${day}')))`;
  for (const slice of slicesOf(count)) {
    const ended = (column: string): string => `(SELECT ${column} FROM ${narrow.ended} WHERE ${slice('key')})`;
    const ends = `if(closed = 0 AND ${hashes.key} IN ${ended('key')}, ${hashes.content} IN ${ended('said')}, 0)`;
    await shard.run(`
      INSERT INTO ${stage} SELECT ${names.join(', ')}, valid_from, if(ends, ${end}, valid_to), recorded, if(ends, ${run}, closed)
      FROM (SELECT *, ${ends} AS ends FROM ${kind.table} WHERE ${slice(hashes.key)}) SETTINGS ${LAZILY}`);
  }
}

async function stageBegins(share: Judged, staging: Staging, begun: Changed['begun']): Promise<void> {
  const { kind, narrow, run, day, stage, rows } = staging;
  const repeats = share.duplicates > 0;
  const { key, content } = columnsOf(staging);
  const names = contentOf(kind).map(([name]) => name);
  const from = kind.stated?.from;
  const begins = from === undefined ? `toDate('${day}')` : `if(${from} = toDate(0), toDate('${day}'), ${from})`;
  // What needs no set of rows needs no slices.
  const held = begun === 'all' ? (repeats ? share.rows : 0) : begun;
  for (const slice of slicesOf(held)) {
    const chosen = begun === 'all' ? '1' : `${content} IN (SELECT said FROM ${narrow.begun} WHERE ${slice('key')})`;
    await share.shard.run(`
      INSERT INTO ${stage} SELECT ${repeats ? 'DISTINCT ' : ''}${names.join(', ')}, ${begins}, ${kind.stated?.to ?? OPEN}, ${run}, 0
      FROM ${rows.name} WHERE bad = 0 AND change != ${CHANGES.remove} AND ${slice(key)} AND ${chosen}`);
  }
}
