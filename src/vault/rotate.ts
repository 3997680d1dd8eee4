import pg from 'pg';
import type { Ask } from '../stores/registry.ts';
import { KEY_LOCK, type Keys } from './keyfile.ts';
import { enter } from './open.ts';
import { destroyed, type KeyName, newest, resigned, rotated } from './ring.ts';
import { headerOf } from './seal.ts';
import { SEALED, type SealedColumn } from './sealed.ts';
import { DATA_CLASSES, type DataClass } from './vault.ts';

/** Where keys are changed: within one transaction, with the keys, at a time. */
export type KeyDesk = { readonly query: Ask; readonly keys: Keys; readonly now: Date };

const lockKeys = (query: Ask): Promise<unknown> => query('SELECT pg_advisory_xact_lock($1)', [KEY_LOCK]);

/**
 * Makes a new version of the keys of these classes; what is sealed from now on is sealed under it, and what was sealed
 * before stays readable. Throws Refused VAULT_FIXED where the environment gives the keys.
 */
export async function rotateKeys({ query, keys, now }: KeyDesk, classes: readonly DataClass[]): Promise<void> {
  await lockKeys(query);
  keys.replace(rotated(keys.ring(), classes, now));
  await enter(query, keys.ring());
}

/** Makes a new key to sign with. What was signed before can still be verified; the old key can sign no more. */
export async function rotateSigning({ query, keys, now }: KeyDesk): Promise<void> {
  await lockKeys(query);
  keys.replace(resigned(keys.ring(), now));
}

/** The classes whose newest key is older than so many days. */
export function keysDue({ keys, now }: Pick<KeyDesk, 'keys' | 'now'>, days: number): readonly DataClass[] {
  const ring = keys.ring();
  return DATA_CLASSES.filter((kind) => now.getTime() - newest(ring, kind).made.getTime() >= days * 86_400_000);
}

/** An act that sealed under a key before it was replaced may not have committed yet: so long a replaced key rests. */
const REST_MS = 3_600_000;

/**
 * Destroys the keys that were replaced an hour ago or more and that nothing is sealed under any more, and names them. What
 * copies of the database still hold under them nobody can open again: the deletion reaches the copies too. Copies of
 * `vault.keys` must be destroyed with them, which only their keeper can do.
 * @throws Error when seals stand in a column that {@link SEALED} does not know.
 */
export async function destroyUnused(
  { query, keys, now }: KeyDesk,
  columns: readonly SealedColumn[] = SEALED,
): Promise<readonly KeyName[]> {
  await lockKeys(query);
  const gone: KeyName[] = [];
  for (const name of rested(keys, now)) {
    if (await isInUse(query, name, columns)) continue;
    await query('UPDATE vault_key SET destroyed = $3 WHERE class = $1 AND version = $2', [
      name.class,
      name.version,
      now,
    ]);
    gone.push(name);
  }
  if (gone.length > 0) keys.replace(gone.reduce(destroyed, keys.ring()));
  return gone;
}

const rested = (keys: Keys, now: Date): readonly KeyName[] =>
  DATA_CLASSES.flatMap((kind) =>
    keys.ring().sealing[kind].flatMap(({ version, key }, at, all) => {
      const next = all[at + 1];
      const old = next !== undefined && now.getTime() - next.made.getTime() >= REST_MS;
      return old && key !== undefined ? [{ class: kind, version }] : [];
    }),
  );

async function isInUse(query: Ask, name: KeyName, columns: readonly SealedColumn[]): Promise<boolean> {
  const header = headerOf(name.class, name.version);
  const places = await query<{ table: string; column: string }>(
    `SELECT table_name AS table, column_name AS column FROM information_schema.columns JOIN information_schema.tables
       USING (table_schema, table_name)
     WHERE table_schema = current_schema() AND data_type = 'bytea' AND table_type = 'BASE TABLE'`,
  );
  for (const { table, column } of places) {
    const [found] = await query(
      `SELECT 1 FROM ${pg.escapeIdentifier(table)} WHERE substr(${pg.escapeIdentifier(column)}, 1, 6) = $1 LIMIT 1`,
      [header],
    );
    if (found === undefined) continue;
    if (columns.some((one) => one.table === table && one.column === column && one.class === name.class)) return true;
    throw new Error(`${table}.${column} holds seals of ${name.class}, and SEALED does not name it`);
  }
  return false;
}
