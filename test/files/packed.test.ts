import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createWriteStream, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import zlib from 'node:zlib';
import fc from 'fast-check';
import { ZipFile } from 'yazl';
import { Refused } from '../../src/faults/fault.ts';
import { openLines } from '../../src/files/input.ts';
import { XxHash64 } from '../../src/files/xxhash.ts';
import { codeOf, folderOf, readAll } from './folder.ts';

type Vectors = { readonly rows: string; readonly files: Readonly<Record<string, string>> };
const vectors: Vectors = JSON.parse(readFileSync(path.join(import.meta.dirname, '../vectors/zstd.json'), 'utf8'));
const rows = zlib.gunzipSync(Buffer.from(vectors.rows, 'base64'));
const body = rows.subarray(rows.indexOf(10) + 1).toString();
const base64 = (text: string): Buffer => Buffer.from(text, 'base64');

async function zipOf(members: Readonly<Record<string, string | Buffer>>, options = {}): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [name, content] of Object.entries(members)) zip.addBuffer(Buffer.from(content), name, options);
  zip.end();
  return buffer(zip.outputStream);
}

/** A Zstandard frame of raw and run-length blocks (RFC 8878 §3.1.1), with a checksum. */
function zstdOf(content: Buffer, blockBytes = 1000): Buffer {
  const hash = new XxHash64();
  hash.update(content);
  const parts: Buffer[] = [Buffer.from('28b52ffd0458', 'hex')]; // a checksum follows; the window is 2 MiB
  for (let at = 0; at === 0 || at < content.length; at += blockBytes) {
    const block = content.subarray(at, at + blockBytes);
    const last = Number(at + blockBytes >= content.length);
    const run = block.length > 0 && block.every((byte) => byte === block[0]);
    const head = Buffer.alloc(3);
    head.writeUIntLE(last | (Number(run) << 1) | (block.length << 3), 0, 3);
    parts.push(head, run ? block.subarray(0, 1) : block);
  }
  const end = Buffer.alloc(4);
  end.writeUInt32LE(hash.low());
  return Buffer.concat([...parts, end]);
}

const packings: Readonly<Record<string, () => Promise<Buffer> | Buffer>> = {
  'data.zip': () => zipOf({ 'data.csv': rows }),
  'stored.zip': () => zipOf({ 'data.csv': rows }, { compress: false }),
  'zip64.zip': () => zipOf({ 'data.csv': rows }, { forceZip64Format: true }),
  'data.csv.gz': () => zlib.gzipSync(rows),
  'two-members.gz': () => Buffer.concat([zlib.gzipSync(rows.subarray(0, 999)), zlib.gzipSync(rows.subarray(999))]),
  'raw.csv.zst': () => zstdOf(rows),
  'two-frames.zst': () => Buffer.concat([zstdOf(rows.subarray(0, 999)), zstdOf(rows.subarray(999))]),
  ...Object.fromEntries(Object.entries(vectors.files).map(([name, text]) => [`${name}.zst`, () => base64(text)])),
};

for (const [name, pack] of Object.entries(packings)) {
  test(`${name}: read whole, by its content and not its name; refused at any cut`, async (t) => {
    const folder = folderOf(t);
    const packed = await pack();
    for (const named of [name, 'data.csv', 'nameless']) {
      const file = path.join(folder, named);
      writeFileSync(file, packed);
      const read = await readAll(file, { blockBytes: 5000, maxLineBytes: 500 });
      assert.equal(read.text, body);
      assert.equal(read.consumed, packed.length);
      assert.equal(read.name, name.endsWith('.zip') ? `${file}!data.csv` : file);
    }
    const file = path.join(folder, name);
    // The border between two members is the one cut that leaves a whole file.
    const border = name === 'two-members.gz' ? zlib.gzipSync(rows.subarray(0, 999)).length : -1;
    const whole = name === 'two-frames.zst' ? zstdOf(rows.subarray(0, 999)).length : border;
    const cuts = fc.oneof(
      fc.nat(40),
      fc.nat(packed.length - 1),
      fc.nat(40).map((back) => packed.length - 1 - back),
    );
    await fc.assert(
      fc.asyncProperty(
        cuts.filter((cut) => cut >= 0 && cut !== whole),
        async (cut) => {
          writeFileSync(file, packed.subarray(0, cut));
          assert.equal(await codeOf(() => readAll(file)), cut === 0 ? 'FILE_EMPTY' : 'FILE_TRUNCATED', `cut at ${cut}`);
        },
      ),
      { numRuns: 40 },
    );
  });

  test(`${name}: a damaged byte is refused, or does no harm`, async (t) => {
    const file = path.join(folderOf(t), name);
    const packed = await pack();
    const unchecked = name.includes('no-check');
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(fc.nat(packed.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const damaged = Buffer.from(packed);
        damaged[at] = (damaged[at] ?? 0) ^ change;
        writeFileSync(file, damaged);
        try {
          const { text, header } = await readAll(file, { maxBytes: 1 << 26 });
          // Some bytes mean nothing (times, system marks), and a frame without a checksum can only be trusted.
          assert.ok(unchecked || `${header}\n${text}` === rows.toString(), `byte ${at} ^ ${change}`);
        } catch (error) {
          if (!(error instanceof Refused)) throw error;
          refused += 1;
        }
      }),
      { numRuns: 60 },
    );
    assert.ok(refused > 5, `${refused} refused`);
  });
}

