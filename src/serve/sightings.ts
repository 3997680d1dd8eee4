import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Desk } from '../access/desk.ts';
import { addDays, type Day, type Month, today } from '../calendar/day.ts';
import type { Policy } from '../country/country.ts';
import { EVENT_NAME } from '../eir/centre/events.ts';
import { RECORD_BYTES, readChecks } from '../eir/events/file.ts';
import { FLAGS } from '../eir/events/record.ts';
import { errorCode } from '../files/errno.ts';
import { type Imei, imeiFromKey } from '../identifiers/imei.ts';
import { type Imsi, parseImsi } from '../identifiers/imsi.ts';
import { type Msisdn, parseMsisdn } from '../identifiers/msisdn.ts';
import type { Analytics } from '../stores/analytics.ts';
import type { Ask, Registry } from '../stores/registry.ts';
import type { Move } from '../stores/run.ts';
import { firstSeenIn, type Sighting, seenOf } from './seen.ts';

/** A sighting with its moment, as the rooms take it. Numbers that were not told are absent. */
export type Seen = {
  readonly imei: Imei;
  readonly imsi?: Imsi;
  readonly msisdn?: Msisdn;
  readonly operator: string;
  readonly at: Date;
};

/** Who wants to hear of what networks saw. Each takes the same sighting again without harm. */
export type Takers = {
  /** The identifiers that are looked for, each with the moment since when. */
  readonly wanted: (at: { readonly query: Ask }) => Promise<ReadonlyMap<Imei, Date>>;
  /** One that is looked for was seen. */
  readonly observe: (desk: Desk, seen: Seen) => Promise<unknown>;
  /** One was seen for the first time. */
  readonly firstSeen: (desk: Desk, seen: Seen) => Promise<unknown>;
};

/** What looking takes. */
export type Looking = {
  readonly registry: Registry;
  readonly analytics: Analytics;
  readonly policy: Policy;
  readonly desk: (query: Ask) => Desk;
  readonly takers: Takers;
};

/** Sightings handed on in one transaction: a failure repeats no more than these. */
const BATCH = 200;

/** Operators' data have days, not moments: noon stands for the day. */
const noonOf = (day: Day): Date => new Date(`${day}T12:00:00Z`);

function seenAt({ imei, imsi, msisdn, operator, day }: Sighting): Seen {
  // What an operator wrote in the place of a number and is none, tells of nobody.
  const [sim, number] = [parseImsi(imsi), parseMsisdn(msisdn)];
  return {
    imei,
    ...(sim.ok ? { imsi: sim.value } : {}),
    ...(number.ok ? { msisdn: number.value } : {}),
    operator,
    at: noonOf(day),
  };
}

/** Hands on sightings in transactions of some; gives how many. */
async function handOn(
  { registry, desk }: Pick<Looking, 'registry' | 'desk'>,
  sightings: AsyncIterable<Seen> | Iterable<Seen>,
  take: (desk: Desk, seen: Seen) => Promise<unknown>,
): Promise<number> {
  let count = 0;
  let batch: Seen[] = [];
  const flush = async (): Promise<void> => {
    const some = batch;
    batch = [];
    if (some.length === 0) return;
    await registry.transaction(async (query) => {
      const at = desk(query);
      for (const one of some) await take(at, one);
    });
    count += some.length;
  };
  for await (const one of sightings) {
    batch.push(one);
    if (batch.length === BATCH) await flush();
  }
  await flush();
  return count;
}

async function* mapped(sightings: AsyncIterable<Sighting>): AsyncGenerator<Seen> {
  for await (const one of sightings) yield seenAt(one);
}

