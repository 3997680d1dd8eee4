import { type ChildProcess, fork } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Fault } from '../../faults/fault.ts';
import type { Result } from '../../faults/result.ts';
import { lastOf, type Segment } from '../../lists/journal.ts';
import type { Count } from '../checker.ts';
import { openingRecord } from '../follow/record.ts';
import { behind, NOWHERE } from '../follow/wire.ts';
import { type BuildOrder, readSnapshot, type Snapshot } from './build.ts';
import { type Feed, keyOf, keysOf } from './feed.ts';

/** When snapshots are built and what is kept beside them. */
export type SnapshotRules = {
  /** A new one is built when more changes than this, and than `share` of the last one's rows, came since. */
  readonly changes: number;
  readonly share: number;
  /** The newest changes of each list that stay in the folder though a snapshot holds them; absent: all. */
  readonly keep?: number;
  /** How often it is looked whether one is due, in milliseconds. */
  readonly everyMs: number;
};

/** A snapshot as it is sent: the bytes of the file, then a record that says what it stands at. */
export type Sending = { readonly snapshot: Snapshot; readonly length: number; readonly tail: Buffer };

/** After a build failed, the next is tried so much later. */
const AGAIN_MS = 60_000;

/** The snapshots of all operators: builds them one at a time in a process of its own, and removes what they made old. */
export class Snapshots {
  readonly #feed: Feed;
  readonly #operators: readonly string[];
  readonly #rules: SnapshotRules;
  readonly #count: Count;
  readonly #onFault: (fault: Fault) => void;
  readonly #newest = new Map<string, Snapshot>();
  readonly #building = new Map<string, Promise<void>>();
  readonly #failedAt = new Map<string, number>();
  readonly #listeners = new Set<(operator: string) => void>();
  readonly #timer: NodeJS.Timeout;
  #turn: Promise<void> = Promise.resolve();
  #child: ChildProcess | undefined;
  #isClosed = false;

  private constructor(feed: Feed, options: SnapshotOptions) {
    this.#feed = feed;
    this.#operators = [...new Set(options.operators)];
    this.#rules = options.rules;
    this.#count = options.count;
    this.#onFault = options.onFault;
    this.#timer = setInterval(() => this.#tick(), options.rules.everyMs);
    this.#timer.unref();
  }

  static async open(feed: Feed, options: SnapshotOptions): Promise<Snapshots> {
    const snapshots = new Snapshots(feed, options);
    for (const operator of snapshots.#operators) {
      const found = await readSnapshot(snapshots.folderOf(operator), feed.log);
      if (found !== undefined) snapshots.#newest.set(operator, found);
    }
    snapshots.#tick();
    return snapshots;
  }

