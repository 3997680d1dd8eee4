import pg from 'pg';
import type { Ask } from '../stores/registry.ts';
import type { Keys } from './keyfile.ts';
import { headerOf } from './seal.ts';
import { SEALED, type SealedColumn } from './sealed.ts';
import type { DataClass, Vault } from './vault.ts';

const quoted = pg.escapeIdentifier;

/** Where sealing anew goes on: at a column of the register, behind a row. */
export type Place = { readonly column: number; readonly after?: string | undefined };

/** What one step of sealing anew did, and where the next one begins; without that, all columns were gone through. */
export type Resealed = { readonly rows: number; readonly next?: Place };

/** How much is sealed anew in one step, and where. */
export type Resealing = {
  readonly limit: number;
  readonly from?: Place | undefined;
  readonly columns?: readonly SealedColumn[] | undefined;
};

/**
 * Seals up to `limit` rows of one column anew, of those that are sealed under older keys than the newest. Each step can be
 * a transaction of its own. Rows that others hold are left out, until it is all gone through once more.
 */
export async function reseal(
  { query, keys, vault }: { readonly query: Ask; readonly keys: Keys; readonly vault: Vault },
  { limit, from = { column: 0 }, columns = SEALED }: Resealing,
): Promise<Resealed> {
  const column = columns[from.column];
  if (column === undefined) return { rows: 0 };
  const old = oldHeaders(keys, column.class);
  const rows = old.length === 0 ? [] : await oldRows(query, { column, old, limit, after: from.after });
  const fresh = rows.map(({ sealed }) => {
    const text = vault.open(column.class, sealed);
    if (text === undefined) throw new Error(`a key of ${column.class} was destroyed while data were sealed anew`);
    return vault.seal(column.class, text);
  });
  await putSeals(query, column, { keys: rows.map(({ key }) => key), fresh });
  const last = rows.length < limit ? undefined : rows.at(-1)?.key;
  if (last !== undefined) return { rows: rows.length, next: { column: from.column, after: last } };
  return from.column + 1 < columns.length
    ? { rows: rows.length, next: { column: from.column + 1 } }
    : { rows: rows.length };
}

/** The beginnings of seals under older versions that can still be opened. */
const oldHeaders = (keys: Keys, kind: DataClass): readonly Buffer[] =>
  keys
    .ring()
    .sealing[kind].slice(0, -1)
    .filter(({ key }) => key !== undefined)
    .map(({ version }) => headerOf(kind, version));

type Wanted = {
  readonly column: SealedColumn;
  readonly old: readonly Buffer[];
  readonly limit: number;
  readonly after: string | undefined;
};

async function oldRows(query: Ask, { column, old, limit, after }: Wanted) {
  const [table, key, place] = [column.table, column.key, column.column].map(quoted);
  const behind = after === undefined ? '' : `AND ${key} > $3::${await typeOf(query, column)}`;
  return query<{ key: string; sealed: Buffer }>(
    `SELECT ${key}::text AS key, ${place} AS sealed FROM ${table}
     WHERE substr(${place}, 1, 6) = ANY ($1::bytea[]) ${behind}
     ORDER BY ${table}.${key} LIMIT $2 FOR UPDATE SKIP LOCKED`,
    [old, limit, ...(after === undefined ? [] : [after])],
  );
}

/** The type of a table's key, so that rows are found by its index. */
async function typeOf(query: Ask, { table, key }: Pick<SealedColumn, 'table' | 'key'>): Promise<string> {
  const text =
    'SELECT format_type(atttypid, atttypmod) AS type FROM pg_attribute WHERE attrelid = $1::regclass AND attname = $2';
  const [row] = await query<{ type: string }>(text, [quoted(table), key]);
  if (row === undefined) throw new Error(`${table} has no column ${key}`);
  return row.type;
}

async function putSeals(
  query: Ask,
  column: SealedColumn,
  { keys, fresh }: { readonly keys: readonly string[]; readonly fresh: readonly Buffer[] },
): Promise<void> {
  if (keys.length === 0) return;
  const [table, key, place] = [column.table, column.key, column.column].map(quoted);
  await query(
    `UPDATE ${table} AS held SET ${place} = fresh.sealed
     FROM unnest($1::text[], $2::bytea[]) AS fresh (key, sealed) WHERE held.${key} = fresh.key::${await typeOf(query, column)}`,
    [keys, fresh],
  );
}
