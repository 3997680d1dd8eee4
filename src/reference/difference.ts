import type { Shard } from '../stores/analytics.ts';
import { type Compared, columnsOf, type Slice, slicesOf, type Total } from './compare.ts';
import { CHANGES } from './rows.ts';

/**
 * How the rows of the files are compared with the list that stands:
 * `full`: what is not in the files ends; `delta`: rows say what begins, ends or changes; `append`: nothing ends.
 */
export type Mode = 'full' | 'delta' | 'append';

/** Scratch tables on every shard, of keys and hashes of contents alone, so that wide rows are read once. */
export type Narrow = {
  /** Open rows of the list: all of them in a full comparison, else those whose keys the files speak of. */
  readonly known: string;
  /** Open rows that do not go on, and rows of the files that are not open yet. */
  readonly ended: string;
  readonly begun: string;
};

/** One comparison, on each shard by itself. */
export type Comparison = Compared & {
  readonly mode: Mode;
  readonly narrow: Narrow;
};

/** Keys that begin, end, or go on with other content. */
export type Difference = { readonly adds: number; readonly removes: number; readonly updates: number };

/** What changes on one shard. */
export type Changed = Difference & {
  /** Rows in the table `ended`. */
  readonly ended: number;
  /** Rows in the table `begun`; or all rows of the files begin, and the table is empty. */
  readonly begun: number | 'all';
};

/** One shard with the good rows of the files that are its own. */
export type Share = Total & {
  readonly shard: Shard;
  /** Open rows of the list. */
  readonly open: number;
};

/** A share whose rows have been looked at. */
export type Judged = Share & { readonly duplicates: number };

/** Nothing changes. */
export const NOTHING: Changed = { adds: 0, removes: 0, updates: 0, ended: 0, begun: 0 };

/** Makes the tables and takes down what is known. */
export async function takeKnown({ shard, open, rows }: Share, comparison: Comparison): Promise<void> {
  const { kind, hashes, mode, narrow } = comparison;
  for (const name of Object.values(narrow)) {
    await shard.run(`CREATE TABLE ${name} (key ${hashes.keyType}, said UInt128) ENGINE = MergeTree ORDER BY tuple()`);
  }
  if (open === 0) return;
  const source = `INSERT INTO ${narrow.known} SELECT ${hashes.key}, ${hashes.content} FROM ${kind.table} WHERE closed = 0`;
  if (mode === 'full') return shard.run(source);
  const { key } = columnsOf(comparison);
  for (const slice of slicesOf(rows)) {
    const spokenOf = `SELECT ${key} FROM ${comparison.rows.name} WHERE bad = 0 AND ${slice(key)}`;
    await shard.run(`${source} AND ${slice(hashes.key)} AND ${hashes.key} IN (${spokenOf})`);
  }
}

/**
 * Are the rows, as many as are open, the very list that stands? Under a salt that nobody knows no other rows have its
 * sum of hashes, and as no two rows of a list are of one key, no two of these are.
 */
export async function isSame({ shard, sum }: Share, { kind, hashes }: Comparison): Promise<boolean> {
  const [found] = await shard.query<{ sum: string }>(
    `SELECT toString(sum(${hashes.content})) AS sum FROM ${kind.table} WHERE closed = 0`,
  );
  return found?.sum === sum;
}

/** Compares the rows of the files with what is known, and writes down what ends and what begins. */
export async function differ(share: Judged, comparison: Comparison): Promise<Changed> {
  const { open, rows, duplicates } = share;
  const { mode, changes } = comparison;
  if (!changes && open === 0) return { ...NOTHING, adds: rows - duplicates, begun: 'all' };
  let total = { ...NOTHING, begun: 0 };
  for (const slice of slicesOf(mode === 'full' ? Math.max(open, rows) : rows)) {
    const { begun, ended, both } = await differSlice(share, comparison, slice);
    total = {
      adds: total.adds + begun - both,
      removes: total.removes + ended - both,
      updates: total.updates + both,
      ended: total.ended + ended,
      begun: total.begun + begun,
    };
  }
  return total;
}

type Counts = { readonly begun: number; readonly ended: number; readonly both: number };

async function differSlice({ shard, duplicates }: Judged, comparison: Comparison, slice: Slice): Promise<Counts> {
  const { mode, rows, narrow } = comparison;
  const { key, content } = columnsOf(comparison);
  const holding = `FROM ${rows.name} WHERE bad = 0 AND change != ${CHANGES.remove} AND ${slice(key)}`;
  const known = `FROM ${narrow.known} WHERE ${slice('key')}`;
  if (mode !== 'append') {
    await shard.run(
      `INSERT INTO ${narrow.ended} SELECT key, said ${known} AND said NOT IN (SELECT ${content} ${holding})`,
    );
  }
  await shard.run(
    `INSERT INTO ${narrow.begun} SELECT ${duplicates > 0 ? 'DISTINCT ' : ''}${key}, ${content} ${holding} AND ${content} NOT IN (SELECT said ${known})`,
  );
  const [found] = await shard.query<Record<keyof Counts, string>>(`
    SELECT (SELECT count() FROM ${narrow.begun} WHERE ${slice('key')}) AS begun,
      (SELECT count() FROM ${narrow.ended} WHERE ${slice('key')}) AS ended,
      (SELECT count() FROM ${narrow.begun} WHERE ${slice('key')}
        AND key IN (SELECT key FROM ${narrow.ended} WHERE ${slice('key')})) AS both`);
  return { begun: Number(found?.begun ?? 0), ended: Number(found?.ended ?? 0), both: Number(found?.both ?? 0) };
}