  folderOf(operator: string): string {
    return path.join(this.#feed.folder, 'snapshots', operator);
  }

  newest(operator: string): Snapshot | undefined {
    return this.#newest.get(operator);
  }

  /** Has something called when an operator has a new snapshot. */
  listen(listener: (operator: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Builds a snapshot unless that is under way or failed just now. Does not wait. */
  want(operator: string): void {
    const failedAt = this.#failedAt.get(operator) ?? -Infinity;
    if (this.#isClosed || !this.#isReady(operator)) return;
    if (this.#building.has(operator) || performance.now() - failedAt < AGAIN_MS) return;
    this.#building.set(operator, this.#inTurn(operator));
  }

  /** What is sent to a node of an operator. */
  sending(operator: string): Sending | undefined {
    const snapshot = this.#newest.get(operator);
    if (snapshot === undefined || !this.#isReady(operator)) return undefined;
    const tail = openingRecord({ stand: snapshot.stand });
    return { snapshot, length: snapshot.length + tail.length, tail };
  }

  /** The bytes that are sent, from a place on. */
  async *bytes(operator: string, { snapshot, tail }: Sending, from: number): AsyncGenerator<Buffer> {
    if (from < snapshot.length) {
      const file = path.join(this.folderOf(operator), snapshot.file);
      const source = createReadStream(file, { start: from, end: snapshot.length - 1, highWaterMark: 1 << 18 });
      for await (const chunk of source) yield chunk as Buffer;
    }
    yield tail.subarray(Math.max(0, from - snapshot.length));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.#listeners.clear();
    this.#child?.kill('SIGKILL');
    await this.#turn;
  }

  #tick(): void {
    for (const operator of this.#operators) if (this.#isDue(operator)) this.want(operator);
  }

  /**
   * Whether the folder holds lists, all of them: the rules are published last. A snapshot takes the place of all that a
   * node holds; one of a wrong folder, or of one that is just being filled, would free what is blocked.
   */
  #isReady(operator: string): boolean {
    return this.#feed.rules !== undefined && behind(NOWHERE, this.#feed.heads(operator)) > 0;
  }

  #isDue(operator: string): boolean {
    const newest = this.#newest.get(operator);
    const heads = this.#feed.heads(operator);
    return (
      behind(newest?.stand ?? NOWHERE, heads) > Math.max(this.#rules.changes, this.#rules.share * (newest?.rows ?? 0))
    );
  }

  /** One build after the other: each takes memory, and a processor. */
  #inTurn(operator: string): Promise<void> {
    const turn = this.#turn.then(async () => {
      try {
        if (!this.#isClosed) await this.#build(operator);
      } catch (error) {
        // A process that was killed, or could not be started: the next time may do better.
        this.#failedAt.set(operator, performance.now());
        if (!this.#isClosed) this.#count('feed_snapshot_failed', error instanceof Error ? error.name : '');
      } finally {
        this.#building.delete(operator);
      }
    });
    this.#turn = turn;
    return turn;
  }

  async #build(operator: string): Promise<void> {
    const folder = this.folderOf(operator);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const { folder: feed, log } = this.#feed;
    const result = await this.#inChild({ feed, log, operator, folder });
    if (!result.ok) {
      this.#failedAt.set(operator, performance.now());
      this.#count('feed_snapshot_failed', result.fault.code);
      this.#onFault(result.fault);
      return;
    }
    this.#newest.set(operator, result.value);
    this.#count('feed_snapshot_built');
    for (const listener of [...this.#listeners]) listener(operator);
    await this.#prune();
  }

  #inChild(order: BuildOrder): Promise<Result<Snapshot, Fault>> {
    const child = fork(path.join(import.meta.dirname, 'child.js'), {
      execArgv: [],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#child = child;
    return new Promise<Result<Snapshot, Fault>>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => reject(new Error(`The builder of snapshots ended with ${signal ?? code}.`)));
      child.once('message', (message) => resolve(message as Result<Snapshot, Fault>));
      child.send(order, (error) => {
        if (error !== null) reject(error);
      });
    }).finally(() => {
      this.#child = undefined;
    });
  }

  /** Removes changes that every operator's snapshot holds, but for the newest that are to be kept. */
  async #prune(): Promise<void> {
    const { keep } = this.#rules;
    if (keep === undefined || this.#operators.some((operator) => !this.#newest.has(operator))) return;
    let gone = 0;
    for (const [key, segments] of this.#feed.segments) {
      for (const { file } of this.#old(key, segments, keep)) {
        await rm(file, { force: true });
        gone += 1;
      }
    }
    if (gone > 0) await this.#feed.refresh();
  }

  #old(key: string, segments: readonly Segment[], keep: number): readonly Segment[] {
    const held = this.#operators.flatMap((operator) => {
      const stand = this.#newest.get(operator)?.stand;
      const list = keysOf(operator).find(([name]) => keyOf(name, operator) === key)?.[0];
      return stand === undefined || list === undefined ? [] : [stand[list]];
    });
    // Changes that no node follows are only bounded by what is to be kept.
    const end = Math.min(lastOf(segments) - Math.max(1, keep), ...held);
    return segments.filter(({ from, count }) => from + count - 1 <= end);
  }
}

/** How snapshots are made. */
export type SnapshotOptions = {
  readonly operators: readonly string[];
  readonly rules: SnapshotRules;
  readonly count: Count;
  readonly onFault: (fault: Fault) => void;
};
