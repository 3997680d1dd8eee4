import type { Day } from '../calendar/day.ts';
import type { Condition, Effect } from '../country/condition.ts';
import type { Country } from '../country/country.ts';
import { matches, prepare } from '../detection/condition.ts';
import { type Context, within } from '../detection/dimension.ts';
import { seenKeys } from '../detection/seen.ts';
import type { Fault } from '../faults/fault.ts';
import type { Analytics } from '../stores/analytics.ts';
import { literal } from '../stores/analytics.ts';
import type { Work } from '../stores/run.ts';
import { OPEN_DAY } from '../stores/schema.ts';
import { slicesOf } from '../stores/slices.ts';
import { advance, keepClosed } from './advance.ts';
import { massEffect, pausedFault, ratioOf, withoutReference } from './guard.ts';

/** Why a condition was refused, as a fault says it. */
export type Refusal = Pick<Fault, 'code' | 'message' | 'remedy'>;

/** What a run makes of one condition. Counts are of identifiers. */
export type Judged = {
  readonly label: string;
  readonly effect: Effect;
  /** Those that match today. */
  readonly matched: number;
  /** Those of `matched` that were ever seen on a network. */
  readonly matchedSeen: number;
  /** `matchedSeen` as a share of all ever seen; the guard holds it against the condition's `max_matching_ratio`. */
  readonly ratio: number;
  readonly new: number;
  /** Standings from before that go on, `changed` ones included. */
  readonly kept: number;
  /** Of those kept: the ones whose effect, block date or amnesty is another now. */
  readonly changed: number;
  readonly ended: number;
  /** Standings after the run by what they do: blocked on the day, blocked later, spared by an amnesty, or tracked. */
  readonly blocked: number;
  readonly inGrace: number;
  readonly amnesty: number;
  readonly tracked: number;
  readonly seconds: number;
  /** There when the condition was refused; its standings then stay as they were, and the counts above are 0. */
  readonly refused?: Refusal;
};

/** What all conditions of a run are judged with. */
export type Bench = {
  readonly analytics: Analytics;
  readonly work: Work;
  readonly country: Country;
  readonly date: Day;
  /** Conditions above their limit are judged nevertheless. */
  readonly approved: boolean;
  /** Keeps the staging tables of several benches of one run apart. */
  readonly suffix: string;
  /** The number under which rows are recorded and closed, above those of all runs. */
  readonly run: number;
  readonly context: Context;
  /** Staging table of the standings after the run. */
  readonly standing: string;
  /** Engine predicates on `imei` that share out all identifiers: memory depends on the share, not on the country. */
  readonly slices: readonly string[];
  /** Scratch table of the identifiers ever seen, up to the day. */
  readonly universe: string;
  readonly seen: number;
  /** Labels of conditions that are paused: they are not judged. */
  readonly paused?: readonly string[] | undefined;
};

/** The highest number a run could have: stands for that of a dry run, which has none. */
const LAST_RUN = 2 ** 32 - 1;

const sum = async (analytics: Analytics, sql: string): Promise<number> =>
  (await analytics.gather<{ count: string | number }>(sql)).reduce((total, { count }) => total + Number(count), 0);

/** Lays out what judging needs: the staging table, and the identifiers ever seen. */
export async function layOut(
  wish: Pick<Bench, 'analytics' | 'work' | 'country' | 'date' | 'approved' | 'suffix' | 'paused'> & {
    readonly conditions: readonly Condition[];
    /** Identifiers of one shard that are judged at a time. */
    readonly slice?: number | undefined;
  },
): Promise<Bench> {
  const { analytics, work, country, date, suffix, conditions, slice = SLICE } = wish;
  const context = await prepare(analytics, conditions, { date, country, scope: '1' });
  const standing = await work.stage('standing', suffix);
  const universe = work.scratch(`universe${suffix}`);
  await analytics.everywhere(`CREATE TABLE ${universe} (imei UInt64) ENGINE = MergeTree ORDER BY imei`);
  await analytics.everywhere(`INSERT INTO ${universe} SELECT imei FROM ${seenKeys(context)} GROUP BY imei`);
  const seen = await sum(analytics, `SELECT count() AS count FROM ${universe}`);
  // Identifiers are spread by their hash, so that the ranges of one shard do for all.
  const slices = await slicesOf(analytics.home, universe, slice);
  return { ...wish, context, standing, universe, slices, seen, run: work.number === 0 ? LAST_RUN : work.number };
}

/** Identifiers of one shard that are judged at a time. */
const SLICE = 2_000_000;

