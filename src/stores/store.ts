import { mkdirSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import type { Analytics } from './analytics.ts';
import { openEmbedded } from './embedded.ts';
import { memoryPlan } from './memory.ts';
import { own } from './owner.ts';
import { startPostgres } from './postgres.ts';
import { recover } from './recovery.ts';
import { openRegistry, type Registry } from './registry.ts';
import { createTable, TABLES } from './schema.ts';
import { type Pseudonyms, pseudonyms } from './secret.ts';
import { openServers } from './server.ts';

/** Both stores of one country, opened by one owner. */
export type Store = {
  readonly folder: string;
  readonly analytics: Analytics;
  readonly registry: Registry;
  readonly pseudonyms: Pseudonyms;
  close(): Promise<void>;
};

/** Where the stores are. Without URLs both are embedded in the folder, which also holds the pseudonym key. */
export type Places = {
  readonly folder: string;
  /** ClickHouse servers, one URL a shard, separated by commas. */
  readonly analytics?: string | undefined;
  /** A PostgreSQL server's URL. */
  readonly registry?: string | undefined;
  /** Called once when another process owns the folder or the registry and this one waits for it. */
  readonly waiting?: (() => void) | undefined;
};

type Closer = () => Promise<void>;

/** A server's registry can be reached from many folders: an advisory lock makes one of them its owner. */
async function ownServer(url: string, waiting: () => void): Promise<Closer> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const lock = 7_305_117; // any number that only owners lock by
  const { rows } = await client.query<{ got: boolean }>('SELECT pg_try_advisory_lock($1) AS got', [lock]);
  if (rows[0]?.got !== true) {
    waiting();
    await client.query('SELECT pg_advisory_lock($1)', [lock]);
  }
  return () => client.end();
}

async function registryAt(places: Places, closers: Closer[], waiting: () => void): Promise<Registry> {
  if (places.registry === undefined) {
    const server = await startPostgres(path.join(places.folder, 'registry'));
    closers.push(server.stop);
    return openRegistry(server.connection);
  }
  closers.push(await ownServer(places.registry, waiting));
  return openRegistry({ connectionString: places.registry });
}

async function analyticsAt(places: Places): Promise<Analytics> {
  const plan = memoryPlan();
  if (places.analytics === undefined) return openEmbedded(path.join(places.folder, 'analytics'), plan);
  return openServers(places.analytics, plan);
}

async function makeTables(analytics: Analytics): Promise<void> {
  for (const shard of analytics.shards) {
    for (const table of TABLES) {
      if (table.placement !== 'home' || shard === analytics.home) await shard.run(createTable(table));
    }
  }
}

async function closeAll(closers: readonly Closer[]): Promise<void> {
  for (const close of [...closers].reverse()) await close();
}

/**
 * Opens both stores and finishes or undoes what a crash left half done. One process at a time: a second one waits.
 * @throws when a store cannot be opened; what was opened by then is closed.
 */
export async function openStore(places: Places): Promise<Store> {
  let told = false;
  const waiting = (): void => {
    if (!told) places.waiting?.();
    told = true;
  };
  const folder = path.resolve(places.folder);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const ownership = await own(folder, waiting);
  const closers: Closer[] = [() => ownership.release()];
  try {
    const opening = [registryAt({ ...places, folder }, closers, waiting), analyticsAt({ ...places, folder })] as const;
    const settled = await Promise.allSettled(opening);
    for (const one of settled) if (one.status === 'fulfilled') closers.push(() => one.value.close());
    const [registry, analytics] = await Promise.all(opening);
    await makeTables(analytics);
    await recover(registry, analytics);
    return { folder, analytics, registry, pseudonyms: pseudonyms(folder), close: () => closeAll(closers) };
  } catch (error) {
    await closeAll(closers);
    throw error;
  }
}
