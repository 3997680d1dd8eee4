import { Refused } from '../faults/fault.ts';
import { type CutLimits, cut, type LineBlock } from './cut.ts';
import { changedFile, emptyFile, look, type Seen, SourceFile } from './source.ts';
import { type Content, openContent, type Pull } from './unpack.ts';

/** A file of lines whose header has been read. Nothing stays open until `blocks` is walked through. */
export type OpenedFile = {
  readonly path: string;
  /** The path, with `!member` behind it where the lines come out of a zip archive. */
  readonly name: string;
  /** Size of the file itself, packed or not. */
  readonly bytes: number;
  /** The first line, without byte order mark and line end. */
  readonly header: string;
  /** The lines behind the header. The last of two walks in a row is the one that `progress` and `digest` speak of. */
  readonly blocks: AsyncIterable<LineBlock>;
  /** Bytes of the file itself that have been read, for a bar of `bytes` length. */
  readonly progress: () => number;
  /** SHA-256 of the file itself, in hexadecimal. Throws before `blocks` has been walked through to its end. */
  readonly digest: () => string;
};

/** Limits of reading, in bytes. */
export type ReadLimits = {
  /** Size of a block; a block holds at least one line of the longest kind. 32 MiB unless told. */
  readonly blockBytes?: number;
  /** The longest line without its LF. Longer data lines become one byte 0x01. 64 KiB unless told. */
  readonly maxLineBytes?: number;
  /** The most that a file may unpack to. 1 TiB unless told. */
  readonly maxBytes?: number;
};

type Limits = CutLimits & { readonly maxBytes: number };
type Progress = { consumed: () => number; digest: string | undefined };

const BOM = Buffer.of(0xef, 0xbb, 0xbf);
/** Shares of NUL bytes above this are no text: UTF-16 of plain ASCII has one half. */
const NUL_SHARE = 0.05;
const SAMPLE = 4096;

/**
 * Opens a plain, zip (one member), gzip or Zstandard file of lines and reads its header.
 * Faults, here or while the blocks are walked through, are `Refused` with a `FILE_…` code. A row's content is not judged.
 */
export async function openLines(path: string, options: ReadLimits = {}): Promise<OpenedFile> {
  const limits: Limits = { blockBytes: 32 << 20, maxLineBytes: 64 << 10, maxBytes: 2 ** 40, ...options };
  const seen = await look(path);
  const { name, head } = await reading(path, seen, (content) => readHead(path, content, limits));
  const header = headerOf(path, head, limits);
  const state: Progress = { consumed: () => 0, digest: undefined };
  const input = { path, seen, limits, state, start: head.subarray(0, header.length) };
  return {
    path,
    name,
    bytes: seen.size,
    header: header.text,
    blocks: { [Symbol.asyncIterator]: () => ahead(blocksOf(input)) },
    progress: () => state.consumed(),
    digest: () => {
      if (state.digest === undefined) throw new Error('The digest is known only at the end of the file.');
      return state.digest;
    },
  };
}

async function reading<T>(path: string, seen: Seen, act: (content: Content) => Promise<T>): Promise<T> {
  const file = await SourceFile.open(path, seen);
  try {
    const content = await openContent(file);
    try {
      return await act(content);
    } finally {
      await content.close();
    }
  } finally {
    await file.close();
  }
}

async function readHead(path: string, content: Content, limits: Limits): Promise<{ name: string; head: Buffer }> {
  const pull = bounded(path, content.pull, limits.maxBytes);
  const target = Buffer.allocUnsafe(Math.max(SAMPLE, limits.maxLineBytes + BOM.length + 2));
  const head = target.subarray(0, await fill(pull, target));
  if (head.length === 0 || head.equals(BOM)) throw emptyFile(content.name);
  return { name: content.name, head };
}

/** Pulls until the target is full or the content ends. */
async function fill(pull: Pull, target: Buffer): Promise<number> {
  let used = 0;
  while (used < target.length) {
    const got = await pull(target, used);
    if (got === 0) break;
    used += got;
  }
  return used;
}

