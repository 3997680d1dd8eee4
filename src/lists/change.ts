import { type Analytics, literal, type Shard } from '../stores/analytics.ts';
import type { Work } from '../stores/run.ts';
import { slicesOf } from '../stores/slices.ts';
import { type Key, REASONS, state } from './log.ts';
import { admitted } from './pairs.ts';
import { due, isPaired, LISTS, type List, type Terms, targets } from './target.ts';

/** What a run appended to one list. */
export type Appended = Key & {
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
  /** The last sequence number of the list after the run; 0 while nothing was ever appended. */
  readonly seq: number;
};

/** The changes of a run, staged: nothing of them is official. */
export type Staged = { readonly table: string; readonly lists: readonly Appended[] };

const ROW = 'imei, imsi, msisdn';
const REST = 'block_date, reasons, amnesty';

/** Identifiers that will be blocked whose subscribers are looked for at a time. */
const SLICE = 1_000_000;

/** As a run number: all that is official. */
const ANY_RUN = 2 ** 32 - 1;

/**
 * Stages the changes that make every list what it should be: the difference of the target and the log's own state,
 * numbered on without a gap for each list and operator over all shards.
 */
export async function stageChanges(analytics: Analytics, work: Work, terms: Terms): Promise<Staged> {
  const wanted = await work.stage('change', 'wanted');
  const table = await work.stage('change');
  const last = await lastNumbers(analytics);
  const lists = new Map<string, Appended>();
  for (const shard of analytics.shards) {
    const prepared = await prepare(shard, work, { wanted, terms });
    for (const key of await keysOf(shard, wanted)) {
      const after = lists.get(idOf(key))?.seq ?? last.get(idOf(key)) ?? 0;
      await shard.run(difference({ key, wanted, table, terms: prepared, run: work.number, after }));
    }
    for (const counts of await countsOf(shard, table)) {
      const id = idOf(counts);
      lists.set(id, plus(lists.get(id), counts, last.get(id) ?? 0));
    }
  }
  return { table, lists: [...lists.values()].sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1)) };
}

const idOf = ({ list, operator }: Key): string => `${list} ${operator}`;
const orderOf = ({ list, operator }: Key): string => `${LISTS.indexOf(list)} ${operator}`;
const whereOf = ({ list, operator }: Key): string => `list = '${list}' AND operator = ${literal(operator)}`;

/** Puts what several targets read into tables of the run's own, and then the targets; gives the terms that read those. */
async function prepare(shard: Shard, work: Work, { wanted, terms }: { wanted: string; terms: Terms }): Promise<Terms> {
  const [pairs, coming] = [work.scratch('pairs'), work.scratch('due')];
  const { day, policy } = terms;
  await shard.run(`CREATE TABLE ${pairs} ENGINE = MergeTree ORDER BY (${ROW})
    AS SELECT ${ROW} FROM ${admitted(day, policy.lists.barredInExceptions)}`);
  await shard.run(`CREATE TABLE ${coming} ENGINE = MergeTree ORDER BY imei AS SELECT * FROM ${due(terms)}`);
  const blocked = `(SELECT imei FROM ${wanted} WHERE list = 'blocked')`;
  const prepared = { ...terms, blocked, pairs, due: coming };
  const slices = await slicesOf(shard, coming, SLICE);
  for (const list of LISTS) {
    for (const scope of list === 'notifications' ? slices : ['1']) {
      await shard.run(`INSERT INTO ${wanted} (list, operator, ${ROW}, op, ${REST})
        SELECT '${list}', operator, ${ROW}, 'add', ${REST} FROM ${targets({ ...prepared, scope })[list]}`);
    }
  }
  return prepared;
}

/** The lists that should have rows here, or ever had. */
async function keysOf(shard: Shard, wanted: string): Promise<readonly Key[]> {
  const keys = 'SELECT DISTINCT toString(list) AS list, toString(operator) AS operator FROM';
  return shard.query<Key>(
    `SELECT DISTINCT * FROM (${keys} change UNION ALL ${keys} ${wanted}) ORDER BY list, operator`,
  );
}

type Numbering = {
  readonly key: Key;
  readonly wanted: string;
  readonly table: string;
  readonly terms: Terms;
  readonly run: number;
  /** The number after which this shard's begin. */
  readonly after: number;
};

