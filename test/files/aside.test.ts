import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { asideOf, sweep } from '../../src/files/aside.ts';
import { folderOf } from './folder.ts';

/** The id of a process that has ended. */
const endedPid = (): number => spawnSync(process.execPath, ['-e', '']).pid;

test('what ended processes left goes, be it a file or a folder; all else stays', async (t) => {
  const folder = folderOf(t);
  const own = path.basename(asideOf(path.join(folder, 'list.csv')));
  const dead = own.replace(`.${process.pid}-`, `.${endedPid()}-`);
  const [, place = '', start = ''] = /-([0-9a-f]{8})-([0-9a-f]{8})-/.exec(own) ?? [];
  const others = (mark: string): string => mark.replace(/./g, (digit) => (digit === '0' ? '1' : '0'));
  const kept = [
    own,
    dead.replace(place, others(place)),
    '.list.csv.part',
    `.list.csv.${endedPid()}-0123456789ab.part`,
    dead.slice(1),
    dead.replace(/\.part$/, '.csv'),
    'list.csv',
  ];
  for (const name of [...kept, dead]) writeFileSync(path.join(folder, name), 'x');
  const deadFolder = dead.replace('list.csv', 'run_7');
  mkdirSync(path.join(folder, deadFolder, 'alfa'), { recursive: true });
  writeFileSync(path.join(folder, deadFolder, 'alfa', 'blocked.csv'), 'x');
  const link = dead.replace('list.csv', 'link');
  symlinkSync(path.join(folder, 'list.csv'), path.join(folder, link));
  await sweep(folder);
  assert.deepEqual(readdirSync(folder).sort(), [...kept, link].sort());
  assert.ok(start !== '');
});

test('a process that was given the id of an ended one does not protect what that one left', {
  skip: existsSync('/proc/self/stat') ? false : 'the system does not say when a process began',
}, async (t) => {
  const folder = folderOf(t);
  const own = path.basename(asideOf(path.join(folder, 'list.csv')));
  const earlier = own.replace(/-([0-9a-f]{8})-([0-9a-f]{12})/, '-ffffffff-$2');
  assert.notEqual(earlier, own);
  for (const name of [own, earlier]) writeFileSync(path.join(folder, name), 'x');
  await sweep(folder);
  assert.deepEqual(readdirSync(folder), [own]);
});

test('a folder that is not there is nothing to sweep', async (t) => {
  const missing = path.join(folderOf(t), 'none');
  await sweep(missing);
  assert.ok(!existsSync(missing));
});
