import os from 'node:os';
import path from 'node:path';
import { type Day, monthOf, today } from '../calendar/day.ts';
import type { Country } from '../country/country.ts';
import { mccsOf, prefixesOf } from '../country/numbering.ts';
import type { Operator } from '../country/operator.ts';
import { type Fault, Refused } from '../faults/fault.ts';
import { type OpenedFile, openLines } from '../files/input.ts';
import { type DayRange, parseRange } from '../files/name.ts';
import { type Progress, silent } from '../files/progress.ts';
import type { Analytics, Block } from '../stores/analytics.ts';
import { type Done, type JsonObject, type Outcome, performRun, type Work } from '../stores/run.ts';
import type { Store } from '../stores/store.ts';
import { type Folding, foldDaily, foldEvents, foldTriplets, keepMalformed } from './fold.ts';
import { fallChecks } from './history.ts';
import { countByReason, firstFaulty, keepFaulty } from './quarantine.ts';
import { type Header, LAZILY, parseHeader, parseRows, ROW_COLUMNS } from './row.ts';
import {
  type Check,
  firstRows,
  type Home,
  judge,
  type Override,
  type RowPlace,
  refusal,
  type Survey,
  surveyRows,
} from './survey.ts';

/** What is imported: files of one operator. */
export type OperatorImport = {
  readonly country: Country;
  readonly operator: string;
  readonly files: readonly string[];
  readonly dryRun?: boolean;
  /** Checks whose failure does not refuse the files; they are reported all the same. */
  readonly overrides?: readonly Override[];
  readonly progress?: Progress;
  /** The day it is, in the country; for tests. */
  readonly now?: Day;
};

type Source = { readonly file: OpenedFile; readonly header: Header; readonly range: DayRange };

/** Bytes of text a slice of the fold may come from, so that its group-by stays in memory. */
const SLICE_BYTES = 1.25e9;
/** How much larger than packed a file may be, on average, for planning only. */
const PACKED = 8;

async function openSource(file: string, now: Day): Promise<Source> {
  const opened = await openLines(file);
  const range = parseRange(opened.name.includes('!') ? file : opened.name, now);
  const header = parseHeader(opened.header, file);
  const faults = [range, header].flatMap((one) => (one.ok ? [] : [one.fault]));
  if (!range.ok || !header.ok) throw new Refused(faults);
  return { file: opened, header: header.value, range: range.value };
}

/** Opens all files, and reports the faults of all before any is read. */
async function openSources(files: readonly string[], now: Day): Promise<readonly Source[]> {
  const settled = await Promise.allSettled(files.map((file) => openSource(file, now)));
  const faults: Fault[] = [];
  for (const one of settled) {
    if (one.status === 'fulfilled') continue;
    if (!(one.reason instanceof Refused)) throw one.reason;
    faults.push(...one.reason.faults);
  }
  if (faults.length > 0) throw new Refused(faults);
  return settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
}

function operatorOf(country: Country, id: string): Operator {
  const operator = country.operators.find((one) => one.id === id);
  if (operator !== undefined) return operator;
  const known = country.operators.map((one) => one.id).join(', ');
  throw new Refused([
    {
      code: 'IMPORT_OPERATOR',
      message: `There is no operator ${id}.`,
      remedy: `Name one of the country file: ${known}.`,
    },
  ]);
}

const slicesFor = (sources: readonly Source[]): number => {
  const bytes = sources.reduce(
    (sum, { file }) => sum + file.bytes * (/\.csv$/i.test(file.name) && !file.name.includes('!') ? 1 : PACKED),
    0,
  );
  return Math.min(64, Math.max(1, Math.ceil(bytes / SLICE_BYTES)));
};