/** The months of an operator's data that a run replaced. */
const monthsOf = (moves: readonly Move[]): readonly Month[] =>
  moves
    .filter(({ table }) => table === 'triplet')
    .flatMap(({ partition }) => Number(/^\((\d{6}),/.exec(partition)?.[1] ?? Number.NaN) as Month)
    .filter((month) => !Number.isNaN(month))
    .sort((a, b) => a - b);

/**
 * Looks through what the oldest run of operators' data brought that was not looked through yet: for devices that are looked
 * for, and for those that nobody saw before. Gives 1, or 0 where there is no such run. Killed amid it, it looks again.
 */
export async function lookAtRun(looking: Looking): Promise<number> {
  const { registry, analytics, policy, takers } = looking;
  const [run] = await registry.query<{ number: number; operator: string; moves: readonly Move[] }>(
    `SELECT number, operator, moves FROM run AS r
    WHERE verb = 'import' AND operator IS NOT NULL AND status = 'done'
      AND NOT EXISTS (SELECT FROM sighting_run AS s WHERE s.run = r.number)
    ORDER BY number LIMIT 1`,
  );
  if (run === undefined) return 0;
  const { number, operator } = run;
  const since = await takers.wanted(registry);
  const wanted = new Map([...since].map(([imei, at]) => [imei, addDays(today(policy.timeZone, at), 1)] as const));
  let count = await handOn(looking, mapped(seenOf(analytics, { operator, wanted })), takers.observe);
  for (const month of monthsOf(run.moves))
    count += await handOn(looking, mapped(firstSeenIn(analytics, { operator, month })), takers.firstSeen);
  await registry.query('INSERT INTO sighting_run (run, sightings, at) VALUES ($1, $2, now()) ON CONFLICT DO NOTHING', [
    number,
    count,
  ]);
  return 1;
}

/** Later than anything. */
const NEVER = new Date(8.64e15);

/** Where nodes' files of checks are, below the feed folder. */
const checksIn = (feed: string): string => path.join(feed, 'events');

async function filesOf(folder: string): Promise<readonly { readonly node: string; readonly file: string }[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile() && EVENT_NAME.test(entry.name))
      .map((entry) => path.join(entry.parentPath, entry.name))
      .map((file) => ({ file, node: path.relative(folder, file).split(path.sep)[0] ?? '' }));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

/** What a file of checks says of devices, visitors left out: they are at home elsewhere. */
function* seenIn(bytes: Buffer, file: string): Generator<{ readonly seen: Seen; readonly first: boolean }> {
  const checks = readChecks(bytes, file);
  if (!checks.ok) return;
  const operators = new Map<number, string>();
  for (const { askers, records } of checks.value.blocks) {
    for (const [number, { operator }] of askers) operators.set(number, operator);
    for (let at = 0; at < records.length; at += RECORD_BYTES) {
      const imei = records.readDoubleLE(at + 8);
      const flags = records.readUInt16LE(at + 28);
      if (imei < 0 || (flags & (FLAGS.visitor | FLAGS.mac | FLAGS.eui | FLAGS.other)) !== 0) continue;
      const operator = operators.get(records.readUInt16LE(at + 26)) ?? '';
      const seen = { imei: imeiFromKey(BigInt(imei)), operator, at: new Date(records.readDoubleLE(at)) };
      yield { seen, first: (flags & FLAGS.first) !== 0 };
    }
  }
}

/**
 * Looks through files of checks that nodes have sent and nobody looked through yet. Who used a device they do not say: they
 * have pseudonyms of subscribers, which only operators can tell. Gives how many files.
 */
export async function lookAtChecks(looking: Looking, feed: string): Promise<number> {
  const { registry, takers } = looking;
  const rows = await registry.query<{ node: string; name: string }>('SELECT node, name FROM sighting_file');
  const known = new Set(rows.map(({ node, name }) => `${node}/${name}`));
  const fresh = (await filesOf(checksIn(feed))).filter(
    ({ node, file }) => !known.has(`${node}/${path.basename(file)}`),
  );
  if (fresh.length === 0) return 0;
  const wanted = await takers.wanted(registry);
  const isHit = ({ imei, at }: Seen): boolean => at >= (wanted.get(imei) ?? NEVER);
  for (const { node, file } of fresh) {
    const bytes = await readFile(file);
    const found = [...seenIn(bytes, file)];
    const hits = found.filter(({ seen }) => isHit(seen)).map(({ seen }) => seen);
    const firsts = found.filter(({ first }) => first).map(({ seen }) => seen);
    const sightings = (await handOn(looking, hits, takers.observe)) + (await handOn(looking, firsts, takers.firstSeen));
    await registry.query(
      `INSERT INTO sighting_file (sha256, node, name, sightings, at) VALUES ($1, $2, $3, $4, now()) ON CONFLICT DO NOTHING`,
      [createHash('sha256').update(bytes).digest('hex'), node, path.basename(file), sightings],
    );
  }
  return fresh.length;
}
