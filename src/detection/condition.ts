import type { DimensionUse } from '../country/dimension.ts';
import type { Analytics } from '../stores/analytics.ts';
import { dimensionOf } from './catalogue.ts';
import { type Context, type Measure, surveyKey, within } from './dimension.ts';
import { seenKeys } from './seen.ts';

/** What of a condition decides whom it matches. */
export type Conjunction = { readonly dimensions: readonly DimensionUse[] };

/** Cheapest first. */
const READS = ['lists', 'usage', 'events'] as const;

const costOf = ({ is }: DimensionUse): number => READS.indexOf(dimensionOf(is).reads);

const measureOf = ({ is, parameters }: DimensionUse, context: Context): Measure =>
  dimensionOf(is).measure(parameters, context);

/** Engine query: the `imei` that one use matches, inversion aside. */
const matchedBy = (use: DimensionUse, context: Context): string => {
  const { rows, matched } = measureOf(use, context);
  return `SELECT imei FROM (${rows}) WHERE ${matched}`;
};

/** Engine expression: a JSON object of the expressions by name. */
function jsonOf(expressions: Readonly<Record<string, string>>): string {
  const members = Object.entries(expressions).map(([name, value]) => `'"${name}":', ${value}`);
  return members.length === 0 ? "'{}'" : `concat('{', ${members.join(", ',', ")}, '}')`;
}

const evidenceOf = ({ evidence }: Measure): string =>
  jsonOf(Object.fromEntries(Object.entries(evidence).map(([name, value]) => [name, `toJSONString(${value})`])));

/** The names under which the uses' evidence stands: the dimension's, with `#2` and so on where it comes again. */
function namesOf(uses: readonly DimensionUse[]): readonly string[] {
  return uses.map(({ is }, at) => {
    const before = uses.slice(0, at).filter((use) => use.is === is).length;
    return before === 0 ? is : `${is}#${before + 1}`;
  });
}

/**
 * Engine query, per shard: `imei, evidence` of the identifiers that match every dimension of a condition. Evidence is
 * JSON text: dimension → its numbers, `{"inverted":true}` for an inverted one. An inverted dimension holds of those
 * identifiers that have been seen and do not match it; dimensions of lists hold of identifiers never seen as well.
 *
 * Dimensions that read more are measured only for the identifiers that all dimensions reading less leave over.
 */
export function matches({ dimensions }: Conjunction, context: Context): string {
  const names = namesOf(dimensions);
  const uses = dimensions.map((use, at) => ({ use, name: names[at] ?? use.is }));
  const positive = uses.filter(({ use }) => !use.not).sort((a, b) => costOf(a.use) - costOf(b.use));
  const narrowed = (cost: number): Context =>
    positive
      .filter(({ use }) => costOf(use) < cost)
      .reduce((left, { use }) => within(left, `imei IN (${matchedBy(use, context)})`), context);
  const inverted = uses.filter(({ use }) => use.not).map(({ use }) => use);
  const kept = inverted.length === 0 ? '' : ` WHERE ${remains(inverted, narrowed)}`;
  const parts = positive.map(({ use }, at) => part(use, narrowed(costOf(use)), `found${at}`));
  const json = uses.map(({ use, name }) => [
    name,
    use.not ? `'{"inverted":true}'` : `found${positive.findIndex((one) => one.use === use)}`,
  ]);
  const source = parts.length === 0 ? `(SELECT imei FROM ${seenKeys(context)} GROUP BY imei)` : joined(parts);
  return `SELECT imei, ${jsonOf(Object.fromEntries(json))} AS evidence FROM ${source}${kept}`;
}

/** Engine query: `imei` and the evidence of one use, under a name of its own, where it matches. */
function part(use: DimensionUse, context: Context, name: string): string {
  const measure = measureOf(use, context);
  return `(SELECT imei, ${evidenceOf(measure)} AS ${name} FROM (${measure.rows}) WHERE ${measure.matched}) AS of_${name}`;
}

/** Engine query: what all parts have in common. The dearer ones have been narrowed and are the smaller side. */
const joined = ([first = '', ...others]: readonly string[]): string =>
  others.length === 0
    ? first
    : `(SELECT * FROM ${first}${others.map((part) => ` INNER JOIN ${part} USING (imei)`).join('')})`;

/** Engine predicate: seen, and matched by none of the inverted dimensions. */
function remains(inverted: readonly DimensionUse[], narrowed: (cost: number) => Context): string {
  const none = inverted.map((use) => `imei NOT IN (${matchedBy(use, narrowed(costOf(use)))})`);
  return [`imei IN ${seenKeys(narrowed(READS.length))}`, ...none].join(' AND ');
}

/**
 * Engine query, per shard: `imei, matched, evidence` for every identifier of which one dimension has figures, matching
 * or not (inversion aside): for explanations, with `context.scope` one identifier, and for the choice of thresholds.
 */
export function figures(use: DimensionUse, context: Context): string {
  const measure = measureOf(use, context);
  return `SELECT imei, toUInt8(${measure.matched}) AS matched, ${evidenceOf(measure)} AS evidence FROM (${measure.rows})`;
}

/**
 * The context with what conditions must know of all shards together. Must be called once before {@link matches} and
 * {@link figures} where the store has several shards; with one shard it asks nothing.
 */
export async function prepare(
  analytics: Analytics,
  conditions: readonly Conjunction[],
  context: Context,
): Promise<Context> {
  if (analytics.shards.length === 1) return context;
  const surveys: Record<string, string> = { ...context.surveys };
  for (const { is, parameters } of conditions.flatMap(({ dimensions }) => dimensions)) {
    const key = surveyKey(is, parameters);
    const { survey } = dimensionOf(is);
    if (survey !== undefined && surveys[key] === undefined) surveys[key] = await survey(analytics, parameters, context);
  }
  return { ...context, surveys };
}
