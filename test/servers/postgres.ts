import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { Client, type ClientConfig } from 'pg';
import { freePort, type Server, serverFolder, startServer, unprivileged } from './process.ts';

/** A real PostgreSQL server with the superuser `postgres` and nobody else on it. */
export type PostgresServer = Server & {
  /** Names the server's own `postgres` database; see {@link freshDatabase} for one to write to. */
  readonly url: string;
};

const BIN = '/usr/lib/postgresql/15/bin';
const run = promisify(execFile);

/** Why the tests on PostgreSQL 15 cannot run here, as the `skip` option of a test; `false` where they can. */
export const withoutPostgres15: string | false = existsSync(path.join(BIN, 'postgres'))
  ? false
  : 'PostgreSQL 15 is not installed: apt-get install postgresql-15';

/** Starts Debian's PostgreSQL 15 on a free port, its data in a temporary folder. */
export async function startPostgres15(): Promise<PostgresServer> {
  const account = await unprivileged();
  const folder = await serverFolder('postgres', account);
  const data = path.join(folder, 'data');
  const layout = ['--username=postgres', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync'];
  await run(path.join(BIN, 'initdb'), ['-D', data, ...layout], { ...account, cwd: folder });
  const port = await freePort();
  const url = urlOf({ host: '127.0.0.1', port, user: 'postgres', database: 'postgres' });
  // Speed, not safety: the data does not outlive the server.
  const settings = ['fsync=off', 'full_page_writes=off', 'max_connections=50', 'shared_buffers=64MB'];
  const server = await startServer({
    folder,
    command: [
      ...[path.join(BIN, 'postgres'), '-D', data, '-h', '127.0.0.1', '-p', String(port), '-k', folder],
      ...settings.flatMap((setting) => ['-c', setting]),
    ],
    signal: 'QUIT',
    ...(account === undefined ? {} : { account }),
    ready: async () => {
      await execute(url, 'SELECT 1');
      return true;
    },
  });
  return { ...server, url };
}

/** Writes a connection as the URL that a country would give. A Unix socket's folder goes where libpq takes it too. */
export function urlOf({ host = '', port = 5432, user = '', password, database = '' }: ClientConfig): string {
  const socket = host.startsWith('/');
  const url = new URL(`postgresql://${socket ? 'localhost' : host}:${port}/${database}`);
  if (socket) url.searchParams.set('host', host);
  url.username = user;
  if (typeof password === 'string') url.password = password;
  return url.href;
}

let databases = 0;

/** Makes an empty database on the server and answers its URL. */
export async function freshDatabase(server: Pick<PostgresServer, 'url'>): Promise<string> {
  databases += 1;
  const url = new URL(server.url);
  const name = `t${process.pid}_${databases}`;
  await execute(server.url, `CREATE DATABASE ${name}`);
  url.pathname = `/${name}`;
  return url.href;
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new Client(url);
  await client.connect();
  await client.query(statement).finally(() => client.end());
}
