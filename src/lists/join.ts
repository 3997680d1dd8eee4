import { rm, stat, utimes } from 'node:fs/promises';
import { type FeedKey, joinedIn, joinSegments, type Segment, segmentKey, segmentsIn } from './journal.ts';

/** Segments of fewer changes than this are small. */
const SMALL = 4096;

/** Small segments of a list that follow one another before they are joined. */
const MANY = 64;

/** So long the parts stay: whoever found them may still be reading. */
const READING_MS = 600_000;

/**
 * Keeps a folder small into which few changes are published at a time: joins the newest small segments of each list where
 * there are many, and removes those that were joined some time ago. Readers find the same numbers all the while.
 */
export async function joinSmall(folder: string, keys: readonly FeedKey[]): Promise<void> {
  const all = await segmentsIn(folder);
  for (const key of keys) {
    const segments = all.get(segmentKey(key)) ?? [];
    const small = segments.slice(segments.findLastIndex(({ count }) => count >= SMALL) + 1);
    if (small.length < MANY || !isWhole(small)) continue;
    await joinSegments(folder, small);
    const now = new Date();
    for (const { file } of small) await utimes(file, now, now);
  }
  const names = new Set(keys.map(segmentKey));
  for (const part of await joinedIn(folder)) {
    if (names.has(segmentKey(part)) && (await isOld(part))) await rm(part.file, { force: true });
  }
}

const isWhole = (segments: readonly Segment[]): boolean =>
  segments.every(({ from }, at) => {
    const before = segments[at - 1];
    return before === undefined || before.from + before.count === from;
  });

/** Its time is that of when it was joined. */
const isOld = async ({ file }: Segment): Promise<boolean> => Date.now() - (await stat(file)).mtimeMs > READING_MS;
