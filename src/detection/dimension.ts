import type { Day } from '../calendar/day.ts';
import type { Policy } from '../country/country.ts';
import type { DimensionSpec, Parameters } from '../country/parameter.ts';
import type { Analytics } from '../stores/analytics.ts';

/** Under what identifiers are measured. */
export type Context = {
  /** The analysis day: data of this day count, data of the next do not. */
  readonly date: Day;
  readonly country: Pick<Policy, 'mccs' | 'operators' | 'exemptDeviceTypes'>;
  /** Engine predicate over the column `imei`: which identifiers are measured; `1` for all. */
  readonly scope: string;
  /** What `prepare` has found out over all shards together, by {@link surveyKey}; absent where one shard holds all. */
  readonly surveys?: Readonly<Record<string, string>>;
};

/** How identifiers of one shard are measured; all texts are engine SQL over that shard's own tables. */
export type Measure = {
  /** SELECT of `imei` and the figures, one row for each identifier of the universe that has any. */
  readonly rows: string;
  /** Predicate over those columns: does the dimension match? */
  readonly matched: string;
  /** Name → expression over those columns: the numbers with which a person can check the match. */
  readonly evidence: Readonly<Record<string, string>>;
};

/** What a match, or its absence, was found with: the evidence by name. */
export type Evidence = Readonly<Record<string, unknown>>;

/** A test over identifiers. The same measure serves classification, explanation and the choice of thresholds. */
export type Dimension = DimensionSpec & {
  /** What its evidence says, by name, in the order of {@link Measure.evidence}. */
  readonly yields: Readonly<Record<string, string>>;
  /** `seen`: only identifiers that a network has reported; `listed`: those of a list, reported or not. */
  readonly universe: 'seen' | 'listed';
  /** What a measure reads: short lists (cheapest), the triplets of all identifiers, or single events (dearest). */
  readonly reads: 'lists' | 'usage' | 'events';
  readonly measure: (parameters: Parameters, context: Context) => Measure;
  /** What it means that the dimension has no figures of an identifier, in one plain sentence. */
  readonly absent: string;
  /** One plain sentence on what was found, for a caseworker. */
  readonly sentence: (evidence: Evidence, parameters: Parameters) => string;
  /**
   * Where a shard's own identifiers do not suffice: asks all shards, and answers with a query of constant rows that
   * {@link measure} then reads from {@link Context.surveys}.
   */
  readonly survey?: (analytics: Analytics, parameters: Parameters, context: Context) => Promise<string>;
};

/** The key of a survey in {@link Context.surveys}. */
export const surveyKey = (name: string, parameters: Parameters): string => `${name} ${JSON.stringify(parameters)}`;

/** The same context for only those identifiers that satisfy a predicate over `imei` as well. */
export const within = (context: Context, predicate: string): Context => ({
  ...context,
  scope: context.scope === '1' ? predicate : `(${context.scope}) AND (${predicate})`,
});
