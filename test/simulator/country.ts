import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Month } from '../../src/calendar/day.ts';
import { type SimulationOptions, type Summary, simulate } from '../../src/simulator/simulate.ts';

/** A synthetic country in a folder of its own, which goes when the test is over. */
export type Made = Disposable & { readonly out: string; readonly summary: Summary };

/** Makes one; the months are fixed, so that a test does not depend on the day it runs. */
export async function make(options: Partial<SimulationOptions> = {}): Promise<Made> {
  const folder = mkdtempSync(path.join(tmpdir(), 'ceir-simulator-'));
  const out = path.join(folder, 'country');
  const dispose = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    const summary = await simulate(out, {
      devices: 3000,
      months: 2,
      seed: 11,
      firstMonth: 202601 as Month,
      ...options,
    });
    return { out, summary, [Symbol.dispose]: dispose };
  } catch (error) {
    dispose();
    throw error;
  }
}

/** The lines of a file without its header, and without the empty rest after the last. */
export const linesOf = (file: string): readonly string[] => readFileSync(file, 'latin1').split('\n').slice(1, -1);

/** Rows split at the commas, which is enough where no field is quoted. */
export const rowsOf = (file: string): readonly (readonly string[])[] => linesOf(file).map((line) => line.split(','));

/** The stored form of an observed IMEI: 14 leading digits, or the text. */
export const keyOf = (imei: string): string => /^\d{14}/.exec(imei)?.[0] ?? imei;

/** The facts of a kind, with their details. */
export const facts = (truth: string, kind: string): ReadonlyMap<string, string> =>
  new Map(rowsOf(truth).flatMap(([imei = '', is, detail = '']) => (is === kind ? [[imei, detail]] : [])));

/** Items by a name of theirs, in order. */
export function grouped<T>(items: readonly T[], nameOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(nameOf(item)) ?? [];
    if (group.length === 0) groups.set(nameOf(item), group);
    group.push(item);
  }
  return groups;
}
