import { createHash } from 'node:crypto';
import { open, readdir, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { type Fault, Refused } from '../../faults/fault.ts';
import { fail, ok, type Result } from '../../faults/result.ts';
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
};

/** Changes that are held in memory before they become part of the file. */
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
  const { folder, log } = order;
  let writer = await Writer.open(folder);
  if (![0, log].includes(standOf(writer.about.state).log)) {
    writer.close();
    for (const name of await listsIn(folder)) await rm(path.join(folder, name));
    writer = await Writer.open(folder);
  }
  try {
    const stand = { ...NOWHERE, ...standOf(writer.about.state), log };
    const last = await readSnapshot(folder, log);
    const crossed = last !== undefined && sameLists(last.stand, stand) ? last.crossed : [];
    const applier = new Applier(writer, stand, crossed);
    await takeKinds(order.feed, applier);
    const segments = await segmentsIn(feedPlaces(order.feed).changes);
    for (const [list, key] of keysOf(order.operator)) {
      const last = lastOf(segments.get(key));
      // A folder that lost its changes must never make lists that are empty.
      if (last < applier.stand[list]) throw gap(key, applier.stand[list] + 1, last);
      for (const segment of segments.get(key) ?? []) {
        const next = applier.stand[list] + 1;
        if (segment.from + segment.count <= next) continue;
        if (segment.from > next) throw gap(key, next, segment.from);
        await verifySegment(segment);
        for await (const changes of readSegment(segment, next)) {
          applier.take({ list, from: changes[0]?.seq ?? next, changes: changes.map((change) => rowOf(list, change)) });
          if (writer.changed.entries + writer.changed.pairs > AT_ONCE) await writer.rebuild(stateOf(applier.stand));
        }
      }
    }
    await writer.rebuild(stateOf(applier.stand));
    return await note(folder, applier, writer.about.rows + writer.about.pairs);
  } finally {
    writer.close();
  }
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

const listsIn = async (folder: string): Promise<readonly string[]> =>
  (await readdir(folder)).filter((name) => /^lists-\d+\.eir$/.test(name)).sort();

async function note(folder: string, { stand, crossed }: Applier, rows: number): Promise<Snapshot> {
  const file = (await listsIn(folder)).at(-1) ?? '';
  const handle = await open(path.join(folder, file));
  try {
    // The head holds the checksums of all that follows it.
    const { buffer } = await handle.read(Buffer.alloc(1024), 0, 1024, 0);
    const told = JSON.stringify([stand, crossed]);
    const etag = `"${createHash('sha256').update(buffer).update(told).digest('hex').slice(0, 32)}"`;
    const { size: length } = await handle.stat();
    const snapshot: Snapshot = { file, length, stand: { ...stand, rules: 0 }, crossed, rows, etag };
    await writeWhole(noteFile(folder), (sink) => sink.write(JSON.stringify(snapshot)));
    return snapshot;
  } finally {
    await handle.close();
  }
}
