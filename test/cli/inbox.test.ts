import assert from 'node:assert/strict';
import { appendFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { before, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { embeddedDatabase } from '../servers/embedded.ts';
import { answerOf, COUNTRY, ceir, faultsOf, folderOf, operatorRows, type Running, start } from './ceir.ts';

const folder = folderOf('inbox');
const inbox = path.join(folder, 'in');
const alfa = path.join(inbox, 'operator', 'alfa');
let setting: { cwd: string; env: Readonly<Record<string, string>> };
before(async () => {
  writeFileSync(path.join(folder, 'country.yaml'), COUNTRY);
  mkdirSync(alfa, { recursive: true });
  const env = { CEIR_REGISTRY: await embeddedDatabase(), CEIR_DATA: path.join(folder, 'data') };
  setting = { cwd: folder, env };
});

test('a folder that is not there is refused at once', async () => {
  const [fault] = faultsOf(await ceir(['inbox', 'nowhere', '--json'], setting));
  assert.deepEqual([fault?.code, fault?.file], ['FILE_MISSING', 'nowhere']);
});

test('--once takes in what lies there and ends with 1 when something was refused', async () => {
  writeFileSync(path.join(alfa, 'a_20260901_20260930.csv'), operatorRows(20));
  writeFileSync(path.join(inbox, 'stray.csv'), 'x\n');
  const said = await ceir(['inbox', inbox, '--once', '--json'], setting);
  assert.deepEqual([said.code, said.err], [1, '']);
  const lines = said.out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { file: string; outcome: string; faults?: { code: string }[] });
  assert.deepEqual(
    lines.map(({ file, outcome }) => [file, outcome]),
    [
      ['operator/alfa/a_20260901_20260930.csv', 'done'],
      ['stray.csv', 'refused'],
    ],
  );
  assert.equal(lines[1]?.faults?.[0]?.code, 'INBOX_PLACE');
  const empty = await ceir(['inbox', inbox, '--once'], setting);
  assert.deepEqual(empty, { code: 0, signal: null, out: '', err: '' });
});

async function firstLine(running: Running): Promise<string> {
  let text = '';
  running.child.stdout?.on('data', (chunk: string) => {
    text += chunk;
  });
  while (!text.includes('\n') && running.child.exitCode === null) await wait(20);
  return text.split('\n')[0] ?? '';
}

test('a file written slowly is taken in when it is complete, others have their turn, and Ctrl-C ends the watch', async () => {
  const running = start(['inbox', inbox, '--quiet', '2', '--json'], setting);
  const line = firstLine(running);
  const file = path.join(alfa, 'slow_20260901_20260930.csv');
  const [head = '', ...rows] = operatorRows(30, 100).trimEnd().split('\n');
  writeFileSync(file, `${head}\n`);
  for (const row of rows) {
    appendFileSync(file, `${row}\n`);
    await wait(50);
  }
  const arrival = JSON.parse(await line) as { file: string; outcome: string; result: { imported: number } };
  assert.deepEqual([arrival.outcome, arrival.result.imported], ['done', 30]);
  assert.deepEqual([existsSync(file), existsSync(path.join(inbox, 'done', arrival.file))], [false, true]);
  const runs = answerOf(await ceir(['runs', '--json'], setting));
  assert.equal(runs['length'], 2);
  process.kill(-running.pid, 'SIGINT');
  const { code, signal, err } = await running.said;
  assert.deepEqual([code, signal, err], [0, null, '']);
});
