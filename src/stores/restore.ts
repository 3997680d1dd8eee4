import { chownSync, existsSync } from 'node:fs';
import { appendFile, chmod, copyFile, cp, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Refused } from '../faults/fault.ts';
import { literal } from './analytics.ts';
import { makeFolder, PARTS } from './backup.ts';
import { openEmbedded } from './embedded.ts';
import { type Manifest, verifyBackup } from './manifest.ts';
import { servant, startPostgres } from './postgres.ts';
import { openRegistry, type Registry } from './registry.ts';

/** What is to be brought back, and to which moment. */
export type RestoreOrder = {
  readonly backup: string;
  /** A data folder that is not there yet. */
  readonly folder: string;
  /** Where the keys are. */
  readonly keys: string;
  /** The archive of the registry's log; without it the register is as at the backup. */
  readonly archive?: string | undefined;
  /** The last moment of the registry that is wanted; without it all that the archive has. */
  readonly until?: Date | undefined;
};

/** What came back. */
export type Restored = {
  readonly manifest: Manifest;
  /** The time of the registry's last transaction that is there, ISO 8601. */
  readonly last: string | null;
  /** Runs since the backup, which the analytics store does not have: their files are to be imported again. */
  readonly undone: readonly number[];
};

/** Gives the registry's files to the account that its server runs as. */
async function handOver(folder: string): Promise<void> {
  const user = servant();
  await chmod(folder, 0o700);
  if (user === undefined) return;
  chownSync(folder, user.uid, user.gid);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
    chownSync(path.join(entry.parentPath, entry.name), user.uid, user.gid);
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** Has the server go through the archive of its log when it starts next, up to a moment. */
async function recoverFrom(cluster: string, { archive, until }: RestoreOrder): Promise<void> {
  if (archive === undefined) return;
  const place = `"${path.resolve(archive).replaceAll(/["$`\\]/g, '\\$&')}"`;
  const settings = [
    `restore_command = ${quoted(`cp ${place}/%f "%p"`)}`,
    `recovery_target_action = 'promote'`,
    ...(until === undefined
      ? []
      : [`recovery_target_time = ${quoted(until.toISOString().replace('T', ' ').replace('Z', '+00'))}`]),
  ];
  await appendFile(path.join(cluster, 'postgresql.auto.conf'), `${settings.join('\n')}\n`);
  await writeFile(path.join(cluster, 'recovery.signal'), '', { mode: 0o600 });
}

/** The settings of the recovery have done their work: a later start must not find them. */
async function forgetRecovery(registry: Registry): Promise<void> {
  for (const name of ['restore_command', 'recovery_target_action', 'recovery_target_time'])
    await registry.query(`ALTER SYSTEM RESET ${name}`);
}

async function recovered(registry: Registry): Promise<void> {
  for (;;) {
    const [row] = await registry.query<{ under: boolean }>('SELECT pg_is_in_recovery() AS under');
    if (row?.under !== true) return;
    await wait(50);
  }
}

/** Runs that the registry tells of and the analytics store does not have, are undone: nothing of them is there. */
async function undoSince(registry: Registry, run: number): Promise<readonly number[]> {
  return registry.transaction(async (query) => {
    await query('DELETE FROM list_version WHERE run > $1', [run]);
    const rows = await query<{ number: number }>(
      `UPDATE run SET status = 'undone', moves = '[]' WHERE number > $1 AND status IN ('running', 'publishing', 'done')
      RETURNING number`,
      [run],
    );
    return rows.map(({ number }) => number).sort((a, b) => a - b);
  });
}

async function restoreRegistry(order: RestoreOrder, manifest: Manifest): Promise<Omit<Restored, 'manifest'>> {
  const cluster = path.join(order.folder, 'registry');
  await cp(path.join(order.backup, PARTS.registry), cluster, { recursive: true });
  await copyFile(path.join(order.backup, PARTS.secret), `${cluster}.secret`);
  await chmod(`${cluster}.secret`, 0o600);
  await recoverFrom(cluster, order);
  await handOver(cluster);
  const server = await startPostgres(cluster, { recovers: true });
  try {
    const registry = await openRegistry(server.connection, recovered);
    try {
      await forgetRecovery(registry);
      const [row] = await registry.query<{ last: Date | null }>('SELECT max(ended) AS last FROM run');
      return { last: row?.last?.toISOString() ?? null, undone: await undoSince(registry, manifest.run) };
    } finally {
      await registry.close();
    }
  } finally {
    await server.stop();
  }
}

async function restoreAnalytics({ backup, folder }: RestoreOrder): Promise<void> {
  const analytics = await openEmbedded(path.join(folder, 'analytics'));
  try {
    const from = literal(path.join(path.resolve(backup), PARTS.analytics));
    await analytics.home.query(`RESTORE DATABASE ceir FROM File(${from})`);
  } finally {
    await analytics.close();
  }
}

/**
 * Brings a backup back into a new data folder: every file is held against the manifest first. With the archive of its log
 * the registry goes on to a later moment; runs since the backup are undone, as the analytics store is as it was then.
 * What fails leaves no data folder.
 * @throws Refused BACKUP_DAMAGED, BACKUP_KEYS, FILE_EXISTS
 */
export async function restore(order: RestoreOrder): Promise<Restored> {
  const manifest = await verifyBackup(order.backup);
  const missing = manifest.keys.filter((name) => !existsSync(path.join(order.keys, name)));
  if (missing.length > 0) throw new Refused([keysFault(order.keys, missing)]);
  await makeFolder(order.folder);
  try {
    for (const name of manifest.keys) {
      await copyFile(path.join(order.keys, name), path.join(order.folder, name));
      await chmod(path.join(order.folder, name), 0o600);
    }
    const registry = await restoreRegistry(order, manifest);
    await restoreAnalytics(order);
    return { manifest, ...registry };
  } catch (error) {
    await rm(order.folder, { recursive: true, force: true });
    throw error;
  }
}

const keysFault = (folder: string, missing: readonly string[]) =>
  ({
    code: 'BACKUP_KEYS',
    file: folder,
    message: `The keys ${missing.join(' and ')} are not there: nothing sealed could be read.`,
    remedy: 'Name the folder where the keys of this register were put, with --keys.',
  }) as const;
