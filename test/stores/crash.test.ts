import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { performRun } from '../../src/stores/run.ts';
import { openStore } from '../../src/stores/store.ts';
import { embeddedDatabase } from '../servers/embedded.ts';
import { killRound, prepareKilling } from './killing.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'ceir-crash-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const ROUNDS = 8;

test('killed at any moment, a run is whole or absent and a new one succeeds', async (t) => {
  const killing = prepareKilling(path.join(folder, 'killing'));
  const seen: string[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    // The moments differ from run to run on purpose; a failure names its own.
    const afterMs = 600 + Math.floor(Math.random() * 3000);
    const { acknowledged, verb } = await killRound(killing, round, afterMs);
    seen.push(`${verb} ${afterMs} ms ${acknowledged ? 'acknowledged' : 'cut'}`);
  }
  t.diagnostic(seen.join(', '));
  const last = await killRound(killing, ROUNDS, 120_000);
  assert.ok(last.acknowledged, 'left alone, the command succeeds');
});

test('a run cut between its point of no return and its moves is completed, an earlier one undone', async () => {
  const places = { folder: path.join(folder, 'cut'), registry: await embeddedDatabase() };
  const first = await openStore(places);
  const staging = 'staging_77_barred';
  const { home } = first.analytics;
  await home.run(`CREATE TABLE ${staging} AS barred`);
  await home.run(`INSERT INTO ${staging} VALUES (35000000000001, '2026-01-01', '2149-06-06', 1, 0)`);
  await home.run('CREATE TABLE staging_78_stolen AS stolen');
  const moves = JSON.stringify([{ table: 'barred', partition: 'tuple()', from: staging }]);
  await first.registry.query(`INSERT INTO run (verb, status, moves) VALUES ('import', 'publishing', $1)`, [moves]);
  await first.registry.query(`INSERT INTO run (verb, status) VALUES ('import', 'running')`);
  await first.close();
  const second = await openStore(places);
  assert.deepEqual(await second.analytics.home.query('SELECT imei FROM barred'), [{ imei: '35000000000001' }]);
  const runs = await second.registry.query('SELECT status FROM run ORDER BY number');
  assert.deepEqual(runs, [{ status: 'done' }, { status: 'undone' }]);
  assert.deepEqual(
    await second.analytics.home.query(`SELECT name FROM system.tables WHERE startsWith(name, 'staging_')`),
    [],
  );
  await second.close();
});

test('a run that fails leaves nothing, and says so in the ledger', async () => {
  const store = await openStore({ folder: path.join(folder, 'fails'), registry: await embeddedDatabase() });
  const act = performRun(store, { verb: 'import' }, async (work) => {
    const staging = await work.stage('barred');
    await store.analytics.home.run(`INSERT INTO ${staging} VALUES (1, '2026-01-01', '2149-06-06', 1, 0)`);
    throw new Error('as planned');
  });
  await assert.rejects(act, /as planned/);
  assert.deepEqual(await store.registry.query('SELECT status FROM run'), [{ status: 'failed' }]);
  assert.deepEqual(await store.analytics.home.query('SELECT * FROM barred'), []);
  assert.deepEqual(
    await store.analytics.home.query(`SELECT name FROM system.tables WHERE startsWith(name, 'staging_')`),
    [],
  );
  await store.close();
});

test('a second owner of a folder waits, with a word, until the first is gone', async () => {
  const places = { folder: path.join(folder, 'owned'), registry: await embeddedDatabase() };
  const first = await openStore(places);
  let [told, opened] = [0, false];
  const second = openStore({ ...places, registry: await embeddedDatabase(), waiting: () => (told += 1) }).then(
    (store) => {
      opened = true;
      return store;
    },
  );
  await first.registry.query('SELECT pg_sleep(0.5)');
  assert.deepEqual([told, opened], [1, false]);
  await first.close();
  await (await second).close();
  assert.deepEqual([told, opened], [1, true]);
});
