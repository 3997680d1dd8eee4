import { userInfo } from 'node:os';
import { type Day, today } from '../calendar/day.ts';
import { changesBetween } from '../country/change.ts';
import type { Condition } from '../country/condition.ts';
import { type Country, parseCountry } from '../country/country.ts';
import { DIMENSIONS } from '../detection/catalogue.ts';
import { type Fault, Refused } from '../faults/fault.ts';
import { type Progress, silent } from '../files/progress.ts';
import { type Analytics, literal } from '../stores/analytics.ts';
import { type Move, performRun } from '../stores/run.ts';
import type { Store } from '../stores/store.ts';
import { abandon, keepFirst } from './advance.ts';
import { type Bench, type Judged, judge, layOut } from './judge.ts';
import { pausedRules } from './stays.ts';

/** What is to be classified. */
export type ClassifyWish = {
  readonly country: Country;
  /** The analysis day: data of it count, data of the next do not. By default the day it is in the country. */
  readonly date?: Day | undefined;
  /** Labels of the conditions to judge; by default all. */
  readonly conditions?: readonly string[] | undefined;
  /** Judges and counts, and leaves no trace. */
  readonly dryRun?: boolean | undefined;
  /** The reason, in words, for which conditions above their limit are judged nevertheless; it is stored with the run. */
  readonly approveMassEffect?: string | undefined;
  readonly progress?: Progress | undefined;
  /** Identifiers of one shard that are judged at a time, where not the usual number; nothing else depends on it. */
  readonly slice?: number | undefined;
};

/** What a run of classification did. */
export type Classified = {
  /** 0 in a dry run. */
  readonly run: number;
  readonly date: Day;
  /** Identifiers ever seen on a network, up to the day. */
  readonly seen: number;
  /** What changed in the country file since the last run, a sentence each. */
  readonly changes: readonly string[];
  readonly conditions: readonly Judged[];
  /** Conditions that the country file no longer names, with how many standings ended. */
  readonly removed: readonly { readonly label: string; readonly ended: number }[];
  /** Who approved mass effects, and why. */
  readonly approved?: { readonly by: string; readonly reason: string };
};

/** The conditions a run refused, as faults; the command ends with exit code 1 where there are any. */
export const refusals = ({ conditions }: Pick<Classified, 'conditions'>): readonly Fault[] =>
  conditions.flatMap(({ label, refused }) => (refused === undefined ? [] : [{ ...refused, field: label }]));

/**
 * Judges every identifier under the country's conditions, as one run. Each condition is judged by itself: one that lacks
 * its reference list, is paused, or matches a larger share of the seen identifiers than it may, is refused and its standings stay
 * untouched, while the others go on. A changed condition never rewrites the past: rows are closed and new ones opened.
 * Where all conditions are judged, the standings of those that the country file no longer names end.
 *
 * DIRBS takes the day after its newest data for the end of the analysis where none is given, and today for block
 * dates; here both are one day, so that a run says of one day what held on it.
 *
 * @throws Refused where a label is none of the country's, the day lies before that of an earlier run, or the approval of
 * mass effects gives no reason.
 */
export async function classify(store: Store, wish: ClassifyWish): Promise<Classified> {
  const { country, dryRun } = wish;
  const date = wish.date ?? today(country.timeZone);
  const conditions = chosen(wish);
  const approved = approvalOf(wish);
  const before = await lastRun(store);
  if (dryRun !== true && before !== undefined && before.latest > date)
    throw new Refused([pastFault(date, before.latest)]);
  const changes = changesSince(before, country);
  const intent = { verb: 'classify', day: date, country, dryRun };
  let judged: Omit<Classified, 'run'> | undefined;
  const { number } = await performRun(store, intent, async (work) => {
    const wished = { analytics: store.analytics, work, country, date, suffix: '', conditions, slice: wish.slice };
    const paused = await pausedRules(store.registry.query);
    const bench = await layOut({ ...wished, approved: approved !== undefined, paused });
    const found = await judgeAll(bench, conditions, wish.progress);
    const removed = wish.conditions === undefined ? await removeOthers(bench) : [];
    const labels = [...found.filter(({ refused }) => refused === undefined), ...removed].map(({ label }) => label);
    const result = { date, seen: bench.seen, changes, conditions: found, removed };
    judged = approved === undefined ? result : { ...result, approved };
    const moves = [...labels.map((label) => moveOf(bench, label)), await keepFirsts(bench)];
    return { moves, result: judged };
  });
  if (judged === undefined) throw new Error('a run ended without having acted');
  return { run: number, ...judged };
}

