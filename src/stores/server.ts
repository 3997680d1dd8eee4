import { Readable } from 'node:stream';
import { type ClickHouseClient, ClickHouseError, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { type Analytics, analyticsOf, type Block, type Row, type Shard } from './analytics.ts';
import type { MemoryPlan } from './memory.ts';
import { EngineError } from './protocol.ts';
import { settings } from './settings.ts';

const HOUR_MS = 3_600_000;

/** The engine's error as ours, by its number; anything else is a lost connection and passes as it is. */
const translated = (error: unknown): unknown =>
  error instanceof ClickHouseError ? new EngineError(`${error.type}: ${error.message}`, Number(error.code)) : error;

const guarded = async <T>(act: () => Promise<T>): Promise<T> => {
  try {
    return await act();
  } catch (error) {
    throw translated(error);
  }
};

const literals = (plan: MemoryPlan): Record<string, string> =>
  Object.fromEntries(Object.entries(settings(plan)).map(([name, value]) => [name, value.replaceAll("'", '')]));

function connect(url: URL, database: string | undefined, plan: MemoryPlan): ClickHouseClient {
  return createClient({
    url: url.origin,
    username: decodeURIComponent(url.username) || 'default',
    password: decodeURIComponent(url.password),
    ...(database === undefined ? {} : { database }),
    request_timeout: 6 * HOUR_MS,
    log: { level: ClickHouseLogLevel.OFF }, // its messages quote rows
    clickhouse_settings: {
      ...literals(plan),
      send_progress_in_http_headers: 1,
      http_headers_progress_interval_ms: '20000',
      wait_end_of_query: 1,
    },
  });
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

async function drained(client: ClickHouseClient, query: string, body: AsyncIterable<Buffer>): Promise<void> {
  const { stream } = await client.exec({ query, values: Readable.from(body, { objectMode: false }) });
  stream.resume();
  await new Promise<void>((resolve, reject) => stream.on('end', resolve).on('error', reject));
}

const shardOver = (client: ClickHouseClient, number: number): Shard => ({
  number,
  run: (sql) =>
    guarded(async () => {
      await client.command({ query: sql });
    }),
  query: <T extends Row>(sql: string) =>
    guarded(async () => (await client.query({ query: sql, format: 'JSONEachRow' })).json<T>()),
  stream: async function* (sql, format) {
    try {
      const query = `${sql} FORMAT ${format}`;
      const { stream } = await client.exec({ query, clickhouse_settings: { wait_end_of_query: 0 } });
      for await (const chunk of stream) yield chunk as Buffer;
    } catch (error) {
      throw translated(error);
    }
  },
  feed: (sql, lines) =>
    guarded(() => drained(client, `${sql(`input('line String')`)} FORMAT LineAsString`, once(lines))),
  feedAll: async (table, blocks, settings) => {
    const ordered = ['max_threads = 1', 'input_format_parallel_parsing = 0', ...(settings === '' ? [] : [settings])];
    const sql = ({ select }: Block): string =>
      `INSERT INTO ${table} ${select(`input('line String')`)} SETTINGS ${ordered.join(', ')} FORMAT LineAsString`;
    await guarded(() =>
      Promise.all(blocks.map((block) => drained(client, sql(block), once(block.lines)).finally(block.release))),
    );
  },
  load: (table, format, body) => guarded(() => drained(client, `INSERT INTO ${table} FORMAT ${format}`, body)),
});

/** A server's database is the URL's path; `ceir` where it names none. */
const databaseOf = (url: URL): string => url.pathname.replaceAll('/', '') || 'ceir';

/**
 * Opens the analytics store on ClickHouse servers: one URL a shard, separated by commas, each
 * `http[s]://user:password@host:port/database`. The order of the URLs is the order of the shards and must not change.
 * @throws when a server does not answer.
 */
export async function openServers(urls: string, plan: MemoryPlan): Promise<Analytics> {
  const parsed = urls.split(',').map((url) => new URL(url));
  const clients: ClickHouseClient[] = [];
  for (const url of parsed) {
    const database = databaseOf(url);
    const first = connect(url, undefined, plan);
    await guarded(() => first.command({ query: `CREATE DATABASE IF NOT EXISTS ${database} ENGINE = Atomic` }));
    await first.close();
    clients.push(connect(url, database, plan));
  }
  const [home, ...others] = clients.map(shardOver);
  if (home === undefined) throw new Error('no analytics server is named');
  const place = parsed.map((url) => `${url.host}/${databaseOf(url)}`).join(', ');
  return analyticsOf([home, ...others], place, async () => {
    for (const client of clients) await client.close();
  });
}
