import pg from 'pg';
import { openRegistry, type Registry } from '../src/stores/registry.ts';
import { embeddedPostgres } from './servers/embedded.ts';
import { freshDatabase, type PostgresServer } from './servers/postgres.ts';

const templates = new Map<string, Promise<string>>();

/** An empty register's registry, brought to the newest schema once and copied from then on. It keeps no process alive. */
export async function freshRegistry(server?: Pick<PostgresServer, 'url'>): Promise<Registry> {
  const on = server ?? (await embeddedPostgres());
  const template = templates.get(on.url) ?? migrated(on);
  templates.set(on.url, template);
  return openRegistry({
    connectionString: await copied(on, await template),
    allowExitOnIdle: true,
    idleTimeoutMillis: 1000, // many files use one server
  });
}

async function migrated(on: Pick<PostgresServer, 'url'>): Promise<string> {
  const url = await freshDatabase(on);
  await (await openRegistry({ connectionString: url })).close();
  return new URL(url).pathname.slice(1);
}

let copies = 0;

async function copied(on: Pick<PostgresServer, 'url'>, template: string): Promise<string> {
  copies += 1;
  const name = `c${process.pid}_${copies}`;
  const client = new pg.Client(on.url);
  await client.connect();
  await client.query(`CREATE DATABASE ${name} TEMPLATE ${template}`).finally(() => client.end());
  const url = new URL(on.url);
  url.pathname = `/${name}`;
  return url.href;
}
