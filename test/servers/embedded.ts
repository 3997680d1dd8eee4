import { spawn } from 'node:child_process';
import { chmod } from 'node:fs/promises';
import path from 'node:path';
import { startPostgres } from '../../src/stores/postgres.ts';
import { freshDatabase, type PostgresServer, urlOf } from './postgres.ts';
import { forget, serverFolder } from './process.ts';

// The product's server ends with this process. When it has, and its lock file with it, the folder can go.
const SWEEPER = 'cat >/dev/null; while [ -e "$1/registry/postmaster.pid" ]; do sleep 0.1; done; rm -rf "$1"';

let server: Promise<PostgresServer> | undefined;

/** The one embedded PostgreSQL of this process, the product's own, started at the first call; it ends with the process. */
export function embeddedPostgres(): Promise<PostgresServer> {
  server ??= start();
  return server;
}

/** The URL of an empty database on the embedded PostgreSQL. */
export async function embeddedDatabase(): Promise<string> {
  return freshDatabase(await embeddedPostgres());
}

async function start(): Promise<PostgresServer> {
  const folder = await serverFolder('registry');
  await chmod(folder, 0o711); // the server may run under another account
  const sweeper = spawn('sh', ['-c', SWEEPER, 'sh', folder], {
    cwd: '/',
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  forget(sweeper);
  const { connection, stop } = await startPostgres(path.join(folder, 'registry'));
  return { url: urlOf(connection), stop };
}
