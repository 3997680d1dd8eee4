import { type Day, today } from '../calendar/day.ts';
import type { Country } from '../country/country.ts';
import { smallestAllowed } from '../country/limits.ts';
import { type Fault, Refused } from '../faults/fault.ts';
import type { Progress } from '../files/progress.ts';
import { silent } from '../files/progress.ts';
import type { Shard } from '../stores/analytics.ts';
import { literal } from '../stores/analytics.ts';
import { type Done, type Outcome, performRun, type Work } from '../stores/run.ts';
import { table } from '../stores/schema.ts';
import type { Store } from '../stores/store.ts';
import * as compare from './compare.ts';
import { KINDS, type Kind, type KindName } from './kinds.ts';
import { type Read, readFiles } from './read.ts';
import * as refusal from './refusal.ts';
import { createRows, isWhole } from './rows.ts';

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
  readonly day: Day;
  readonly rows: string;
  /** The shards whose counts make up the list's. */
  readonly counting: readonly Shard[];
  readonly read: Read;
  readonly changes: boolean;
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
  const rows = work.scratch('rows');
  await store.analytics.everywhere(createRows(kind, rows));
  const counting = isWhole(table(kind.table)) ? [store.analytics.home] : store.analytics.shards;
  const read = await readFiles(store, {
    kind,
    rows,
    files: request.files,
    delta: request.delta === true,
    defaults: request.defaults ?? {},
    progress: request.progress ?? silent,
  });
  const stage: Stage = { store, request, kind, work, day, rows, counting, read, changes: read.changes };
  const counts = await judgeRows(stage);
  const duplicates = await judgeInput(stage);
  const stageTable = await work.stage(kind.table);
  const hashes = read.inputs.map(({ sha256 }) => sha256).sort();
  const before = await sum(counting.map((shard) => compare.openRows(shard, kind)));
  const changes = await difference(stage, {
    kind,
    mode: kind.appends === true && !read.changes ? 'append' : request.delta === true ? 'delta' : 'full',
    rows,
    stage: stageTable,
    run: work.number === 0 ? DRY : work.number,
    day,
    changes: read.changes,
    stated: read.stated,
    repeats: duplicates > 0,
  });
  const { adds, removes, updates } = changes;
  const after = before + adds - removes;
  judgeSize(stage, before, after);
  const ignored = read.ignored;
  return {
    moves: adds + removes + updates > 0 ? [{ table: kind.table, partition: 'tuple()', from: stageTable }] : [],
    result: { kind: request.kind, day, ...counts, duplicates, ...changes, before, after, ignored },
    inputs: read.inputs,
    official: async (query) => {
      await query(
        `INSERT INTO list_version (run, kind, as_of, delta, rows, adds, removes, updates, sha256)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
        [work.number, request.kind, day, request.delta === true, after, adds, removes, updates, hashes],
      );
    },
  };
}

const sum = async (counts: readonly Promise<number>[]): Promise<number> =>
  (await Promise.all(counts)).reduce((total, count) => total + count, 0);

/** Puts bad rows aside and the texts of malformed IMEIs on record. @throws Refused when a file has too many bad rows. */
async function judgeRows(stage: Stage): Promise<{ readonly rows: number; readonly quarantined: number }> {
  const { store, request, rows, work, counting } = stage;
  const names = namesOf(stage);
  const files = new Map<number, { rows: number; bad: number }>();
  for (const shard of counting) {
    const sql = `SELECT file, count() AS rows, countIf(bad > 0) AS bad FROM ${rows} GROUP BY file`;
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
      `INSERT INTO quarantine SELECT ${work.number}, ${file}, line, field, reason, value, text FROM ${rows} WHERE bad > 0`,
    );
  }
  const limit = request.country.import.quarantined;
  const faults: Fault[] = [];
  for (const [file, count] of [...files].sort(([a], [b]) => a - b)) {
    if (count.bad <= limit * count.rows) continue;
    const sql = `SELECT file, line, field, reason FROM ${rows} WHERE bad > 0 AND file = ${file} ORDER BY line LIMIT 5`;
    const shown = { rows: await home.query<refusal.BadRow>(sql), files: names };
    faults.push(refusal.tooManyBad({ file, ...count }, limit, shown));
  }
  if (faults.length > 0) throw new Refused(faults);
  return { rows: total('rows'), quarantined: bad };
}

const namesOf = ({ read }: Stage): readonly string[] => read.inputs.map(({ name }) => name);

/** Looks for contradictions among the rows. @throws Refused with them. Gives the number of repeated rows. */
async function judgeInput(stage: Stage): Promise<number> {
  const found: compare.Inner[] = [];
  const overlaps: compare.Place[] = [];
  for (const shard of stage.counting) {
    for (const slice of await compare.slicesOf(shard, stage)) found.push(await compare.inner(shard, stage, slice));
    if (stage.read.stated) overlaps.push(...(await compare.overlaps(shard, stage)));
  }
  const conflicts = found.reduce((total, one) => total + one.conflicts, 0);
  const examples = found.flatMap((one) => one.examples).slice(0, EXAMPLES);
  const faults = [
    ...(conflicts > 0 ? [refusal.conflicting(stage.kind, { conflicts, examples }, namesOf(stage))] : []),
    ...(overlaps.length > 0 ? [refusal.overlapping(stage.kind, overlaps, namesOf(stage))] : []),
  ];
  if (faults.length > 0) throw new Refused(faults);
  return found.reduce((total, one) => total + one.duplicates, 0);
}

/** Was the newest version of this list made by this very delta? Then it says nothing new. */
async function isLastDelta({ store, request, read }: Stage): Promise<boolean> {
  const rows = await store.registry.query<{ delta: boolean; sha256: string[] }>(
    'SELECT delta, sha256 FROM list_version WHERE kind = $1 ORDER BY run DESC LIMIT 1',
    [request.kind],
  );
  const hashes = read.inputs.map(({ sha256 }) => sha256).sort();
  return rows[0]?.delta === true && rows[0].sha256.join() === hashes.join();
}

/** Stages the list as it will be and counts what changes. @throws Refused when a delta does not fit. */
async function difference(stage: Stage, comparison: compare.Comparison): Promise<compare.Difference> {
  const { store, work, counting, rows, kind } = stage;
  let total: compare.Difference = { adds: 0, removes: 0, updates: 0 };
  if (comparison.mode === 'delta') {
    if (await isLastDelta(stage)) return total;
    await judgeDelta(stage);
  }
  const keepsTexts = work.number > 0 && kind.columns.some(({ name }) => name === 'imei');
  for (const shard of store.analytics.shards) {
    for (const slice of await compare.slicesOf(shard, comparison)) {
      await compare.stageSlice(shard, comparison, slice);
      if (!counting.includes(shard)) continue;
      const { adds, removes, updates } = await compare.differenceOf(shard, comparison, slice);
      total = { adds: total.adds + adds, removes: total.removes + removes, updates: total.updates + updates };
    }
    // Facts about a key, whatever becomes of the run.
    if (keepsTexts) await shard.run(`INSERT INTO malformed SELECT DISTINCT imei, seen FROM ${rows} WHERE seen != ''`);
  }
  return total;
}

/** @throws Refused when rows of a delta do not fit the list that stands, unless that is overridden. */
async function judgeDelta(stage: Stage): Promise<void> {
  const found: Awaited<ReturnType<typeof compare.misfits>>[] = [];
  for (const shard of stage.counting) {
    for (const slice of await compare.slicesOf(shard, stage)) found.push(await compare.misfits(shard, stage, slice));
  }
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
