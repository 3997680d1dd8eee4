// While one process serves the stores, others work on them through it: one at a time, and nothing of it is lost when a
// guest is killed.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Refused } from '../../src/faults/fault.ts';
import { performRun } from '../../src/stores/run.ts';
import { doorFile, share } from '../../src/stores/share.ts';
import { openStore, type ServedStore, serveStore } from '../../src/stores/store.ts';
import { embeddedDatabase } from '../servers/embedded.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'ceir-share-'));
let host: ServedStore;
before(async () => {
  host = await serveStore({ folder, registry: await embeddedDatabase() });
});
after(async () => {
  await host.close();
  rmSync(folder, { recursive: true, force: true });
});

test('a guest works on both stores of whoever serves the folder, without naming them', async () => {
  const guest = await openStore({ folder });
  await performRun(guest, { verb: 'import', kind: 'barred_imei' }, async (work) => {
    const table = await work.stage('barred');
    const sql = (source: string): string =>
      `INSERT INTO ${table} (imei, valid_from, recorded) SELECT toUInt64(line), toDate('2026-10-01'), ${work.number} FROM ${source}`;
    await guest.analytics.home.feed(sql, Buffer.from('35209900176148\n49015420323751\n'));
    return { moves: [{ table: 'barred', partition: 'tuple()', from: table }], result: {} };
  });
  await guest.close();
  const rows = await host.analytics.home.query<{ n: string }>('SELECT count() AS n FROM barred');
  assert.deepEqual(rows, [{ n: '2' }]);
});

test('a guest reads streams, and may leave one before its end', async () => {
  const guest = await openStore({ folder });
  let bytes = 0;
  for await (const chunk of guest.analytics.home.stream('SELECT number FROM numbers(500000)', 'RowBinary'))
    bytes += chunk.length;
  assert.equal(bytes, 4_000_000);
  for await (const chunk of guest.analytics.home.stream('SELECT number FROM numbers(50000000)', 'RowBinary')) {
    assert.ok(chunk.length > 0);
    break;
  }
  const [row] = await guest.analytics.home.query<{ one: number }>('SELECT 1 AS one');
  assert.deepEqual(row, { one: 1 }, 'the engine is free again');
  await guest.close();
});

test('streams and statements of many at once each have their whole answer', async () => {
  const guest = await openStore({ folder });
  const lengthOf = async (sql: string): Promise<number> => {
    let bytes = 0;
    for await (const chunk of guest.analytics.home.stream(sql, 'RowBinary')) bytes += chunk.length;
    return bytes;
  };
  const answers = await Promise.all([
    lengthOf('SELECT number FROM numbers(300000)'),
    host.analytics.home.query<{ n: string }>('SELECT count() AS n FROM numbers(1000)'),
    lengthOf('SELECT number FROM numbers(200000)'),
    guest.analytics.home.query<{ n: string }>('SELECT count() AS n FROM numbers(2000)'),
  ]);
  assert.deepEqual(answers, [2_400_000, [{ n: '1000' }], 1_600_000, [{ n: '2000' }]]);
  await guest.close();
});

test('an error of the engine reaches the guest with its number', async () => {
  const guest = await openStore({ folder });
  await assert.rejects(guest.analytics.home.run('SELECT * FROM nowhere'), { name: 'EngineError', engineCode: 60 });
  await guest.close();
});

test('one works at a time: guests wait for the host’s work, and for one another', async () => {
  const order: string[] = [];
  let done = (): void => undefined;
  const working = host.work(
    () =>
      new Promise<void>((resolve) => {
        order.push('host begins');
        done = () => {
          order.push('host ends');
          resolve();
        };
      }),
  );
  while (order.length === 0) await new Promise((resolve) => setImmediate(resolve));
  const guest = openStore({
    folder,
    waiting: () => {
      order.push('guest waits');
      done();
    },
  });
  await (await guest).close();
  await working;
  assert.deepEqual(order, ['host begins', 'guest waits', 'host ends']);
});

test('what a guest that was killed left half done is undone by the next worker', async () => {
  await host.registry.query(`INSERT INTO run (verb) VALUES ('import')`);
  await host.analytics.home.run('CREATE TABLE staging_999_stolen (imei UInt64) ENGINE = MergeTree ORDER BY imei');
  await (await openStore({ folder })).close();
  const runs = await host.registry.query<{ status: string }>('SELECT status FROM run ORDER BY number DESC LIMIT 1');
  const tables = await host.analytics.home.query(`SELECT name FROM system.tables WHERE startsWith(name, 'staging_')`);
  assert.deepEqual([runs, tables], [[{ status: 'undone' }], []]);
});

test('what a transaction tells is heard, again after the connection was lost', async () => {
  let count = 0;
  let met = (): void => undefined;
  const heard = host.listen('somebody', () => {
    count += 1;
    met();
  });
  const next = (): Promise<void> =>
    new Promise((resolve) => {
      met = resolve;
    });
  await next();
  for (const before of [1, 2]) {
    const coming = next();
    await host.registry.query(before === 1 ? 'NOTIFY somebody' : TERMINATE);
    await coming;
    assert.equal(count, before + 1);
  }
  await heard.close();
});

test('nobody gets in without the token, which only the owner of the folder can read', async () => {
  const door = JSON.parse(await readFile(doorFile(folder), 'utf8')) as { socket: string };
  const answered = await new Promise<number>((resolve) => {
    const socket = net.connect(door.socket, () => socket.write(Buffer.from([0, 0, 0, 4, 255, 15, 73, 2])));
    let bytes = 0;
    socket.on('data', (chunk) => {
      bytes += chunk.length;
    });
    socket.on('close', () => resolve(bytes));
  });
  assert.equal(answered, 0);
});

/** Ends the connection that listens, as a restart of the server would. */
const TERMINATE = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE query LIKE 'LISTEN%' AND pid != pg_backend_pid() AND datname = current_database()`;

const refusedBy = (code: string) => (error: unknown) => error instanceof Refused && error.faults[0]?.code === code;

test('a folder is served once', async () => {
  await assert.rejects(serveStore({ folder }), refusedBy('STORE_SERVED'));
});

test('a guest of another version is turned away', async () => {
  const other = mkdtempSync(path.join(tmpdir(), 'ceir-other-'));
  const shared = await share(other, { engine: undefined, welcome: { version: '0.0.1', connection: {} } });
  await assert.rejects(openStore({ folder: other }), refusedBy('STORE_VERSION'));
  await shared.close();
  rmSync(other, { recursive: true, force: true });
});

test('a door that a killed server left leads nowhere, and the folder can be opened', async () => {
  const left = mkdtempSync(path.join(tmpdir(), 'ceir-left-'));
  await writeFile(doorFile(left), JSON.stringify({ socket: '\0openceir-nobody', token: 'x' }));
  const store = await openStore({ folder: left, registry: await embeddedDatabase() });
  await store.close();
  rmSync(left, { recursive: true, force: true });
});