/** The staging table of parsed rows, in slices by IMEI; its parts are read once, so they are never merged. */
async function makeRows(store: Store, work: Work, slices: number): Promise<string> {
  const rows = work.scratch('rows');
  await store.analytics.everywhere(
    `CREATE TABLE ${rows} (${ROW_COLUMNS}) ENGINE = MergeTree PARTITION BY cityHash64(imei) % ${slices} ORDER BY tuple() SETTINGS parts_to_throw_insert = 100000, parts_to_delay_insert = 100000`,
  );
  await store.analytics.everywhere(`SYSTEM STOP MERGES ${rows}`);
  return rows;
}

/** Feeds the sources as many blocks at a time as there are cores, the shards in turn, and reads on meanwhile. */
async function feedRows(
  store: Store,
  rows: string,
  of: { sources: readonly Source[]; progress: Progress },
): Promise<void> {
  const { shards, home } = store.analytics;
  const total = of.sources.reduce((sum, { file }) => sum + file.bytes, 0);
  const underway: Promise<void>[] = [];
  let gathered: Block[] = [];
  let [turn, fed, before] = [0, 0, 0];
  const flush = async (): Promise<void> => {
    if (gathered.length === 0) return;
    // One more than are worked on, so that no engine waits for its next blocks.
    if (underway.length > shards.length) await underway.shift();
    const one = (shards[turn % shards.length] ?? home).feedAll(rows, gathered, LAZILY);
    one.catch(() => undefined); // awaited later; this only keeps it from being called unhandled
    underway.push(one);
    gathered = [];
    turn += 1;
  };
  for (const [index, { file, header, range }] of of.sources.entries()) {
    for await (const block of file.blocks) {
      const { lines, firstLine } = block;
      const plain = !lines.includes('"') && !lines.includes('\r');
      const feed = { header, range, file: index + 1, firstLine, plain };
      gathered.push({ lines, select: (source) => parseRows(source, feed), release: block.release });
      fed += block.count;
      of.progress.update(`reading ${path.basename(file.path)}`, { done: before + file.progress(), total, rows: fed });
      if (gathered.length >= os.availableParallelism()) await flush();
    }
    before += file.bytes;
  }
  await flush();
  await Promise.all(underway);
}

/** What is known of the rows that checks are held on. */
type Judging = {
  readonly analytics: Analytics;
  readonly rows: string;
  readonly sources: readonly Source[];
  readonly home: Home;
};

const EXAMPLES = 3;

/** The first rows that a check counts, by file where there are several, and line. */
async function examplesOf({ analytics, rows, sources, home }: Judging, check: Check): Promise<readonly string[]> {
  const found: readonly (RowPlace & { readonly words?: string })[] =
    check.override === 'quarantined'
      ? await firstFaulty(analytics, rows, EXAMPLES)
      : await firstRows(analytics, rows, { home, check, count: EXAMPLES });
  return found.map(({ file, line, words }) => {
    const name = sources.length === 1 ? '' : `${path.basename(sources[file - 1]?.file.path ?? '')} `;
    return `${name}line ${line}${words ?? ''}`;
  });
}

async function refuseIfFailed(
  judging: Judging,
  checks: readonly Check[],
  overrides: readonly Override[],
): Promise<void> {
  const faults: Fault[] = [];
  for (const check of checks) {
    if (check.passed || overrides.includes(check.override)) continue;
    faults.push(refusal(check, await examplesOf(judging, check)));
  }
  if (faults.length > 0) throw new Refused(faults);
}

function resultOf(of: {
  sources: readonly Source[];
  survey: Survey;
  checks: readonly Check[];
  reasons: JsonObject;
  months: readonly number[];
}): JsonObject {
  const extra = [...new Set(of.sources.flatMap(({ header }) => header.extra))];
  return {
    files: of.sources.map(({ file, range }) => ({ name: path.basename(file.path), from: range.start, to: range.end })),
    rows: of.survey.rows,
    imported: of.survey.rows - of.survey.quarantined,
    quarantined: of.survey.quarantined,
    reasons: of.reasons,
    months: of.months,
    ignoredColumns: extra,
    checks: of.checks,
  };
}

