import { chmod, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, type Server, serverFolder, startServer } from './process.ts';

/** Real ClickHouse servers, one per shard, reachable over HTTP. */
export type ClickHouseServers = {
  readonly urls: readonly string[];
  readonly stop: () => Promise<void>;
};

/** What the server may hold in memory altogether; a test that needs more says something about the product. */
const MEMORY_BYTES = 2_000_000_000;
const CONFIGURATION = `<clickhouse>
  <max_server_memory_usage>${MEMORY_BYTES}</max_server_memory_usage>
  <mark_cache_size>67108864</mark_cache_size>
</clickhouse>
`;
// The program ends with its query, so the query never ends.
const LISTEN = `SYSTEM START LISTEN HTTP;
SELECT sleepEachRow(3) FROM numbers(1000000)
SETTINGS max_block_size = 1, function_sleep_max_microseconds_per_block = 0 FORMAT Null`;

/** Starts `shards` separate servers (1 by default), each with a store of its own in a temporary folder. */
export async function startClickHouse({ shards = 1 } = {}): Promise<ClickHouseServers> {
  const started = await Promise.allSettled(Array.from({ length: shards }, startShard));
  const servers = started.flatMap((shard) => (shard.status === 'fulfilled' ? [shard.value] : []));
  const stop = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.stop()));
  };
  for (const shard of started) {
    if (shard.status === 'fulfilled') continue;
    await stop();
    throw shard.reason;
  }
  return { urls: servers.map((server) => server.url), stop };
}

async function startShard(): Promise<Server & { readonly url: string }> {
  const folder = await serverFolder('clickhouse');
  await chmod(folder, 0o700);
  const configuration = path.join(folder, 'server.xml');
  await writeFile(configuration, CONFIGURATION);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const program = [
    process.execPath,
    '--import',
    import.meta.resolve('tsx'),
    fileURLToPath(new URL('engine.ts', import.meta.url)),
    createRequire(createRequire(import.meta.url).resolve('chdb')).resolve('@chdb/lib-linux-x64-gnu/libchdb.so'),
  ];
  const engine = [
    'clickhouse-local',
    `--path=${path.join(folder, 'store')}`,
    `--config-file=${configuration}`,
    '--listen_host=127.0.0.1',
    `--http_port=${port}`,
    '--query',
    LISTEN,
  ];
  const ready = async (): Promise<boolean> => (await fetch(`${url}/ping`)).ok;
  const server = await startServer({ folder, command: [...program, ...engine], signal: 'KILL', ready });
  return { ...server, url };
}
