import { mkdir, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { Refused } from '../faults/fault.ts';
import { errorCode } from '../files/errno.ts';
import { writeWhole } from '../files/whole.ts';
import { type Analytics, literal, type Shard } from '../stores/analytics.ts';
import type { Store } from '../stores/store.ts';
import { lastOf, segmentKey, segmentsIn, writeSegment } from './journal.ts';
import type { Key } from './log.ts';
import { recordColumns } from './record.ts';

/** Where a feed's parts are: a folder that the server of nodes reads, without the stores. */
export const feedPlaces = (folder: string) =>
  ({ changes: path.join(folder, 'changes'), rules: path.join(folder, 'rules') }) as const;

/** What was published of the change log. */
export type Published = { readonly segments: number; readonly changes: number; readonly rules: number };

/**
 * Brings a feed folder up to the change log: for each list of nodes, one segment for every run that the folder lacks,
 * and the rules document where it has changed. Each file appears whole; again, it does nothing. Notifications are not
 * for nodes: they tell people, not networks.
 * @throws Refused FEED_GAP when the change log does not go on where the folder ends.
 */
export async function publishFeed(store: Store, folder: string, rules: string): Promise<Published> {
  const places = feedPlaces(folder);
  await mkdir(places.changes, { recursive: true });
  const there = await segmentsIn(places.changes);
  const counts = { segments: 0, changes: 0 };
  // Whoever follows must learn of an exception before the block that it excepts from.
  for (const key of await keysOf(store)) {
    for (const part of await partsOf(store, key, lastOf(there.get(segmentKey(key))))) {
      await writePart(store, places.changes, { key, ...part });
      counts.segments += 1;
      counts.changes += part.count;
    }
  }
  return { ...counts, rules: await publishRules(places.rules, rules) };
}

async function keysOf({ analytics }: Store): Promise<readonly Key[]> {
  const found = await analytics.gather<Key>(
    `SELECT DISTINCT toString(list) AS list, toString(operator) AS operator FROM change WHERE list != 'notifications'`,
  );
  const order = ({ list, operator }: Key): string =>
    `${['exceptions', 'permitted', 'tracked', 'blocked'].indexOf(list)} ${operator}`;
  const distinct = new Map(found.map((key) => [segmentKey(key), key]));
  return [...distinct.values()].sort((a, b) => (order(a) < order(b) ? -1 : 1));
}

/** One run's changes of a list, over all shards. */
type Part = { readonly run: number; readonly from: number; readonly count: number };

const whereOf = ({ list, operator }: Key): string => `list = '${list}' AND operator = ${literal(operator)}`;

async function partsOf({ analytics }: Store, key: Key, last: number): Promise<readonly Part[]> {
  const rows = await analytics.gather<{ run: number; low: string; count: string }>(
    `SELECT run, min(seq) AS low, count() AS count FROM change WHERE ${whereOf(key)} AND seq > ${last} GROUP BY run`,
  );
  const parts = new Map<number, Part>();
  for (const { run, low, count } of rows) {
    const { from, count: before } = parts.get(run) ?? { from: Number(low), count: 0 };
    parts.set(run, { run, from: Math.min(from, Number(low)), count: before + Number(count) });
  }
  const sorted = [...parts.values()].sort((a, b) => a.from - b.from);
  if (sorted.length === 0 && last > 0) await refuseAhead(analytics, key, last);
  let next = last + 1;
  for (const { from, count } of sorted) {
    if (from !== next) throw gap(key, next, from);
    next += count;
  }
  return sorted;
}

/** A folder whose last number the change log never gave out belongs to another one. */
async function refuseAhead(analytics: Analytics, key: Key, last: number): Promise<void> {
  const rows = await analytics.gather<{ high: string }>(`SELECT max(seq) AS high FROM change WHERE ${whereOf(key)}`);
  const high = Math.max(...rows.map((row) => Number(row.high)));
  if (high < last) throw gap(key, last + 1, high);
}

const gap = (key: Key, expected: number, found: number): Refused =>
  new Refused([
    {
      code: 'FEED_GAP',
      message: `The change log of ${segmentKey(key)} has number ${found} where the feed needs ${expected}.`,
      remedy: 'The folder belongs to another change log: name a new folder; nodes then start from a new snapshot.',
    },
  ]);

async function writePart(store: Store, folder: string, part: Part & { readonly key: Key }): Promise<void> {
  const { key, run, from, count } = part;
  const where = `${whereOf(key)} AND run = ${run} AND seq >= ${from}`;
  const distinct = await store.analytics.gather<{ reasons: string }>(
    `SELECT DISTINCT toString(reasons) AS reasons FROM change WHERE ${where}`,
  );
  const reasons = [...new Set(distinct.map((row) => row.reasons))].sort();
  // Within a run the numbers follow the shards, and in each shard the order in which the table stands.
  const shards = await inOrder(store.analytics.shards, where);
  const columns = recordColumns(`[${reasons.map(literal).join(', ')}]`);
  const sql = `SELECT ${columns} FROM change WHERE ${where} ORDER BY imei, imsi, msisdn, seq`;
  const records = (async function* () {
    for (const shard of shards) yield* shard.stream(sql, 'RowBinary');
  })();
  await writeSegment(folder, { ...key, run, from, count, reasons, records });
}

async function inOrder(shards: readonly Shard[], where: string): Promise<readonly Shard[]> {
  const placed: { readonly shard: Shard; readonly first: number }[] = [];
  for (const shard of shards) {
    const [row] = await shard.query<{ first: string; count: string }>(
      `SELECT min(seq) AS first, count() AS count FROM change WHERE ${where}`,
    );
    if (Number(row?.count) > 0) placed.push({ shard, first: Number(row?.first) });
  }
  return placed.sort((a, b) => a.first - b.first).map(({ shard }) => shard);
}

const RULES = /^(\d{9})\.json$/;

/** The newest version of the rules in a feed's folder; 0 while there is none. */
export async function lastRules(folder: string): Promise<number> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  });
  return Math.max(0, ...names.map((name) => Number(RULES.exec(name)?.[1] ?? 0)));
}

/** The file of a version of the rules. */
export const rulesFile = (folder: string, version: number): string =>
  path.join(folder, `${String(version).padStart(9, '0')}.json`);

async function publishRules(folder: string, rules: string): Promise<number> {
  await mkdir(folder, { recursive: true });
  const last = await lastRules(folder);
  if (last > 0 && (await readFile(rulesFile(folder, last), 'utf8')) === rules) return last;
  await writeWhole(rulesFile(folder, last + 1), (sink) => sink.write(rules));
  return last + 1;
}
