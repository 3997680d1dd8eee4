import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';

/** Runs one statement with `$1`… parameters and gives its rows. */
export type Ask = <T extends pg.QueryResultRow>(text: string, values?: readonly unknown[]) => Promise<readonly T[]>;

/** The registry: small, transactional, PostgreSQL. */
export type Registry = {
  readonly query: Ask;
  /** All of it or none of it. */
  transaction<T>(act: (query: Ask) => Promise<T>): Promise<T>;
  close(): Promise<void>;
};

const asking =
  (client: pg.Pool | pg.PoolClient): Ask =>
  async <T extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []) =>
    (await client.query<T>(text, [...values])).rows;

async function inTransaction<T>(pool: pg.Pool, act: (query: Ask) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('BEGIN');
    const value = await act(asking(client));
    await client.query('COMMIT');
    return value;
  } catch (error) {
    await client.query('ROLLBACK').catch((fault: Error) => {
      broken = fault; // the connection is lost: the server undoes the transaction itself
    });
    throw error;
  } finally {
    client.release(broken);
  }
}

const MIGRATIONS = path.join(import.meta.dirname, 'migrations');
const LOCK = 7_305_116; // any number that only our migrations lock by

/** Brings the registry to the newest numbered migration, forward only; two starters at once do it once. */
export async function migrate(registry: Registry): Promise<void> {
  await registry.transaction(async (query) => {
    await query('SELECT pg_advisory_xact_lock($1)', [LOCK]);
    await query('CREATE TABLE IF NOT EXISTS migration (name text PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())');
    const done = new Set((await query<{ name: string }>('SELECT name FROM migration')).map((row) => row.name));
    for (const name of readdirSync(MIGRATIONS).sort()) {
      if (done.has(name) || !name.endsWith('.sql')) continue;
      await query(readFileSync(path.join(MIGRATIONS, name), 'utf8'));
      await query('INSERT INTO migration (name) VALUES ($1)', [name]);
    }
  });
}

/** Opens a registry on a server and brings it to the newest schema; before that, `prepare` has its turn. */
export async function openRegistry(
  connection: pg.PoolConfig,
  prepare: (registry: Registry) => Promise<void> = async () => undefined,
): Promise<Registry> {
  const pool = new pg.Pool({ max: 8, ...connection });
  pool.on('error', () => undefined); // an idle connection was lost: the next question opens another
  const registry: Registry = {
    query: asking(pool),
    transaction: (act) => inTransaction(pool, act),
    close: () => pool.end(),
  };
  try {
    await prepare(registry);
    await migrate(registry);
  } catch (error) {
    await pool.end();
    throw error;
  }
  return registry;
}
