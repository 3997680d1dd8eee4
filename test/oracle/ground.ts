import type { Policy } from '../../src/country/country.ts';
import type { Parameters } from '../../src/country/parameter.ts';
import { quote } from './duck.ts';

/** What a definition is read under: the analysis day, and the country's own numbers. */
export type Ground = {
  readonly day: string;
  readonly country: Pick<Policy, 'mccs' | 'operators' | 'exemptDeviceTypes'>;
};

/** The definition of a dimension in the second engine's SQL: `id` and the evidence of exactly the identifiers it matches. */
export type Definition = (parameters: Parameters, ground: Ground) => string;

/** The parameter as it stands in SQL. @throws when it is absent: parameters have been read against the catalogue. */
export function given(parameters: Parameters, name: string): string {
  const value = parameters[name];
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'number') return String(value);
  throw new Error(`no parameter ${name}`);
}

/** First day of the window that a use gives: so many days, or calendar months back from the day after. */
export function firstDay(parameters: Parameters, day: string): string {
  const { period_days, period_months, lookback_days } = parameters;
  if (typeof period_months === 'number') return `CAST(DATE '${day}' + 1 - INTERVAL ${period_months} MONTH AS DATE)`;
  return `(DATE '${day}' + 1 - ${Number(period_days ?? lookback_days)})`;
}

/** Predicate over `day`: it lies in the window, whose last day is the analysis day. */
export const inWindow = (parameters: Parameters, day: string): string =>
  `(day >= ${firstDay(parameters, day)} AND day <= DATE '${day}')`;

/** Who was seen up to a day, `id, first`. */
export const seen = (day: string): string =>
  `(SELECT id, min(day) AS first FROM observed WHERE day <= DATE '${day}' GROUP BY id)`;

/** A list as it was last sent up to a day. */
export const listOn = (kind: string, day: string): string =>
  `(SELECT * FROM list_${kind} WHERE sent = (SELECT max(sent) FROM list_${kind} WHERE sent <= DATE '${day}'))`;

/** Who is on a list of identifiers on a day, `id, since`: the first of the unbroken sendings that name it. */
export const listedSince = (kind: string, day: string): string => `(
  WITH known AS (SELECT * FROM list_${kind} WHERE sent <= DATE '${day}'),
    sendings AS (SELECT sent, row_number() OVER (ORDER BY sent) AS nth FROM (SELECT DISTINCT sent FROM known)),
    named AS (SELECT DISTINCT id, sent, nth FROM known JOIN sendings USING (sent)),
    runs AS (SELECT id, sent, nth, nth - row_number() OVER (PARTITION BY id ORDER BY nth) AS run FROM named)
  SELECT id, min(sent) AS since FROM runs GROUP BY id, run HAVING max(nth) = (SELECT max(nth) FROM sendings))`;

/** Predicate over `id`: the TAC database of a day names an exempt device type for it. */
export const isExempt = ({ day, country }: Ground): string =>
  `(regexp_full_match(id, '[0-9]{14}') AND id[1:8] IN (SELECT tac FROM ${listOn('tac', day)}
    WHERE device_type != '' AND lower(device_type) IN (${['', ...country.exemptDeviceTypes].map((type) => quote(type.toLowerCase())).join(', ')})))`;

/** Predicate over `imsi`: it is a whole one. */
export const IS_IMSI = `regexp_full_match(imsi, '[0-9]{14,15}')`;

/** The subscription that a use counts, NULL where the row names none that counts. */
export const keyOf = ({ key }: Parameters): string =>
  key === 'msisdn'
    ? `CASE WHEN regexp_full_match(msisdn, '[0-9]{7,15}') THEN msisdn END`
    : `CASE WHEN ${IS_IMSI} THEN imsi END`;

/** Use by registered subscriptions in the window, `id, day, imsi, uid`, each once. */
export const personal = (parameters: Parameters, day: string): string =>
  `(SELECT DISTINCT id, day, o.imsi, uid FROM observed o JOIN ${listOn('subscribers', day)} s ON s.imsi = o.imsi
    WHERE ${inWindow(parameters, day)})`;

/** The people associated with each identifier, `id, uid`. */
export const owners = (day: string): string => `(SELECT DISTINCT id, uid FROM ${listOn('association', day)})`;
