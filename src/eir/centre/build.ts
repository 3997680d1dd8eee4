import { createHash } from 'node:crypto';
import { copyFile, link, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { type Fault, Refused } from '../../faults/fault.ts';
import { fail, ok, type Result } from '../../faults/result.ts';
import { errorCode } from '../../files/errno.ts';
import { writeWhole } from '../../files/whole.ts';
import { feedPlaces, lastRules, rulesFile } from '../../lists/feed.ts';
import { lastOf, readSegment, segmentsIn, verifySegment } from '../../lists/journal.ts';
import type { Change } from '../../lists/record.ts';
import { Applier } from '../follow/apply.ts';
import { stateOf } from '../follow/register.ts';
import { heldRules } from '../follow/rules.ts';
import { behind, type FeedList, isOwn, type Row, type Stand, standOf } from '../follow/wire.ts';
import { Writer } from '../memory/writer.ts';
import { keysOf } from './feed.ts';

/** The form of the note beside a snapshot; one of another form is not read, and the snapshot made anew. */
const FORMAT = 2;

/** A snapshot of an operator's lists, as the note beside it tells. */
export type Snapshot = {
  readonly format: typeof FORMAT;
  /** The name of the file of the lists. */
  readonly file: string;
  /** Its bytes. */
  readonly length: number;
  readonly stand: Stand;
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
    return note.format === FORMAT && note.stand.log === log && size === note.length ? note : undefined;
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
  const writer = await begun(order, last);
  try {
    const applier = new Applier(writer, { ...standOf(writer.about.state), log });
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
 * Opens the newest lists, be they of a build that was ended before its snapshot was noted. Where they are damaged or of
 * another log, it goes on from the last snapshot, or begins anew.
 */
async function begun({ folder, log }: BuildOrder, last: Snapshot | undefined): Promise<Writer> {
  const writer = await Writer.open(folder);
  const stand = standOf(writer.about.state);
  if (last === undefined ? [0, log].includes(stand.log) : stand.log === log && behind(stand, last.stand) === 0)
    return writer;
  writer.close();
  for (const name of await namesIn(folder, LISTS)) await rm(path.join(folder, name));
  if (last !== undefined) await linked(path.join(folder, last.file), path.join(folder, 'lists-000000000001.eir'));
  return Writer.open(folder);
}

async function takeKinds(feed: string, applier: Applier): Promise<void> {
  const { rules } = feedPlaces(feed);
  const version = await lastRules(rules);
  const held = version === 0 ? undefined : heldRules(0, version, await readFile(rulesFile(rules, version), 'utf8'));
  if (held !== undefined) applier.kinds = held.rules.kinds;
}

/** A change as followers take it. */
export const rowOf = (list: FeedList, { op, imei, imsi, msisdn, reasons }: Change): Row =>
  isOwn(list) ? [op, imei, imsi, msisdn] : [op, imei, reasons];

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
  { stand }: Applier,
  { rows, last }: { readonly rows: number; readonly last: Snapshot | undefined },
): Promise<Snapshot> {
  const newest = path.join(folder, (await namesIn(folder, LISTS)).at(-1) ?? '');
  const handle = await open(newest);
  try {
    // The head holds the checksums of all that follows it.
    const { buffer } = await handle.read(Buffer.alloc(1024), 0, 1024, 0);
    const mark = createHash('sha256').update(buffer).update(JSON.stringify(stand)).digest('hex').slice(0, 32);
    const file = `snapshot-${mark}.eir`;
    const { size: length } = await handle.stat();
    const about = { format: FORMAT, file, length, rows, etag: `"${mark}"` } as const;
    const snapshot: Snapshot = { ...about, stand: { ...stand, rules: 0 } };
    await linked(newest, path.join(folder, file));
    for (const name of await namesIn(folder, SNAPSHOTS))
      if (name !== file && name !== last?.file) await rm(path.join(folder, name));
    await writeWhole(noteFile(folder), (sink) => sink.write(JSON.stringify(snapshot)));
    return snapshot;
  } finally {
    await handle.close();
  }
}
