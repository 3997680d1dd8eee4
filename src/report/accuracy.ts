import { openLines } from '../files/input.ts';
import { SOUGHT } from '../simulator/country.ts';
import { literal, type Shard } from '../stores/analytics.ts';
import { performRun } from '../stores/run.ts';
import { imeiText, isImei, observedKey, shardOf } from '../stores/schema.ts';
import type { Store } from '../stores/store.ts';

/** How well one condition finds what was planted. Counts are of identifiers. */
export type Accuracy = {
  /** The condition's label. */
  readonly label: string;
  /** The facts of the truth file that it is after. */
  readonly sought: readonly string[];
  /** Identifiers of which one of the facts is true. */
  readonly actual: number;
  /** Identifiers that the condition holds something against now. */
  readonly found: number;
  /** Those that are both. */
  readonly hits: number;
  /** The lowest IMEI of those, 14 digits; undefined where there is none. */
  readonly example: string | undefined;
};

/** The share of what was found that is rightly found, 0 to 1; undefined where nothing was found. */
export const precisionOf = ({ found, hits }: Pick<Accuracy, 'found' | 'hits'>): number | undefined =>
  found === 0 ? undefined : hits / found;

/** The share of what is true that was found, 0 to 1; undefined where there was nothing to find. */
export const recallOf = ({ actual, hits }: Pick<Accuracy, 'actual' | 'hits'>): number | undefined =>
  actual === 0 ? undefined : hits / actual;

/** A share in percent with one digit, `none` where there is none. Only what is whole reads 100 %, only nothing reads 0 %. */
export function writeShare(share: number | undefined): string {
  if (share === undefined) return 'none';
  const percent = Math.min(Math.max(share * 100, share > 0 ? 0.1 : 0), share < 1 ? 99.9 : 100);
  return `${percent.toFixed(1)} %`;
}

/** What is compared. */
export type Comparison = {
  /** The simulator's truth file: `imei,truth,detail`. */
  readonly truth: string;
  /** Labels of the conditions; those for which the simulator plants nothing are left out. */
  readonly labels: readonly string[];
};

/**
 * Precision and recall of each condition's present standings against the simulator's truth. The comparison is done in
 * the engine, shard by shard; it records no run and leaves nothing behind.
 */
export async function accuracyOf(store: Store, { truth, labels }: Comparison): Promise<readonly Accuracy[]> {
  const accuracies: Accuracy[] = [];
  await performRun(store, { verb: 'accuracy', dryRun: true }, async (work) => {
    const facts = work.scratch('truth');
    await loadTruth(store, facts, truth);
    for (const label of labels) {
      const sought = SOUGHT[label];
      if (sought === undefined) continue;
      const parts = await Promise.all(store.analytics.shards.map((shard) => compare(shard, facts, { label, sought })));
      const sum = (of: (part: Counts) => number): number => parts.reduce((total, part) => total + of(part), 0);
      const counts = { actual: sum((one) => one.actual), found: sum((one) => one.found), hits: sum((one) => one.hits) };
      const [example] = parts.flatMap((part) => part.example ?? []).sort();
      accuracies.push({ label, sought, ...counts, example });
    }
    return { moves: [], result: {} };
  });
  return accuracies;
}

/** Loads the truth file: each shard takes the identifiers that are its own, keyed as observed ones are. */
async function loadTruth({ analytics }: Store, facts: string, file: string): Promise<void> {
  const { shards } = analytics;
  await analytics.everywhere(
    `CREATE TABLE ${facts} (imei UInt64, fact String) ENGINE = MergeTree ORDER BY (fact, imei)`,
  );
  const { blocks } = await openLines(file);
  for await (const block of blocks) {
    for (const shard of shards) {
      const rows = (source: string): string =>
        `SELECT ${observedKey('fields[1]')} AS imei, fields[2] AS fact FROM (SELECT splitByChar(',', line) AS fields FROM ${source})`;
      const mine = `${shardOf(shards.length)} = ${shard.number}`;
      await shard.feed(
        (source) => `INSERT INTO ${facts} SELECT imei, fact FROM (${rows(source)}) WHERE ${mine}`,
        block.lines,
      );
    }
    block.release();
  }
}

type Counts = Pick<Accuracy, 'actual' | 'found' | 'hits' | 'example'>;

async function compare(
  shard: Shard,
  facts: string,
  { label, sought }: Pick<Accuracy, 'label' | 'sought'>,
): Promise<Counts> {
  const [row] = await shard.query<Record<'actual' | 'found' | 'hits' | 'example', string>>(`SELECT
    countIf(is) AS actual, countIf(was) AS found, countIf(is AND was) AS hits,
    if(countIf(is AND was AND ${isImei()}) = 0, '', ${imeiText(`minIf(imei, is AND was AND ${isImei()})`)}) AS example
  FROM (
    SELECT imei, max(a) AS is, max(f) AS was FROM (
      SELECT imei, true AS a, false AS f FROM ${facts} WHERE fact IN (${sought.map(literal).join(', ')})
      UNION ALL
      SELECT imei, false AS a, true AS f FROM standing WHERE condition = ${literal(label)} AND closed = 0
    ) GROUP BY imei
  )`);
  const example = row === undefined || row.example === '' ? undefined : row.example;
  return { actual: Number(row?.actual), found: Number(row?.found), hits: Number(row?.hits), example };
}