const NOTHING = {
  new: 0,
  kept: 0,
  changed: 0,
  ended: 0,
  blocked: 0,
  inGrace: 0,
  amnesty: 0,
  tracked: 0,
} as const;

/**
 * Judges one condition: stages its standings as they are after the run, or refuses it and stages nothing. `at` tells
 * the conditions of a run apart.
 */
export async function judge(bench: Bench, condition: Condition, at: number): Promise<Judged> {
  const { analytics, work } = bench;
  const started = performance.now();
  const named = { label: condition.label, effect: condition.effect };
  const seconds = (): number => Math.round(performance.now() - started) / 1000;
  const lacking = bench.paused?.includes(condition.label)
    ? pausedFault(condition)
    : await withoutReference(analytics, condition, bench.context);
  if (lacking !== undefined)
    return { ...named, ...UNMATCHED, ...NOTHING, seconds: seconds(), refused: refusal(lacking) };
  const found = work.scratch(`matches${bench.suffix}_${at}`);
  const matched = await stageMatches(bench, condition, found);
  const excess = bench.approved ? undefined : massEffect(condition, { ...matched, seen: bench.seen });
  const counts = excess === undefined ? await stageStandings(bench, condition, found) : NOTHING;
  await analytics.everywhere(`DROP TABLE ${found} SYNC`);
  const ratio = ratioOf({ ...matched, seen: bench.seen });
  const judged = { ...named, ...matched, ratio, ...counts, seconds: seconds() };
  return excess === undefined ? judged : { ...judged, refused: refusal(excess) };
}

const UNMATCHED = { matched: 0, matchedSeen: 0, ratio: 0 } as const;
const refusal = ({ code, message, remedy }: Fault): Refusal => ({ code, message, remedy });

async function stageMatches(
  { analytics, universe, context, slices }: Bench,
  condition: Condition,
  found: string,
): Promise<Pick<Judged, 'matched' | 'matchedSeen'>> {
  await analytics.everywhere(`CREATE TABLE ${found} (imei UInt64, evidence String) ENGINE = MergeTree ORDER BY imei`);
  for (const scope of slices) {
    const matching = matches(condition, within(context, scope));
    await analytics.everywhere(`INSERT INTO ${found} SELECT imei, evidence FROM (${matching})`);
  }
  const matched = await sum(analytics, `SELECT count() AS count FROM ${found}`);
  // The few are looked for among the many, so that the many are never held in memory.
  const both = `SELECT count() AS count FROM ${universe} WHERE imei IN (SELECT imei FROM ${found})`;
  return { matched, matchedSeen: matched === 0 ? 0 : await sum(analytics, both) };
}

async function stageStandings(bench: Bench, condition: Condition, found: string): Promise<typeof NOTHING | Counts> {
  const { analytics, country, date, run, standing } = bench;
  const terms = { condition, date, amnesty: country.amnesty };
  const bulk = { label: condition.label, terms, run, from: 'standing', matches: found, into: standing };
  await analytics.everywhere(keepClosed(bulk));
  await analytics.everywhere(advance(bulk));
  return countsOf(bench, condition.label);
}

type Counts = Pick<Judged, keyof typeof NOTHING>;

async function countsOf({ analytics, run, standing, date }: Bench, label: string): Promise<Counts> {
  const [day, never] = [`toDate('${date}')`, `toDate('${OPEN_DAY}')`];
  // The columns are qualified: an alias of the same name would stand for them otherwise.
  const blocks = `s.closed = 0 AND s.effect = 'blocked'`;
  const sql = `SELECT countIf(s.closed = 0) AS open, countIf(s.closed = 0 AND s.recorded = ${run}) AS opened,
    countIf(s.closed = ${run} AND s.ended = ${never}) AS changed, countIf(s.closed = ${run} AND s.ended != ${never}) AS ended,
    countIf(${blocks} AND s.block_date <= ${day}) AS blocked,
    countIf(${blocks} AND s.block_date > ${day} AND NOT s.amnesty) AS grace,
    countIf(${blocks} AND s.block_date > ${day} AND s.amnesty) AS spared,
    countIf(s.closed = 0 AND s.effect = 'tracked') AS tracked
  FROM ${standing} AS s WHERE s.condition = ${literal(label)}`;
  const rows = await analytics.gather<Record<string, string>>(sql);
  const of = (name: string): number => rows.reduce((total, row) => total + Number(row[name]), 0);
  const fresh = of('opened') - of('changed');
  return {
    new: fresh,
    kept: of('open') - fresh,
    changed: of('changed'),
    ended: of('ended'),
    blocked: of('blocked'),
    inGrace: of('grace'),
    amnesty: of('spared'),
    tracked: of('tracked'),
  };
}
