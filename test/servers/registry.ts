// Run as a process of its own by embedded.ts, so that the server does not keep the tests' process alive: starts the
// product's embedded PostgreSQL in the folder given and writes its URL to the file `url` there.
import { rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { startPostgres } from '../../src/stores/postgres.ts';
import { urlOf } from './postgres.ts';

const [folder = '.'] = process.argv.slice(2);
const { connection, stop } = await startPostgres(path.join(folder, 'registry'));
setInterval(() => undefined, 2 ** 30); // a server keeps no process alive
process.once('SIGTERM', async () => {
  await stop();
  process.exit();
});
const file = path.join(folder, 'url');
await writeFile(`${file}.new`, urlOf(connection), { mode: 0o600 });
await rename(`${file}.new`, file);
