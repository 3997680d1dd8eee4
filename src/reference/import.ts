import { type Day, today } from '../calendar/day.ts';
import type { Country } from '../country/country.ts';
import { smallestAllowed } from '../country/limits.ts';
import { type Fault, Refused } from '../faults/fault.ts';
import type { Progress } from '../files/progress.ts';
import { silent } from '../files/progress.ts';
import type { Shard } from '../stores/analytics.ts';
import { literal } from '../stores/analytics.ts';
import { type Done, type Move, type Outcome, performRun, type Work } from '../stores/run.ts';
import { table } from '../stores/schema.ts';
import type { Store } from '../stores/store.ts';
import * as compare from './compare.ts';
import {
  type Changed,
  type Comparison,
  type Difference,
  differ,
  isSame,
  type Judged,
  NOTHING,
  type Share,
  takeKnown,
} from './difference.ts';
import { hashesOf } from './hash.ts';
import { KINDS, type Kind, type KindName } from './kinds.ts';
import { type Read, readFiles } from './read.ts';
import * as refusal from './refusal.ts';
import { createRows, isWhole, type Rows } from './rows.ts';
import { stageList } from './stage.ts';

/** Checks that a person has decided to leave out, each by itself. */
export type Overrides = {
  /** The list may shrink beyond the limits. */
  readonly sizeVariation?: boolean | undefined;
  /** A delta may add what is there: it then updates it. */
  readonly deltaAdds?: boolean | undefined;
  /** A delta may remove what is not there: nothing happens. */
  readonly deltaRemoves?: boolean | undefined;
  /** A delta may update what is not there: it then adds it. */
  readonly deltaUpdates?: boolean | undefined;
};

/** One import of a list. */
export type ListImport = {
  readonly kind: KindName;
  /** Together they are one list, or one delta. */
  readonly files: readonly string[];
  readonly country: Country;
  readonly delta?: boolean | undefined;
  /** From which day the list holds; today in the country's time zone unless told. */
  readonly date?: Day | undefined;
  readonly overrides?: Overrides | undefined;
  /** Texts for columns that the files lack, by header name: `{ expires: '20271231' }`. */
  readonly defaults?: Readonly<Record<string, string>> | undefined;
  readonly dryRun?: boolean | undefined;
  readonly progress?: Progress | undefined;
};

/** What an import has done to its list; the fields of the run's result. */
export type ListResult = {
  readonly kind: KindName;
  readonly day: Day;
  /** Rows of the files, good and bad. */
  readonly rows: number;
  readonly quarantined: number;
  /** Rows that repeat another one of the files. */
  readonly duplicates: number;
  readonly adds: number;
  readonly removes: number;
  readonly updates: number;
  /** Rows of the list before and after. */
  readonly before: number;
  readonly after: number;
  /** Columns of the files that this kind of list does not use. */
  readonly ignored: readonly string[];
};

/** The run number under which a dry run compares: the engine's UInt32 ends there, so no run has it. */
const DRY = 4_294_967_295;

/** What the steps of one import share. */
type Stage = {
  readonly store: Store;
  readonly request: ListImport;
  readonly kind: Kind;
  readonly work: Work;
  readonly read: Read;
  readonly shares: readonly Share[];
  readonly comparison: Comparison;
};

/** What the input makes of the list. */
type Found = {
  readonly duplicates: number;
  readonly difference: Difference;
  /** By shard. */
  readonly changed: readonly { readonly share: Judged; readonly changed: Changed }[];
};

/**
 * Imports one list, whole or as a delta, as one run. Bad rows are put aside; the input is refused when a file has more of
 * them than the country's limit, when rows contradict each other, when a delta does not fit the list that stands, or when
 * the list would shrink too much. The same input again changes nothing.
 * @throws Refused with what is wrong; nothing is changed then, but for the run's quarantine.
 */
export function importList(store: Store, request: ListImport): Promise<Done & { readonly result: ListResult }> {
  const { country, kind, dryRun } = request;
  const day = request.date ?? today(country.timeZone);
  const intent = { verb: 'import', kind, day, country: { hash: country.hash, text: country.text }, dryRun };
  let result: ListResult | undefined;
  const done = performRun(store, intent, async (work) => {
    const found = await act(store, { ...request, date: day }, work);
    result = found.result;
    return found;
  });
  return done.then(({ number }) => {
    if (result === undefined) throw new Error('an import ended without a result');
    return { number, result };
  });
}

