import { chmod, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { freshDatabase, type PostgresServer } from './postgres.ts';
import { serverFolder, startServer } from './process.ts';

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
  const program = fileURLToPath(new URL('registry.ts', import.meta.url));
  let url = '';
  const started = await startServer({
    folder,
    command: [process.execPath, '--import', import.meta.resolve('tsx'), program, folder],
    signal: 'TERM',
    ready: async () => {
      url = await readFile(path.join(folder, 'url'), 'utf8');
      return true;
    },
  });
  return { ...started, url };
}
