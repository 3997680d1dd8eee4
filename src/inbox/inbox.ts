import { mkdir, readdir, rename, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Country } from '../country/country.ts';
import { Refused, writeFault } from '../faults/fault.ts';
import { writeWhole } from '../files/whole.ts';
import { importOperator } from '../observations/import.ts';
import { importList } from '../reference/import.ts';
import type { Done } from '../stores/run.ts';
import type { Store } from '../stores/store.ts';
import { isUnfinished, type Place, placeOf } from './place.ts';

/** What became of one file. */
export type Arrival = { readonly file: string; readonly outcome: 'done' | 'refused'; readonly report: string };

/** How an inbox is worked. */
export type InboxOptions = {
  readonly folder: string;
  readonly country: Country;
  /** A file is complete when its size and time have not changed for so long, in milliseconds. */
  readonly quietMs: number;
  readonly onArrival: (arrival: Arrival) => void;
};

type Look = { readonly size: number; readonly mtimeMs: number; readonly since: number };

const ENDS = ['done', 'refused'];

/** Files that lie in the inbox, relative to it, in the order of their names. */
async function lying(folder: string): Promise<readonly string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  return found
    .filter((entry) => entry.isFile() && !isUnfinished(entry.name))
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .filter((relative) => !ENDS.includes(relative.split(path.sep)[0] ?? ''))
    .sort();
}

function importFile(store: Store, file: string, of: { place: Place; country: Country }): Promise<Done> {
  const { place, country } = of;
  const files = [file];
  if (place.kind === 'operator') return importOperator(store, { country, operator: place.operator, files });
  return importList(store, { kind: place.kind, files, country, delta: place.delta });
}

/** Imports one file; a refusal becomes its report, anything unforeseen is thrown and leaves the file where it lies. */
async function judge(
  store: Store,
  relative: string,
  options: InboxOptions,
): Promise<{ outcome: Arrival['outcome']; report: string }> {
  const place = placeOf(relative);
  if (place === undefined) {
    const report =
      'Nothing tells what this is. Put operator data into operator/<id>/, a list into <kind>/, changes to it into <kind>/delta/.';
    return { outcome: 'refused', report };
  }
  try {
    const done = await importFile(store, path.join(options.folder, relative), { place, country: options.country });
    return { outcome: 'done', report: JSON.stringify({ run: done.number, ...done.result }, null, 2) };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { outcome: 'refused', report: error.faults.map(writeFault).join('\n') };
  }
}

/** A name not taken yet in a folder: a second delivery of one name must not hide the first. */
async function freeName(file: string): Promise<string> {
  for (let round = 0; ; round += 1) {
    const name = round === 0 ? file : `${file}.${round}`;
    if (
      await stat(name).then(
        () => false,
        () => true,
      )
    )
      return name;
  }
}

async function settle(store: Store, relative: string, options: InboxOptions): Promise<void> {
  const { outcome, report } = await judge(store, relative, options);
  const target = await freeName(path.join(options.folder, outcome, relative));
  await mkdir(path.dirname(target), { recursive: true });
  await writeWhole(`${target}.report.txt`, (sink) => sink.write(`${report}\n`));
  await rename(path.join(options.folder, relative), target);
  options.onArrival({ file: relative, outcome, report });
}

/**
 * One round over the inbox: imports what has lain unchanged long enough, and moves it to `done/` or `refused/` with a
 * report beside it. A crash between import and move repeats the import, which changes nothing.
 * @param looks what earlier rounds saw; carried from round to round.
 */
export async function sweep(store: Store, options: InboxOptions, looks: Map<string, Look>): Promise<number> {
  let settled = 0;
  for (const relative of await lying(options.folder)) {
    const { size, mtimeMs } = await stat(path.join(options.folder, relative));
    const before = looks.get(relative);
    const same = before !== undefined && before.size === size && before.mtimeMs === mtimeMs;
    const since = same ? before.since : Date.now();
    looks.set(relative, { size, mtimeMs, since });
    if (Date.now() - since < options.quietMs) continue;
    await settle(store, relative, options);
    looks.delete(relative);
    settled += 1;
  }
  return settled;
}

/** Works the inbox until the signal, looking once a second. */
export async function watch(store: Store, options: InboxOptions, signal: AbortSignal): Promise<void> {
  const looks = new Map<string, Look>();
  while (!signal.aborted) {
    await sweep(store, options, looks);
    await wait(1000, undefined, { signal }).catch(() => undefined); // the signal ends the wait
  }
}
