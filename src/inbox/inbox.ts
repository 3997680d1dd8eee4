import { mkdir, readdir, rename, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Country } from '../country/country.ts';
import { type Fault, Refused, writeFault } from '../faults/fault.ts';
import { errorCode } from '../files/errno.ts';
import { writeWhole } from '../files/whole.ts';
import { importOperator } from '../observations/import.ts';
import { importList } from '../reference/import.ts';
import type { Done, JsonObject } from '../stores/run.ts';
import type { Store } from '../stores/store.ts';
import { isUnfinished, type Place, placeOf } from './place.ts';

/** What became of one file; `left` lies where it lay, since its sender was still at it, and is looked at again. */
export type Arrival =
  | { readonly file: string; readonly outcome: 'done'; readonly result: JsonObject }
  | { readonly file: string; readonly outcome: 'refused'; readonly faults: readonly Fault[] }
  | { readonly file: string; readonly outcome: 'left' };

/** How an inbox is worked. */
export type InboxOptions = {
  readonly folder: string;
  readonly country: Country;
  /** A file is complete when its size and time have not changed for so long, in milliseconds. */
  readonly quietMs: number;
  /** Opens the stores for as long as an act takes: between deliveries other commands have their turn. */
  readonly open: (act: (store: Store) => Promise<void>) => Promise<void>;
  readonly onArrival: (arrival: Arrival) => void;
  /** Ends the work after the file at hand. */
  readonly signal: AbortSignal;
};

type Look = { readonly size: number; readonly mtimeMs: number; readonly since: number };

const ENDS = ['done', 'refused'];

/** Names in a folder below the inbox, hidden ones left out; undefined where there is no such folder. */
async function entriesOf(folder: string) {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter((entry) => !entry.name.startsWith('.'));
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** Files below a folder, relative to the inbox; what has been settled is not looked through again. */
async function filesBelow(inbox: string, below: string): Promise<readonly string[]> {
  const files: string[] = [];
  for (const entry of (await entriesOf(path.join(inbox, below))) ?? []) {
    const relative = path.join(below, entry.name);
    if (entry.isFile() && !isUnfinished(entry.name)) files.push(relative);
    if (entry.isDirectory() && !ENDS.includes(relative)) files.push(...(await filesBelow(inbox, relative)));
  }
  return files;
}

async function mustBeFolder(folder: string): Promise<void> {
  if ((await entriesOf(folder)) !== undefined) return;
  const message = `There is no folder ${folder}.`;
  throw new Refused([{ code: 'FILE_MISSING', file: folder, message, remedy: 'Make it first, or check its spelling.' }]);
}

/**
 * The files that are complete, in the order of their names. Between rounds it is seen whether a file rests; in a single
 * round only its own time tells.
 */
async function complete(options: InboxOptions, looks: Map<string, Look> | undefined): Promise<readonly string[]> {
  const resting: string[] = [];
  for (const relative of await filesBelow(options.folder, '')) {
    const stats = await stat(path.join(options.folder, relative)).catch(() => undefined);
    if (stats === undefined) continue; // its sender has renamed it
    const { size, mtimeMs } = stats;
    const before = looks?.get(relative);
    const same = before !== undefined && before.size === size && before.mtimeMs === mtimeMs;
    const since = looks === undefined ? mtimeMs : same ? before.since : Date.now();
    looks?.set(relative, { size, mtimeMs, since });
    if (options.quietMs === 0 || Date.now() - since >= options.quietMs) resting.push(relative);
  }
  return resting.sort();
}

function importFile(store: Store, file: string, of: { place: Place; country: Country }): Promise<Done> {
  const { place, country } = of;
  const files = [file];
  if (place.kind === 'operator') return importOperator(store, { country, operator: place.operator, files });
  return importList(store, { kind: place.kind, files, country, delta: place.delta });
}

const unknownPlace = (file: string): Fault => ({
  code: 'INBOX_PLACE',
  file,
  message: 'Nothing tells what this file is.',
  remedy: 'Put operator data into operator/<id>/, a list into <kind>/, changes to a list into <kind>/delta/.',
});

/** Faults of a file that its sender is still writing, renaming or taking away. */
const isUnsettled = ({ code }: Fault): boolean => code === 'FILE_CHANGED' || code === 'FILE_MISSING';

/** Imports one file; a refusal becomes its report, anything unforeseen is thrown and leaves the file where it lies. */
async function judge(store: Store, file: string, { folder, country }: InboxOptions): Promise<Arrival> {
  const place = placeOf(file);
  if (place === undefined) return { file, outcome: 'refused', faults: [unknownPlace(file)] };
  try {
    const { number, result } = await importFile(store, path.join(folder, file), { place, country });
    return { file, outcome: 'done', result: { run: number, ...result } };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (error.faults.every(isUnsettled)) return { file, outcome: 'left' };
    return { file, outcome: 'refused', faults: error.faults };
  }
}

/** A name not taken yet in a folder: a second delivery of one name must not hide the first. */
async function freeName(file: string): Promise<string> {
  for (let round = 0; ; round += 1) {
    const name = round === 0 ? file : `${file}.${round}`;
    if ((await stat(name).catch(() => undefined)) === undefined) return name;
  }
}

async function settle(store: Store, file: string, options: InboxOptions): Promise<void> {
  const arrival = await judge(store, file, options);
  if (arrival.outcome !== 'left') {
    const target = await freeName(path.join(options.folder, arrival.outcome, file));
    await mkdir(path.dirname(target), { recursive: true });
    const report =
      arrival.outcome === 'done' ? JSON.stringify(arrival.result, null, 2) : arrival.faults.map(writeFault).join('\n');
    await writeWhole(`${target}.report.txt`, (sink) => sink.write(`${report}\n`));
    await rename(path.join(options.folder, file), target);
  }
  options.onArrival(arrival);
}

/**
 * One round over the inbox: imports what is complete, and moves it to `done/` or `refused/` with a report beside it.
 * A crash between import and move repeats the import, which changes nothing.
 * @param looks what earlier rounds saw, carried from round to round; without it, this is the only round.
 * @throws Refused where the inbox is not there.
 */
export async function sweep(options: InboxOptions, looks?: Map<string, Look>): Promise<void> {
  await mustBeFolder(options.folder);
  const files = await complete(options, looks);
  if (files.length === 0) return;
  await options.open(async (store) => {
    for (const file of files) {
      if (options.signal.aborted) return;
      looks?.delete(file);
      await settle(store, file, options);
    }
  });
}

/** Works the inbox until the signal, looking once a second. */
export async function watch(options: InboxOptions): Promise<void> {
  const looks = new Map<string, Look>();
  while (!options.signal.aborted) {
    await sweep(options, looks);
    await wait(1000, undefined, { signal: options.signal }).catch(() => undefined); // the signal ends the wait
  }
}
