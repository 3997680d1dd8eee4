import type { Day } from '../calendar/day.ts';
import type { Shard } from '../stores/analytics.ts';
import { table } from '../stores/schema.ts';
import { contentHash, contentOf, hash, keyOf } from './hash.ts';
import type { Kind } from './kinds.ts';
import { CHANGES, OPEN } from './rows.ts';

/**
 * How the rows of the files are compared with the list that stands:
 * `full`: what is not in the files ends; `delta`: rows say what begins, ends or changes; `append`: nothing ends.
 */
export type Mode = 'full' | 'delta' | 'append';

/** What is compared: the kind's table with the table of rows, see rows.ts. */
export type Compared = {
  readonly kind: Kind;
  readonly rows: string /** Rows say what they change. */;
  readonly changes: boolean;
};

/** One comparison, on each shard by itself. */
export type Comparison = Compared & {
  readonly mode: Mode;
  /** The staging table that becomes the list. */
  readonly stage: string;
  readonly run: number;
  /** The first day on which what begins is valid, and what ends no longer is. */
  readonly day: Day;
  /** The files state the days on which rows hold. */
  readonly stated: boolean;
  /** Some rows of the files repeat others. */
  readonly repeats: boolean;
};

/** A line of a file, by the file's place among the files. */
export type Place = readonly [file: number, line: string | number];

/** What the rows of the files are among themselves. */
export type Inner = {
  /** Good rows, with duplicates. */
  readonly rows: number;
  readonly keys: number;
  readonly duplicates: number;
  /** Keys that the files say different things of, and the first pairs of lines that do. */
  readonly conflicts: number;
  readonly examples: readonly (readonly [Place, Place])[];
};

/** Rows of a delta that do not fit the list that stands, with the first of them. */
export type Misfit = { readonly count: number; readonly examples: readonly Place[] };

/** Keys that begin, end, or go on with other content. */
export type Difference = { readonly adds: number; readonly removes: number; readonly updates: number };

/** A slice's sets of hashes must fit the memory: this many rows at a time. */
const SLICE_ROWS = 4_000_000;
const EXAMPLES = 5;

const remove = CHANGES.remove;

/** Engine predicates that part the rows by key into slices small enough to be held in memory. */
export async function slicesOf(shard: Shard, { kind, rows }: Compared): Promise<readonly string[]> {
  const [sizes] = await shard.query<{ most: string }>(
    `SELECT greatest((SELECT count() FROM ${rows}), (SELECT count() FROM ${kind.table})) AS most`,
  );
  const slices = Math.ceil(Math.max(1, Number(sizes?.most)) / SLICE_ROWS);
  if (slices === 1) return ['1'];
  return Array.from(
    { length: slices },
    (_, slice) => `sipHash64(${kind.key.join(', ')}, 'slice') % ${slices} = ${slice}`,
  );
}

/** Looks at the rows of the files alone. Two rows of one key conflict when their content or their change differs. */
export async function inner(shard: Shard, { kind, rows, changes }: Compared, slice: string): Promise<Inner> {
  const says = changes ? hash(['change', `if(change = ${remove}, 0, said)`]) : 'said';
  const source = `SELECT file, line, ${keyOf(kind)} AS key, ${says} AS says FROM ${rows} WHERE bad = 0 AND ${slice}`;
  const [found] = await shard.query<{ rows: string; keys: string; conflicts: string }>(`
    SELECT sum(n) AS rows, count() AS keys, countIf(lowest != highest) AS conflicts
    FROM (SELECT count() AS n, min(says) AS lowest, max(says) AS highest FROM (${source}) GROUP BY key)`);
  const [count, keys, conflicts] = [Number(found?.rows ?? 0), Number(found?.keys ?? 0), Number(found?.conflicts ?? 0)];
  // The lines are looked for only where they are needed: they cost more than all the rest.
  const examples =
    conflicts === 0
      ? []
      : await shard.query<{ a: Place; b: Place }>(`
    SELECT min((file, line)) AS a, argMax((file, line), (says != first, -toInt64(file), -toInt64(line))) AS b
    FROM (SELECT *, first_value(says) OVER (PARTITION BY key ORDER BY file, line) AS first FROM (${source})
      WHERE key IN (SELECT key FROM (${source}) GROUP BY key HAVING min(says) != max(says) ORDER BY min((file, line)) LIMIT ${EXAMPLES}))
    GROUP BY key ORDER BY a`);
  return {
    rows: count,
    keys,
    duplicates: count - keys,
    conflicts,
    examples: examples.map(({ a, b }) => [a, b] as const),
  };
}

/** Rows whose stated days are none, or overlap those of another row of the same thing. */
export async function overlaps(shard: Shard, { kind, rows }: Compared): Promise<readonly Place[]> {
  if (kind.stated === undefined) return [];
  const { from, to } = kind.stated;
  const thing = kind.key.filter((name) => name !== from).join(', ');
  const found = await shard.query<{ place: Place }>(`
    SELECT (file, line) AS place FROM (
      SELECT file, line, ${from} AS a, ${to} AS b, leadInFrame(${from}) OVER (PARTITION BY ${thing} ORDER BY ${from}
        ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING) AS next
      FROM ${rows} WHERE bad = 0)
    WHERE b <= a OR (next > a AND next < b) ORDER BY file, line LIMIT ${EXAMPLES}`);
  return found.map(({ place }) => place);
}

