import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { appendFileSync, copyFileSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { openLines } from '../../src/files/input.ts';
import { codeOf, folderOf, readAll } from './folder.ts';

const write = (folder: string, content: string | Buffer, name = 'data.csv'): string => {
  const file = path.join(folder, name);
  writeFileSync(file, content);
  return file;
};

test('a plain file is its header and its lines', async (t) => {
  const folder = folderOf(t);
  const content = 'date,imei\r\n20260901,1\r\n20260902,2';
  const read = await readAll(write(folder, content));
  assert.equal(read.header, 'date,imei');
  assert.deepEqual(read.blocks, [{ text: '20260901,1\r\n20260902,2\n', count: 2, firstLine: 2 }]);
  assert.equal(read.sha256, createHash('sha256').update(content).digest('hex'));
  assert.equal(read.bytes, content.length);
  assert.equal(read.consumed, content.length);
  assert.equal(read.name, read.path);
});

test('a file may be walked through twice, and left in the middle', async (t) => {
  const body = 'row\n'.repeat(5000);
  const opened = await openLines(write(folderOf(t), `h\n${body}`), { blockBytes: 1000, maxLineBytes: 100 });
  for await (const block of opened.blocks) {
    assert.equal(block.firstLine, 2);
    break;
  }
  assert.throws(() => opened.digest());
  for (const _ of [1, 2]) {
    let text = '';
    for await (const { lines } of opened.blocks) text += lines.toString();
    assert.equal(text, body);
    assert.equal(opened.digest().length, 64);
  }
});

test('a header alone is a file without lines', async (t) => {
  const folder = folderOf(t);
  for (const content of ['date,imei', 'date,imei\n', 'date,imei\r\n', '\ufeffdate,imei\n']) {
    const { header, blocks } = await readAll(write(folder, content));
    assert.deepEqual({ header, blocks }, { header: 'date,imei', blocks: [] });
  }
});

test('any content behind the header is given as it is, for any block size', async (t) => {
  const folder = folderOf(t);
  const line = fc.string({ unit: fc.constantFrom('a', ',', '"', '\r', '\u00e9', '\u0001'), maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(line),
      fc.integer({ min: 1, max: 300 }),
      fc.boolean(),
      async (lines, blockBytes, mark) => {
        const body = lines.map((text) => `${text}\n`).join('');
        const file = write(folder, `${mark ? '\ufeff' : ''}h\n${body}`);
        const read = await readAll(file, { blockBytes, maxLineBytes: 120 });
        assert.equal(read.header, 'h');
        assert.equal(Buffer.from(read.text, 'latin1').toString(), body);
      },
    ),
    { numRuns: 100 },
  );
});

test('invalid UTF-8 in a row is not judged here', async (t) => {
  const row = Buffer.from('61ff80fe0a', 'hex');
  const { text } = await readAll(write(folderOf(t), Buffer.concat([Buffer.from('h\n'), row])));
  assert.equal(text, row.toString('latin1'));
});

test('what is missing, empty or no file is refused', async (t) => {
  const folder = folderOf(t);
  const code = (file: string) => codeOf(() => openLines(file));
  assert.equal(await code(path.join(folder, 'none.csv')), 'FILE_MISSING');
  assert.equal(await code(path.join(write(folder, 'h\n'), 'below.csv')), 'FILE_MISSING');
  assert.equal(await code(folder), 'FILE_MISSING');
  assert.equal(await code('/dev/null'), 'FILE_MISSING');
  assert.equal(await code(write(folder, '')), 'FILE_EMPTY');
  assert.equal(await code(write(folder, '\ufeff')), 'FILE_EMPTY');
});

test('other encodings than UTF-8 are refused, with or without their mark', async (t) => {
  const folder = folderOf(t);
  const text = 'date,imei\n20260901,353490061234567\n';
  const utf16 = Buffer.from(text, 'utf16le');
  const swapped = Buffer.from(utf16).swap16();
  const utf32 = Buffer.from([...text].flatMap((char) => [char.charCodeAt(0), 0, 0, 0]));
  for (const content of [
    utf16,
    swapped,
    utf32,
    Buffer.concat([Buffer.from('fffe', 'hex'), utf16]),
    Buffer.concat([Buffer.from('feff', 'hex'), swapped]),
    Buffer.concat([Buffer.from('fffe0000', 'hex'), utf32]),
    Buffer.alloc(10_000),
    Buffer.from(text.replaceAll('\n', '\r')),
  ]) {
    assert.equal(await codeOf(() => openLines(write(folder, content))), 'FILE_ENCODING');
  }
});

test('a header over the limit is refused, one at the limit is read', async (t) => {
  const folder = folderOf(t);
  assert.equal(await codeOf(() => openLines(write(folder, `${'x'.repeat(65_537)}\na\n`))), 'FILE_LINE');
  assert.equal(await codeOf(() => openLines(write(folder, 'x'.repeat(300_000)))), 'FILE_LINE');
  const { header, text } = await readAll(write(folder, `\ufeff${'x'.repeat(65_536)}\na\n`));
  assert.deepEqual([header.length, text], [65_536, 'a\n']);
});

test('a file over the limit of unpacked bytes is refused', async (t) => {
  const file = write(folderOf(t), `h\n${'row\n'.repeat(100_000)}`);
  assert.equal(await codeOf(() => readAll(file, { maxBytes: 300_000 })), 'FILE_TOO_LARGE');
  assert.equal((await readAll(file, { maxBytes: 400_002 })).text.length, 400_000);
});

test('a file that changes between being opened and its end is refused', async (t) => {
  const folder = folderOf(t);
  const rows = 'row\n'.repeat(50_000);
  const changes: Record<string, (file: string) => void> = {
    grown: (file) => appendFileSync(file, 'more\n'),
    rewritten: (file) => writeFileSync(file, `h\n${rows.replaceAll('row', 'oth')}`),
    cut: (file) => writeFileSync(file, 'h\n'),
    replaced: (file) => {
      copyFileSync(file, `${file}.new`);
      renameSync(`${file}.new`, file);
    },
    'moved away': (file) => renameSync(file, `${file}.moved`),
    touched: (file) => utimesSync(file, 1, 1),
  };
  for (const [name, change] of Object.entries(changes)) {
    for (const before of [true, false]) {
      const file = write(folder, `h\n${rows}`, `${name}.csv`);
      // A rewriting of the same length shows by its time alone, and clocks of file systems tick in milliseconds.
      utimesSync(file, 1e9, 1e9);
      const opened = await openLines(file, {
        blockBytes: 1000,
        maxLineBytes: 99,
      });
      const read = async (): Promise<void> => {
        if (before) change(opened.path);
        for await (const block of opened.blocks) if (!before && block.firstLine === 2) change(opened.path);
      };
      assert.equal(await codeOf(read), 'FILE_CHANGED', `${name} ${before ? 'before' : 'while'} reading`);
    }
  }
});
