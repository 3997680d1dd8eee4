import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import type { Day } from '../../../src/calendar/day.ts';
import { writeRules } from '../../../src/decisions/core/document.ts';
import type { Rules } from '../../../src/decisions/core/rules.ts';
import { type Centre, type CentreOptions, startCentre } from '../../../src/eir/centre/centre.ts';
import { Follower, type FollowOptions } from '../../../src/eir/follow/follower.ts';
import { type FeedList, NOWHERE, type Stand } from '../../../src/eir/follow/wire.ts';
import { View } from '../../../src/eir/memory/view.ts';
import type { Writer } from '../../../src/eir/memory/writer.ts';
import { feedPlaces, lastRules, rulesFile } from '../../../src/lists/feed.ts';
import type { Op } from '../../../src/lists/fold.ts';
import { lastOf, segmentKey, segmentsIn, writeSegment } from '../../../src/lists/journal.ts';

/** A change to be published. */
export type Told = {
  readonly op: Op;
  readonly imei: number;
  readonly reasons?: string;
  readonly imsi?: number;
  readonly msisdn?: number;
};

/** New identifiers in a row. */
export const adds = (from: number, count: number, reasons = 'local'): readonly Told[] =>
  Array.from({ length: count }, (_, at) => ({ op: 'add', imei: from + at, reasons }));

/** Publishes changes of a list as one segment, as `publishFeed` would. */
export async function publish(folder: string, id: string, told: readonly Told[]): Promise<void> {
  const [list = '', operator = ''] = id.split('@');
  const { changes } = feedPlaces(folder);
  await mkdir(changes, { recursive: true });
  const key = { list: list as FeedList, operator };
  const reasons = [...new Set(told.map((one) => one.reasons ?? ''))].sort();
  const records = Buffer.alloc(32 * told.length);
  for (const [at, { op, imei, imsi = 0, msisdn = 0, reasons: why = '' }] of told.entries()) {
    const from = at * 32;
    records.writeBigUInt64LE(imei < 0 ? 1n << 63n : BigInt(imei), from);
    records.writeBigUInt64LE(BigInt(imsi), from + 8);
    records.writeBigUInt64LE(BigInt(msisdn), from + 16);
    records.writeUInt32LE(reasons.indexOf(why), from + 24);
    records.writeUInt8(['add', 'remove', 'update'].indexOf(op) + 1, from + 30);
  }
  const from = lastOf((await segmentsIn(changes)).get(segmentKey(key))) + 1;
  const stream = (async function* () {
    yield records;
  })();
  await writeSegment(changes, { ...key, run: 1, from, count: told.length, reasons, records: stream });
}

/** The rules of a small country in which the reason «stolen» is what its name says. */
export function rulesText(more: Partial<Rules> = {}): string {
  return writeRules({
    country: '0'.repeat(64),
    day: '2026-11-25' as Day,
    timeZone: 'UTC',
    mccs: ['999'],
    listsMissing: 'permitted',
    modes: [],
    regions: [],
    withoutImei: { mac: 'permitted', eui: 'permitted', other: 'permitted' },
    roamers: { stayDays: 0, homes: [] },
    imsiRanges: [],
    imeiRanges: [],
    tacs: [],
    kinds: { stolen: ['stolen'], barred: ['barred'] },
    pairsBy: 'imsi',
    ...more,
  });
}

/** Publishes rules as their next version. */
export async function publishRules(folder: string, text = rulesText()): Promise<number> {
  const { rules } = feedPlaces(folder);
  await mkdir(rules, { recursive: true });
  const version = (await lastRules(rules)) + 1;
  await writeFile(rulesFile(rules, version), text);
  return version;
}

export const sha = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Nodes with the tokens `token-NAME`, and the administrator's `token-admin`. */
export const NODES = {
  admin: sha('token-admin'),
  nodes: ['alfa-1', 'alfa-2', 'beta-1'].map((name) => ({
    name,
    operator: name.slice(0, 4),
    token: sha(`token-${name}`),
  })),
};

/** What was counted, by name and label. */
export class Counted {
  readonly of = new Map<string, number>();
  readonly count = (name: string, label?: string): void => {
    for (const key of [name, `${name} ${label ?? ''}`]) this.of.set(key, (this.of.get(key) ?? 0) + 1);
  };
  get(key: string): number {
    return this.of.get(key) ?? 0;
  }
}

const endings = new WeakMap<TestContext, (() => unknown)[]>();

/** Has something done after a test; what was begun last ends first. */
export function afterwards(t: TestContext, end: () => unknown): void {
  const known = endings.get(t);
  if (known !== undefined) {
    known.push(end);
    return;
  }
  const ends = [end];
  endings.set(t, ends);
  t.after(async () => {
    for (const one of ends.reverse()) await one();
  });
}

/** A folder of one test, removed after it. */
export function folderFor(t: TestContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'ceir-feed-'));
  afterwards(t, () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A running centre, and what it counted. */
export type Running = Centre & { readonly counted: Counted; readonly url: string };

/** A centre over a feed folder, ended with the test. */
export async function centreOf(t: TestContext, folder: string, more: Partial<CentreOptions> = {}): Promise<Running> {
  const counted = new Counted();
  const centre = await startCentre({
    folder,
    host: '127.0.0.1',
    port: 0,
    nodes: NODES,
    count: counted.count,
    onDefect: (error) => assert.fail(String(error)),
    ...more,
    times: { beatMs: 50, stallMs: 1000, ...more.times },
    snapshots: { everyMs: 100, ...more.snapshots },
  });
  let isOpen = true;
  const close = async (): Promise<void> => {
    if (isOpen) await centre.close();
    isOpen = false;
  };
  afterwards(t, close);
  const url = `${more.tls === undefined ? 'http' : 'https'}://${centre.address}`;
  return { ...centre, close, counted, url };
}

/** A follower in this process, and what it counted. */
export type Following = { readonly follower: Follower; readonly counted: Counted };

/** A follower of a centre with short waits, ended with the test. */
export async function follow(
  t: TestContext,
  of: { readonly url: string; readonly folder: string; readonly name?: string },
  more: Partial<FollowOptions> = {},
): Promise<Following> {
  const counted = new Counted();
  const follower = await Follower.start({
    centre: { url: of.url, token: `token-${of.name ?? 'alfa-1'}` },
    folder: of.folder,
    count: counted.count,
    ...more,
    times: { silenceMs: 1000, waitMs: 20, waitMostMs: 200, reportMs: 20, ...more.times },
  });
  let isOpen = true;
  const closing = follower.close.bind(follower);
  follower.close = async () => {
    if (isOpen) await closing();
    isOpen = false;
  };
  afterwards(t, () => follower.close());
  return { follower, counted };
}

/** Waits until something holds. */
export async function until(holds: () => boolean | Promise<boolean>, what: string, ms = 20_000): Promise<void> {
  const end = performance.now() + ms;
  while (!(await holds())) {
    assert.ok(performance.now() < end, `it never came to this: ${what}`);
    await wait(10);
  }
}

export const stand = (numbers: Partial<Stand>): Stand => ({ ...NOWHERE, ...numbers });

/** What lists in memory say of identifiers: bits and reasons. */
export const saidOf = (writer: Pick<Writer, 'entry'>, imeis: readonly number[]): readonly string[] =>
  imeis.map((imei) => `${writer.entry(imei).bits} ${writer.entry(imei).reasons}`);

/** Looks at lists as a worker does. */
export function viewOf(t: TestContext, writer: Writer): View {
  const view = new View(writer.attach());
  afterwards(t, () => view.close());
  return view;
}
