import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import type { Shard } from '../../src/stores/analytics.ts';
import { performRun } from '../../src/stores/run.ts';
import { openStore, type Store } from '../../src/stores/store.ts';
import { embeddedDatabase } from '../servers/embedded.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'ceir-undo-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** The same store, whose engine refuses statements that begin so, as on a full disk. */
function failing(store: Store, begin: string): Store {
  const { home } = store.analytics;
  const shard: Shard = {
    ...home,
    run: (sql) => (sql.startsWith(begin) ? Promise.reject(new Error('no space, as planned')) : home.run(sql)),
  };
  return { ...store, analytics: { ...store.analytics, home: shard, shards: [shard] } };
}

const importOne = (store: Store): Promise<unknown> =>
  performRun(store, { verb: 'import' }, async (work) => {
    const staging = await work.stage('barred');
    await store.analytics.home.run(`INSERT INTO ${staging} VALUES (35000000000001, '2026-01-01', '2149-06-06', 1, 0)`);
    return { moves: [{ table: 'barred', partition: 'tuple()', from: staging }], result: {} };
  });

const barred = (store: Store) => store.analytics.home.query('SELECT imei FROM barred');
const statuses = async (store: Store) =>
  (await store.registry.query<{ status: string }>('SELECT status FROM run ORDER BY number')).map(
    ({ status }) => status,
  );

test('a run that fails behind its point of no return is completed by the next opening, not lost', async () => {
  const places = { folder: path.join(folder, 'moves'), registry: await embeddedDatabase() };
  const first = await openStore(places);
  await assert.rejects(importOne(failing(first, 'ALTER TABLE barred REPLACE')), /as planned/);
  assert.deepEqual([await barred(first), await statuses(first)], [[], ['publishing']]);
  await first.close();
  const second = await openStore(places);
  assert.deepEqual([await barred(second), await statuses(second)], [[{ imei: '35000000000001' }], ['done']]);
  await second.close();
});

test('a run whose undoing fails too tells its own reason, and the next opening undoes it', async () => {
  const places = { folder: path.join(folder, 'undoing'), registry: await embeddedDatabase() };
  const first = await openStore(places);
  const registry = { ...first.registry, query: () => Promise.reject(new Error('another reason')) };
  await assert.rejects(importOne(failing({ ...first, registry }, 'INSERT INTO staging')), /as planned/);
  await first.close();
  const second = await openStore(places);
  assert.deepEqual([await barred(second), await statuses(second)], [[], ['undone']]);
  const staging = `SELECT name FROM system.tables WHERE database = currentDatabase() AND startsWith(name, 'staging_')`;
  assert.deepEqual(await second.analytics.home.query(staging), []);
  await second.close();
});
