import { createHash } from 'node:crypto';
import { type FileHandle, open, stat } from 'node:fs/promises';
import path from 'node:path';
import { Refused } from '../faults/fault.ts';
import { deniedFault, errorCode } from './errno.ts';

/** What a file was when it was first looked at; a file that is read must still be that at the end. */
export type Seen = { readonly size: number; readonly mtimeNs: bigint; readonly ino: bigint; readonly dev: bigint };

/** Looks at a file before it is read. Refuses one that is missing, no regular file, closed to us, or empty. */
export async function look(file: string): Promise<Seen> {
  const stats = await stat(file, { bigint: true }).catch((error: unknown) => {
    throw unreadable(file, error);
  });
  if (!stats.isFile()) {
    const message = `${path.basename(file)} is ${stats.isDirectory() ? 'a folder' : 'a device or a pipe'}, no file.`;
    throw new Refused([{ code: 'FILE_MISSING', file, message, remedy: 'Name a regular file.' }]);
  }
  if (stats.size === 0n) throw emptyFile(file);
  return { size: Number(stats.size), mtimeNs: stats.mtimeNs, ino: stats.ino, dev: stats.dev };
}

/** The refusal of a file, or of an archive's member, without content. */
export const emptyFile = (file: string): Refused =>
  new Refused([
    {
      code: 'FILE_EMPTY',
      file,
      message: 'The file is empty: it has not even a header line.',
      remedy: 'Ask the sender for the file again; a list without entries still needs its header line.',
    },
  ]);

/** The refusal of a file whose content cannot be unpacked to its end. */
export const truncatedFile = (file: string, message: string): Refused =>
  new Refused([
    {
      code: 'FILE_TRUNCATED',
      file,
      message,
      remedy: 'Transfer the file again and compare its size and checksum with the sender’s.',
    },
  ]);

/** The refusal of an archive that is whole, but of a kind that is not read here. */
export const archiveFault = (file: string, message: string, remedy: string): Refused =>
  new Refused([{ code: 'FILE_ARCHIVE', file, message, remedy }]);

/** The refusal of a file that was written to or replaced since it was first looked at. */
export const changedFile = (file: string): Refused =>
  new Refused([
    {
      code: 'FILE_CHANGED',
      file,
      message: 'The file was changed or replaced while it was read.',
      remedy: 'Wait until its transfer has ended (let senders write aside and rename), then give the command again.',
    },
  ]);

function unreadable(file: string, error: unknown): unknown {
  const code = errorCode(error);
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    const message = `There is no file ${file}.`;
    return new Refused([{ code: 'FILE_MISSING', file, message, remedy: 'Check the path and its spelling.' }]);
  }
  const denied = deniedFault(file, error);
  return denied === undefined ? error : new Refused([denied]);
}

/** A file open for reading: from front to back with its SHA-256, and at any place besides. */
export class SourceFile {
  readonly path: string;
  readonly seen: Seen;
  readonly #handle: FileHandle;
  readonly #hash = createHash('sha256');
  #position = 0;

  private constructor(file: string, seen: Seen, handle: FileHandle) {
    this.path = file;
    this.seen = seen;
    this.#handle = handle;
  }

  /** Opens a file that was looked at before. Close it in every case. */
  static async open(file: string, seen: Seen): Promise<SourceFile> {
    const handle = await open(file, 'r').catch((error: unknown) => {
      throw errorCode(error) === 'ENOENT' ? changedFile(file) : unreadable(file, error);
    });
    return new SourceFile(file, seen, handle);
  }

  /** Bytes read from the front so far. */
  get position(): number {
    return this.#position;
  }

  /** Reads on from the front into `target` from `offset`; 0 at the end. Never reads beyond the size first seen. */
  async read(target: Buffer, offset: number): Promise<number> {
    const length = Math.min(target.length - offset, this.seen.size - this.#position);
    if (length <= 0) return 0;
    const { bytesRead } = await this.#handle.read(target, offset, length, this.#position);
    if (bytesRead === 0) throw changedFile(this.path);
    this.#hash.update(target.subarray(offset, offset + bytesRead));
    this.#position += bytesRead;
    return bytesRead;
  }

  /** Reads up to `length` bytes at `position`, without counting or hashing them; fewer only at the file's end. */
  async readAt(position: number, length: number): Promise<Buffer> {
    const target = Buffer.allocUnsafe(Math.max(0, Math.min(length, this.seen.size - position)));
    let used = 0;
    while (used < target.length) {
      const { bytesRead } = await this.#handle.read(target, used, target.length - used, position + used);
      if (bytesRead === 0) throw changedFile(this.path);
      used += bytesRead;
    }
    return target;
  }

  /** The rest of the file in chunks of fresh memory. */
  async *chunks(chunkBytes = 1 << 18): AsyncGenerator<Buffer> {
    for (;;) {
      const chunk = Buffer.allocUnsafe(Math.min(chunkBytes, Math.max(1, this.seen.size - this.#position)));
      const got = await this.read(chunk, 0);
      if (got === 0) return;
      yield chunk.subarray(0, got);
    }
  }

  /** Whether path and open file are still what was first seen: same inode, size and time of modification. */
  async unchanged(): Promise<boolean> {
    const now = await this.#handle.stat({ bigint: true });
    const named = await stat(this.path, { bigint: true }).catch(() => undefined);
    return [now, named].every(
      (stats) =>
        stats !== undefined &&
        stats.ino === this.seen.ino &&
        stats.dev === this.seen.dev &&
        stats.mtimeNs === this.seen.mtimeNs &&
        Number(stats.size) === this.seen.size,
    );
  }

  /** Reads what is left, refuses a changed file, and returns the SHA-256 of the whole file in hexadecimal. */
  async finish(): Promise<string> {
    const scratch = Buffer.allocUnsafe(1 << 20);
    while ((await this.read(scratch, 0)) > 0);
    if (!(await this.unchanged())) throw changedFile(this.path);
    return this.#hash.digest('hex');
  }

  /** Closes the file after the reads under way. */
  close(): Promise<void> {
    return this.#handle.close();
  }
}
