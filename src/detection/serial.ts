import type { Analytics } from '../stores/analytics.ts';
import { tacOf } from '../stores/schema.ts';
import { type Context, within } from './dimension.ts';
import { seenKeys } from './seen.ts';

/** Serial numbers of one block. */
export const BLOCK = 100;

/** Parts into which the range of a TAC is divided for the index of dispersion; each holds 100 blocks. */
export const PARTS = 100;

/** From how many identifiers on a TAC is judged, and how many numbers of a block make it full. */
export type Limits = { readonly devices: number; readonly fill: number };

/** Engine query: the identifiers seen, by TAC and block of their serial number, as `tac, block, devices`. */
export const blocks = (context: Context): string =>
  `(SELECT tac, block, toUInt32(count()) AS devices FROM (SELECT imei, ${tacOf()} AS tac, toUInt16(intDiv(imei % 1000000, ${BLOCK})) AS block FROM ${seenKeys(context)} GROUP BY imei) GROUP BY tac, block)`;

/**
 * Engine query: the figures of each TAC with enough identifiers, as `tac, devices, dispersion, full`: how many, the
 * index of dispersion of their counts over the parts of the range (Σ(n-m)²/m/(PARTS-1), m the mean), and the full blocks.
 */
export const verdictsOf = (from: string, { devices, fill }: Limits): string => `(
  SELECT tac, toUInt32(sum(n)) AS devices, (${PARTS} * sum(n * n) / devices - devices) / ${PARTS - 1} AS dispersion, arraySort(groupArrayArray(whole)) AS full
  FROM (SELECT tac, intDiv(block, ${10_000 / PARTS}) AS part, sum(devices) AS n, groupArrayIf(block, devices >= ${fill}) AS whole FROM ${from} GROUP BY tac, part)
  GROUP BY tac HAVING devices >= ${devices}
)`;

/** Identifiers whose blocks are gathered at once: memory here is a setting. */
const AT_ONCE = 500_000;

/** A TAC's figures, as {@link verdictsOf} gives them. */
export type Verdict = {
  readonly tac: number;
  readonly devices: number;
  readonly dispersion: number;
  readonly full: readonly number[];
};

type Part = { readonly tac: number; readonly block: number; readonly devices: number };

/** TACs in groups of at most so many identifiers (or of one TAC). */
function groups(sizes: ReadonlyMap<number, number>, least: number): readonly (readonly number[])[] {
  const all: number[][] = [];
  let room = 0;
  for (const [tac, devices] of sizes) {
    if (devices < least) continue;
    if (devices > room) {
      all.push([]);
      room = AT_ONCE;
    }
    all.at(-1)?.push(tac);
    room -= devices;
  }
  return all;
}

const add = (sums: Map<number, number>, key: number, amount: number): Map<number, number> =>
  sums.set(key, (sums.get(key) ?? 0) + amount);

/** The figures of one TAC from its blocks' counts; the arithmetic of {@link verdictsOf}. */
function verdictOf(tac: number, counts: ReadonlyMap<number, number>, fill: number): Verdict {
  const parts = new Map<number, number>();
  for (const [block, devices] of counts) add(parts, Math.floor(block / (10_000 / PARTS)), devices);
  const devices = [...parts.values()].reduce((sum, n) => sum + n, 0);
  const squares = [...parts.values()].reduce((sum, n) => sum + n * n, 0);
  const full = [...counts].filter(([, n]) => n >= fill).map(([block]) => block);
  const dispersion = ((PARTS * squares) / devices - devices) / (PARTS - 1);
  return { tac, devices, dispersion, full: full.sort((a, b) => a - b) };
}

/** The figures of each TAC over all shards, for those with enough identifiers. */
export async function judgeAll(analytics: Analytics, context: Context, limits: Limits): Promise<readonly Verdict[]> {
  const sizes = new Map<number, number>();
  const local = `SELECT tac, toUInt32(sum(devices)) AS devices FROM ${blocks(context)} GROUP BY tac`;
  for (const { tac, devices } of await analytics.gather<Omit<Part, 'block'>>(local)) add(sizes, tac, devices);
  const verdicts: Verdict[] = [];
  for (const group of groups(sizes, limits.devices)) {
    const these = within(context, `${tacOf()} IN (${group.join(', ')})`);
    const parts = await analytics.gather<Part>(`SELECT tac, block, devices FROM ${blocks(these)}`);
    const counts = new Map<number, Map<number, number>>(group.map((tac) => [tac, new Map()]));
    for (const { tac, block, devices } of parts) add(counts.get(tac) ?? new Map(), block, devices);
    for (const [tac, own] of counts) verdicts.push(verdictOf(tac, own, limits.fill));
  }
  return verdicts;
}

/** Engine query of constant rows, in the form of {@link verdictsOf}. */
export function constants(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map(
    ({ tac, devices, dispersion, full }) => `, (${tac}, ${devices}, ${dispersion}, [${full.join(', ')}])`,
  );
  const form = 'tac UInt32, devices UInt32, dispersion Float64, full Array(UInt16)';
  // The first row only keeps the list from being empty.
  return `(SELECT tac, devices, dispersion, full FROM VALUES('${form}', (0, 0, 0, [])${rows.join('')}) WHERE devices > 0)`;
}