/** Rows of a delta that add what is there, or remove or update what is not. */
export async function misfits(
  shard: Shard,
  { kind, rows }: Compared,
  slice: string,
): Promise<Readonly<Record<'add' | 'remove' | 'update', Misfit>>> {
  const wrong = {
    add: `change = ${CHANGES.add} AND there`,
    remove: `change = ${CHANGES.remove} AND NOT there`,
    update: `change = ${CHANGES.update} AND NOT there`,
  } as const;
  const told = Object.entries(wrong).map(
    ([name, when]) =>
      `countIf(${when}) AS ${name}s, groupArraySortedIf(${EXAMPLES})((file, line), ${when}) AS ${name}_places`,
  );
  const [found] = await shard.query<Record<string, string | readonly Place[]>>(`
    SELECT ${told.join(', ')} FROM (
      SELECT file, line, change, ${keyOf(kind)} IN (SELECT ${keyOf(kind)} FROM ${kind.table} WHERE closed = 0 AND ${slice}) AS there
      FROM ${rows} WHERE bad = 0 AND ${slice})`);
  const misfit = (name: string): Misfit => {
    const examples = found?.[`${name}_places`];
    return { count: Number(found?.[`${name}s`] ?? 0), examples: typeof examples === 'object' ? examples : [] };
  };
  return { add: misfit('add'), remove: misfit('remove'), update: misfit('update') };
}

/**
 * Writes the list as it will be into the staging table. Nothing of the past is lost: a row that no longer holds keeps
 * its content and gets the run that closed it and the day from which it is not valid; that day is set once, so that
 * what was known before a run is what `recorded` ≤ run and not (0 < `closed` ≤ run), with an open end where closed later.
 */
export async function stageSlice(shard: Shard, comparison: Comparison, slice: string): Promise<void> {
  const { kind, mode, rows, stage, run, day, stated, repeats } = comparison;
  const names = contentOf(kind).map(([name]) => name);
  const holds = `SELECT said FROM ${rows} WHERE bad = 0 AND change != ${remove} AND ${slice}`;
  const spokenOf = `${keyOf(kind)} IN (SELECT ${keyOf(kind)} FROM ${rows} WHERE bad = 0 AND ${slice})`;
  const ends = {
    full: `${contentHash(kind)} NOT IN (${holds})`,
    delta: `${spokenOf} AND ${contentHash(kind)} NOT IN (${holds})`,
    append: '0',
  }[mode];
  // A file that states the days speaks of the past as well: what it no longer says was never so.
  const end = stated ? 'valid_from' : `least(valid_to, greatest(valid_from, toDate('${day}')))`;
  const standing = await rowsOf(shard, kind);
  if (standing > 0)
    await shard.run(`
    INSERT INTO ${stage} SELECT ${names.join(', ')}, valid_from, if(ends, ${end}, valid_to), recorded, if(ends, ${run}, closed)
    FROM (SELECT *, (closed = 0 AND ${ends}) AS ends FROM ${kind.table} WHERE ${slice})`);
  const isNew =
    standing === 0
      ? ''
      : ` AND said NOT IN (SELECT ${contentHash(kind)} FROM ${kind.table} WHERE closed = 0 AND ${slice})`;
  const from = kind.stated?.from;
  const begins = from === undefined ? `toDate('${day}')` : `if(${from} = toDate(0), toDate('${day}'), ${from})`;
  await shard.run(`
    INSERT INTO ${stage} SELECT ${repeats ? 'DISTINCT ' : ''}${names.join(', ')}, ${begins}, ${kind.stated?.to ?? OPEN}, ${run}, 0
    FROM ${rows} WHERE bad = 0 AND change != ${remove} AND ${slice}${isNew}`);
}

/** Counts what the staged list begins, ends and changes against the one that stands. */
export async function differenceOf(shard: Shard, { kind, stage, run }: Comparison, slice: string): Promise<Difference> {
  const begun = `SELECT ${keyOf(kind)} AS key FROM ${stage} WHERE recorded = ${run} AND closed = 0 AND ${slice}`;
  const ended = `SELECT ${keyOf(kind)} AS key FROM ${stage} WHERE closed = ${run} AND closed != 0 AND ${slice}`;
  const [found] = await shard.query<{ begun: string; ended: string; both: string }>(`
    SELECT (SELECT count() FROM (${begun})) AS begun, (SELECT count() FROM (${ended})) AS ended,
      (SELECT count() FROM (${begun}) WHERE key IN (${ended})) AS both`);
  const updates = Number(found?.both ?? 0);
  return { adds: Number(found?.begun ?? 0) - updates, removes: Number(found?.ended ?? 0) - updates, updates };
}

/** Rows of the list with all its past. */
async function rowsOf(shard: Shard, kind: Kind): Promise<number> {
  const [found] = await shard.query<{ n: string }>(`SELECT count() AS n FROM ${kind.table}`);
  return Number(found?.n ?? 0);
}

/** Rows of the list that stands. */
export async function openRows(shard: Shard, kind: Kind): Promise<number> {
  const [found] = await shard.query<{ n: string }>(
    `SELECT count() AS n FROM ${table(kind.table).name} WHERE closed = 0`,
  );
  return Number(found?.n ?? 0);
}
