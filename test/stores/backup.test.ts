// A backup is taken while the register works, and brings it back as it was then, or with the archive as it was at a later
// moment.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { appendFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { Refused } from '../../src/faults/fault.ts';
import { backUp } from '../../src/stores/backup.ts';
import { restore } from '../../src/stores/restore.ts';
import { performRun } from '../../src/stores/run.ts';
import { openStore, type ServedStore, type Store, serveStore } from '../../src/stores/store.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'ceir-backup-'));
const place = (name: string): string => path.join(folder, name);
let store: ServedStore;
let between: Date;

const remember = (at: Store, word: string): Promise<unknown> =>
  at.registry.query(`INSERT INTO country_file (hash, text) VALUES ($1, $1)`, [word]);

const words = async (at: Store): Promise<readonly string[]> =>
  (await at.registry.query<{ hash: string }>('SELECT hash FROM country_file ORDER BY hash')).map(({ hash }) => hash);

const barred = async (at: Store): Promise<number> =>
  Number((await at.analytics.home.query<{ n: string }>('SELECT count() AS n FROM barred'))[0]?.n);

const bar = (at: Store, imei: string): Promise<unknown> =>
  performRun(at, { verb: 'import', kind: 'barred_imei' }, async (work) => {
    const table = await work.stage('barred');
    await at.analytics.home.run(
      `INSERT INTO ${table} (imei, valid_from, recorded) SELECT imei, valid_from, recorded FROM barred`,
    );
    await at.analytics.home.run(
      `INSERT INTO ${table} (imei, valid_from, recorded) VALUES (${imei}, '2026-10-01', ${work.number})`,
    );
    return { moves: [{ table: 'barred', partition: 'tuple()', from: table }], result: {} };
  });

/** Waits until the log of all that was done is in the archive. */
async function archived(): Promise<void> {
  const [row] = await store.registry.query<{ name: string }>('SELECT pg_walfile_name(pg_switch_wal()) AS name');
  while (!(await readdir(place('archive'))).includes(row?.name ?? '')) await wait(50);
}

before(async () => {
  store = await serveStore({ folder: place('data'), archive: place('archive') });
  await remember(store, 'before');
  await store.work(() => bar(store, '35209900176148'));
  let over = false;
  const writing = (async () => {
    for (let n = 0; !over; n += 1) await remember(store, `meanwhile ${String(n).padStart(6, '0')}`);
  })();
  await store.work(() => backUp(store, { out: place('backup'), keys: place('keys'), now: new Date() }));
  over = true;
  await writing;
  await remember(store, 'x1');
  await store.work(() => bar(store, '49015420323751'));
  await wait(20); // commits are told apart by time, of which a Date has milliseconds
  const [row] = await store.registry.query<{ now: Date }>('SELECT clock_timestamp() AS now');
  between = row?.now ?? new Date(0);
  await wait(20);
  await remember(store, 'x2');
  await archived();
});
after(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const refusedBy = (code: string) => (error: unknown) => error instanceof Refused && error.faults[0]?.code === code;

test('a backup brings both stores back as they were, and work goes on', async () => {
  const restored = await restore({ backup: place('backup'), keys: place('keys'), folder: place('again') });
  assert.deepEqual(restored.undone, []);
  const again = await openStore({ folder: place('again') });
  const known = await words(again);
  assert.ok(known.includes('before'));
  const meanwhile = known.filter((word) => word.startsWith('meanwhile'));
  assert.deepEqual(
    meanwhile,
    (await words(store)).filter((word) => word.startsWith('meanwhile')).slice(0, meanwhile.length),
  );
  assert.deepEqual(
    known.filter((word) => word.startsWith('x')),
    [],
  );
  assert.equal(await barred(again), 1);
  await bar(again, '35209900176149');
  assert.equal(await barred(again), 2);
  await again.close();
});

test('with the archive the registry comes back to a moment since, and later runs are undone', async () => {
  const order = { backup: place('backup'), keys: place('keys'), archive: place('archive') };
  const restored = await restore({ ...order, folder: place('moment'), until: between });
  assert.equal(restored.undone.length, 1);
  const again = await openStore({ folder: place('moment') });
  const known = await words(again);
  assert.deepEqual([known.includes('x1'), known.includes('x2')], [true, false]);
  assert.deepEqual(
    known.filter((word) => word.startsWith('meanwhile')),
    (await words(store)).filter((word) => word.startsWith('meanwhile')),
  );
  assert.equal(await barred(again), 1);
  const [run] = await again.registry.query('SELECT status FROM run WHERE number = $1', [restored.undone[0]]);
  assert.deepEqual(run, { status: 'undone' });
  await again.close();
});

test('what is there is not written over, and keys must be there', async () => {
  const order = { backup: place('backup'), keys: place('keys'), folder: place('data') };
  await assert.rejects(restore(order), refusedBy('FILE_EXISTS'));
  await assert.rejects(restore({ ...order, keys: place('archive') }), refusedBy('BACKUP_KEYS'));
  await assert.rejects(
    store.work(() => backUp(store, { out: place('backup'), now: new Date() })),
    refusedBy('FILE_EXISTS'),
  );
});

test('a damaged backup is refused, with the file, and leaves no data folder', async () => {
  await appendFile(path.join(place('backup'), 'registry', 'PG_VERSION'), 'x');
  const order = { backup: place('backup'), keys: place('keys'), folder: place('broken') };
  await assert.rejects(restore(order), (error: unknown) => {
    return error instanceof Refused && /registry\/PG_VERSION was altered/.test(error.message);
  });
  await rm(path.join(place('backup'), 'manifest.json'));
  await assert.rejects(restore(order), refusedBy('BACKUP_DAMAGED'));
  assert.ok(!(await readdir(folder)).includes('broken'));
});
