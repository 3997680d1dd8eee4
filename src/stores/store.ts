import { mkdirSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { type Fault, Refused } from '../faults/fault.ts';
import { type Analytics, analyticsOf } from './analytics.ts';
import { blocksIn, openEmbedded, shardOver } from './embedded.ts';
import type { Engine } from './engine.ts';
import { type Visit, visit } from './guest.ts';
import { type Listening, listen } from './listen.ts';
import { memoryPlan } from './memory.ts';
import { type Ownership, own } from './owner.ts';
import { startPostgres } from './postgres.ts';
import { recover } from './recovery.ts';
import { openRegistry, type Registry } from './registry.ts';
import { createTable, TABLES } from './schema.ts';
import { type Pseudonyms, pseudonyms } from './secret.ts';
import { openServers } from './server.ts';
import { share } from './share.ts';
import { VERSION } from './version.ts';

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
  /** A folder for the embedded registry's write-ahead log, see `PostgresOptions`. */
  readonly archive?: string | undefined;
  /** Called once when another process owns the folder or the registry and this one waits for it. */
  readonly waiting?: (() => void) | undefined;
};

type Closer = () => Promise<void>;

const WORK = 7_305_117; // any number that only those who work on the stores lock by

/**
 * Becomes the one process that works on a registry: it can be reached from many folders, and by guests of whoever serves
 * it. The lock goes with the connection, however the process ends.
 */