/** Appends what is between a list and its target, in the order of the rows. Both sides are read in that order. */
function difference({ key, wanted, table, terms, run, after }: Numbering): string {
  const either = (column: string): string => `if(w.wanted, w.${column}, s.${column}) AS ${column}`;
  const columns = `${ROW}, ${REST}`.split(', ');
  const was = 's.seq != 0';
  // The numbers count the rows of a sorted stream: the sort must stay.
  return `INSERT INTO ${table} (run, list, operator, ${ROW}, seq, op, reason, ${REST})
  SELECT ${run}, '${key.list}', ${literal(key.operator)}, ${ROW}, ${after} + 1 + rowNumberInAllBlocks(), what,
    ${reasonOf(key.list, wanted, terms)}, ${REST}
  FROM (
    SELECT ${columns.map(either).join(', ')}, multiIf(NOT w.wanted, 'remove', ${was}, 'update', 'add') AS what
    FROM (SELECT ${ROW}, ${REST}, true AS wanted FROM ${wanted} WHERE ${whereOf(key)}) AS w
    FULL JOIN ${state(key, ANY_RUN)} AS s ON ${ROW.split(', ')
      .map((column) => `w.${column} = s.${column}`)
      .join(' AND ')}
    WHERE w.wanted != (${was}) OR ${REST.split(', ')
      .map((column) => `w.${column} != s.${column}`)
      .join(' OR ')}
    ORDER BY ${ROW}
  )
  SETTINGS join_algorithm = 'full_sorting_merge', query_plan_remove_redundant_sorting = 0, max_insert_threads = 1`;
}

/**
 * Engine expression: why a row comes, goes or changes. A subscriber is no longer notified because a pair admits him
 * (`resolved`), else because the IMEI is blocked now (`blacklisted`), else because he was not seen with it lately while
 * the IMEI will still be blocked (`no_longer_seen`), else because nothing is held against the IMEI (`resolved`).
 */
function reasonOf(list: List, wanted: string, terms: Terms): string {
  const { add, update, remove } = REASONS[list];
  const removed = `'${remove[0]}'`;
  const told = "imei IN (SELECT imei FROM change WHERE list = 'notifications')";
  const gone =
    list !== 'notifications'
      ? removed
      : `multiIf(${isPaired(terms)}, 'resolved',
      imei IN (SELECT imei FROM ${wanted} WHERE list = 'blocked' AND ${told}), 'blacklisted',
      imei IN (SELECT imei FROM ${terms.due ?? due(terms)} WHERE ${told}), 'no_longer_seen', ${removed})`;
  return `multiIf(what = 'add', '${add[0]}', what = 'update', '${update[0]}', ${gone})`;
}

type Counts = Key & Pick<Appended, 'added' | 'removed' | 'changed'>;

/** What was just appended on a shard; lists to which nothing was appended do not occur. */
async function countsOf(shard: Shard, table: string): Promise<readonly Counts[]> {
  const counts = "countIf(op = 'add') AS added, countIf(op = 'remove') AS removed, countIf(op = 'update') AS changed";
  const rows = await shard.query<Record<keyof Counts, string> & Key>(
    `SELECT list, operator, ${counts} FROM ${table} GROUP BY list, operator`,
  );
  return rows.map(({ list, operator, added, removed, changed }) => ({
    list,
    operator,
    added: Number(added),
    removed: Number(removed),
    changed: Number(changed),
  }));
}

function plus(before: Appended | undefined, counts: Counts, last: number): Appended {
  const { added = 0, removed = 0, changed = 0, seq = last } = before ?? {};
  return {
    list: counts.list,
    operator: counts.operator,
    added: added + counts.added,
    removed: removed + counts.removed,
    changed: changed + counts.changed,
    seq: seq + counts.added + counts.removed + counts.changed,
  };
}

/** The last number of each list so far. */
async function lastNumbers(analytics: Analytics): Promise<ReadonlyMap<string, number>> {
  const last = new Map<string, number>();
  const sql = 'SELECT list, operator, max(seq) AS seq FROM change GROUP BY list, operator';
  for (const { seq, ...key } of await analytics.gather<Key & { seq: string }>(sql)) {
    last.set(idOf(key), Math.max(last.get(idOf(key)) ?? 0, Number(seq)));
  }
  return last;
}