async function act(store: Store, request: ListImport, work: Work): Promise<Outcome & { readonly result: ListResult }> {
  const kind: Kind = KINDS[request.kind];
  const day = request.date ?? today(request.country.timeZone);
  const { shards, home } = store.analytics;
  const open = await Promise.all(shards.map((shard) => compare.openRows(shard, kind)));
  const stage = await readStage({ store, request, kind, work }, open);
  const counting = isWhole(table(kind.table)) ? [home] : shards;
  const counts = await judgeRows(stage, counting);
  const found = await difference(stage, counting);
  const { adds, removes, updates } = found.difference;
  const before = stage.shares.reduce((total, { shard, open: one }) => total + (counting.includes(shard) ? one : 0), 0);
  const after = before + adds - removes;
  judgeSize(stage, before, after);
  const moves = adds + removes + updates > 0 ? [await stageMove(stage, found, day)] : [];
  const { duplicates } = found;
  const result = { kind: request.kind, day, ...counts, duplicates, adds, removes, updates, before, after };
  return {
    moves,
    result: { ...result, ignored: stage.read.ignored },
    inputs: stage.read.inputs,
    official: async (query) => {
      await query(
        `INSERT INTO list_version (run, kind, as_of, delta, rows, adds, removes, updates, sha256)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
        [work.number, request.kind, day, request.delta === true, after, adds, removes, updates, digestsOf(stage.read)],
      );
    },
  };
}

/** Reads the files. An empty list has nothing to compare with: hashes are then taken of the few rows that need them. */
async function readStage(
  of: Pick<Stage, 'store' | 'request' | 'kind' | 'work'>,
  open: readonly number[],
): Promise<Stage> {
  const { store, request, kind, work } = of;
  const { shards } = store.analytics;
  const hashes = hashesOf(kind);
  const rows: Rows = { name: work.scratch('rows'), ...(Math.max(...open) > 0 ? { said: hashes.content } : {}) };
  for (const sql of createRows(kind, rows)) await store.analytics.everywhere(sql);
  const read = await readFiles(store, {
    kind,
    rows,
    files: request.files,
    delta: request.delta === true,
    defaults: request.defaults ?? {},
    progress: request.progress ?? silent,
  });
  const totals = await Promise.all(shards.map((shard) => compare.totalOf(shard, rows)));
  const shares = shards.map((shard, at) => ({ ...(totals[at] ?? NO_ROWS), shard, open: open[at] ?? 0 }));
  const mode = kind.appends === true && !read.changes ? 'append' : request.delta === true ? 'delta' : 'full';
  const narrow = { known: work.scratch('known'), ended: work.scratch('ended'), begun: work.scratch('begun') };
  return { ...of, read, shares, comparison: { kind, rows, hashes, changes: read.changes, mode, narrow } };
}

const NO_ROWS = { rows: 0, sum: '' };

const digestsOf = (read: Read): readonly string[] => read.inputs.map(({ sha256 }) => sha256).sort();

/** Puts bad rows aside and the texts of malformed IMEIs on record. @throws Refused when a file has too many bad rows. */
async function judgeRows(
  stage: Stage,
  counting: readonly Shard[],
): Promise<{ readonly rows: number; readonly quarantined: number }> {
  const { store, request, work } = stage;
  const { rows } = stage.comparison;
  const names = namesOf(stage);
  const files = new Map<number, { rows: number; bad: number }>();
  for (const shard of counting) {
    const sql = `SELECT file, count() AS rows, countIf(bad > 0) AS bad FROM ${rows.name} GROUP BY file`;
    for (const found of await shard.query<{ file: number; rows: string; bad: string }>(sql)) {
      const so = files.get(found.file) ?? { rows: 0, bad: 0 };
      files.set(found.file, { rows: so.rows + Number(found.rows), bad: so.bad + Number(found.bad) });
    }
  }
  const total = (of: 'rows' | 'bad'): number => [...files.values()].reduce((all, one) => all + one[of], 0);
  const bad = total('bad');
  const { home } = store.analytics;
  if (bad > 0 && work.number > 0) {
    const file = `[${names.map(literal).join(', ')}][file + 1]`;
    await home.run(
      `INSERT INTO quarantine SELECT ${work.number}, ${file}, line, field, reason, value, text FROM ${rows.name} WHERE bad > 0`,
    );
  }
  const limit = request.country.import.quarantined;
  const faults: Fault[] = [];
  for (const [file, count] of [...files].sort(([a], [b]) => a - b)) {
    if (count.bad <= limit * count.rows) continue;
    const sql = `SELECT file, line, field, reason FROM ${rows.name} WHERE bad > 0 AND file = ${file} ORDER BY line LIMIT 5`;
    const shown = { rows: await home.query<refusal.BadRow>(sql), files: names };
    faults.push(refusal.tooManyBad({ file, ...count }, limit, shown));
  }
  if (faults.length > 0) throw new Refused(faults);
  return { rows: total('rows'), quarantined: bad };
}

const namesOf = ({ read }: Stage): readonly string[] => read.inputs.map(({ name }) => name);

/** Looks for contradictions among the rows. @throws Refused with them. */
async function judgeInput(stage: Stage, counting: readonly Shard[]): Promise<readonly Judged[]> {
  const { kind, shares, comparison, read } = stage;
  const found: compare.Inner[] = [];
  const overlaps: compare.Place[] = [];
  for (const share of shares.filter(({ shard }) => counting.includes(shard))) {
    found.push(await compare.inner(share, comparison));
    if (read.stated) overlaps.push(...(await compare.overlaps(share.shard, comparison)));
  }
  const conflicts = found.reduce((total, one) => total + one.conflicts, 0);
  const examples = found.flatMap((one) => one.examples).slice(0, EXAMPLES);
  const faults = [
    ...(conflicts > 0 ? [refusal.conflicting(kind, { conflicts, examples }, namesOf(stage))] : []),
    ...(overlaps.length > 0 ? [refusal.overlapping(kind, overlaps, namesOf(stage))] : []),
  ];
  if (faults.length > 0) throw new Refused(faults);
  // Shards that are not counted are copies of the first.
  return shares.map((share, at) => ({ ...share, duplicates: (found[at] ?? found[0])?.duplicates ?? 0 }));
}

/** Was the newest version of this list made by this very delta? Then it says nothing new. */
async function isLastDelta({ store, request, read }: Stage): Promise<boolean> {
  const rows = await store.registry.query<{ delta: boolean; sha256: string[] }>(
    'SELECT delta, sha256 FROM list_version WHERE kind = $1 ORDER BY run DESC LIMIT 1',
    [request.kind],
  );
  return rows[0]?.delta === true && rows[0].sha256.join() === digestsOf(read).join();
}

/** What changes. @throws Refused when rows contradict each other, or a delta does not fit. */
async function difference(stage: Stage, counting: readonly Shard[]): Promise<Found> {
  const { shares, comparison } = stage;
  const isDelta = comparison.mode === 'delta';
  const isLast = isDelta && (await isLastDelta(stage));
  if (comparison.mode === 'full' && (await areSame(stage))) return { duplicates: 0, difference: NOTHING, changed: [] };
  const judged = await judgeInput(stage, counting);
  const counted = judged.filter(({ shard }) => counting.includes(shard));
  const duplicates = counted.reduce((total, share) => total + share.duplicates, 0);
  if (isLast) return { duplicates, difference: NOTHING, changed: [] };
  for (const share of shares) await takeKnown(share, comparison);
  if (isDelta) await judgeDelta(stage, counted);
  const changed: { readonly share: Judged; readonly changed: Changed }[] = [];
  for (const share of judged) {
    changed.push({ share, changed: await differ(share, comparison) });
    await keepTexts(stage, share.shard);
  }
  const sum = (of: keyof Difference): number =>
    changed.reduce((total, one) => total + (counting.includes(one.share.shard) ? one.changed[of] : 0), 0);
  return { duplicates, changed, difference: { adds: sum('adds'), removes: sum('removes'), updates: sum('updates') } };
}

async function areSame({ shares, comparison }: Stage): Promise<boolean> {
  if (comparison.rows.said === undefined || shares.some(({ rows, open }) => rows !== open)) return false;
  for (const share of shares) if (!(await isSame(share, comparison))) return false;
  return true;
}

/** What is written where an IMEI belongs: facts about its key, whatever becomes of the run. */
async function keepTexts({ work, kind, comparison }: Stage, shard: Shard): Promise<void> {
  if (work.number === 0 || !kind.columns.some(({ name }) => name === 'imei')) return;
  await shard.run(`INSERT INTO malformed SELECT DISTINCT imei, seen FROM ${comparison.rows.name} WHERE seen != ''`);
}

/** Stages the list as it will be. */
async function stageMove({ work, kind, comparison, read }: Stage, { changed }: Found, day: Day): Promise<Move> {
  const stage = await work.stage(kind.table);
  const run = work.number === 0 ? DRY : work.number;
  const staging = { ...comparison, stage, run, day, stated: read.stated };
  for (const one of changed) await stageList(one.share, staging, one.changed);
  return { table: kind.table, partition: 'tuple()', from: stage };
}

/** @throws Refused when rows of a delta do not fit the list that stands, unless that is overridden. */
async function judgeDelta(stage: Stage, counted: readonly Share[]): Promise<void> {
  const found: compare.Misfits[] = [];
  for (const share of counted) found.push(await compare.misfits(share, stage.comparison));
  const { deltaAdds, deltaRemoves, deltaUpdates } = stage.request.overrides ?? {};
  const passed = { add: deltaAdds, remove: deltaRemoves, update: deltaUpdates };
  const faults = (['add', 'remove', 'update'] as const).flatMap((change) => {
    const count = found.reduce((total, one) => total + one[change].count, 0);
    const examples = found.flatMap((one) => one[change].examples).slice(0, EXAMPLES);
    return count === 0 || passed[change] === true
      ? []
      : [refusal.misfitting(change, { count, examples }, namesOf(stage))];
  });
  if (faults.length > 0) throw new Refused(faults);
}

/** How many examples a message shows. */
const EXAMPLES = 5;

function judgeSize({ kind, request }: Stage, before: number, after: number): void {
  if (request.overrides?.sizeVariation === true) return;
  const limits = kind.limits === undefined ? BY_DEFAULT : request.country.import.lists[kind.limits];
  const least = smallestAllowed(limits, before);
  if (after < least) throw new Refused([refusal.shrinking(kind, { before, after, least })]);
}

/** For kinds that the country file has no limits for: those of most lists. */
const BY_DEFAULT = { sizeVariationAbsolute: -1, sizeVariationPercent: 0.75 } as const;
