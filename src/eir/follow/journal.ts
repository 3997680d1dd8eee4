import { type FileHandle, open, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { errorCode } from '../../files/errno.ts';
import { headOf, type Opening, openingRecord } from './record.ts';
import type { Stand } from './wire.ts';

/** Bytes that wait for a disk that takes none; beyond them only a new file of the lists brings all to the disk. */
const WAITING_LIMIT = 32 << 20;

/** Bytes that wait for a disk that takes them, before whoever can should wait too. */
const PRESSED = 8 << 20;

/** Bytes written at once. */
const GATHER = 4 << 20;

const RETRY_MS = 500;

const NAME = /^journal-(\d{12})\.log$/;

/** The journals of a folder, by their numbers in order. */
export async function journalsIn(folder: string): Promise<readonly number[]> {
  const names = await readdir(folder).catch(() => []);
  return names
    .flatMap((name) => NAME.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

/** The file of a journal. */
export const journalFile = (folder: string, number: number): string =>
  path.join(folder, `journal-${String(number).padStart(12, '0')}.log`);

/** What is to be written: a record and where the lists stand after it, or the beginning of the next journal. */
type Due =
  | { readonly kind: 'record'; readonly bytes: Buffer; readonly stand: Stand }
  | { readonly kind: 'opening'; readonly opening: Opening; readonly number: number };

/** Who is told what becomes of a journal. */
export type JournalWatch = {
  /** All up to here is on the disk, and comes back after a crash. */
  readonly onDurable: (stand: Stand) => void;
  /** The disk took something not, by the code of the system's error; it is tried again. */
  readonly onFault: (code: string) => void;
  readonly retryMs?: number;
};

/**
 * What was applied since the file of the lists was made. Records are gathered and flushed to the disk together; on a
 * disk that takes nothing they wait, and are tried again. Whoever appends never waits.
 */
export class Journal {
  readonly #folder: string;
  readonly #watch: JournalWatch;
  #due: Due[];
  #waiting = 0;
  #number: number;
  #handle: FileHandle | undefined;
  #size = 0;
  #isWorking = false;
  #isLost = false;
  #isClosed = false;
  #timer: NodeJS.Timeout | undefined;
  #idle: (() => void)[] = [];

  /** Begins a journal with a number that none has yet. */
  constructor(folder: string, begin: { readonly number: number; readonly opening: Opening }, watch: JournalWatch) {
    this.#folder = folder;
    this.#watch = watch;
    this.#number = begin.number;
    this.#due = [{ kind: 'opening', ...begin }];
    this.#work();
  }

  /** The number of the journal that is written now, or will be next. */
  get number(): number {
    return this.#number;
  }

  /** Whether records had to be given up: what is on the disk ends before them, until {@link Journal.rebased}. */
  get isLost(): boolean {
    return this.#isLost;
  }

  get isPressed(): boolean {
    return this.#waiting > PRESSED;
  }

  append(bytes: Buffer, stand: Stand): void {
    if (this.#isLost || this.#isClosed) return;
    this.#due.push({ kind: 'record', bytes, stand });
    this.#waiting += bytes.length;
    if (this.#waiting > WAITING_LIMIT) this.#lose();
    else this.#work();
  }

  /** Begins the next journal; its number. */
  rotate(opening: Opening): number {
    this.#number += 1;
    // After a loss what is durable does not go on here, but the file that is being made may begin with this journal.
    this.#due.push({ kind: 'opening', opening, number: this.#number });
    this.#isLost = false;
    this.#work();
    return this.#number;
  }

  /** Removes journals that no file of the lists needs any more. */
  async forget(before: number): Promise<void> {
    for (const number of await journalsIn(this.#folder)) {
      if (number < before) await rm(journalFile(this.#folder, number), { force: true });
    }
  }

  /** Waits until nothing is due, or the disk takes nothing. */
  async settled(): Promise<void> {
    if (!this.#isWorking) return;
    await new Promise<void>((resolve) => {
      this.#idle.push(resolve);
    });
  }

  async close(): Promise<void> {
    await this.settled();
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#handle?.close();
    this.#handle = undefined;
  }

  #lose(): void {
    this.#isLost = true;
    this.#due = [];
    this.#waiting = 0;
    this.#watch.onFault('LOST');
  }

  #work(): void {
    if (this.#isWorking || this.#isClosed) return;
    this.#isWorking = true;
    clearTimeout(this.#timer);
    void this.#loop().finally(() => {
      this.#isWorking = false;
      for (const resolve of this.#idle.splice(0)) resolve();
    });
  }

  async #loop(): Promise<void> {
    while (this.#due.length > 0) {
      try {
        await this.#step();
      } catch (error) {
        this.#watch.onFault(errorCode(error) ?? 'UNKNOWN');
        this.#timer = setTimeout(() => this.#work(), this.#watch.retryMs ?? RETRY_MS);
        this.#timer.unref();
        return;
      }
    }
  }

  async #step(): Promise<void> {
    const [first] = this.#due;
    if (first === undefined) return;
    if (first.kind === 'opening') {
      await this.#begin(first);
      if (this.#due[0] === first) this.#due.shift();
      return;
    }
    const batch = this.#batch();
    await this.#write(batch);
    const last = batch.at(-1);
    // Meanwhile all that was due may have been given up.
    if (last === undefined || this.#due[0] !== first) return;
    this.#due.splice(0, batch.length);
    for (const { bytes } of batch) this.#waiting -= bytes.length;
    this.#watch.onDurable(last.stand);
  }

  /** The records that are due before the next journal begins. */
  #batch(): readonly Extract<Due, { kind: 'record' }>[] {
    const batch: Extract<Due, { kind: 'record' }>[] = [];
    let bytes = 0;
    for (const due of this.#due) {
      if (due.kind === 'opening' || bytes > GATHER) break;
      batch.push(due);
      bytes += due.bytes.length;
    }
    return batch;
  }

  async #begin({ opening, number }: Extract<Due, { kind: 'opening' }>): Promise<void> {
    await this.#handle?.close();
    this.#handle = undefined;
    // A beginning that failed before is begun anew.
    const handle = await open(journalFile(this.#folder, number), 'w', 0o600);
    try {
      const bytes = openingRecord(opening);
      await handle.write(bytes, 0, bytes.length, 0);
      await handle.datasync();
      await this.#syncFolder();
      this.#size = bytes.length;
      this.#handle = handle;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async #syncFolder(): Promise<void> {
    const handle = await open(this.#folder);
    await handle.sync().catch(() => undefined); // some file systems cannot, and need not
    await handle.close();
  }

  /** Writes records behind what is there for certain; whatever a failed write left there is written over. */
  async #write(batch: readonly { readonly bytes: Buffer }[]): Promise<void> {
    const handle = this.#handle;
    if (handle === undefined) throw new Error('No journal was begun.');
    const parts = batch.flatMap(({ bytes }) => [headOf(bytes), bytes]);
    const all = Buffer.concat(parts);
    for (let at = 0; at < all.length; ) {
      at += (await handle.write(all, at, all.length - at, this.#size + at)).bytesWritten;
    }
    await handle.datasync();
    this.#size += all.length;
  }
}
