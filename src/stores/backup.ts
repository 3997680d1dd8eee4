import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, open, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { Refused } from '../faults/fault.ts';
import { errorCode } from '../files/errno.ts';
import { literal } from './analytics.ts';
import { filesBelow, type Manifest, writeManifest } from './manifest.ts';
import type { Ask } from './registry.ts';
import type { Store } from './store.ts';
import { VERSION } from './version.ts';

/** Files of a data folder that open what is sealed in the stores: a backup beside them protects nothing. */
const KEY_FILES = ['pseudonym.key', 'vault.keys'] as const;

/** What a backup's parts are called. */
export const PARTS = { registry: 'registry', secret: 'registry.secret', analytics: 'analytics' } as const;

const execute = promisify(execFile);

/** What a server makes anew when it starts, or what is only its own while it runs. */
const OWN =
  /^(?:pg_wal|pg_replslot|pg_dynshmem|pg_notify|pg_serial|pg_snapshots|pg_stat_tmp|pg_subtrans)\/|(?:^|\/)(?:pgsql_tmp[^/]*|pg_internal\.init[^/]*|postmaster\.(?:pid|opts)|\.s\.PGSQL\.[^/]*|backup_label|tablespace_map)(?:\/|$)/;

/** Copies one file; one that the server removed meanwhile is not missed, as its log says so. */
async function copyOne(from: string, to: string): Promise<void> {
  try {
    await copyFile(from, to);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    await rm(to, { force: true });
  }
}

async function copyCluster(from: string, to: string): Promise<void> {
  await mkdir(to, { mode: 0o700 });
  for (const entry of await readdir(from, { recursive: true, withFileTypes: true })) {
    const name = path.relative(from, path.join(entry.parentPath, entry.name));
    if (OWN.test(name)) continue;
    if (entry.isDirectory()) await mkdir(path.join(to, name), { recursive: true, mode: 0o700 });
    else if (entry.isFile()) await copyOne(path.join(from, name), path.join(to, name));
  }
}

const SEGMENT = /^[0-9A-F]{24}(?:\.\d+\.backup)?$/;

/**
 * Copies the registry's server while it goes on working (PostgreSQL, "Making a base backup using the low level API"): its
 * files as they are, the log of what was changed meanwhile, and the label that makes it go through that log.
 */
async function copyRegistry(query: Ask, from: string, to: string): Promise<void> {
  // The slot goes with the connection; until then no piece of the log is removed.
  await query(`SELECT pg_create_physical_replication_slot('ceir_backup_' || pg_backend_pid(), true, true)`);
  await query(`SELECT pg_backup_start('ceir', true)`);
  await copyCluster(from, to);
  const [stop] = await query<{ labelfile: string }>('SELECT labelfile FROM pg_backup_stop(false)');
  await writeFile(path.join(to, 'backup_label'), stop?.labelfile ?? '', { mode: 0o600 });
  const log = path.join(from, 'pg_wal');
  for (const name of await readdir(log))
    if (SEGMENT.test(name)) await copyOne(path.join(log, name), path.join(to, 'pg_wal', name));
  await query(`SELECT pg_drop_replication_slot('ceir_backup_' || pg_backend_pid())`);
}

/** Brings all below a folder to the disk: its file system at once, where there is the program for it. */
async function syncAll(folder: string): Promise<void> {
  if (process.platform === 'linux') return void (await execute('sync', ['-f', folder]));
  for (const name of await filesBelow(folder)) {
    const handle = await open(path.join(folder, name));
    await handle.sync().finally(() => handle.close());
  }
}

/** A backup to be made. */
export type BackupOrder = {
  /** A folder that is not there yet. */
  readonly out: string;
  /** A folder for the keys, in another place; without it they are in no backup. */
  readonly keys?: string | undefined;
  readonly now: Date;
};

/**
 * Makes a backup of both embedded stores of a data folder, while the register goes on: whoever calls works on the stores
 * alone, so that no run is half done in it. The folder has its manifest last: without that it is none.
 * @throws Refused FILE_EXISTS, BACKUP_SERVERS
 */
export async function backUp(store: Store, order: BackupOrder): Promise<Manifest> {
  const { registry, analytics, folder } = store;
  const cluster = path.join(folder, 'registry');
  if (!(await isEmbedded(store, cluster))) throw new Refused([SERVERS]);
  await makeFolder(order.out);
  await registry.transaction((query) => copyRegistry(query, cluster, path.join(order.out, PARTS.registry)));
  await copyFile(`${cluster}.secret`, path.join(order.out, PARTS.secret));
  const [last] = await registry.query<{ run: number }>('SELECT coalesce(max(number), 0) AS run FROM run');
  await analytics.home.query(
    `BACKUP DATABASE ceir TO File(${literal(path.join(path.resolve(order.out), PARTS.analytics))})`,
  );
  if (order.keys !== undefined) await copyKeys(folder, order.keys);
  await syncAll(order.out);
  const keys = KEY_FILES.filter((name) => existsSync(path.join(folder, name)));
  return writeManifest(order.out, { version: VERSION, at: order.now.toISOString(), run: last?.run ?? 0, keys });
}

const SERVERS = {
  code: 'BACKUP_SERVERS',
  message: 'The stores are on servers of their own: this makes backups of embedded ones only.',
  remedy: 'Use the servers’ own means: pg_basebackup with an archive of the log, and BACKUP of ClickHouse.',
} as const;

async function isEmbedded({ analytics, registry, folder }: Store, cluster: string): Promise<boolean> {
  if (analytics.place !== path.join(folder, 'analytics')) return false;
  const [row] = await registry.query<{ place: string }>(`SELECT current_setting('data_directory') AS place`);
  return row?.place === cluster;
}

/** Makes a new folder for one's own. @throws Refused FILE_EXISTS where something is there */
export async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if ((await readdir(folder)).length === 0) return;
  const message = `${folder} is not empty; nothing in it was touched.`;
  throw new Refused([{ code: 'FILE_EXISTS', file: folder, message, remedy: 'Name a new folder, or empty this one.' }]);
}

async function copyKeys(from: string, to: string): Promise<void> {
  await makeFolder(to);
  for (const name of KEY_FILES) await copyOne(path.join(from, name), path.join(to, name));
  await syncAll(to);
}
