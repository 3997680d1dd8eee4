// A command that is ended in the middle. Nothing may be half done, nothing lost, and nothing may stay behind.
import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { before, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { answerOf, COUNTRY, ceir, folderOf, operatorRows, type Running, start, writeFeed } from './ceir.ts';
import { held, importWords } from './held.ts';
import { naming, type Process, survivors, tree } from './processes.ts';

const linux = process.platform === 'linux' ? false : 'NOT RUN: it looks at processes as Linux shows them';
const folder = folderOf('interrupt');
const data = path.join(folder, 'data');
const ROWS = 300_000;
before(async () => {
  writeFileSync(path.join(folder, 'country.yaml'), COUNTRY);
  const first = await ceir(importWords(writeFeed(folder, 'first', operatorRows(1000)), 'alfa', data), { cwd: folder });
  assert.equal(answerOf(first)['imported'], 1000);
});

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

for (const [name, end] of [
  ['Ctrl-C', (pid: number) => process.kill(-pid, 'SIGINT')], // the terminal tells the whole group
  ['kill -9', (pid: number) => process.kill(pid, 'SIGKILL')],
] as const) {
  test(`${name} in the middle of an import ends all its processes, and another command can begin at once`, {
    skip: linux,
  }, async () => {
    const words = importWords(writeFeed(folder, 'cut', operatorRows(2 * ROWS, ROWS, '02')), 'beta', data);
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
    assert.deepEqual([triplets, runs.at(-1), staging], [{ alfa: 1000 }, 'undone', []]);
  });
}