test('an archive of another number of files than one is refused, and names them', async (t) => {
  const folder = folderOf(t);
  const refusal = async (packed: Buffer): Promise<string> => {
    const file = path.join(folder, 'a.zip');
    writeFileSync(file, packed);
    const error = await openLines(file).catch((reason: unknown) => reason);
    assert.ok(error instanceof Refused);
    assert.equal(error.faults[0]?.code, 'FILE_ARCHIVE');
    return error.message;
  };
  assert.match(await refusal(await zipOf({})), /holds no file/);
  assert.match(await refusal(await zipOf({ 'a.csv': 'h\n', '__MACOSX/._a.csv': 'x' })), /2 files.*a\.csv, __MACOSX/);
  const many = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`${n}.csv`, 'h\n']));
  assert.match(await refusal(await zipOf(many)), /more than 10 files.* and more/);
  assert.match(await refusal(await zipOf({ 'a.csv': '/etc/passwd' }, { mode: 0o120777 })), /link/);
});

test('a folder around the one file does no harm', async (t) => {
  const file = path.join(folderOf(t), 'a.zip');
  const zip = new ZipFile();
  zip.addEmptyDirectory('sub');
  zip.addBuffer(Buffer.from('h\nrow\n'), 'sub/a.csv');
  zip.end();
  writeFileSync(file, await buffer(zip.outputStream));
  const { text, name } = await readAll(file);
  assert.deepEqual([text, name], ['row\n', `${file}!sub/a.csv`]);
});

/** Changes bytes of the local header and of the directory's entry alike. */
function patched(zip: Buffer, local: number, directory: number, change: (zip: Buffer, at: number) => void): Buffer {
  const copy = Buffer.from(zip);
  change(copy, local);
  change(copy, copy.indexOf(Buffer.from('504b0102', 'hex')) + directory);
  return copy;
}

test('encrypted members, unknown methods and wrong checksums are refused', async (t) => {
  const file = path.join(folderOf(t), 'a.zip');
  const zip = await zipOf({ 'a.csv': rows });
  const code = (content: Buffer): Promise<string> => {
    writeFileSync(file, content);
    return codeOf(() => readAll(file));
  };
  const flag = (bit: number) => (copy: Buffer, at: number) => copy.writeUInt16LE(copy.readUInt16LE(at) | bit, at);
  assert.equal(await code(patched(zip, 6, 8, flag(1))), 'FILE_ARCHIVE');
  assert.equal(await code(patched(zip, 6, 8, flag(0x41))), 'FILE_ARCHIVE');
  assert.equal(await code(patched(zip, 8, 10, (copy, at) => copy.writeUInt16LE(93, at))), 'FILE_ARCHIVE');
  assert.equal(await code(patched(zip, 14, 16, (copy, at) => copy.writeUInt32LE(7, at))), 'FILE_TRUNCATED');
  assert.equal(
    await code(patched(zip, 22, 24, (copy, at) => copy.writeUInt32LE(rows.length - 1, at))),
    'FILE_TRUNCATED',
  );
});