const moveOf = ({ standing }: Bench, label: string): Move => ({
  table: 'standing',
  partition: literal(label),
  from: standing,
});

/** Stages what the run's new standings were found with. */
async function keepFirsts({ analytics, work, date, run, standing }: Bench): Promise<Move> {
  const into = await work.stage('first_found');
  await analytics.everywhere(keepFirst({ date, run, from: standing, into }));
  return { table: 'first_found', partition: String(run), from: into };
}

/** Judges conditions one after another. */
export async function judgeAll(
  bench: Bench,
  conditions: readonly Condition[],
  progress: Progress = silent,
): Promise<readonly Judged[]> {
  const unit = 'identifiers';
  const judged: Judged[] = [];
  for (const [at, condition] of conditions.entries()) {
    progress.update('classify', { done: at, total: conditions.length, rows: at * bench.seen, unit });
    judged.push(await judge(bench, condition, at));
  }
  progress.update('classify', {
    done: conditions.length,
    total: conditions.length,
    rows: conditions.length * bench.seen,
    unit,
  });
  return judged;
}

/** Ends the open standings of conditions that the country file no longer names. */
async function removeOthers(bench: Bench): Promise<Classified['removed']> {
  const { analytics, country, date, run, standing } = bench;
  const removed = await strangers(analytics, country);
  for (const { label } of removed) {
    await analytics.everywhere(abandon({ label, date, run, from: 'standing', into: standing }));
  }
  return removed;
}

async function strangers(analytics: Analytics, { conditions }: Country): Promise<Classified['removed']> {
  const sql = 'SELECT toString(condition) AS label, count() AS open FROM standing WHERE closed = 0 GROUP BY label';
  const open = new Map<string, number>();
  for (const row of await analytics.gather<{ label: string; open: string }>(sql)) {
    open.set(row.label, (open.get(row.label) ?? 0) + Number(row.open));
  }
  const named = new Set(conditions.map(({ label }) => label));
  const others = [...open].filter(([label]) => !named.has(label)).sort();
  return others.map(([label, ended]) => ({ label, ended }));
}

function chosen({ country, conditions: labels }: ClassifyWish): readonly Condition[] {
  if (labels === undefined) return country.conditions;
  const unknown = labels.filter((label) => !country.conditions.some((one) => one.label === label));
  if (unknown.length > 0) throw new Refused(unknown.map((label) => labelFault(label, country)));
  return country.conditions.filter(({ label }) => labels.includes(label));
}

function approvalOf({ approveMassEffect }: ClassifyWish): Classified['approved'] {
  const reason = approveMassEffect?.trim();
  if (reason === undefined) return undefined;
  if (reason === '') throw new Refused([APPROVAL_FAULT]);
  return { by: userInfo().username, reason };
}

const APPROVAL_FAULT: Fault = {
  code: 'CLASSIFY_APPROVAL',
  message: 'Mass effects are approved without a reason.',
  remedy:
    'Write after --approve-mass-effect, in words, why so many identifiers may be judged; it is stored with the run.',
};

const labelFault = (label: string, country: Country): Fault => ({
  code: 'CLASSIFY_CONDITION',
  message: `${JSON.stringify(label)} is the label of no condition of the country file.`,
  remedy: `Name one of: ${country.conditions.map((one) => one.label).join(', ') || 'none are there'}.`,
});

const pastFault = (date: Day, latest: string): Fault => ({
  code: 'CLASSIFY_PAST',
  message: `Identifiers were classified for ${latest} already; to classify for ${date} now would rewrite what was decided since.`,
  remedy: `Take ${latest} or a later day, or look at ${date} with --dry-run.`,
});

type Last = { readonly latest: string; readonly hash: string; readonly text: string };

/** The country file of the last run, and the latest day any run was for. */
async function lastRun({ registry }: Store): Promise<Last | undefined> {
  const rows = await registry.query<Last>(
    `SELECT to_char(max(day) OVER (), 'YYYY-MM-DD') AS latest, hash, text FROM run JOIN country_file ON hash = country
    WHERE verb = 'classify' AND status = 'done' ORDER BY number DESC LIMIT 1`,
  );
  return rows[0];
}

function changesSince(last: Last | undefined, country: Country): readonly string[] {
  if (last === undefined || last.hash === country.hash) return [];
  const before = parseCountry(last.text, `${last.hash}.yaml`, DIMENSIONS);
  if (before.ok) return changesBetween(before.value, country);
  const unreadable = 'The country file of the last run can no longer be read by this version:';
  return [`${unreadable} what changed since is not known.`];
}
