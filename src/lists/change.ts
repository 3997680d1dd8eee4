import { type Analytics, literal, type Shard } from '../stores/analytics.ts';
import type { Work } from '../stores/run.ts';
import type { Key } from './log.ts';
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

const KEY = 'list, operator, imei, imsi, msisdn';
const REST = 'block_date, reasons, amnesty';

/**
 * Stages the changes that make every list what it should be: the difference of the target and the log's own state,
 * numbered on without a gap for each list and operator over all shards.
 */
export async function stageChanges(analytics: Analytics, work: Work, terms: Terms): Promise<Staged> {
  const wanted = await work.stage('change', 'wanted');
  const found = await work.stage('change', 'found');
  const table = await work.stage('change');
  for (const shard of analytics.shards) await stageTargets(shard, wanted, terms);
  for (const shard of analytics.shards) for (const list of LISTS) await shard.run(difference({ wanted, found, list }));
  const last = await lastNumbers(analytics);
  const lists = new Map<string, Appended>();
  for (const shard of analytics.shards) {
    for (const one of await counts(shard, found)) {
      const id = idOf(one);
      const before = lists.get(id) ?? { ...one, added: 0, removed: 0, changed: 0, seq: last.get(id) ?? 0 };
      await shard.run(numbered({ terms, wanted, found, table, run: work.number, key: one, after: before.seq }));
      lists.set(id, {
        list: one.list,
        operator: one.operator,
        added: before.added + one.added,
        removed: before.removed + one.removed,
        changed: before.changed + one.changed,
        seq: before.seq + one.added + one.removed + one.changed,
      });
    }
  }
  return { table, lists: [...lists.values()].sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1)) };
}

const idOf = ({ list, operator }: Key): string => `${list} ${operator}`;
const orderOf = ({ list, operator }: Key): string => `${LISTS.indexOf(list)} ${operator}`;

/** Later targets read the blocked list from where the first was put. */
async function stageTargets(shard: Shard, wanted: string, terms: Terms): Promise<void> {
  const all = targets({ ...terms, blocked: `(SELECT imei FROM ${wanted} WHERE list = 'blocked')` });
  for (const list of LISTS) {
    const from = list === 'blocked' ? targets(terms).blocked : all[list];
    await shard.run(`INSERT INTO ${wanted} (list, ${KEY.slice('list, '.length)}, op, ${REST})
      SELECT '${list}', operator, imei, imsi, msisdn, 'add', ${REST} FROM ${from}`);
  }
}

/** A row of the target and the changes of that row meet in one group; neither side is held in memory whole. */
function difference({ wanted, found, list }: { wanted: string; found: string; list: List }): string {
  const both = `SELECT ${KEY}, seq, op, ${REST}, false AS is FROM change WHERE list = '${list}'
      UNION ALL SELECT ${KEY}, 0 AS seq, op, ${REST}, true AS is FROM ${wanted} WHERE list = '${list}'`;
  const sides = ['block_date', 'reasons', 'amnesty'].map(
    (name) => `argMaxIf(u.${name}, u.seq, NOT u.is) AS ${name}_was, anyIf(u.${name}, u.is) AS ${name}_is`,
  );
  return `INSERT INTO ${found} (${KEY}, op, ${REST})
  SELECT ${KEY}, multiIf(NOT wanted, 'remove', NOT was, 'add', 'update'),
    if(wanted, block_date_is, block_date_was), if(wanted, reasons_is, reasons_was), if(wanted, amnesty_is, amnesty_was)
  FROM (
    SELECT ${KEY}, countIf(u.is) > 0 AS wanted,
      countIf(NOT u.is) > 0 AND argMaxIf(u.op, u.seq, NOT u.is) != 'remove' AS was, ${sides.join(', ')}
    FROM (${both}) AS u GROUP BY ${KEY}
  )
  WHERE wanted != was
    OR (was AND (block_date_was != block_date_is OR reasons_was != reasons_is OR amnesty_was != amnesty_is))`;
}

type Count = Key & { readonly added: number; readonly removed: number; readonly changed: number };

async function counts(shard: Shard, found: string): Promise<readonly Count[]> {
  const rows = await shard.query<{ list: List; operator: string; added: string; removed: string; changed: string }>(
    `SELECT list, operator, countIf(op = 'add') AS added, countIf(op = 'remove') AS removed,
      countIf(op = 'update') AS changed FROM ${found} GROUP BY list, operator ORDER BY list, operator`,
  );
  return rows.map(({ list, operator, ...row }) => ({
    list,
    operator,
    added: Number(row.added),
    removed: Number(row.removed),
    changed: Number(row.changed),
  }));
}

async function lastNumbers(analytics: Analytics): Promise<ReadonlyMap<string, number>> {
  const last = new Map<string, number>();
  const sql = 'SELECT list, operator, max(seq) AS seq FROM change GROUP BY list, operator';
  for (const { list, operator, seq } of await analytics.gather<{ list: List; operator: string; seq: string }>(sql)) {
    const id = idOf({ list, operator });
    last.set(id, Math.max(last.get(id) ?? 0, Number(seq)));
  }
  return last;
}

type Numbering = {
  readonly terms: Terms;
  readonly wanted: string;
  readonly found: string;
  readonly table: string;
  readonly run: number;
  readonly key: Key;
  /** The number after which this shard's begin. */
  readonly after: number;
};

/** Appends the differences of one list in the order of their rows. */
function numbered({ run, key, after, found, table, ...rest }: Numbering): string {
  const where = `list = '${key.list}' AND operator = ${literal(key.operator)}`;
  // The numbers count the rows of a sorted stream: the sort must stay.
  return `INSERT INTO ${table} (run, ${KEY}, seq, op, reason, ${REST})
  SELECT ${run}, ${KEY}, ${after} + 1 + rowNumberInAllBlocks(), op, ${reasonOf({ list: key.list, found, ...rest })}, ${REST}
  FROM (SELECT ${KEY}, op, ${REST} FROM ${found} WHERE ${where} ORDER BY imei, imsi, msisdn)
  SETTINGS query_plan_remove_redundant_sorting = 0, max_insert_threads = 1`;
}

/**
 * Engine expression: why a row comes, goes or changes. A subscriber is no longer notified because a pair admits him
 * (`resolved`), else because the IMEI is blocked now (`blacklisted`), else because he was not seen with it lately while
 * the IMEI will still be blocked (`no_longer_seen`), else because nothing is held against the IMEI (`resolved`).
 */
function reasonOf({
  list,
  terms,
  wanted,
  found,
}: Pick<Numbering, 'terms' | 'wanted' | 'found'> & { list: List }): string {
  const added = { blocked: 'blocked', notifications: 'new' }[list as string] ?? 'added';
  const removed = list === 'blocked' ? "'unblocked'" : "'removed'";
  if (list !== 'notifications') return `multiIf(op = 'add', '${added}', op = 'update', 'changed', ${removed})`;
  const gone = `imei IN (SELECT imei FROM ${found} WHERE list = 'notifications' AND op = 'remove')`;
  return `multiIf(op = 'add', '${added}', op = 'update', 'changed', ${isPaired(terms)}, 'resolved',
    imei IN (SELECT imei FROM ${wanted} WHERE list = 'blocked' AND ${gone}), 'blacklisted',
    imei IN (SELECT imei FROM ${due(terms)} WHERE ${gone}), 'no_longer_seen', 'resolved')`;
}
