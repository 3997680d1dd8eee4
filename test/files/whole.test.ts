import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { writeManifest } from '../../src/files/manifest.ts';
import { zipOne } from '../../src/files/pack.ts';
import { publishFolder, writeWhole } from '../../src/files/whole.ts';
import { codeOf, folderOf, readAll } from './folder.ts';

const sha256 = (content: Buffer): string => createHash('sha256').update(content).digest('hex');

test('what is written is what was given, whatever the pieces, with its size and digest', async (t) => {
  const file = path.join(folderOf(t), 'out.csv');
  const piece = fc.oneof(fc.string(), fc.uint8Array(), fc.constant('é'.repeat(400_000)));
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 6 }), async (pieces) => {
      const buffers = pieces.map((one) => Buffer.from(one as string));
      const written = await writeWhole(file, async (sink) => {
        for (const [index, one] of pieces.entries())
          await sink.write(typeof one === 'string' ? one : (buffers[index] ?? ''));
      });
      const content = Buffer.concat(buffers);
      assert.ok(readFileSync(file).equals(content));
      assert.deepEqual(written, { bytes: content.length, sha256: sha256(content) });
    }),
    { numRuns: 50 },
  );
});

test('a buffer filled anew by its owner does not change what was written', async (t) => {
  const file = path.join(folderOf(t), 'out.txt');
  const shared = Buffer.alloc(4);
  await writeWhole(file, async (sink) => {
    for (const text of ['one\n', 'two\n', 'six\n']) {
      shared.write(text);
      await sink.write(shared);
    }
  });
  assert.equal(readFileSync(file, 'utf8'), 'one\ntwo\nsix\n');
});

test('a file under way is hidden; on an error the old file stays and nothing else', async (t) => {
  const folder = folderOf(t);
  const file = path.join(folder, 'list.csv');
  writeFileSync(file, 'old\n');
  const failing = writeWhole(file, async (sink) => {
    await sink.write('new\n'.repeat(1_000_000));
    const names = readdirSync(folder);
    assert.equal(names.length, 2);
    assert.ok(
      names.every(
        (name) => name === 'list.csv' || /^\.list\.csv\.\d+-[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{12}\.part$/.test(name),
      ),
    );
    throw new Error('the source broke');
  });
  await assert.rejects(failing, /the source broke/);
  assert.deepEqual(readdirSync(folder), ['list.csv']);
  assert.equal(readFileSync(file, 'utf8'), 'old\n');
  await writeWhole(file, (sink) => sink.write('new\n'));
  assert.equal(readFileSync(file, 'utf8'), 'new\n');
});

test('two writers of one name: one of the two contents appears, whole', async (t) => {
  const folder = folderOf(t);
  const contents = ['a', 'b', 'c'].map((letter) => letter.repeat(3_000_000));
  const file = path.join(folder, 'f');
  await Promise.all(contents.map((content) => writeWhole(file, (sink) => sink.write(content))));
  assert.ok(contents.includes(readFileSync(file, 'utf8')));
  assert.deepEqual(readdirSync(folder), ['f']);
});

test('a place that is missing or no file is refused', async (t) => {
  const folder = folderOf(t);
  const write = (file: string) => codeOf(() => writeWhole(file, (sink) => sink.write('x')));
  assert.equal(await write(path.join(folder, 'none', 'f')), 'FILE_MISSING');
  mkdirSync(path.join(folder, 'full'));
  assert.equal(await write(path.join(folder, 'full')), 'FILE_EXISTS');
  assert.deepEqual(readdirSync(folder), ['full']);
});

test('a folder closed to writing is refused', async (t) => {
  const closed = path.join(folderOf(t), 'closed');
  mkdirSync(closed, { mode: 0o500 });
  // Rights do not bind an administrator, a read-only file system does.
  const root = process.getuid?.() === 0;
  const reason = root ? mountSmall(closed, 'ro') : undefined;
  if (reason !== undefined) return t.skip(`NOT RUN: ${reason}`);
  try {
    assert.equal(await codeOf(() => writeWhole(path.join(closed, 'f'), (sink) => sink.write('x'))), 'FILE_DENIED');
    assert.equal(await codeOf(() => publishFolder(path.join(closed, 'd'), async () => 1)), 'FILE_DENIED');
  } finally {
    if (root) execFileSync('umount', [closed]);
  }
});

test('a process killed while it writes leaves the old file, and its part goes with the next writing', async (t) => {
  const folder = folderOf(t);
  const file = path.join(folder, 'list.csv');
  writeFileSync(file, 'old\n');
  const module = path.join(import.meta.dirname, '../../src/files/whole.ts');
  const script = `import { writeWhole } from ${JSON.stringify(module)};
    await writeWhole(${JSON.stringify(file)}, async (sink) => { for (;;) await sink.write('new '.repeat(1e6)); });`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], { stdio: 'ignore' });
  while (child.exitCode === null && !readdirSync(folder).some((name) => name.endsWith('.part'))) await sleep(20);
  await sleep(50);
  const parts = (): string[] => readdirSync(folder).filter((name) => name.endsWith('.part'));
  await writeWhole(path.join(folder, 'other'), (sink) => sink.write('x'));
  assert.equal(parts().length, 1, 'what a living process writes is left alone');
  child.kill('SIGKILL');
  await new Promise((resolve) => child.once('close', resolve));
  assert.equal(child.signalCode, 'SIGKILL');
  assert.equal(readFileSync(file, 'utf8'), 'old\n');
  assert.equal(parts().length, 1);
  await publishFolder(path.join(folder, 'run'), async () => undefined);
  assert.deepEqual(readdirSync(folder).sort(), ['list.csv', 'other', 'run']);
});

