import { createHash } from 'node:crypto';
import pg from 'pg';
import type { Ask } from '../stores/registry.ts';
import { DUE, type DueRule } from './due.ts';
import type { Keys } from './keyfile.ts';
import type { KeyName } from './ring.ts';
import { destroyUnused } from './rotate.ts';
import type { DataClass } from './vault.ts';

/** Under what retention is applied: within one transaction, when, and for how many days each class is kept. */
export type RetentionDesk = {
  readonly query: Ask;
  readonly now: Date;
  readonly policy: { readonly retention: Readonly<Record<DataClass, number>> };
};

/** How retention is applied. */
export type RetentionWish = {
  /** Counts what is due, deletes nothing. */
  readonly dryRun: boolean;
  /** Rows of each rule at most. */
  readonly limit: number;
  /** With them, keys that nothing is sealed under any more are destroyed in the end. */
  readonly keys?: Keys | undefined;
  readonly rules?: readonly DueRule[] | undefined;
};

/** What one rule did. */
export type Retired = {
  readonly table: string;
  readonly class: DataClass;
  readonly how: 'deleted' | 'emptied';
  readonly rows: number;
  /** SHA-256 of the keys of the rows, sorted, one a line: who has a list of them can show that it was these. */
  readonly sha256: string;
};

/** What a run of retention did, as it is kept. */
export type Deletion = { readonly rules: readonly Retired[]; readonly keys: readonly KeyName[] };

/** A run of retention; `more` where a rule had more due than its limit. */
export type RetentionRun = Deletion & { readonly more: boolean };

/**
 * Deletes, or empties, what the country file says has been kept for long enough, and writes down what: counts and a hash
 * of the keys of the rows, which the log of readings vouches for. Rows that others hold are left to the next run.
 */
export async function applyRetention(
  desk: RetentionDesk,
  { dryRun, limit, keys, rules = DUE }: RetentionWish,
): Promise<RetentionRun> {
  const { query, now, policy } = desk;
  const done: (Retired & { readonly more: boolean })[] = [];
  for (const rule of rules) {
    const until = new Date(now.getTime() - policy.retention[rule.class] * 86_400_000);
    const ids = dryRun ? await dueRows(query, rule, until) : await retire(query, rule, { until, limit });
    if (ids.length > 0) done.push({ ...summary(rule, ids), more: !dryRun && ids.length === limit });
  }
  const gone = keys === undefined || dryRun ? [] : await destroyUnused({ query, keys, now });
  const found = done.map(({ more: _, ...one }) => one);
  if (!dryRun) {
    const values = [now, JSON.stringify(found), JSON.stringify(gone)];
    await query('INSERT INTO deletion (at, rules, keys) VALUES ($1, $2, $3)', values);
  }
  return { rules: found, keys: gone, more: done.some(({ more }) => more) };
}

const summary = ({ table, class: kind, empties }: DueRule, ids: readonly string[]): Retired => ({
  table,
  class: kind,
  how: empties === undefined ? 'deleted' : 'emptied',
  rows: ids.length,
  sha256: createHash('sha256')
    .update(
      [...ids]
        .sort()
        .map((id) => `${id}\n`)
        .join(''),
    )
    .digest('hex'),
});

/** The statement that finds what a rule says is due; `$1` is the time before which it has to have ended. */
function dueText({ table, key, empties, due }: DueRule): string {
  const full = empties?.map((column) => `t.${pg.escapeIdentifier(column)} IS NOT NULL`).join(' OR ');
  const left = full === undefined ? '' : ` AND (${full})`;
  return `SELECT t.${pg.escapeIdentifier(key)} FROM ${pg.escapeIdentifier(table)} AS t WHERE (${due})${left}`;
}

async function dueRows(query: Ask, rule: DueRule, until: Date): Promise<readonly string[]> {
  const text = `SELECT due.${pg.escapeIdentifier(rule.key)}::text AS id FROM (${dueText(rule)}) AS due`;
  return (await query<{ id: string }>(text, [until])).map(({ id }) => id);
}

async function retire(
  query: Ask,
  rule: DueRule,
  { until, limit }: { readonly until: Date; readonly limit: number },
): Promise<readonly string[]> {
  const [table, key] = [rule.table, rule.key].map(pg.escapeIdentifier);
  const which = `${key} IN (${dueText(rule)} ORDER BY 1 LIMIT $2 FOR UPDATE OF t SKIP LOCKED)`;
  const emptied = rule.empties?.map((column) => `${pg.escapeIdentifier(column)} = NULL`).join(', ');
  const act = emptied === undefined ? `DELETE FROM ${table}` : `UPDATE ${table} SET ${emptied}`;
  const rows = await query<{ id: string }>(`${act} WHERE ${which} RETURNING ${key}::text AS id`, [until, limit]);
  return rows.map(({ id }) => id);
}

/** A run of retention as the register keeps it. */
export type KeptDeletion = Deletion & { readonly id: string; readonly at: Date };

/** What was deleted, the latest run first, before the one of an id. */
export const deletions = (
  { query }: { readonly query: Ask },
  { limit, before }: { readonly limit: number; readonly before?: string | undefined },
): Promise<readonly KeptDeletion[]> =>
  query<KeptDeletion>(
    `SELECT id::text AS id, at, rules, keys FROM deletion WHERE deletion.id < coalesce($2::bigint, 9223372036854775807)
     ORDER BY deletion.id DESC LIMIT $1`,
    [limit, before ?? null],
  );
