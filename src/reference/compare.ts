import type { Shard } from '../stores/analytics.ts';
import { table } from '../stores/schema.ts';
import type { Hashes } from './hash.ts';
import type { Change, Kind } from './kinds.ts';
import { CHANGES, type Rows } from './rows.ts';

/** What is compared: the kind's table with the table of rows. */
export type Compared = {
  readonly kind: Kind;
  readonly rows: Rows;
  readonly hashes: Hashes;
  /** Rows say what they change. */
  readonly changes: boolean;
};

/** A line of a file, by the file's place among the files. */
export type Place = readonly [file: number, line: string | number];

/** What the good rows of the files are among themselves. */
export type Inner = {
  readonly duplicates: number;
  /** Keys that the files say different things of, and the first pairs of lines that do. */
  readonly conflicts: number;
  readonly examples: readonly (readonly [Place, Place])[];
};

/** Rows of a delta that do not fit the list that stands, with the first of them. */
export type Misfit = { readonly count: number; readonly examples: readonly Place[] };

const EXAMPLES = 5;
const remove = CHANGES.remove;

/** A slice's sets of hashes must fit the memory: this many rows at a time. */
const SLICE_ROWS = 6_000_000;

/** One part of all keys: the engine predicate that tells it, of an expression of the key. */
export type Slice = (key: string) => string;

/** Parts of `count` rows, each small enough to be held in memory. */
export function slicesOf(count: number): readonly Slice[] {
  const slices = Math.max(1, Math.ceil(count / SLICE_ROWS));
  return Array.from(
    { length: slices },
    (_, slice) => (key: string) => (slices === 1 ? '1' : `intHash64(toUInt64(${key})) % ${slices} = ${slice}`),
  );
}

/** The key and the hash of the content, as expressions over the table of rows. */
export function columnsOf({ hashes, rows }: Pick<Compared, 'hashes' | 'rows'>): Pick<Hashes, 'key' | 'content'> {
  if (rows.said === undefined) return hashes;
  return { key: hashes.key === hashes.content ? 'said' : hashes.key, content: 'said' };
}

/** How many rows, and the sum of their hashes where they have such. */
export type Total = { readonly rows: number; readonly sum: string };

/** The good rows of the files, with duplicates. */
export async function totalOf(shard: Shard, { name, said }: Rows): Promise<Total> {
  const sum = said === undefined ? '0' : 'sum(said)';
  const [found] = await shard.query<{ n: string; sum: string }>(
    `SELECT count() AS n, toString(${sum}) AS sum FROM ${name} WHERE bad = 0`,
  );
  return { rows: Number(found?.n ?? 0), sum: found?.sum ?? '' };
}

/** Looks at the rows of the files alone. Two rows of one key conflict when their content or their change differs. */
export async function inner({ shard, rows }: { readonly shard: Shard } & Total, compared: Compared): Promise<Inner> {
  const slices: Inner[] = [];
  for (const slice of slicesOf(rows)) slices.push(await innerSlice(shard, compared, slice));
  const total = (of: 'duplicates' | 'conflicts'): number => slices.reduce((sum, one) => sum + one[of], 0);
  const examples = slices.flatMap((one) => one.examples).slice(0, EXAMPLES);
  return { duplicates: total('duplicates'), conflicts: total('conflicts'), examples };
}

async function innerSlice(shard: Shard, compared: Compared, slice: Slice): Promise<Inner> {
  const { key, content } = columnsOf(compared);
  const good = `FROM ${compared.rows.name} WHERE bad = 0 AND ${slice(key)}`;
  const [found] = await shard.query<{ duplicates: string }>(
    `SELECT sum(n - 1) AS duplicates FROM (SELECT count() AS n ${good} GROUP BY ${key})`,
  );
  const duplicates = Number(found?.duplicates ?? 0);
  if (duplicates === 0) return { duplicates, conflicts: 0, examples: [] };
  const what = compared.changes ? `(change, if(change = ${remove}, toUInt128(0), ${content}))` : content;
  return { duplicates, ...(await conflictsOf(shard, `SELECT file, line, ${key} AS k, ${what} AS what ${good}`)) };
}

async function conflictsOf(shard: Shard, source: string): Promise<Pick<Inner, 'conflicts' | 'examples'>> {
  const [found] = await shard.query<{ n: string }>(
    `SELECT count() AS n FROM (SELECT 1 FROM (${source}) GROUP BY k HAVING min(what) != max(what))`,
  );
  const conflicts = Number(found?.n ?? 0);
  // The lines are looked for only where they are needed: they cost more than all the rest.
  if (conflicts === 0) return { conflicts, examples: [] };
  const examples = await shard.query<{ a: Place; b: Place }>(`
    SELECT min((file, line)) AS a, argMax((file, line), (what != first, -toInt64(file), -toInt64(line))) AS b
    FROM (SELECT *, first_value(what) OVER (PARTITION BY k ORDER BY file, line) AS first FROM (${source})
      WHERE k IN (SELECT k FROM (${source}) GROUP BY k HAVING min(what) != max(what) ORDER BY min((file, line)) LIMIT ${EXAMPLES}))
    GROUP BY k ORDER BY a`);
  return { conflicts, examples: examples.map(({ a, b }) => [a, b] as const) };
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
      FROM ${rows.name} WHERE bad = 0)
    WHERE b <= a OR (next > a AND next < b) ORDER BY file, line LIMIT ${EXAMPLES}`);
  return found.map(({ place }) => place);
}

/** By what rows of a delta say. */
export type Misfits = Readonly<Record<Change, Misfit>>;

/** Rows of a delta that add what is there, or remove or update what is not. */
export async function misfits(
  { shard, rows }: { readonly shard: Shard } & Total,
  compared: Compared & { readonly narrow: { readonly known: string } },
): Promise<Misfits> {
  const found: Misfits[] = [];
  for (const slice of slicesOf(rows)) found.push(await misfitsOf(shard, compared, slice));
  const all = (change: Change): Misfit => ({
    count: found.reduce((total, one) => total + one[change].count, 0),
    examples: found.flatMap((one) => one[change].examples).slice(0, EXAMPLES),
  });
  return { add: all('add'), remove: all('remove'), update: all('update') };
}

async function misfitsOf(
  shard: Shard,
  compared: Compared & { readonly narrow: { readonly known: string } },
  slice: Slice,
): Promise<Misfits> {
  const { rows, narrow } = compared;
  const { key } = columnsOf(compared);
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
      SELECT file, line, change, ${key} IN (SELECT key FROM ${narrow.known} WHERE ${slice('key')}) AS there
      FROM ${rows.name} WHERE bad = 0 AND ${slice(key)})`);
  const misfit = (name: string): Misfit => {
    const examples = found?.[`${name}_places`];
    return { count: Number(found?.[`${name}s`] ?? 0), examples: typeof examples === 'object' ? examples : [] };
  };
  return { add: misfit('add'), remove: misfit('remove'), update: misfit('update') };
}

/** Rows of the list that stands. */
export async function openRows(shard: Shard, kind: Kind): Promise<number> {
  const [found] = await shard.query<{ n: string }>(
    `SELECT count() AS n FROM ${table(kind.table).name} WHERE closed = 0`,
  );
  return Number(found?.n ?? 0);
}