const homeOf = ({ intent, operator, sources }: Importing): Home => ({
  mccs: mccsOf(operator),
  plmns: prefixesOf(operator),
  callingCodes: intent.country.callingCodes,
  hasRat: sources.some(({ header }) => header.at['rat'] !== undefined),
});

type Importing = { readonly intent: OperatorImport; readonly operator: Operator; readonly sources: readonly Source[] };

/**
 * One import from opened files to moves. Feeds of events alone may be samples of the traffic: they are not held
 * against the operator's past, and are no part of it.
 */
async function prepare(store: Store, work: Work, of: Importing): Promise<Outcome> {
  const { intent, operator, sources } = of;
  const { analytics } = store;
  const progress = intent.progress ?? silent;
  const slices = slicesFor(sources);
  const rows = await makeRows(store, work, slices);
  await feedRows(store, rows, { sources, progress });
  progress.end();
  if (work.number !== 0) {
    for (const [index, { file, header }] of sources.entries()) {
      await keepFaulty(analytics, rows, { run: work.number, file: index + 1, name: path.basename(file.path), header });
    }
  }
  const home = homeOf(of);
  const survey = await surveyRows(analytics, rows, home);
  if (survey.rows === 0) {
    const remedy = 'Ask the operator for the data; a feed without a single row is not a feed.';
    throw new Refused([{ code: 'IMPORT_EMPTY', message: 'The files hold a header and no rows.', remedy }]);
  }
  const months = [...new Set(sources.flatMap(({ range }) => monthsOf(range)))].sort();
  const folding: Folding = { analytics, work, rows, operator: operator.id, months, slices };
  const daily = sources.every(({ header }) => header.isEvents) ? undefined : await foldDaily(folding);
  const fall = { operator: operator.id, limits: intent.country.import.historicFall };
  const falls = daily === undefined ? [] : await fallChecks(analytics, { ...fall, fresh: daily.fresh });
  const checks = [...judge(survey, intent.country.import), ...falls];
  await refuseIfFailed({ analytics, rows, sources, home }, checks, intent.overrides ?? []);
  progress.update('folding to months', { done: 0, total: 1, rows: survey.rows });
  if (work.number !== 0) await keepMalformed(folding);
  const events = sources.some(({ header }) => header.isEvents) ? await foldEvents(folding) : [];
  const moves = [...(await foldTriplets(folding)), ...events, ...(daily?.moves ?? [])];
  const reasons = survey.quarantined === 0 ? {} : await countByReason(analytics, rows);
  progress.end();
  const inputs = sources.map(({ file }) => ({
    name: path.basename(file.path),
    bytes: file.bytes,
    sha256: file.digest(),
  }));
  return { moves, inputs, result: resultOf({ sources, survey, checks, reasons, months }) };
}

function monthsOf(range: DayRange): readonly ReturnType<typeof monthOf>[] {
  const months = [];
  const last = monthOf(range.end);
  for (let month = monthOf(range.start); month <= last; month = next(month)) months.push(month);
  return months;
}

const next = (month: ReturnType<typeof monthOf>) =>
  (month % 100 === 12 ? month + 89 : month + 1) as ReturnType<typeof monthOf>;

/**
 * Imports files of one operator's data: CSV with `date,imei,imsi,msisdn[,rat]` and, for events, `time,cell,duration`.
 * Rows that are none are put aside, with the reason; the files are refused together, when a limit of the country file
 * is passed. A file twice changes nothing, two files of the same days are united.
 * @throws Refused with every reason at once.
 */
export async function importOperator(store: Store, intent: OperatorImport): Promise<Done> {
  const operator = operatorOf(intent.country, intent.operator);
  const day = intent.now ?? today(intent.country.timeZone);
  const run = { verb: 'import', kind: 'operator', operator: operator.id, day, country: intent.country };
  return performRun(store, { ...run, dryRun: intent.dryRun }, async (work) => {
    const sources = await openSources(intent.files, day);
    return prepare(store, work, { intent, operator, sources });
  });
}
