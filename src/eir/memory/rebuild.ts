import { rmSync } from 'node:fs';
import type { Fault } from '../../faults/fault.ts';
import { fail, ok, type Result } from '../../faults/result.ts';
import { deniedFault, fullFault } from '../../files/errno.ts';
import { Base } from './base.ts';
import { type About, Builder, type State } from './build.ts';
import type { Held } from './classes.ts';
import { load, sectionsOf } from './load.ts';
import { PAIR, type Pair, PairBase, readPair, samePair, sourcesIn, stateOf, writePair } from './pairs.ts';
import { sortRows } from './sort.ts';

/** What changed since a file was made, as it goes to the process that makes the next. */
export type Changes = {
  /** Identifiers and their classes, 0 for none; in any order. */
  readonly imeis: Float64Array;
  readonly indexes: Uint32Array;
  /** The classes by their indexes. */
  readonly entries: readonly Held[];
  /** Pairs as IMEI, IMSI, MSISDN and sources (0: gone), four numbers each. */
  readonly pairs: Float64Array;
  /** Hashes that take the place of those in the file. */
  readonly golden?: Uint8Array;
};

/** A file to be made of another one and what changed since. */
export type Order = {
  readonly from: string;
  /** A name that does not exist yet. */
  readonly to: string;
  readonly changes: Changes;
  readonly state: State;
};

/** Makes the next file. For a process of its own: it holds the old file in memory, and does not stop in between. */
export async function rebuild({ from, to, changes, state }: Order): Promise<Result<About, Fault>> {
  const loaded = await load(from);
  if (!loaded.ok) return loaded;
  let builder: Builder | undefined;
  try {
    builder = new Builder(to, 'sorted');
    const { memory, classes } = loaded.value;
    const section = sectionsOf(memory);
    const numbers = [0, ...classes.map(([bits, reasons, , held]) => builder?.classOf(bits, reasons, held) ?? 0)];
    joinEntries(new Base(section), changes, { builder, numbers });
    joinPairs(new PairBase(section), changes, builder);
    const words = section('golden');
    const kept = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
    return ok(builder.finish({ state, golden: changes.golden ?? kept }));
  } catch (error) {
    builder?.abandon();
    rmSync(to, { force: true });
    const fault = fullFault(to, error) ?? deniedFault(to, error);
    if (fault === undefined) throw error;
    return fail(fault);
  }
}

type Target = { readonly builder: Builder; readonly numbers: readonly number[] };

/** The identifiers of both in their order, what changed in place of what was. */
function joinEntries(base: Base, { imeis, indexes, entries }: Changes, { builder, numbers }: Target): void {
  sortRows(imeis, indexes);
  const changed = Uint32Array.from(indexes, (index) => {
    const { bits = 0, reasons = '', held } = entries[index] ?? {};
    return builder.classOf(bits, reasons, held);
  });
  let next = 0;
  let due = imeis[0] ?? Infinity;
  const addDue = (): void => {
    builder.add(due, changed[next] ?? 0);
    next += 1;
    due = imeis[next] ?? Infinity;
  };
  base.each((imei, index) => {
    while (due < imei) addDue();
    if (due === imei) addDue();
    else builder.add(imei, numbers[index] ?? 0);
  });
  while (due < Infinity) addDue();
}

/** The pairs of both; what is told of a pair since takes the place of what the file says of it. */
function joinPairs(base: PairBase, { pairs }: Changes, builder: Builder): void {
  const words = new Uint32Array(PAIR);
  const gone = new Uint8Array(base.words.length / PAIR);
  for (let at = 0; at < pairs.length; at += 4) {
    const [imei = 0, imsi = 0, msisdn = 0, sources = 0] = pairs.subarray(at, at + 4);
    const pair: Pair = { imei, imsi, msisdn };
    if (sources > 0) builder.pair(pair, sources);
    writePair(words, 0, pair);
    for (let place = base.from(imei); place < base.to(imei); place += PAIR) {
      if (samePair(base.words, place, words, 0)) gone[place / PAIR] = 1;
    }
  }
  for (let at = 0; at < gone.length; at += 1) {
    if (gone[at] !== 0) continue;
    builder.pair(readPair(base.words, at * PAIR), sourcesIn(stateOf(base.words[at * PAIR + 4] ?? 0)));
  }
}
