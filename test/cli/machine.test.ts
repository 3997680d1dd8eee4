// What the machine may do to a command: a full disk, files that change or never end, others on the same data. Nothing may be
// half done, and nothing lost.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import os, { tmpdir } from 'node:os';
import path from 'node:path';
import { before, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { answerOf, COUNTRY, ceir, faultsOf, folderOf, operatorRows, start, writeFeed } from './ceir.ts';
import { held, importWords } from './held.ts';
import { peakOf, tree } from './processes.ts';

const linux = process.platform === 'linux' ? false : 'NOT RUN: it looks at processes as Linux shows them';
const folder = folderOf('machine');
const data = path.join(folder, 'data');
const ROWS = 300_000;
let large = '';
before(() => {
  writeFileSync(path.join(folder, 'country.yaml'), COUNTRY);
  large = writeFeed(folder, 'large', operatorRows(ROWS));
});

const importOf = (file: string, operator: string, into = data): readonly string[] => importWords(file, operator, into);

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

test('a file that grows while it is read is refused', async (t) => {
  const file = path.join(folder, 'growing_20260901_20260930.csv');
  writeFileSync(file, operatorRows(ROWS, 0, '02'));
  const row = operatorRows(1, ROWS, '02').split('\n')[1] ?? '';
  // Another process writes: this one may not have its turn while the command reads.
  const writer = spawn('sh', ['-c', 'while sleep 0.01; do printf %s "$1" >> "$2"; done', 'writer', row, file]);
  t.after(() => writer.kill());
  const [fault] = faultsOf(await ceir(importOf(file, 'beta'), { cwd: folder }));
  assert.deepEqual([fault?.code, fault?.file], ['FILE_CHANGED', file]);
});

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

async function writeLongLine(file: string, bytes: number): Promise<void> {
  const part = Buffer.alloc(64 << 20, 'x');
  const target = await open(file, 'w');
  await target.write(operatorRows(1000, 5_000_000));
  for (let written = 0; written < bytes; written += part.length) await target.write(part);
  await target.write(`\n${operatorRows(1000, 6_000_000).replace(/^.*\n/, '')}`);
  await target.close();
}

test('a line of two gigabytes is put aside like any other that is none, in bounded memory', {
  skip: linux,
}, async (t) => {
  const place = roomFor(2 * GIB);
  if (place === undefined) return t.skip('NOT RUN: there is no room for a file of two gigabytes');
  const file = path.join(place, `ceir-${process.pid}-long_20260901_20260930.csv`);
  t.after(() => rmSync(file, { force: true }));
  await writeLongLine(file, 2 * GIB);
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
