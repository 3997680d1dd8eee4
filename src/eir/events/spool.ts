import { createHash, type Hash, randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { errorCode } from '../../files/errno.ts';
import type { Asker, Count } from '../checker.ts';
import { RECORD_BYTES, readChecks, writeBlock, writeEnd, writeHead } from './file.ts';
import type { AnswerLine, Entry } from './record.ts';

/** Bounds of what a node keeps of its checks until the centre has them. */
export type SpoolLimits = {
  /** Bytes of all files; above it the oldest go, and their checks are counted as lost. */
  readonly mostBytes: number;
  /** A file is ended at this size, or this age. */
  readonly fileBytes: number;
  readonly fileMs: number;
  /** Bytes that wait in memory while the disk takes nothing; what is more is lost. */
  readonly memoryBytes: number;
};

export const SPOOL: SpoolLimits = {
  mostBytes: 2 ** 30,
  fileBytes: 16 << 20,
  fileMs: 10_000,
  memoryBytes: 32 << 20,
};

/** After the disk took nothing, it is tried again so much later. */
const AGAIN_MS = 1000;

export type SpoolOptions = {
  readonly folder: string;
  /** The node's name. */
  readonly node: string;
  readonly count: Count;
  readonly lost: (records: number) => void;
  /** What records point to. */
  readonly answers: readonly AnswerLine[];
  readonly askers: readonly Asker[];
  readonly limits?: Partial<SpoolLimits>;
};

/** Whole records, and the numbers of what they point to. */
export type Batch = {
  readonly records: Buffer;
  readonly answers: ReadonlySet<number>;
  readonly askers: ReadonlySet<number>;
};

/** The file that is being written. */
type Open = {
  readonly handle: FileHandle;
  readonly name: string;
  readonly began: number;
  readonly hash: Hash;
  /** What it has told so far of what records point to. */
  readonly answers: Set<number>;
  readonly askers: Set<number>;
  bytes: number;
  records: number;
};

/** A complete file, by its name. */
export type Kept = { readonly name: string; readonly file: string; readonly records: number; readonly bytes: number };

const NAME = /^[a-z0-9-]+-(\d+)\.events$/;
const PART = '.part';

/**
 * The checks of a node on its disk: files that are appended to, ended after a while, and then wait until the centre has
 * them. Files of a process that was killed are ended with what is whole in them. A name is never used again.
 */
export class Spool {
  readonly #options: SpoolOptions;
  readonly #limits: SpoolLimits;
  /** Tells this process from every other one of the node, whatever the clock did. */
  readonly #mark = `${Math.floor(Date.now() / 1000)}-${randomBytes(4).toString('hex')}`;
  #sequence = 0;
  #open: Open | undefined;
  #waiting: Batch[] = [];
  #waitingBytes = 0;
  #notBefore = 0;
  #queue: Promise<void> = Promise.resolve();
  #isWorking = false;
  #kept: Kept[] = [];
  #isClosed = false;

  private constructor(options: SpoolOptions) {
    this.#options = options;
    this.#limits = { ...SPOOL, ...options.limits };
  }

  static async open(options: SpoolOptions): Promise<Spool> {
    await mkdir(options.folder, { recursive: true, mode: 0o700 });
    const spool = new Spool(options);
    await spool.#recover();
    return spool;
  }

  /** Complete files, the oldest first. */
  get kept(): readonly Kept[] {
    return this.#kept;
  }

  /** Bytes on the disk and in memory. */
  get bytes(): number {
    const kept = this.#kept.reduce((sum, { bytes }) => sum + bytes, 0);
    return kept + (this.#open?.bytes ?? 0) + this.#waitingBytes;
  }

  /** Takes records; they are written when their turn comes, or lost where there is no room. */
  take(batch: Batch): void {
    if (this.#waitingBytes + batch.records.length > this.#limits.memoryBytes) {
      this.#options.lost(batch.records.length / RECORD_BYTES);
      return;
    }
    this.#waiting.push(batch);
    this.#waitingBytes += batch.records.length;
  }

  /** Writes what waits, and ends the file when it is due. To be called now and then. */
  tick(): void {
    if (this.#isWorking || performance.now() < this.#notBefore) return;
    const due = this.#open !== undefined && performance.now() - this.#open.began > this.#limits.fileMs;
    if (this.#waiting.length === 0 && !due) return;
    this.#isWorking = true;
    this.#queue = this.#work().finally(() => {
      this.#isWorking = false;
    });
  }

  /** Ends the file that is being written, whatever its age; what the disk does not take by then is lost. */
  async close(): Promise<void> {
    await this.#queue;
    this.#isClosed = true;
    await this.#work();
    if (this.#waitingBytes > 0) this.#options.lost(this.#waitingBytes / RECORD_BYTES);
  }

  /** Removes a file that the centre has. */
  async remove(kept: Kept): Promise<void> {
    await rm(kept.file, { force: true });
    this.#kept = this.#kept.filter(({ name }) => name !== kept.name);
  }

  /** Puts a file aside that the centre will not have. */
  async refuse(kept: Kept): Promise<void> {
    await rename(kept.file, `${kept.file}.refused`).catch(() => undefined);
    this.#kept = this.#kept.filter(({ name }) => name !== kept.name);
  }

  async #work(): Promise<void> {
    try {
      await this.#write();
      const { fileBytes, fileMs } = this.#limits;
      const open = this.#open;
      const isDue = open !== undefined && (open.bytes >= fileBytes || performance.now() - open.began > fileMs);
      if (open !== undefined && (isDue || this.#isClosed)) await this.#end(open);
      await this.#trim();
    } catch (error) {
      this.#options.count('events_disk', errorCode(error) ?? 'UNFORESEEN');
      this.#notBefore = performance.now() + AGAIN_MS;
    }
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const open = this.#open ?? (await this.#begin());
      const [count, told] = [this.#waiting.length, { answers: new Set(open.answers), askers: new Set(open.askers) }];
      const bytes = Buffer.concat(this.#waiting.flatMap((batch) => this.#block(batch, told)));
      // What goes out of it before a failure is written over by the next try.
      await writeAll(open.handle, bytes, open.bytes);
      const written = this.#waiting.splice(0, count).reduce((sum, { records }) => sum + records.length, 0);
      for (const number of told.answers) open.answers.add(number);
      for (const number of told.askers) open.askers.add(number);
      open.hash.update(bytes);
      open.bytes += bytes.length;
      open.records += written / RECORD_BYTES;
      this.#waitingBytes -= written;
      if (open.bytes >= this.#limits.fileBytes) await this.#end(open);
    }
  }

  /** Records with what the file has not told yet of what they point to; notes that it then has. */
  #block(
    { records, answers, askers }: Batch,
    told: { readonly answers: Set<number>; readonly askers: Set<number> },
  ): readonly Buffer[] {
    return writeBlock({
      answers: untold(answers, told.answers, this.#options.answers),
      askers: untold(askers, told.askers, this.#options.askers),
      records,
    });
  }

  async #begin(): Promise<Open> {
    this.#sequence += 1;
    const name = `${this.#options.node}-${this.#mark}-${String(this.#sequence).padStart(6, '0')}`;
    const handle = await open(path.join(this.#options.folder, `${name}${PART}`), 'wx', 0o600);
    const head = writeHead(this.#options.node, new Date());
    try {
      await writeAll(handle, head, 0);
    } catch (error) {
      await handle.close();
      await rm(path.join(this.#options.folder, `${name}${PART}`), { force: true });
      throw error;
    }
    const hash = createHash('sha256').update(head);
    const told = { answers: new Set<number>(), askers: new Set<number>() };
    this.#open = { handle, name, began: performance.now(), hash, ...told, bytes: head.length, records: 0 };
    return this.#open;
  }

  async #end(open: Open): Promise<void> {
    const end = writeEnd(open.records, open.hash.copy().digest('hex'));
    await writeAll(open.handle, end, open.bytes);
    // A try that failed may have left more behind.
    await open.handle.truncate(open.bytes + end.length);
    await open.handle.sync();
    await open.handle.close();
    this.#open = undefined;
    await this.#keep(open.name, { records: open.records, bytes: open.bytes + end.length });
  }

  async #keep(name: string, { records, bytes }: { readonly records: number; readonly bytes: number }): Promise<void> {
    const { folder } = this.#options;
    const complete = `${name}-${records}.events`;
    await rename(path.join(folder, `${name}${PART}`), path.join(folder, complete));
    this.#kept.push({ name: complete, file: path.join(folder, complete), records, bytes });
  }

  /** Makes room: the oldest go. */
  async #trim(): Promise<void> {
    while (this.bytes > this.#limits.mostBytes) {
      const [oldest] = this.#kept;
      if (oldest === undefined) return;
      this.#options.lost(oldest.records);
      this.#options.count('events_dropped');
      await this.remove(oldest);
    }
  }

  /** Takes up what an earlier process left. */
  async #recover(): Promise<void> {
    const { folder } = this.#options;
    for (const name of (await readdir(folder)).sort()) {
      const file = path.join(folder, name);
      const records = NAME.exec(name)?.[1];
      if (records !== undefined) {
        this.#kept.push({ name, file, records: Number(records), bytes: (await stat(file)).size });
      } else if (name.endsWith(PART)) await this.#complete(name.slice(0, -PART.length)).catch(() => undefined);
    }
  }

  /** Ends a file with what is whole in it. */
  async #complete(name: string): Promise<void> {
    const file = path.join(this.#options.folder, `${name}${PART}`);
    const content = await readFile(file);
    const read = readChecks(content, file);
    if (!read.ok || read.value.records === 0) {
      await rm(file, { force: true });
      return;
    }
    const { bytes, records } = read.value;
    const end = writeEnd(records, createHash('sha256').update(content.subarray(0, bytes)).digest('hex'));
    const handle = await open(file, 'r+');
    try {
      await writeAll(handle, end, bytes);
      await handle.truncate(bytes + end.length);
      await handle.sync();
    } finally {
      await handle.close();
    }
    this.#options.count('events_recovered');
    await this.#keep(name, { records, bytes: bytes + end.length });
  }
}

function untold<T>(used: ReadonlySet<number>, told: Set<number>, table: readonly T[]): readonly Entry<T>[] {
  const fresh = [...used].filter((number) => !told.has(number));
  for (const number of fresh) told.add(number);
  return fresh.flatMap((number) => {
    const value = table[number];
    return value === undefined ? [] : [[number, value] as const];
  });
}

async function writeAll(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    at += (await handle.write(bytes, at, bytes.length - at, position + at)).bytesWritten;
  }
}