test('a folder appears whole, or not at all', async (t) => {
  const folder = folderOf(t);
  const target = path.join(folder, 'lists');
  const fill = async (aside: string): Promise<number> => {
    assert.equal(path.dirname(aside), folder);
    mkdirSync(path.join(aside, 'op1'));
    writeFileSync(path.join(aside, 'op1', 'exceptions.csv'), 'x\n');
    assert.ok(!readdirSync(folder).includes('lists'));
    return 7;
  };
  await assert.rejects(
    publishFolder(target, async (aside) => {
      await fill(aside);
      throw new Error('broke');
    }),
    /broke/,
  );
  assert.deepEqual(readdirSync(folder), []);
  assert.equal(await publishFolder(target, fill), 7);
  assert.deepEqual(readdirSync(folder), ['lists']);
  assert.equal(readFileSync(path.join(target, 'op1', 'exceptions.csv'), 'utf8'), 'x\n');
  assert.equal(await codeOf(() => publishFolder(target, fill)), 'FILE_EXISTS');
  symlinkSync('nowhere', path.join(folder, 'link'));
  assert.equal(await codeOf(() => publishFolder(path.join(folder, 'link'), fill)), 'FILE_EXISTS');
  assert.equal(await codeOf(() => publishFolder(path.join(folder, 'none', 'lists'), fill)), 'FILE_MISSING');
});

test('a folder that another made meanwhile is not overwritten', async (t) => {
  const target = path.join(folderOf(t), 'lists');
  const late = (): Promise<void> =>
    publishFolder(target, async () => {
      mkdirSync(target);
      writeFileSync(path.join(target, 'theirs'), '');
    });
  assert.equal(await codeOf(late), 'FILE_EXISTS');
  assert.deepEqual(readdirSync(target), ['theirs']);
});