/** Counts what is unpacked, against archives that unpack to more than any honest file. */
function bounded(file: string, pull: Pull, maxBytes: number): Pull {
  let total = 0;
  return async (target, offset) => {
    const got = await pull(target, offset);
    total += got;
    if (total <= maxBytes) return got;
    const message = `The file unpacks to more than ${maxBytes} bytes.`;
    throw new Refused([{ code: 'FILE_TOO_LARGE', file, message, remedy: 'Split it into several files.' }]);
  };
}

/** The header's text, and its length in bytes with byte order mark and line end. */
function headerOf(file: string, head: Buffer, limits: Limits): { readonly text: string; readonly length: number } {
  refuseForeignEncoding(file, head);
  const start = head.subarray(0, BOM.length).equals(BOM) ? BOM.length : 0;
  const found = head.indexOf(10);
  const end = found < 0 ? head.length : found;
  const text = head.toString('utf8', start, end).replace(/\r$/, '');
  if (text.includes('\r')) throw encoding(file, 'Lines end with CR alone, as on old systems.', 'Save it with LF.');
  if (end - start <= limits.maxLineBytes) return { text, length: found < 0 ? head.length : found + 1 };
  const message = `The header line is longer than ${limits.maxLineBytes} bytes.`;
  throw new Refused([
    { code: 'FILE_LINE', file, line: 1, message, remedy: 'Check that the file is a CSV file with line ends.' },
  ]);
}

const encoding = (file: string, message: string, remedy: string): Refused =>
  new Refused([{ code: 'FILE_ENCODING', file, message, remedy }]);

function refuseForeignEncoding(file: string, head: Buffer): void {
  const hex = head.toString('hex', 0, 4);
  const remedy = 'Save the file as UTF-8 and send it again.';
  if (hex === '0000feff' || hex === 'fffe0000') throw encoding(file, 'The file is encoded as UTF-32.', remedy);
  if (hex.startsWith('feff') || hex.startsWith('fffe')) throw encoding(file, 'The file is encoded as UTF-16.', remedy);
  const sample = head.subarray(0, SAMPLE);
  const nuls = sample.reduce((count, byte) => count + Number(byte === 0), 0);
  if (nuls <= sample.length * NUL_SHARE) return;
  throw encoding(file, 'The file is no text: it is full of NUL bytes, as UTF-16 and binary files are.', remedy);
}

type Input = {
  readonly path: string;
  readonly seen: Seen;
  readonly limits: Limits;
  readonly state: Progress;
  /** The bytes up to the header's end, as they were read before. */
  readonly start: Buffer;
};

async function* blocksOf({ path, seen, limits, state, start }: Input): AsyncGenerator<LineBlock> {
  state.digest = undefined;
  const file = await SourceFile.open(path, seen);
  try {
    if (!(await file.unchanged())) throw changedFile(path);
    const content = await openContent(file);
    state.consumed = content.consumed;
    try {
      const pull = bounded(path, content.pull, limits.maxBytes);
      const again = Buffer.alloc(start.length);
      if ((await fill(pull, again)) < again.length || !again.equals(start)) throw changedFile(path);
      yield* cut(pull, limits, 2);
    } finally {
      await content.close();
    }
    state.digest = await file.finish();
    state.consumed = () => seen.size;
  } finally {
    await file.close();
  }
}

/** Makes the next block while the consumer works on the last one: never more than two exist, the consumer's included. */
async function* ahead(blocks: AsyncGenerator<LineBlock>): AsyncGenerator<LineBlock> {
  let next = blocks.next();
  try {
    for (;;) {
      const block = await next;
      if (block.done === true) return;
      next = blocks.next();
      // Whether it fails is told when the consumer comes for it; a consumer that leaves need not hear of it.
      next.catch(() => undefined);
      yield block.value;
    }
  } finally {
    await blocks.return(undefined);
  }
}
