import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { type Entry, PAIRED } from '../../../src/decisions/core/entry.ts';
import type { Pair } from '../../../src/eir/memory/pairs.ts';
import type { View } from '../../../src/eir/memory/view.ts';

/** A folder of the test's own, removed afterwards. */
export async function inFolder<T>(act: (folder: string) => Promise<T> | T): Promise<T> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'openceir-memory-'));
  try {
    return await act(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** IMEIs of a few TACs that are full, of a few that are sparse, at the edges, and anywhere. */
export const imeis = fc.oneof(
  fc.tuple(fc.constantFrom(0, 35_000_001, 35_000_002, 99_999_999), fc.integer({ min: 0, max: 40 })).map(join),
  fc.tuple(fc.constantFrom(1, 35_000_003), fc.integer({ min: 0, max: 999_999 })).map(join),
  fc.constantFrom(0, 999_999, 1_000_000, 99_999_999_999_999, 4_294_967_296, 4_294_967_295),
  fc.integer({ min: 0, max: 99_999_999_999_999 }),
);

function join([tac, serial]: readonly [number, number]): number {
  return tac * 1_000_000 + serial;
}

export const bits = fc.integer({ min: 1, max: 31 });
export const reasons = fc.constantFrom('', 'local', 'stolen_list', 'duplicate|gsma', 'ü – ∂');
export const subscribers = fc.oneof(fc.constantFrom(0, 1, 2), fc.integer({ min: 0, max: 999_999_999_999_999 }));
export const pairs = fc.record({
  imei: fc.oneof(fc.constantFrom(1, 2, 35_000_001_000_000), imeis),
  imsi: subscribers,
  msisdn: subscribers,
});

/** What the lists should be: the plainest thing that can be. */
export class Model {
  readonly entries = new Map<number, Entry>();
  readonly pairs = new Map<string, Pair>();

  set(imei: number, value: number, because: string): void {
    if (value === 0) this.entries.delete(imei);
    else this.entries.set(imei, { bits: value, reasons: because });
  }

  pair(pair: Pair): void {
    this.pairs.set(JSON.stringify(Object.values(pair)), pair);
  }

  unpair(pair: Pair): void {
    this.pairs.delete(JSON.stringify(Object.values(pair)));
  }

  entry(imei: number): Entry {
    const { bits: value, reasons: because } = this.entries.get(imei) ?? { bits: 0, reasons: '' };
    const isPaired = [...this.pairs.values()].some((pair) => pair.imei === imei);
    return { bits: isPaired ? value | PAIRED : value, reasons: because };
  }

  paired(asked: Pair, byMsisdn: boolean): boolean {
    return [...this.pairs.values()].some(
      ({ imei, imsi, msisdn }) =>
        imei === asked.imei &&
        ((imsi === asked.imsi && imsi > 0) || (byMsisdn && msisdn === asked.msisdn && msisdn > 0)),
    );
  }

  /** All identifiers it knows, and their neighbours. */
  around(): number[] {
    const known = [...this.entries.keys(), ...[...this.pairs.values()].map(({ imei }) => imei)];
    return [...new Set([...known.flatMap((imei) => [imei - 1, imei, imei + 1, imei + 1_000_000]), -1, 0, NaN, 1e14])];
  }
}

/** What a view says, in the model's words. */
export const said = (view: Pick<View, 'lookup' | 'entry'>, imei: number): Entry => view.entry(view.lookup(imei));