test('a zip of one member reads back, and is the same bytes at any time and in any time zone', async (t) => {
  const folder = folderOf(t);
  const file = path.join(folder, 'a.zip');
  const text = `h\n${'row\n'.repeat(100_000)}`;
  async function* source(): AsyncGenerator<string> {
    for (let at = 0; at < text.length; at += 7000) yield text.slice(at, at + 7000);
  }
  const zone = process.env['TZ'];
  const digests = [];
  for (const name of ['UTC', 'Asia/Karachi', 'America/New_York']) {
    process.env['TZ'] = name;
    const written = await zipOne(file, 'a.csv', source());
    assert.deepEqual(written, { bytes: statSync(file).size, sha256: sha256(readFileSync(file)) });
    digests.push(written.sha256);
  }
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
  assert.equal(new Set(digests).size, 1);
  const read = await readAll(file);
  assert.equal(`h\n${read.text}`, text);
  assert.equal(read.name, `${file}!a.csv`);
});

test('a zip whose source breaks leaves nothing', async (t) => {
  const folder = folderOf(t);
  async function* source(): AsyncGenerator<string> {
    yield 'row\n';
    throw new Error('the source broke');
  }
  await assert.rejects(zipOne(path.join(folder, 'a.zip'), 'a.csv', source()), /the source broke/);
  assert.deepEqual(readdirSync(folder), []);
});

test('a manifest names files in order, with rows, bytes and digest, and what they came from', async (t) => {
  const folder = folderOf(t);
  const written = await writeWhole(path.join(folder, 'b.csv'), (sink) => sink.write('imei\n1\n'));
  const entries = [
    { file: 'b.csv', rows: 1, ...written },
    { file: 'a.csv', rows: 0, bytes: 0, sha256: '' },
  ];
  await writeManifest(folder, entries, { run: 12, country: 'c0ffee', date: '2026-09-30' });
  const manifest: unknown = JSON.parse(readFileSync(path.join(folder, 'manifest.json'), 'utf8'));
  assert.deepEqual(manifest, { run: 12, country: 'c0ffee', date: '2026-09-30', files: entries.toReversed() });
});

/** A file system of one megabyte, or why there can be none here. */
function mountSmall(folder: string, mode: 'rw' | 'ro'): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'only root can mount a small file system';
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=1m,${mode}`, 'tmpfs', folder], { stdio: 'pipe' });
    return undefined;
  } catch (error) {
    return `mounting is not permitted here: ${error instanceof Error ? error.message.trim() : String(error)}`;
  }
}

test('a full disk: refused, nothing left behind, the old file untouched', async (t) => {
  const folder = path.join(folderOf(t), 'small');
  mkdirSync(folder);
  const reason = mountSmall(folder, 'rw');
  if (reason !== undefined) return t.skip(`NOT RUN: ${reason}`);
  try {
    const file = path.join(folder, 'list.csv');
    writeFileSync(file, 'old\n');
    const large = Buffer.alloc(3 << 20, 'row\n');
    assert.equal(await codeOf(() => writeWhole(file, (sink) => sink.write(large))), 'FILE_DISK_FULL');
    const swallowed = writeWhole(file, async (sink) => {
      for (let at = 0; at < 4; at++) await sink.write(large).catch(() => undefined);
    });
    assert.equal(await codeOf(() => swallowed), 'FILE_DISK_FULL');
    async function* source(): AsyncGenerator<Buffer> {
      for (let at = 0; at < 400; at++) yield Buffer.from(Array.from({ length: 20_000 }, () => Math.random() * 256));
    }
    assert.equal(await codeOf(() => zipOne(file, 'list.csv', source())), 'FILE_DISK_FULL');
    const publish = publishFolder(path.join(folder, 'lists'), async (aside) => {
      await writeWhole(path.join(aside, 'a.csv'), (sink) => sink.write('a\n'));
      writeFileSync(path.join(aside, 'b.csv'), large);
    });
    assert.equal(await codeOf(() => publish), 'FILE_DISK_FULL');
    assert.deepEqual(readdirSync(folder), ['list.csv']);
    assert.equal(readFileSync(file, 'utf8'), 'old\n');
    await writeWhole(file, (sink) => sink.write('new\n'));
    assert.equal(readFileSync(file, 'utf8'), 'new\n');
  } finally {
    execFileSync('umount', [folder]);
  }
});
