import type { Transform } from 'node:stream';
import zlib from 'node:zlib';
import { Decompress } from 'fzstd';
import { archiveFault, truncatedFile } from './source.ts';
import { type Chunks, through } from './through.ts';
import { XxHash64 } from './xxhash.ts';

/** The first four bytes of a Zstandard frame (RFC 8878 §3.1.1), little-endian. */
export const ZSTD_MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;
/** RFC 8878 §3.1.1.2.4: no block is longer, packed or unpacked. */
const MAX_BLOCK = 128 * 1024;
/** The window that a reader should support is 8 MiB (RFC 8878 §3.1.1.1.2); the usual tools go up to this. */
const MAX_WINDOW = 128 * 1024 * 1024;
/** Empty blocks are allowed, but a long row of them is a stretch of zeros where the content was lost. */
const MAX_EMPTY = 1000;

type FrameHeader = { readonly bytes: Buffer; readonly hasChecksum: boolean; readonly content: number | undefined };

/** Yields exactly as many bytes as are asked for, whatever the pieces in which they come. */
class Cursor {
  readonly #chunks: AsyncIterator<Buffer, void, undefined>;
  #have: Buffer = Buffer.alloc(0);

  constructor(chunks: Chunks) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** The next `length` bytes; fewer only at the end. */
  async take(length: number): Promise<Buffer> {
    const parts: Buffer[] = [this.#have];
    let got = this.#have.length;
    while (got < length) {
      const next = await this.#chunks.next();
      if (next.done === true) break;
      parts.push(next.value);
      got += next.value.length;
    }
    const joined = parts.length === 1 ? this.#have : Buffer.concat(parts, got);
    this.#have = joined.subarray(length);
    return joined.subarray(0, length);
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
  }
}

/** Unpacks Zstandard frames one after the other. Cut, damaged or oversized frames are refused by their own faults. */
export async function* unzstd(file: string, chunks: Chunks): AsyncGenerator<Buffer> {
  const cursor = new Cursor(chunks);
  const exact = async (length: number): Promise<Buffer> => {
    const bytes = await cursor.take(length);
    if (bytes.length < length) throw truncatedFile(file, 'The Zstandard file ends in the middle of a frame.');
    return bytes;
  };
  try {
    for (;;) {
      const magic = await cursor.take(4);
      if (magic.length === 0) return;
      const kind = magic.length < 4 ? 0 : magic.readUInt32LE(0);
      if ((kind & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC) await skip(exact);
      else if (kind === ZSTD_MAGIC) yield* frame(file, exact);
      else throw truncatedFile(file, 'The Zstandard file goes on after a frame with something that is no frame.');
    }
  } finally {
    await cursor.close();
  }
}

type Exact = (length: number) => Promise<Buffer>;

async function skip(exact: Exact): Promise<void> {
  let left = (await exact(4)).readUInt32LE(0);
  for (; left > 0; left -= Math.min(left, MAX_BLOCK)) await exact(Math.min(left, MAX_BLOCK));
}

async function* frame(file: string, exact: Exact): AsyncGenerator<Buffer> {
  const header = await frameHeader(file, exact);
  const native = nativeDecoder();
  const parts = frameParts(file, header, exact);
  let length = 0;
  for await (const chunk of native === undefined ? decoded(file, header, parts) : through(parts, native)) {
    length += chunk.length;
    yield chunk;
  }
  if (header.content !== undefined && header.content !== length) {
    throw truncatedFile(file, 'A Zstandard frame unpacks to another length than it states.');
  }
}

/** Node has a decoder of its own from 22.15 on, which is several times faster than one in JavaScript. */
function nativeDecoder(): Transform | undefined {
  const create: unknown = Reflect.get(zlib, 'createZstdDecompress');
  return typeof create === 'function' ? create({ chunkSize: 1 << 18 }) : undefined;
}

/** Reads a frame header (RFC 8878 §3.1.1.1) and refuses what would need a dictionary or too much memory. */
async function frameHeader(file: string, exact: Exact): Promise<FrameHeader> {
  const descriptor = (await exact(1))[0] ?? 0;
  const single = (descriptor & 0x20) !== 0;
  const contentFlag = descriptor >> 6;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const contentBytes = contentFlag === 0 ? Number(single) : 1 << contentFlag;
  const rest = await exact(Number(!single) + dictionaryBytes + contentBytes);
  if ((descriptor & 0x08) !== 0) throw truncatedFile(file, 'The header of a Zstandard frame is damaged.');
  const dictionaryAt = Number(!single);
  if (rest.subarray(dictionaryAt, dictionaryAt + dictionaryBytes).some((byte) => byte !== 0)) {
    throw archiveFault(file, 'The file is packed with a Zstandard dictionary.', 'Pack it again without a dictionary.');
  }
  const content = contentSize(rest.subarray(dictionaryAt + dictionaryBytes));
  const window = single ? (content ?? 0) : windowSize(rest[0] ?? 0);
  if (window > MAX_WINDOW) {
    const message = `The file needs ${Math.ceil(window / 2 ** 20)} MiB of window to be unpacked; the limit is 128 MiB.`;
    throw archiveFault(file, message, 'Pack it again without --long and without --ultra.');
  }
  const magic = Buffer.alloc(4);
  magic.writeUInt32LE(ZSTD_MAGIC);
  const bytes = Buffer.concat([magic, Buffer.of(descriptor), rest]);
  return { bytes, hasChecksum: (descriptor & 0x04) !== 0, content };
}

function windowSize(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}

function contentSize(field: Buffer): number | undefined {
  if (field.length === 0) return undefined;
  if (field.length === 8) return Number(field.readBigUInt64LE(0));
  return field.readUIntLE(0, field.length) + (field.length === 2 ? 256 : 0);
}

/** The pieces of one frame: its header, each block with its block header, and the checksum if there is one. */
async function* frameParts(file: string, header: FrameHeader, exact: Exact): AsyncGenerator<Buffer> {
  yield header.bytes;
  let empty = 0;
  for (let last = false; !last; ) {
    const head = await exact(3);
    const value = head.readUIntLE(0, 3);
    const [type, size] = [(value >> 1) & 3, value >> 3];
    empty = size === 0 ? empty + 1 : 0;
    if (type === 3 || size > MAX_BLOCK || empty > MAX_EMPTY)
      throw truncatedFile(file, 'A block of the Zstandard file is damaged.');
    last = (value & 1) === 1;
    yield Buffer.concat([head, await exact(type === 1 ? 1 : size)]);
  }
  if (header.hasChecksum) yield await exact(4);
}

/** Decodes a frame in JavaScript, and verifies its checksum, which that decoder skips. */
async function* decoded(file: string, header: FrameHeader, parts: Chunks): AsyncGenerator<Buffer> {
  const out: Buffer[] = [];
  const decoder = new Decompress((data) => {
    if (data.length > 0) out.push(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
  });
  const hash = header.hasChecksum ? new XxHash64() : undefined;
  let checksum: Buffer | undefined;
  for await (const part of withLast(parts)) {
    if (part.last && hash !== undefined) checksum = part.bytes;
    try {
      decoder.push(part.bytes, part.last);
    } catch {
      throw truncatedFile(file, 'A block of the Zstandard file is damaged.');
    }
    for (const chunk of out.splice(0)) {
      hash?.update(chunk);
      yield chunk;
    }
  }
  if (hash !== undefined && checksum?.readUInt32LE(0) !== hash.low()) {
    throw truncatedFile(file, 'The checksum of the Zstandard file is wrong: its content is damaged.');
  }
}

/** Marks the last of the pieces. The checksum goes with the decoder's last push, or it would wait for more. */
async function* withLast(parts: Chunks): AsyncGenerator<{ readonly bytes: Buffer; readonly last: boolean }> {
  let kept: Buffer | undefined;
  for await (const bytes of parts) {
    if (kept !== undefined) yield { bytes: kept, last: false };
    kept = bytes;
  }
  if (kept !== undefined) yield { bytes: kept, last: true };
}
