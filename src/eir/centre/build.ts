import { createHash } from 'node:crypto';
import { copyFile, link, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { type Fault, Refused } from '../../faults/fault.ts';
import { fail, ok, type Result } from '../../faults/result.ts';
import { errorCode } from '../../files/errno.ts';
import { writeWhole } from '../../files/whole.ts';
import { feedPlaces, lastRules, rulesFile } from '../../lists/feed.ts';
import { type Change, lastOf, readSegment, segmentsIn, verifySegment } from '../../lists/journal.ts';
import { Applier, type Crossed } from '../follow/apply.ts';
import { stateOf } from '../follow/register.ts';
import { heldRules } from '../follow/rules.ts';
import { type FeedList, NOWHERE, type Row, type Stand, sameLists, standOf } from '../follow/wire.ts';
import { Writer } from '../memory/writer.ts';
import { keysOf } from './feed.ts';

/** A snapshot of an operator's lists, as the note beside it tells. */
export type Snapshot = {
  /** The name of the file of the lists. */
  readonly file: string;
  /** Its bytes. */
  readonly length: number;
  readonly stand: Stand;
  readonly crossed: Crossed;
  /** Identifiers on lists, and pairs. */
  readonly rows: number;
  readonly etag: string;
};

/** What is to be built. */
export type BuildOrder = {
  /** The feed folder. */
  readonly feed: string;
  readonly log: number;
  readonly operator: string;
  /** Where the operator's snapshots are. */
  readonly folder: string;
  /** Changes that are held in memory before they become part of the file. */
  readonly atOnce?: number;
};

const AT_ONCE = 4_000_000;

const noteFile = (folder: string): string => path.join(folder, 'snapshot.json');

/** The newest snapshot of a folder; undefined where there is none of this change log. */
export async function readSnapshot(folder: string, log: number): Promise<Snapshot | undefined> {
  try {
    const note = JSON.parse(await readFile(noteFile(folder), 'utf8')) as Snapshot;
    const { size } = await stat(path.join(folder, note.file));
    return note.stand.log === log && size === note.length ? note : undefined;
  } catch {
    return undefined;
  }
}

/** Builds the newest snapshot from the last one and the changes since. For a process of its own. */
export async function buildSnapshot(order: BuildOrder): Promise<Result<Snapshot, Fault>> {
  try {
    return ok(await build(order));
  } catch (error) {
    const fault = error instanceof Refused ? error.faults[0] : undefined;
    if (fault === undefined) throw error;
    return fail(fault);
  }
}

async function build(order: BuildOrder): Promise<Snapshot> {
  const { folder, log, atOnce = AT_ONCE } = order;
  const last = await readSnapshot(folder, log);
  const { writer, crossed } = await begun(order, last);
  try {
    const applier = new Applier(writer, { ...standOf(writer.about.state), log }, crossed);
    await takeKinds(order.feed, applier);
    const segments = await segmentsIn(feedPlaces(order.feed).changes);
    for (const [list, key] of keysOf(order.operator)) {
      const head = lastOf(segments.get(key));
      // A folder that lost its changes must never make lists that are empty.
      if (head < applier.stand[list]) throw gap(key, applier.stand[list] + 1, head);
      for (const segment of segments.get(key) ?? []) {
        const next = applier.stand[list] + 1;
        if (segment.from + segment.count <= next) continue;
        if (segment.from > next) throw gap(key, next, segment.from);
        await verifySegment(segment);
        for await (const changes of readSegment(segment, next)) {
          applier.take({ list, from: changes[0]?.seq ?? next, changes: changes.map((change) => rowOf(list, change)) });
          if (writer.changed.entries + writer.changed.pairs > atOnce) await writer.rebuild(stateOf(applier.stand));
        }
      }
    }
    await writer.rebuild(stateOf(applier.stand));
    return await note(order, applier, { rows: writer.about.rows + writer.about.pairs, last });
  } finally {
    writer.close();
  }
}

/**
 * Opens the lists where the last snapshot stands, which may not be where the newest file does: a build that was ended
 * leaves files of which nobody knows what was on two lists at once. Of a damaged one the file before is used.
 */
async function begun(
  { folder, log }: BuildOrder,
  last: Snapshot | undefined,
): Promise<{ readonly writer: Writer; readonly crossed: Crossed }> {
  const isLast = (writer: Writer): boolean => sameLists(standOf(writer.about.state), last?.stand ?? NOWHERE);
  const writer = await Writer.open(folder);
  if (isLast(writer)) return { writer, crossed: last?.crossed ?? [] };
  if (writer.refused.length > 0 && standOf(writer.about.state).log === log) return { writer, crossed: [] };
  writer.close();
  for (const name of await namesIn(folder, LISTS)) await rm(path.join(folder, name));
  if (last !== undefined) await linked(path.join(folder, last.file), path.join(folder, 'lists-000000000001.eir'));
  const again = await Writer.open(folder);
  return { writer: again, crossed: last !== undefined && isLast(again) ? last.crossed : [] };
}

async function takeKinds(feed: string, applier: Applier): Promise<void> {
  const { rules } = feedPlaces(feed);
  const version = await lastRules(rules);
  const held = version === 0 ? undefined : heldRules(0, version, await readFile(rulesFile(rules, version), 'utf8'));
  if (held !== undefined) applier.kinds = held.rules.kinds;
}

/** A change as followers take it. */
export const rowOf = (list: FeedList, { op, imei, imsi, msisdn, reasons }: Change): Row =>
  list === 'exceptions' ? [op, imei, imsi, msisdn] : [op, imei, reasons];

const gap = (key: string, expected: number, found: number): Refused =>
  new Refused([
    {
      code: 'FEED_GAP',
      message: `The feed of ${key} has number ${found} where a snapshot needs ${expected}.`,
      remedy: 'Bring back the folder that the snapshots were made of, or publish into a new one.',
    },
  ]);

const LISTS = /^lists-\d+\.eir$/;
const SNAPSHOTS = /^snapshot-.+\.eir$/;

const namesIn = async (folder: string, pattern: RegExp): Promise<readonly string[]> =>
  (await readdir(folder)).filter((name) => pattern.test(name)).sort();

/** Gives a file another name that stays, whatever becomes of the first one. */
async function linked(file: string, name: string): Promise<void> {
  try {
    await link(file, name);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') await copyFile(file, name); // some file systems know no second names
  }
}

/** Makes the newest file the snapshot; the one before stays for those who are being sent it. */
async function note(
  { folder }: BuildOrder,
  { stand, crossed }: Applier,
  { rows, last }: { readonly rows: number; readonly last: Snapshot | undefined },
): Promise<Snapshot> {
  const newest = path.join(folder, (await namesIn(folder, LISTS)).at(-1) ?? '');
  const handle = await open(newest);
  try {
    // The head holds the checksums of all that follows it.
    const { buffer } = await handle.read(Buffer.alloc(1024), 0, 1024, 0);
    const told = JSON.stringify([stand, crossed]);
    const mark = createHash('sha256').update(buffer).update(told).digest('hex').slice(0, 32);
    const file = `snapshot-${mark}.eir`;
    const { size: length } = await handle.stat();
    const snapshot: Snapshot = { file, length, stand: { ...stand, rules: 0 }, crossed, rows, etag: `"${mark}"` };
    await linked(newest, path.join(folder, file));
    for (const name of await namesIn(folder, SNAPSHOTS))
      if (name !== file && name !== last?.file) await rm(path.join(folder, name));
    await writeWhole(noteFile(folder), (sink) => sink.write(JSON.stringify(snapshot)));
    return snapshot;
  } finally {
    await handle.close();
  }
}
