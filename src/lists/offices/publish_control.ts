import { mkdir } from 'node:fs/promises';
import { type Day, dayNumber } from '../../calendar/day.ts';
import { Refused } from '../../faults/fault.ts';
import type { Ask, Registry } from '../../stores/registry.ts';
import type { Store } from '../../stores/store.ts';
import { openVault } from '../../vault/open.ts';
import type { Vault } from '../../vault/vault.ts';
import { feedPlaces } from '../feed.ts';
import { joinSmall } from '../join.ts';
import { type FeedKey, lastOf, type Segment, segmentKey, segmentsIn, writeSegment } from '../journal.ts';
import { recordOf } from '../record.ts';
import { type ControlChange, type ControlHead, controlChanges, controlHeads } from './control_journal.ts';
import { CONTROL_LISTS, officeList } from './office.ts';

/** Where the journal of offices is, and what opens the numbers in it. */
export type ControlStore = { readonly registry: Pick<Registry, 'transaction'>; readonly vault: Vault };

/** What was published of the journal. */
export type PublishedControl = { readonly segments: number; readonly changes: number };

/** Changes of one segment, at most: so many are in memory at a time. */
const BATCH = 20_000;

/** Any number that only publishers lock by: two at once would write the same changes as two segments. */
const LOCK = 7_305_119;

/**
 * Brings a feed folder up to the journal of what offices changed: for each list, segments of what the folder lacks, each
 * whole. Again, it does nothing. All that a transaction changed is published together, its exceptions first, so that
 * nobody is told of a block before the exception from it. To be called on each `NOTIFY ceir_control`, and now and then.
 * @throws Refused FEED_GAP when the folder has numbers that the journal never gave out, or the numbers of an exception
 * that it has were deleted since
 */
export function publishControl(
  { registry, vault }: ControlStore,
  folder: string,
  batch = BATCH,
): Promise<PublishedControl> {
  const { changes } = feedPlaces(folder);
  return registry.transaction(async (query) => {
    await query('SELECT pg_advisory_xact_lock($1)', [LOCK]);
    await mkdir(changes, { recursive: true });
    const heads = await controlHeads({ query });
    const there = await segmentsIn(changes);
    refuseAhead(heads, there);
    const counts = { segments: 0, changes: 0 };
    for (const head of heads) {
      const segments = there.get(segmentKey(keyOf(head))) ?? [];
      for (const { after, to } of missing(segments, head.seq)) {
        const range = { ...head, after, to, batch, timeZone: 'UTC' };
        for await (const part of controlChanges({ query, vault }, range)) {
          await refuseForgotten(query, head, { part, published: lastOf(segments) });
          await write(changes, keyOf(head), part);
          counts.segments += 1;
          counts.changes += part.length;
        }
      }
    }
    if (counts.segments > 0) await joinSmall(changes, heads.map(keyOf));
    return counts;
  });
}

/** {@link publishControl} for whoever has no vault open; where offices never changed anything, there may be no keys. */
export async function publishOffices(
  store: Pick<Store, 'registry' | 'folder'>,
  folder: string,
): Promise<PublishedControl> {
  const heads = await controlHeads(store.registry);
  if (heads.every(({ seq }) => seq === 0)) return { segments: 0, changes: 0 };
  return publishControl({ registry: store.registry, vault: await openVault(store.registry, store) }, folder);
}

const keyOf = ({ list, operator }: Pick<ControlHead, 'list' | 'operator'>): FeedKey => ({
  list: officeList(list),
  operator,
});

/** The numbers that a folder lacks: between its segments, where a damaged one was removed, and behind them. */
function* missing(
  segments: readonly Segment[],
  last: number,
): Generator<{ readonly after: number; readonly to: number }> {
  let after = (segments[0]?.from ?? 1) - 1; // what was before that was pruned
  for (const { from, count } of segments) {
    if (from > after + 1) yield { after, to: from - 1 };
    after = from + count - 1;
  }
  if (last > after) yield { after, to: last };
}

/** A folder with a number that the journal never gave out belongs to another one. */
function refuseAhead(heads: readonly ControlHead[], there: ReadonlyMap<string, readonly Segment[]>): void {
  const known = new Map(heads.map((head) => [segmentKey(keyOf(head)), head.seq]));
  const names = CONTROL_LISTS.map(officeList);
  for (const [key, segments] of there) {
    if (!names.some((name) => name === segments[0]?.list)) continue;
    const [seq, last] = [known.get(key) ?? 0, lastOf(segments)];
    if (last > seq) throw gap(`The journal of ${key} reaches ${seq}, and the feed ${last}`);
  }
}

/** The end of an exception whose beginning was published must not be lost on nodes. */
async function refuseForgotten(
  query: Ask,
  { list, operator }: ControlHead,
  { part, published }: { readonly part: readonly ControlChange[]; readonly published: number },
): Promise<void> {
  for (const { op, seq, forgotten, imei, imsiKey, msisdnKey } of part) {
    if (!forgotten || op !== 'remove') continue;
    const [begun] = await query<{ seq: string }>(
      `SELECT max(seq) AS seq FROM control_change WHERE list = $1 AND operator = $2 AND imei = $3 AND imsi_key = $4
        AND msisdn_key = $5 AND op = 'add' AND seq < $6`,
      [list, operator, imei, imsiKey, msisdnKey, seq],
    );
    if (Number(begun?.seq) <= published)
      throw gap(`The numbers of the exception that ${list} of ${operator} ends with ${seq} were deleted`);
  }
}

const gap = (what: string): Refused =>
  new Refused([
    {
      code: 'FEED_GAP',
      message: `${what}.`,
      remedy: 'The feed does not go on from this folder: name a new one; nodes then start from a new snapshot.',
    },
  ]);

async function write(folder: string, key: FeedKey, part: readonly ControlChange[]): Promise<void> {
  const reasons = [...new Set(part.map((change) => change.reasons))].sort();
  const numbers = new Map(reasons.map((text, number) => [text, number]));
  const bytes = part.map(({ op, imei, imsi, msisdn, reasons: text, since, forgotten }) =>
    recordOf({
      op,
      imei: forgotten ? -1 : Number(imei),
      imsi,
      msisdn,
      reason: numbers.get(text) ?? 0,
      day: dayNumber(since as Day),
    }),
  );
  const records = (async function* () {
    yield Buffer.concat(bytes);
  })();
  await writeSegment(folder, { ...key, run: 0, from: part[0]?.seq ?? 0, count: part.length, reasons, records });
}
