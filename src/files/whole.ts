import { createHash } from 'node:crypto';
import { type FileHandle, lstat, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { type Fault, Refused } from '../faults/fault.ts';
import { asideOf, sweep } from './aside.ts';
import { deniedFault, errorCode, fullFault } from './errno.ts';

/** Takes the content of a file, piece by piece. */
export type Sink = { readonly write: (chunk: Buffer | string) => Promise<void> };

/** What was written. */
export type Written = { readonly bytes: number; readonly sha256: string };

/** Small pieces are gathered up to this many bytes for one write. */
const GATHER = 1 << 20;

/**
 * Writes a file so that it appears whole or not at all, also after a crash: aside in the same folder, flushed to the
 * disk, then renamed over whatever had the name. On any error the part written is removed; what a killed process left
 * in the folder goes with the next file or folder that is written there.
 */
export function writeWhole(target: string, write: (sink: Sink) => Promise<void>): Promise<Written> {
  return translated(target, async () => {
    const aside = asideOf(target);
    await sweep(path.dirname(aside));
    try {
      const written = await writeAside(aside, write);
      await rename(aside, target);
      await flushFolder(path.dirname(target));
      return written;
    } catch (error) {
      await rm(aside, { force: true });
      throw error;
    }
  });
}

/**
 * Fills a folder so that it appears whole or not at all: `fill` works in a folder aside, which is flushed and renamed.
 * A folder that exists already is refused, be it empty. On any error the folder aside is removed.
 */
export function publishFolder<T>(target: string, fill: (folder: string) => Promise<T>): Promise<T> {
  return translated(target, async () => {
    if ((await lstat(target).catch(() => undefined)) !== undefined) throw new Refused([existsFault(target)]);
    const aside = asideOf(target);
    await sweep(path.dirname(aside));
    await mkdir(aside);
    try {
      const result = await fill(aside);
      await flushTree(aside);
      await rename(aside, target);
      await flushFolder(path.dirname(path.resolve(target)));
      return result;
    } catch (error) {
      await rm(aside, { recursive: true, force: true });
      throw error;
    }
  });
}

const existsFault = (file: string): Fault => ({
  code: 'FILE_EXISTS',
  file,
  message: `${file} exists already; nothing in it was touched.`,
  remedy: 'Name a folder that does not exist yet, or move this one away.',
});

async function writeAside(aside: string, write: (sink: Sink) => Promise<void>): Promise<Written> {
  const handle = await open(aside, 'wx');
  try {
    const gatherer = new Gatherer(handle);
    await write({ write: (chunk) => gatherer.write(chunk) });
    const written = await gatherer.finish();
    await handle.sync();
    return written;
  } finally {
    await handle.close();
  }
}

/** Gathers pieces to larger writes in the order of the calls, and keeps the first failure for the end. */
class Gatherer {
  readonly #handle: FileHandle;
  readonly #hash = createHash('sha256');
  #pieces: Buffer[] = [];
  #gathered = 0;
  #bytes = 0;
  #queue: Promise<void> = Promise.resolve();

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  async write(chunk: Buffer | string): Promise<void> {
    // A small piece waits, and its caller may fill the buffer anew; a large one is copied before this call returns.
    const piece = typeof chunk === 'string' || chunk.length < GATHER ? Buffer.from(chunk) : chunk;
    this.#pieces.push(piece);
    this.#gathered += piece.length;
    if (this.#gathered >= GATHER) await this.#flush();
  }

  async finish(): Promise<Written> {
    await this.#flush();
    return { bytes: this.#bytes, sha256: this.#hash.digest('hex') };
  }

  /** Once a write has failed, the queue fails for good: a file with a gap is never finished, whoever caught the error. */
  #flush(): Promise<void> {
    const gathered = Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#gathered = 0;
    this.#queue = this.#queue.then(() => this.#writeAll(gathered));
    return this.#queue;
  }

  async #writeAll(piece: Buffer): Promise<void> {
    for (let at = 0; at < piece.length; ) at += (await this.#handle.write(piece, at)).bytesWritten;
    this.#hash.update(piece);
    this.#bytes += piece.length;
  }
}

async function flushTree(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) await flushTree(file);
    else if (entry.isFile()) await flush(file);
  }
  await flushFolder(folder);
}

async function flush(file: string): Promise<void> {
  const handle = await open(file, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes a rename lasting. Some file systems (of networks above all) cannot flush a folder, and need not. */
async function flushFolder(folder: string): Promise<void> {
  await flush(folder).catch((error: unknown) => {
    if (!['EINVAL', 'EPERM', 'ENOTSUP', 'EISDIR'].includes(errorCode(error) ?? '')) throw error;
  });
}

async function translated<T>(target: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    const fault = fullFault(target, error) ?? deniedFault(target, error) ?? placeFault(target, error);
    throw fault === undefined ? error : new Refused([fault]);
  }
}

function placeFault(target: string, error: unknown): Fault | undefined {
  const code = errorCode(error);
  const resolved = path.resolve(target);
  if (!(error instanceof Error && 'path' in error && typeof error.path === 'string')) return undefined;
  if (path.dirname(error.path) !== path.dirname(resolved)) return undefined;
  if (code === 'EEXIST' || code === 'ENOTEMPTY' || code === 'EISDIR') return existsFault(target);
  if (code !== 'ENOENT' && code !== 'ENOTDIR') return undefined;
  const folder = path.dirname(resolved);
  return { code: 'FILE_MISSING', file: folder, message: `There is no folder ${folder}.`, remedy: 'Make it first.' };
}
