import { open, rm } from 'node:fs/promises';
import type { Applier } from './apply.ts';
import { journalFile, journalsIn } from './journal.ts';
import { type Opening, readOpening, readRecords } from './record.ts';
import { readLine, type Stand, sameLists } from './wire.ts';

/** What journals brought back. */
export type Replayed = {
  /** The number of the journal that begins where the file of the lists ends; undefined where there is none. */
  readonly first: number | undefined;
  /** The number that the next journal takes. */
  readonly next: number;
  readonly changes: number;
};

/** Where a journal begins; undefined where it is not even that far. */
export async function openingOf(file: string): Promise<Opening | undefined> {
  const handle = await open(file);
  try {
    for await (const bytes of readRecords(handle)) return readOpening(bytes);
    return undefined;
  } finally {
    await handle.close();
  }
}

/** The journal that begins where a file of the lists ends, and what it says beside the file. */
export async function journalOf(folder: string, stand: Stand): Promise<(Opening & { number: number }) | undefined> {
  for (const number of await journalsIn(folder)) {
    const opening = await openingOf(journalFile(folder, number));
    if (opening !== undefined && sameLists(opening.stand, stand)) return { ...opening, number };
  }
  return undefined;
}

/** Whether a journal begins where the lists stand; those that never heard of a change log may begin with any. */
const continues = (opening: Stand, stand: Stand): boolean =>
  sameLists(opening, stand.log === 0 ? { ...stand, log: opening.log } : stand);

/**
 * Applies what journals hold since the file of the lists was made. They make a chain: each begins where the one before
 * ends. Those that do not fit (of a snapshot that was never taken into use) go; those before the first are kept for the
 * older file of the lists.
 */
export async function replay(folder: string, applier: Applier, first: number | undefined): Promise<Replayed> {
  const numbers = await journalsIn(folder);
  const next = (numbers.at(-1) ?? 0) + 1;
  let changes = 0;
  for (const number of numbers) {
    if (first === undefined || number < first) continue;
    const file = journalFile(folder, number);
    const opening = await openingOf(file);
    if (opening === undefined || !continues(opening.stand, applier.stand)) {
      await rm(file, { force: true });
      continue;
    }
    applier.mark({ log: opening.stand.log });
    changes += await replayOne(file, applier);
  }
  return { first, next, changes };
}

async function replayOne(file: string, applier: Applier): Promise<number> {
  const handle = await open(file);
  let changes = 0;
  try {
    for await (const bytes of readRecords(handle)) {
      const line = readLine(bytes.toString());
      if (line === undefined || !('changes' in line)) continue; // its beginning
      const { applied, gap } = applier.take(line);
      if (gap) break;
      changes += applied;
    }
  } finally {
    await handle.close();
  }
  return changes;
}