async function lockWork(connection: pg.ClientConfig, waiting: () => void): Promise<Closer> {
  const client = new pg.Client(connection);
  client.on('error', () => undefined); // the server has gone; whoever works on it hears of that
  await client.connect();
  const { rows } = await client.query<{ got: boolean }>('SELECT pg_try_advisory_lock($1) AS got', [WORK]);
  if (rows[0]?.got !== true) {
    waiting();
    await client.query('SELECT pg_advisory_lock($1)', [WORK]);
  }
  return () => client.end();
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

/** Both stores before anybody works on them: where they are, and what closes them. */
type Opened = {
  readonly folder: string;
  readonly connection: pg.ClientConfig;
  readonly registry: Registry;
  readonly analytics: Analytics;
  /** The embedded engine, where this process owns it. */
  readonly engine?: Engine | undefined;
  readonly ownership?: Ownership | undefined;
};

type Opening = { readonly places: Places; readonly folder: string; readonly closers: Closer[] };

async function registryAt({ places, folder, closers }: Opening) {
  let connection: pg.ClientConfig = { connectionString: places.registry };
  if (places.registry === undefined) {
    const server = await startPostgres(path.join(folder, 'registry'), { archive: places.archive });
    closers.push(server.stop);
    connection = server.connection;
  }
  const registry = await openRegistry(connection);
  closers.push(() => registry.close());
  return { connection, registry };
}

async function analyticsAt({ places, folder, closers }: Opening) {
  const plan = memoryPlan();
  const opened: Analytics & { readonly engine?: Engine } =
    places.analytics === undefined
      ? await openEmbedded(path.join(folder, 'analytics'), plan)
      : await openServers(places.analytics, plan);
  closers.push(() => opened.close());
  return opened;
}

/** Opens the stores of a folder that this process owns from now on. */
async function openOwned(opening: Opening, ownership: Ownership | undefined): Promise<Opened> {
  if (ownership !== undefined) opening.closers.push(() => ownership.release());
  const settled = await Promise.allSettled([registryAt(opening), analyticsAt(opening)]);
  const [registry, analytics] = settled;
  if (registry.status === 'rejected') throw registry.reason;
  if (analytics.status === 'rejected') throw analytics.reason;
  await makeTables(analytics.value);
  const { engine } = analytics.value;
  return { folder: opening.folder, ...registry.value, analytics: analytics.value, engine, ownership };
}

/** Opens the stores through the process that serves them. */
async function openVisiting(opening: Opening, guest: Visit): Promise<Opened> {
  const { folder, closers } = opening;
  const { welcome, engine, leave } = guest;
  closers.push(async () => leave());
  if (welcome.version !== VERSION) throw new Refused([versionFault(folder, welcome.version)]);
  const { connection, analytics: urls } = welcome;
  const registry = await openRegistry(connection);
  closers.push(() => registry.close());
  const place = path.join(folder, 'analytics');
  const analytics =
    urls === undefined
      ? analyticsOf([shardOver(engine, blocksIn(place))], place, async () => undefined)
      : await analyticsAt({ ...opening, places: { ...opening.places, analytics: urls } });
  return { folder, connection, registry, analytics };
}

const versionFault = (folder: string, version: string): Fault => ({
  code: 'STORE_VERSION',
  message: `${folder} is served by openceir ${version}, and this is ${VERSION}.`,
  remedy: 'Use the program of that version, or restart ceir serve with this one.',
});

async function open(places: Places, closers: Closer[], waiting: () => void): Promise<Opened> {
  const folder = path.resolve(places.folder);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const opening = { places, folder, closers };
  for (;;) {
    const guest = await visit(folder);
    if (guest !== undefined) return openVisiting(opening, guest);
    const ownership = await own(folder, waiting);
    if (ownership !== undefined) return openOwned(opening, ownership);
  }
}

function once(act: (() => void) | undefined): () => void {
  let told = false;
  return () => {
    if (!told) act?.();
    told = true;
  };
}

/**
 * Opens both stores and finishes or undoes what a crash left half done. One process at a time works on them: a second one
 * waits. While a process serves them, the work goes through it.
 * @throws when a store cannot be opened; what was opened by then is closed.
 */
export async function openStore(places: Places): Promise<Store> {
  const waiting = once(places.waiting);
  const closers: Closer[] = [];
  try {
    const { folder, connection, registry, analytics } = await open(places, closers, waiting);
    closers.push(await lockWork(connection, waiting));
    await recover(registry, analytics);
    return { folder, analytics, registry, pseudonyms: pseudonyms(folder), close: () => closeAll(closers) };
  } catch (error) {
    await closeAll(closers);
    throw error;
  }
}

/** The stores as a process serves them: open to readers all the time, to one worker at a time. */
export type ServedStore = Store & {
  /**
   * Works on the stores as the only one: the server itself, a guest, or another server of the same registry waits. What a
   * crash of the last worker left is made good first.
   */
  work<T>(act: () => Promise<T>): Promise<T>;
  /** Hears what transactions tell on a channel of the registry, see `listen`. */
  listen(channel: string, heard: () => void): Listening;
};

/**
 * Opens both stores to serve them. Where one is embedded this process owns the folder, and other processes on it become
 * its guests; where both are servers, several processes may serve them at once, each with a folder of its own.
 * @throws when a store cannot be opened; what was opened by then is closed.
 */
export async function serveStore(places: Places): Promise<ServedStore> {
  const waiting = once(places.waiting);
  const closers: Closer[] = [];
  try {
    const opened = await open(places, closers, waiting);
    const { folder, connection, registry, analytics, engine, ownership } = opened;
    if (ownership === undefined) throw new Refused([servedFault(folder)]);
    const welcome = { version: VERSION, connection, analytics: places.analytics };
    const shared = await share(folder, { engine, welcome });
    closers.push(() => shared.close());
    ownership.call();
    const work: ServedStore['work'] = async (act) => {
      const unlock = await lockWork(connection, () => undefined);
      try {
        await recover(registry, analytics);
        return await act();
      } finally {
        await unlock();
      }
    };
    await work(async () => undefined);
    const store = { folder, analytics, registry, pseudonyms: pseudonyms(folder) };
    const hear: ServedStore['listen'] = (channel, heard) => listen(connection, channel, heard);
    return { ...store, work, listen: hear, close: () => closeAll(closers) };
  } catch (error) {
    await closeAll(closers);
    throw error;
  }
}

const servedFault = (folder: string): Fault => ({
  code: 'STORE_SERVED',
  message: `${folder} is served by another process already.`,
  remedy: 'End that one first, or name another data folder with --data.',
});