test('other packings, and names that promise a packing, are refused', async (t) => {
  const folder = folderOf(t);
  const code = (name: string, content: string | Buffer): Promise<string> => {
    const file = path.join(folder, name);
    writeFileSync(file, content);
    return codeOf(() => readAll(file));
  };
  assert.equal(await code('a.csv.xz', Buffer.from('fd377a585a000004', 'hex')), 'FILE_ARCHIVE');
  assert.equal(await code('a.csv.gz', 'h\nplain\n'), 'FILE_ARCHIVE');
  assert.equal(await code('a.zip', 'h\nplain\n'), 'FILE_ARCHIVE');
  assert.equal(await code('a.csv.gz', zlib.gzipSync('')), 'FILE_EMPTY');
  assert.equal(await code('a.zip', await zipOf({ 'a.csv': '' })), 'FILE_EMPTY');
  assert.equal(await code('a.csv.zst', zstdOf(Buffer.alloc(0))), 'FILE_EMPTY');
});

test('after gzip members only zeros may follow', async (t) => {
  const file = path.join(folderOf(t), 'a.gz');
  const packed = zlib.gzipSync(rows);
  writeFileSync(file, Buffer.concat([packed, Buffer.alloc(700)]));
  assert.equal((await readAll(file)).text, body);
  for (const tail of [
    Buffer.from('junk'),
    Buffer.concat([Buffer.alloc(700), packed]),
    Buffer.concat([Buffer.alloc(300_000), packed]),
  ]) {
    writeFileSync(file, Buffer.concat([packed, tail]));
    assert.equal(await codeOf(() => readAll(file)), 'FILE_TRUNCATED');
  }
});

test('skippable Zstandard frames are passed over; windows beyond the limit and dictionaries are refused', async (t) => {
  const file = path.join(folderOf(t), 'a.zst');
  const skippable = Buffer.from('5a2a4d1803000000aabbcc', 'hex');
  writeFileSync(file, Buffer.concat([skippable, zstdOf(rows), skippable]));
  assert.equal((await readAll(file)).text, body);
  for (const header of ['28b52ffd00a0', '28b52ffd015801']) {
    writeFileSync(file, Buffer.concat([Buffer.from(header, 'hex'), Buffer.alloc(50)]));
    assert.equal(await codeOf(() => readAll(file)), 'FILE_ARCHIVE');
  }
});

test('a stretch of zeros within a Zstandard file is damage', async (t) => {
  const file = path.join(folderOf(t), 'a.zst');
  writeFileSync(file, Buffer.concat([zstdOf(rows).subarray(0, 5000), Buffer.alloc(1 << 20)]));
  assert.equal(await codeOf(() => readAll(file)), 'FILE_TRUNCATED');
});

test('a small file that unpacks to very much is stopped at the limit', async (t) => {
  const folder = folderOf(t);
  const lines = Buffer.alloc(8 << 20, 'row\n');
  const head = Buffer.from('h\n');
  for (const [name, content] of [
    ['a.gz', zlib.gzipSync(Buffer.concat([head, lines]))],
    ['a.zip', await zipOf({ 'a.csv': Buffer.concat([head, lines]) })],
    ['a.zst', zstdOf(Buffer.concat([head, Buffer.alloc(8 << 20, '\n')]), 131_072)],
  ] as const) {
    const file = path.join(folder, name);
    writeFileSync(file, content);
    assert.equal(await codeOf(() => readAll(file, { maxBytes: 1 << 20 })), 'FILE_TOO_LARGE');
  }
});

test('a packed file that changes while it is read is told apart from a damaged one', async (t) => {
  const folder = folderOf(t);
  // Noise, so that the packed file is longer than what is read ahead.
  const noise = Buffer.from(Array.from({ length: 200_000 }, () => Math.random().toString(36)).join('\n'));
  for (const [name, content] of [
    ['a.gz', zlib.gzipSync(noise)],
    ['a.zip', await zipOf({ 'a.csv': noise })],
    ['a.zst', zstdOf(noise, 100_000)],
  ] as const) {
    const file = path.join(folder, name);
    writeFileSync(file, content);
    const opened = await openLines(file, { blockBytes: 1 << 16, maxLineBytes: 1000 });
    const read = async (): Promise<void> => {
      for await (const block of opened.blocks) {
        if (block.firstLine !== 2) continue;
        const stream = createWriteStream(file, { flags: 'r+', start: content.length >> 1 });
        stream.end(Buffer.alloc(content.length >> 1));
        await once(stream, 'close');
      }
    };
    assert.equal(await codeOf(read), 'FILE_CHANGED', name);
  }
});
