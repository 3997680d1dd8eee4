import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { Client } from 'pg';
import { embeddedDatabase, embeddedPostgres } from './embedded.ts';
import { freshDatabase, type PostgresServer, startPostgres15, withoutPostgres15 } from './postgres.ts';

async function ask(url: string, query: string): Promise<unknown> {
  const client = new Client(url);
  await client.connect();
  const answer = await client.query({ text: query, rowMode: 'array' }).finally(() => client.end());
  return answer.rows[0]?.[0];
}

suite('the embedded PostgreSQL of the tests', () => {
  test('is one, of version 18, and gives every test a database of its own', async () => {
    const urls = [await embeddedDatabase(), await embeddedDatabase()] as const;
    assert.equal(await embeddedPostgres(), await embeddedPostgres());
    assert.match(String(await ask(urls[0], 'SHOW server_version')), /^18\./);
    await ask(urls[0], 'CREATE TABLE mine (id int)');
    assert.equal(await ask(urls[0], "SELECT to_regclass('mine')"), 'mine');
    assert.equal(await ask(urls[1], "SELECT to_regclass('mine')"), null);
  });
});

suite("Debian's PostgreSQL 15", { skip: withoutPostgres15 }, () => {
  let server: PostgresServer;
  before(async () => {
    server = await startPostgres15();
  });
  after(() => server.stop());

  test('is of version 15 and has fresh databases too', async () => {
    const url = await freshDatabase(server);
    assert.match(String(await ask(url, 'SHOW server_version')), /^15\./);
    assert.equal(await ask(url, 'SELECT count(*)::int FROM pg_stat_user_tables'), 0);
  });

  test('is gone after its end', async () => {
    const short = await startPostgres15();
    await short.stop();
    await assert.rejects(ask(short.url, 'SELECT 1'), { code: 'ECONNREFUSED' });
  });
});
