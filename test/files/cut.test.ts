import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { countLines, cut } from '../../src/files/cut.ts';
import { folderOf, readAll } from './folder.ts';

/** The plain rule, over text: lines over the limit become one 0x01, and the last line gets an LF. */
function expected(content: string, limit: number): string[] {
  const lines = content.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.map((line) => (line.length > limit ? '\u0001\n' : `${line}\n`));
}

/** Pulls a text in pieces of the lengths given, over and over. */
function puller(content: string, pieces: readonly number[]) {
  const bytes = Buffer.from(content, 'latin1');
  let at = 0;
  let turn = 0;
  return async (target: Buffer, offset: number): Promise<number> => {
    const length = Math.max(1, pieces[turn++ % pieces.length] ?? 1);
    const copied = bytes.copy(target, offset, at, Math.min(bytes.length, at + length));
    at += copied;
    return copied;
  };
}

const content = fc
  .array(
    fc.oneof(
      {
        weight: 4,
        arbitrary: fc.string({ unit: fc.constantFrom('a', ',', '\r', '\u0000', '\u000b', '\u00ff'), maxLength: 30 }),
      },
      { weight: 1, arbitrary: fc.nat(200).map((length) => 'x'.repeat(length)) },
    ),
    { maxLength: 40 },
  )
  .chain((lines) => fc.constantFrom('', '\n').map((end) => lines.join('\n') + (lines.length > 0 ? end : '')));

test('blocks are the file, line by line, whatever the content, block size, limit and pieces', async () => {
  const sizes = fc.record({
    blockBytes: fc.integer({ min: 1, max: 200 }),
    maxLineBytes: fc.integer({ min: 1, max: 60 }),
  });
  await fc.assert(
    fc.asyncProperty(
      content,
      sizes,
      fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1 }),
      async (text, limits, pieces) => {
        const want = expected(text, limits.maxLineBytes);
        let got = '';
        let line = 2;
        for await (const block of cut(puller(text, pieces), limits, 2)) {
          const blockText = block.lines.toString('latin1');
          assert.equal(block.firstLine, line);
          assert.equal(block.count, blockText.split('\n').length - 1);
          assert.ok(block.count > 0 && blockText.endsWith('\n'));
          assert.ok(block.lines.length <= Math.max(limits.blockBytes, limits.maxLineBytes + 2) + 1);
          got += blockText;
          line += block.count;
        }
        assert.equal(got, want.join(''));
      },
    ),
    { numRuns: 2000 },
  );
});

test('a block owns its memory: giving it away does not harm the next', async () => {
  const text = Array.from({ length: 50 }, (_, row) => `row ${row}`).join('\n');
  let got = '';
  for await (const { lines } of cut(puller(text, [7]), { blockBytes: 16, maxLineBytes: 10 }, 1)) {
    const length = lines.length;
    const moved = structuredClone(lines.buffer, { transfer: [lines.buffer as ArrayBuffer] });
    got += Buffer.from(moved, 0, length).toString('latin1');
  }
  assert.equal(got, `${text}\n`);
});

test('memory given back is used again, memory kept or transferred is not', async () => {
  const text = Array.from({ length: 500 }, (_, row) => `row ${row}`).join('\n');
  const memories = new Set<ArrayBufferLike>();
  const kept: Buffer[] = [];
  let [got, turn] = ['', 0];
  for await (const { lines, release } of cut(puller(text, [7]), { blockBytes: 16, maxLineBytes: 10 }, 1)) {
    got += lines.toString();
    memories.add(lines.buffer);
    turn += 1;
    if (turn % 50 === 1) kept.push(lines);
    else if (turn % 50 === 2) structuredClone(lines.buffer, { transfer: [lines.buffer as ArrayBuffer] });
    if (turn % 50 !== 1) release();
  }
  assert.equal(got, `${text}\n`);
  assert.ok(memories.size <= 2 + 2 * kept.length + 1, `${memories.size} memories for ${turn} blocks`);
  assert.ok(kept.length > 2 && kept.every((lines) => `${text}\n`.includes(lines.toString())));
});

test('line ends are counted exactly, at any alignment', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 3000 }), fc.nat(7), (bytes, from) => {
      // Most bytes are made LF or its neighbours, which a carry would confuse.
      const lines = Buffer.from(
        bytes.map((byte) => [10, 11, 9, 138, 10, 0x8a ^ 0x80, 0, byte][byte % 8] ?? 0),
      ).subarray(from);
      assert.equal(
        countLines(lines),
        lines.reduce((count, byte) => count + Number(byte === 10), 0),
      );
    }),
    { numRuns: 500 },
  );
  assert.equal(countLines(Buffer.alloc(1 << 20, 10)), 1 << 20);
});

test('a line over the limit is replaced, in the middle, at the end and at a block’s edge', async (t) => {
  const file = path.join(folderOf(t), 'long.csv');
  const long = 'z'.repeat(5000);
  for (const [body, want] of [
    [`a\n${long}\nb\n`, 'a\n\u0001\nb\n'],
    [`a\n${long}`, 'a\n\u0001\n'],
    [`${long}\r\n${long}\r\n`, '\u0001\n\u0001\n'],
    [`${'y'.repeat(100)}\n${'z'.repeat(101)}\n`, `${'y'.repeat(100)}\n\u0001\n`],
  ] as const) {
    writeFileSync(file, `h\n${body}`);
    for (let blockBytes = 100; blockBytes < 110; blockBytes++) {
      const { text, blocks } = await readAll(file, { blockBytes, maxLineBytes: 100 });
      assert.equal(text, want);
      assert.equal(
        blocks.reduce((sum, block) => sum + block.count, 0),
        want.split('\n').length - 1,
      );
    }
  }
});

test('a line of gigabytes costs no memory', async () => {
  const megabyte = Buffer.alloc(1 << 20, 'x');
  let left = 2049; // one MiB over 2 GiB
  const pull = async (target: Buffer, offset: number): Promise<number> => {
    if (left < 0) return 0;
    if (left-- === 0) return target.write('\nb', offset);
    return megabyte.copy(target, offset);
  };
  const before = process.memoryUsage.rss();
  const blocks = [];
  for await (const { lines, firstLine } of cut(pull, { blockBytes: 1 << 20, maxLineBytes: 1 << 16 }, 2)) {
    blocks.push([lines.toString(), firstLine]);
  }
  assert.deepEqual(blocks, [['\u0001\nb\n', 2]]);
  assert.ok(process.memoryUsage.rss() - before < 128 << 20);
});
