import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { after, before, suite, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { type ClickHouseClient, ClickHouseError, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { type ClickHouseServers, startClickHouse } from './clickhouse.ts';

const INSERT = `INSERT INTO sightings SELECT toUInt64(substring(line, 1, 14)), substring(line, 16)
  FROM input('line String') FORMAT LineAsString`;

suite('a real ClickHouse server, as the client drives it', () => {
  let servers: ClickHouseServers;
  let clients: readonly ClickHouseClient[];
  const shard = (index: number): ClickHouseClient => {
    const client = clients[index];
    assert.ok(client !== undefined);
    return client;
  };
  const insert = async (body: Readable, headers: Record<string, string> = {}): Promise<string | undefined> => {
    const result = await shard(0).exec({ query: INSERT, values: body, http_headers: headers });
    assert.equal(await text(result.stream), '');
    return result.summary?.written_rows;
  };
  const bytes = (...chunks: readonly (string | Buffer)[]): Readable =>
    Readable.from(
      chunks.map((chunk) => Buffer.from(chunk)),
      { objectMode: false },
    );

  before(async () => {
    servers = await startClickHouse({ shards: 2 });
    clients = servers.urls.map((url) =>
      createClient({ url, database: 'trial', log: { level: ClickHouseLogLevel.OFF } }),
    );
    for (const [index, client] of clients.entries()) {
      const bare = createClient({ url: servers.urls[index] ?? '', log: { level: ClickHouseLogLevel.OFF } });
      await bare.command({ query: 'CREATE DATABASE trial ENGINE = Atomic' });
      await bare.close();
      await client.command({
        query: 'CREATE TABLE sightings (imei UInt64, rest String) ENGINE = MergeTree ORDER BY imei',
      });
    }
  });
  after(async () => {
    await Promise.all(clients.map((client) => client.close()));
    await servers.stop();
  });

  test('lines stream in, cut anywhere, and rows come out', async () => {
    assert.equal(await insert(bytes('35000000000001,a"\n350000', '00000002,b\n')), '2');
    const rows = await shard(0).query({
      query: 'SELECT imei, rest FROM sightings ORDER BY imei',
      format: 'JSONEachRow',
    });
    assert.deepEqual(await rows.json(), [
      { imei: 35000000000001, rest: 'a"' },
      { imei: 35000000000002, rest: 'b' },
    ]);
  });

  test('a compressed body is taken as it is', async () => {
    const body = gzipSync('35000000000003,c\n');
    assert.equal(await insert(bytes(body), { 'Content-Encoding': 'gzip' }), '1');
  });

  test('results stream out as text and as bytes', async () => {
    const csv = await shard(0).exec({ query: 'SELECT number, toString(number) FROM numbers(2) FORMAT CSV' });
    assert.equal(await text(csv.stream), '0,"0"\n1,"1"\n');
    const binary = await shard(0).exec({ query: 'SELECT toUInt64(number) FROM numbers(2) FORMAT RowBinary' });
    const row = await buffer(binary.stream);
    assert.deepEqual([row.readBigUInt64LE(0), row.readBigUInt64LE(8), row.length], [0n, 1n, 16]);
  });

  test('an insert that the engine or the source breaks is an error, and leaves no row of its block', async () => {
    const count = async (): Promise<unknown> =>
      (await shard(0).query({ query: 'SELECT count() FROM sightings', format: 'JSONCompactEachRow' })).json();
    const before = await count();
    await assert.rejects(insert(bytes('35000000000004,d\nno number,e\n')), ClickHouseError);
    const broken = async function* (): AsyncGenerator<Buffer> {
      yield Buffer.from('35000000000005,f\n');
      throw new Error('the source broke');
    };
    await assert.rejects(insert(Readable.from(broken(), { objectMode: false })), /the source broke/);
    assert.deepEqual(await count(), before);
  });

  test('a result that the engine breaks off is an error, never a short answer', async () => {
    const broken = await shard(0).exec({ query: 'SELECT throwIf(number = 3000000) FROM numbers(4000000) FORMAT CSV' });
    await assert.rejects(buffer(broken.stream));
  });

  test('staged tables are exchanged as wholes, and the other shard has a store of its own', async () => {
    const client = shard(1);
    await client.command({ query: 'CREATE TABLE staged AS sightings' });
    await client.command({ query: "INSERT INTO staged VALUES (1, 'new')" });
    await client.command({ query: 'EXCHANGE TABLES staged AND sightings' });
    const rows = await client.query({ query: 'SELECT imei, rest FROM sightings', format: 'JSONEachRow' });
    assert.deepEqual(await rows.json(), [{ imei: 1, rest: 'new' }]);
  });
});
