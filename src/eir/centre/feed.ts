import { randomBytes } from 'node:crypto';
import { type FSWatcher, watch } from 'node:fs';
import { mkdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { Refused } from '../../faults/fault.ts';
import { errorCode } from '../../files/errno.ts';
import { writeWhole } from '../../files/whole.ts';
import { feedPlaces, lastRules, rulesFile } from '../../lists/feed.ts';
import { lastOf, type Segment, segmentKey, segmentsIn, verifySegment } from '../../lists/journal.ts';
import type { Count } from '../checker.ts';
import { FEED_LISTS, type FeedList, type Heads, isOwn, ofLists } from '../follow/wire.ts';

/** What the folder is looked at for new files, at least; mostly the system tells of them at once. */
const POLL_MS = 100;

/** What is known of a segment's content. */
type Known = { readonly mark: string; readonly verified: Promise<boolean> };

/** Where a follower of a list stands against the folder. */
export type Place =
  | { readonly is: 'here'; readonly segment: Segment }
  /** It has all there is. */
  | { readonly is: 'level' }
  /** What it needs is not to be had now: damaged, or a file is missing in between. It may come. */
  | { readonly is: 'waiting' }
  /** What it needs was pruned. */
  | { readonly is: 'pruned' }
  /** It has more than there is. */
  | { readonly is: 'ahead' };

/** The rules as they go to nodes. */
export type Published = { readonly version: number; readonly document: string };

/** The name of a list in the folder, of an operator's own list where there is one for each. */
export const keyOf = (list: FeedList, operator: string): string =>
  segmentKey({ list, operator: isOwn(list) ? operator : '' });

/**
 * A feed folder, as `publishFeed` of `lists/feed.ts` fills it, seen by those who follow it: it tells of new changes as
 * they come, and checks each file once before anybody gets it. The stores are never opened.
 */
export class Feed {
  readonly folder: string;
  /** The identity of the change log that is published here. */
  readonly log: number;
  readonly #count: Count;
  #segments: ReadonlyMap<string, readonly Segment[]> = new Map();
  readonly #known = new Map<string, Known>();
  #rules: Published | undefined;
  readonly #listeners = new Set<() => void>();
  readonly #watchers: FSWatcher[] = [];
  readonly #poll: NodeJS.Timeout;
  readonly #damaged = new Set<string>();
  #seen = '';
  #scanning: Promise<void> | undefined;
  #isStale = false;

  private constructor(folder: string, log: number, count: Count) {
    this.folder = folder;
    this.log = log;
    this.#count = count;
    for (const place of Object.values(feedPlaces(folder))) {
      try {
        // A hint only: what it misses, the poll finds.
        this.#watchers.push(watch(place, () => this.#hint()).on('error', () => this.#count('feed_watch_failed')));
      } catch {
        this.#count('feed_watch_failed');
      }
    }
    this.#poll = setInterval(() => void this.#look(), POLL_MS);
  }

  /** Opens a folder, which is made where it is not there. */
  static async open(folder: string, count: Count): Promise<Feed> {
    for (const place of Object.values(feedPlaces(folder))) await mkdir(place, { recursive: true });
    const feed = new Feed(folder, await identityOf(folder), count);
    await feed.#scan();
    return feed;
  }

  get rules(): Published | undefined {
    return this.#rules;
  }

  /** All segments by list; see `segmentsIn` of `lists/journal.ts`. */
  get segments(): ReadonlyMap<string, readonly Segment[]> {
    return this.#segments;
  }

  /** How far the lists of an operator reach. */
  heads(operator: string): Heads {
    return ofLists((list) => lastOf(this.#segments.get(keyOf(list, operator))));
  }

  /** Where the change with a number is. */
  place(key: string, next: number): Place {
    const segments = this.#segments.get(key) ?? [];
    const last = lastOf(segments);
    if (next > last) return { is: next === last + 1 ? 'level' : 'ahead' };
    let [low, high] = [0, segments.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((segments[middle]?.from ?? 0) <= next) low = middle + 1;
      else high = middle;
    }
    const segment = segments[low - 1];
    if (segment === undefined) return { is: 'pruned' };
    return next < segment.from + segment.count ? { is: 'here', segment } : { is: 'waiting' };
  }

  /** Whether a segment is whole: checked when it is first asked for, then known. */
  async isWhole(segment: Segment): Promise<boolean> {
    const known = this.#known.get(segment.file);
    if (known !== undefined && (await known.verified)) return true;
    const mark = await markOf(segment.file);
    const now = this.#known.get(segment.file);
    if (now?.mark === mark) return now.verified;
    const verified = this.#verify(segment);
    this.#known.set(segment.file, { mark, verified });
    return verified;
  }

  /** Has something called whenever something new may be there; the answer ends that. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Looks at the folder again, such as after files were removed. */
  async refresh(): Promise<void> {
    await this.#scan();
  }

  close(): void {
    clearInterval(this.#poll);
    for (const watcher of this.#watchers) watcher.close();
    this.#listeners.clear();
  }

  #hint(): void {
    if (this.#scanning === undefined) void this.#scan();
    else this.#isStale = true;
  }

  /** Looks whether the folder has changed, and no more. */
  async #look(): Promise<void> {
    if (this.#scanning !== undefined) return;
    const places = feedPlaces(this.folder);
    const marks = await Promise.all(Object.values(places).map(markOf));
    // A file that is being repaired changes without the folder telling.
    if (marks.join() !== this.#seen || this.#damaged.size > 0) await this.#scan();
  }

  async #scan(): Promise<void> {
    this.#scanning ??= this.#scanNow().finally(() => {
      this.#scanning = undefined;
      if (this.#isStale) this.#hint();
    });
    await this.#scanning;
  }

  async #scanNow(): Promise<void> {
    this.#isStale = false;
    const places = feedPlaces(this.folder);
    try {
      this.#seen = (await Promise.all(Object.values(places).map(markOf))).join();
      this.#segments = await inOrder(places.changes);
      const names = new Set([...this.#segments.values()].flat().map(({ file }) => file));
      for (const file of this.#known.keys()) if (!names.has(file)) this.#known.delete(file);
      for (const file of this.#damaged) if (!names.has(file)) this.#damaged.delete(file);
      const version = await lastRules(places.rules);
      if (version > 0 && version !== this.#rules?.version) {
        this.#rules = { version, document: await readFile(rulesFile(places.rules, version), 'utf8') };
      }
    } catch (error) {
      // The folder may be on a disk that is away for a while: what is known stays.
      this.#count('feed_folder_failed', errorCode(error) ?? 'UNKNOWN');
    }
    for (const listener of [...this.#listeners]) listener();
  }

  async #verify(segment: Segment): Promise<boolean> {
    try {
      await verifySegment(segment);
      this.#damaged.delete(segment.file);
      return true;
    } catch (error) {
      this.#damaged.add(segment.file);
      this.#count('feed_damaged', error instanceof Refused ? path.basename(segment.file) : errorCode(error));
      return false;
    }
  }
}

/**
 * The segments of a folder, those of exceptions looked for last: they are written before the blocks that they except
 * from, and a folder that is being written to may show a file and not yet one that was there before it.
 */
async function inOrder(folder: string): Promise<ReadonlyMap<string, readonly Segment[]>> {
  const all = new Map(await segmentsIn(folder));
  for (const [key, segments] of await segmentsIn(folder)) {
    const list = segments[0]?.list;
    if (list === 'exceptions' || list === 'office_exceptions') all.set(key, segments);
  }
  return all;
}

/** Tells whether a file or folder is still what it was. */
async function markOf(file: string): Promise<string> {
  const found = await stat(file, { bigint: true }).catch(() => undefined);
  return found === undefined ? '' : `${found.ino} ${found.size} ${found.mtimeNs}`;
}

/** The identity of a folder's change log: a random number of 48 bits, made when the folder is first served. */
async function identityOf(folder: string): Promise<number> {
  const file = path.join(folder, 'identity');
  const known = Number((await readFile(file, 'utf8').catch(() => '')).trim());
  if (Number.isSafeInteger(known) && known > 0) return known;
  const made = randomBytes(6).readUIntBE(0, 6) + 1;
  await writeWhole(file, (sink) => sink.write(`${made}\n`));
  return made;
}

/** All lists of an operator, as they are named in the folder, in the order in which they are sent. */
export const keysOf = (operator: string): readonly (readonly [list: FeedList, key: string])[] =>
  FEED_LISTS.map((list) => [list, keyOf(list, operator)]);
