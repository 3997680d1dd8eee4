import type { Day } from '../calendar/day.ts';
import type { Country } from '../country/country.ts';
import { stageStays } from '../decisions/stays.ts';
import { type Fault, Refused } from '../faults/fault.ts';
import type { ManifestEntry } from '../files/manifest.ts';
import type { Progress } from '../files/progress.ts';
import { performRun } from '../stores/run.ts';
import type { Store } from '../stores/store.ts';
import { type Appended, stageChanges } from './change.ts';
import type { Occasion } from './dirbs.ts';
import { type FormatName, makeFolder, writeFolder } from './folder.ts';
import { stageOffices } from './offices/office_copy.ts';
import { officesAt } from './offices/union.ts';

/** How the files of a run are to be written. */
export type Wish = {
  readonly country: Country;
  /** The folder that the run's own folder is made in. */
  readonly out: string;
  readonly format: FormatName;
  /** The earlier run of lists that deltas are against; 0 for the empty lists, by default the run before. */
  readonly base?: number | undefined;
  /** Whole lists beside the deltas; true by default. */
  readonly full?: boolean | undefined;
  readonly now?: Date | undefined;
  readonly onProgress?: Progress['update'] | undefined;
};

/** The files of a run. */
export type Rendered = {
  readonly run: number;
  readonly base: number;
  readonly folder: string;
  readonly files: readonly ManifestEntry[];
};

/**
 * Makes all lists for a day: appends to the change log what makes them so, as one run, and then writes its files, which
 * are of what offices say, too.
 * The run is official before its folder appears: a crash between leaves a whole run, whose files `render` writes again.
 * @throws Refused where the base is no earlier run of lists, or the files cannot be written.
 */
export async function generateLists(
  store: Store,
  {
    day,
    golden = store.pseudonyms.golden,
    ...wish
  }: Wish & { readonly day: Day; readonly golden?: (imei: string) => string },
): Promise<Rendered & { readonly lists: readonly Appended[] }> {
  const base = await baseOf(store, wish.base);
  await makeFolder(wish.out);
  const { country } = wish;
  let lists: readonly Appended[] = [];
  const { number } = await performRun(store, { verb: 'lists', day, country }, async (work) => {
    const offices = await stageOffices(store, work, country.timeZone);
    const standing = await stageStays(store, work, country.timeZone);
    const terms = {
      policy: country,
      day,
      golden,
      held: offices.blocked,
      ...(standing === undefined ? {} : { standing }),
    };
    const staged = await stageChanges(store.analytics, work, terms);
    lists = staged.lists;
    const partition = String(work.number);
    const moves = [
      ...(lists.length === 0 ? [] : [{ table: 'change', partition, from: staged.table }]),
      ...(offices.changes === 0 ? [] : [{ table: 'office_change', partition, from: offices.table }]),
    ];
    return { moves, result: { base, lists, offices: offices.changes } };
  });
  return { ...(await render(store, { ...wish, base, run: number })), lists };
}

type Recorded = { readonly number: number; readonly day: string; readonly country: string };

const listRuns = `SELECT number, to_char(day, 'YYYY-MM-DD') AS day, country FROM run WHERE verb = 'lists' AND status = 'done'`;

async function recorded(store: Store, number: number): Promise<Recorded | undefined> {
  return (await store.registry.query<Recorded>(`${listRuns} AND number = $1`, [number]))[0];
}

/** The last run of lists before `before`; 0 where there is none. */
async function lastBefore(store: Store, before: number): Promise<number> {
  const rows = await store.registry.query<Recorded>(`${listRuns} AND number < $1 ORDER BY number DESC LIMIT 1`, [
    before,
  ]);
  return rows[0]?.number ?? 0;
}

const ANY_RUN = 2 ** 31 - 1;

async function baseOf(store: Store, base: number | undefined, run = ANY_RUN): Promise<number> {
  if (base === undefined) return lastBefore(store, run);
  if (base !== 0 && (base >= run || (await recorded(store, base)) === undefined)) throw new Refused([baseFault(base)]);
  return base;
}

const baseFault = (base: number): Fault => ({
  code: 'LISTS_BASE',
  message: `Run ${base} is no earlier run of lists that is done, so that no delta can be against it.`,
  remedy: 'Name the number of an earlier run of lists, or 0 for a delta from nothing.',
});

const runFault = (run: number): Fault => ({
  code: 'LISTS_RUN',
  message: `Run ${run} is no run of lists that is done.`,
  remedy: 'Name the number of a run of lists.',
});

/**
 * Writes the files of any recorded run of lists, again or in another format or against another base; only the change
 * log is read, nothing is recorded. Operators and options are those of the country file given.
 * @throws Refused where run or base is none of the recorded, or the files cannot be written.
 */
export async function render(store: Store, wish: Wish & { readonly run: number }): Promise<Rendered> {
  const { run, country, out, format, onProgress } = wish;
  const found = await recorded(store, run);
  if (found === undefined) throw new Refused([runFault(run)]);
  const base = await baseOf(store, wish.base, run);
  await makeFolder(out);
  const occasion: Occasion = {
    run,
    base,
    options: country.lists,
    offices: await officesAt(store.analytics, run),
    policy: country,
    day: found.day,
    classified: await lastClassified(store, run),
    full: wish.full ?? true,
    now: wish.now ?? new Date(),
  };
  const output = { out, format, occasion, country: found.country, onProgress };
  return { run, base, ...(await writeFolder(store.analytics, output)) };
}

/** The classification that a run of lists followed. */
async function lastClassified(store: Store, before: number): Promise<number | undefined> {
  const text = `SELECT max(number) AS number FROM run WHERE verb = 'classify' AND status = 'done' AND number < $1`;
  return (await store.registry.query<{ number: number | null }>(text, [before]))[0]?.number ?? undefined;
}
