// What the machine may do to a command: a full disk, files that change or never end, others on the same data, an end in
// the middle. Nothing may be half done, and nothing lost.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  statfsSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import os, { tmpdir } from 'node:os';
import path from 'node:path';
import { before, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { openStore } from '../../src/stores/store.ts';
import { answerOf, COUNTRY, ceir, faultsOf, folderOf, operatorRows, type Running, start, writeFeed } from './ceir.ts';
import { naming, type Process, peakOf, survivors, tree } from './processes.ts';

const linux = process.platform === 'linux' ? false : 'NOT RUN: it looks at processes as Linux shows them';
const folder = folderOf('machine');
const data = path.join(folder, 'data');
const ROWS = 300_000;
let large = '';
before(() => {
  writeFileSync(path.join(folder, 'country.yaml'), COUNTRY);
  large = writeFeed(folder, 'large', operatorRows(ROWS));
});

const importOf = (file: string, operator: string, into = data): readonly string[] => [
  'import',
  'operator',
  file,
  '--operator',
  operator,
  '--data',
  into,
  '--json',
];

type Held = {
  /** Rows of triplets, by operator. */
  readonly triplets: Readonly<Record<string, number>>;
  readonly runs: readonly string[];
  readonly staging: readonly unknown[];
};

/** What a data folder holds once it is opened. */
async function held(of: string): Promise<Held> {
  const store = await openStore({ folder: of });
  try {
    const counts = 'SELECT operator, count() AS count FROM triplet GROUP BY operator ORDER BY operator';
    const rows = await store.analytics.home.query<{ operator: string; count: string }>(counts);
    const runs = await store.registry.query<{ status: string }>('SELECT status FROM run ORDER BY number');
    const staging = `SELECT name FROM system.tables WHERE database = currentDatabase() AND startsWith(name, 'staging_')`;
    return {
      triplets: Object.fromEntries(rows.map(({ operator, count }) => [operator, Number(count)])),
      runs: runs.map(({ status }) => status),
      staging: await store.analytics.home.query(staging),
    };
  } finally {
    await store.close();
  }
}

/** Waits until a command is in the middle of reading; gives its processes. */
async function amidImport(running: Running, into: string): Promise<readonly Process[]> {
  const blocks = path.join(into, 'analytics', 'blocks');
  const reads = (): boolean => {
    try {
      return readdirSync(blocks).length > 0;
    } catch {
      return false; // not there yet
    }
  };
  while (running.child.exitCode === null && !reads()) await wait(5);
  const processes = tree(running.pid);
  assert.ok(
    processes.some(({ command }) => command.includes('engine.js')),
    'the engine is at work',
  );
  assert.ok(
    processes.some(({ command }) => /\bpostgres\b.* -D /.test(command)),
    'the registry is at work',
  );
  return processes;
}

/** Mounts a file system of its own in memory, so that the disk of the machine need not be filled. */
function mountSmall(at: string, megabytes: number): string | false {
  if (process.getuid?.() !== 0) return 'NOT RUN: only root can mount a small file system to fill';
  try {
    mkdirSync(at, { mode: 0o755 });
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', at], { stdio: 'pipe' });
    return false;
  } catch {
    return 'NOT RUN: this machine lets nobody mount a small file system to fill';
  }
}

test('a full disk refuses a command and nothing is kept; with space, the same command succeeds', async (t) => {
  const disk = path.join(folder, 'disk');
  const reason = mountSmall(disk, 50);
  if (reason !== false) return t.skip(reason);
  t.after(() => execFileSync('umount', [disk]));
  const small = path.join(disk, 'data');
  const resize = (kilobytes: number) => execFileSync('mount', ['-o', `remount,size=${kilobytes}k`, disk]);
  const used = (): number => {
    const { blocks, bfree, bsize } = statfsSync(disk);
    return ((blocks - bfree) * bsize) / 1024;
  };
  const words = importOf(large, 'alfa', small);
  const [block] = faultsOf(await ceir(words, { cwd: folder }));
  assert.equal(block?.code, 'STORE_DISK_FULL', 'no space for the text');
  resize(used() + 24 * 1024);
  const [table] = faultsOf(await ceir(words, { cwd: folder }));
  assert.equal(table?.code, 'STORE_DISK_FULL', 'no space for the rows');
  resize(used());
  const [opening] = faultsOf(await ceir(words, { cwd: folder }));
  assert.equal(opening?.code, 'STORE_DISK_FULL', 'no space to open the stores');
  resize(300 * 1024);
  assert.equal(answerOf(await ceir(words, { cwd: folder }))['imported'], ROWS);
  assert.deepEqual(await held(small), { triplets: { alfa: ROWS }, runs: ['failed', 'failed', 'done'], staging: [] });
});

test('of two commands at once on one data folder the second waits, with a word, and then succeeds', async () => {
  const second = writeFeed(folder, 'second', operatorRows(1000, 0, '02'));
  const both = await Promise.all([
    ceir(importOf(large, 'alfa'), { cwd: folder }),
    ceir(importOf(second, 'beta'), { cwd: folder }),
  ]);
  assert.deepEqual(
    both.map((said) => answerOf(said)['imported']),
    [ROWS, 1000],
  );
  const words = both.map(({ err }) => err).filter((err) => err !== '');
  assert.deepEqual(words, ['{"waiting":"Another ceir works on this data folder; waiting until it is done …"}\n']);
  assert.deepEqual(await held(data), { triplets: { alfa: ROWS, beta: 1000 }, runs: ['done', 'done'], staging: [] });
});

test('a file that grows while it is read is refused', async () => {
  const file = path.join(folder, 'growing_20260901_20260930.csv');
  writeFileSync(file, operatorRows(ROWS, 0, '02'));
  const running = start(importOf(file, 'beta'), { cwd: folder });
  let over = false;
  const said = running.said.finally(() => {
    over = true;
  });
  for (let n = 0; !over; n += 1) {
    appendFileSync(file, operatorRows(1, ROWS + n, '02').split('\n')[1] ?? '');
    await wait(10);
  }
  const [fault] = faultsOf(await said);
  assert.deepEqual([fault?.code, fault?.file], ['FILE_CHANGED', file]);
});

for (const [name, end] of [
  ['Ctrl-C', (pid: number) => process.kill(-pid, 'SIGINT')], // the terminal tells the whole group
  ['kill -9', (pid: number) => process.kill(pid, 'SIGKILL')],
] as const) {
  test(`${name} in the middle of an import ends all its processes, and another command can begin at once`, {
    skip: linux,
  }, async () => {
    const words = importOf(writeFeed(folder, 'cut', operatorRows(2 * ROWS, ROWS, '02')), 'beta');
    const running = start(words, { cwd: folder });
    const processes = await amidImport(running, data);
    end(running.pid);
    const said = await running.said;
    assert.ok(said.code !== 0 && said.out === '', 'it did not succeed');
    const again = ceir([...words, '--dry-run'], { cwd: folder });
    assert.equal(answerOf(await again)['imported'], 2 * ROWS);
    assert.deepEqual(await survivors(processes), []);
    assert.deepEqual(await survivors(naming(data)), []);
    const { triplets, runs, staging } = await held(data);
    assert.deepEqual([triplets, runs.at(-1), staging], [{ alfa: ROWS, beta: 1000 }, 'undone', []]);
  });
}

const GIB = 2 ** 30;

/** A place with room for a large file: memory where there is much of it, else the disk. */
function roomFor(bytes: number): string | undefined {
  const free = (of: string): number => {
    try {
      const { bavail, bsize } = statfsSync(of);
      return bavail * bsize;
    } catch {
      return 0;
    }
  };
  if (os.freemem() > bytes + 4 * GIB && free('/dev/shm') > bytes + GIB) return '/dev/shm';
  return free(tmpdir()) > bytes + GIB ? folder : undefined;
}

function writeLongLine(file: string, bytes: number): void {
  const part = Buffer.alloc(64 << 20, 'x');
  const target = openSync(file, 'w');
  writeSync(target, operatorRows(1000, 5_000_000));
  for (let written = 0; written < bytes; written += part.length) writeSync(target, part);
  writeSync(target, `\n${operatorRows(1000, 6_000_000).replace(/^.*\n/, '')}`);
  closeSync(target);
}

test('a line of two gigabytes is put aside like any other that is none, in bounded memory', {
  skip: linux,
}, async (t) => {
  const place = roomFor(2 * GIB);
  if (place === undefined) return t.skip('NOT RUN: there is no room for a file of two gigabytes');
  const file = path.join(place, `ceir-${process.pid}-long_20260901_20260930.csv`);
  t.after(() => rmSync(file, { force: true }));
  writeLongLine(file, 2 * GIB);
  const running = start(importOf(file, 'alfa'), { cwd: folder });
  const peaks = new Map<number, number>();
  let over = false;
  const said = running.said.finally(() => {
    over = true;
  });
  for (; !over; await wait(100))
    for (const one of tree(running.pid)) peaks.set(one.pid, Math.max(peakOf(one), peaks.get(one.pid) ?? 0));
  const { rows, imported, quarantined, reasons } = answerOf(await said);
  rmSync(file);
  assert.deepEqual([rows, imported, quarantined], [2001, 2000, 1]);
  assert.match(JSON.stringify(reasons), /long/);
  const peak = [...peaks.values()].reduce((sum, one) => sum + one, 0);
  t.diagnostic(`peak memory of all processes: ${Math.round(peak / 2 ** 20)} MiB`);
  assert.ok(peak > 0 && peak < 1.5 * GIB, `${peak} bytes`);
});
