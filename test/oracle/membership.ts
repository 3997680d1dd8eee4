import type { Parameters } from '../../src/country/parameter.ts';
import { quote } from './duck.ts';
import { type Definition, given, isExempt, listedSince, listOn, owners, seen } from './ground.ts';

const lagOf = ({ lag_days }: Parameters): string => {
  const lags = Object.entries(typeof lag_days === 'object' ? lag_days : {});
  const cases = lags.map(([body, days]) => `WHEN ${quote(body)} THEN ${days}`).join(' ');
  return `CASE id[1:2] ${cases} ELSE 0 END`;
};

/** RAT codes that tell of a generation. */
const TELLS = { '2G': ['002'], '3G': ['001', '005'], '4G': ['006', '008', '009'], '5G': ['010', '051'] } as const;
const GENERATIONS = ['2G', '3G', '4G', '5G'] as const;
type Generation = (typeof GENERATIONS)[number];

/** The words by which the world's bands name a generation. */
const WORDS: Readonly<Record<Generation, string>> = { '2G': 'GSM', '3G': 'WCDMA', '4G': 'LTE', '5G': 'NR' };

const named = (when: (generation: Generation) => string): string =>
  `list_filter([${GENERATIONS.map((one) => `CASE WHEN ${when(one)} THEN '${one}' END`).join(', ')}], lambda g: g IS NOT NULL)`;

const spelledOut = (list: string): string => `array_to_string(${list}, ' ')`;

/** What every TAC's model can do, `tac, able`; models without a name or of which nothing is stated are left out. */
const models = (day: string): string => `(
  WITH stated AS (SELECT *, lower(trim(manufacturer)) AS maker, lower(trim(model)) AS name FROM ${listOn('tac', day)})
  SELECT tac, able FROM stated JOIN (
    SELECT maker, name, ${named((one) => `bool_or(contains(bands, '${WORDS[one]}'))`)} AS able FROM stated GROUP BY ALL) USING (maker, name)
  WHERE maker != '' AND name != '' AND len(able) > 0)`;

/** The technologies of every triplet seen up to the day; a month's are known only together. */
const technologies = (day: string): string => `(
  SELECT id, list_distinct(flatten(list(rats))) AS rats FROM (
    SELECT id, flatten(list(rats)) AS rats FROM observed
    GROUP BY operator, date_trunc('month', day), id, imsi, msisdn HAVING min(day) <= DATE '${day}') GROUP BY id)`;

const unexpectedTechnology: Definition = (_, { day }) => `
  SELECT id, tac, ${spelledOut('list_filter(observed, lambda g: NOT list_contains(able, g))')} AS unexpected,
    ${spelledOut('observed')} AS observed, ${spelledOut('able')} AS able
  FROM (SELECT id, ${named((one) => `list_has_any(rats, [${TELLS[one].map(quote).join(', ')}])`)} AS observed FROM ${technologies(day)})
    JOIN ${models(day)} ON tac = id[1:8]
  WHERE len(list_filter(observed, lambda g: NOT list_contains(able, g))) > 0`;

/** Serial numbers of a TAC: 1,000,000 in 100 parts, and in 10,000 blocks of 100. */
const serialAnomaly: Definition = (parameters, { day }) => `
  WITH used AS (SELECT id, id[1:8] AS tac, CAST(id[9:14] AS INTEGER) AS serial FROM ${seen(day)} WHERE regexp_full_match(id, '[0-9]{14}')),
    totals AS (SELECT tac, count(*) AS devices FROM used GROUP BY tac HAVING count(*) >= ${given(parameters, 'min_devices')}),
    counts AS (SELECT totals.tac, part, count(id) AS n FROM totals CROSS JOIN range(100) r(part)
      LEFT JOIN used u ON u.tac = totals.tac AND u.serial // 10000 = part GROUP BY ALL),
    spread AS (SELECT totals.tac, sum((n - devices / 100.0) ^ 2) / (devices / 100.0) / 99 AS dispersion
      FROM totals JOIN counts ON counts.tac = totals.tac GROUP BY totals.tac, devices),
    full_ones AS (SELECT tac, serial // 100 AS block FROM used GROUP BY ALL HAVING count(*) >= 100 * ${given(parameters, 'min_fill')}),
    judged AS (SELECT totals.tac, devices, dispersion, (SELECT count(*) FROM full_ones f WHERE f.tac = totals.tac) AS full_blocks
      FROM totals JOIN spread USING (tac))
  SELECT id, devices, dispersion, full_blocks, CAST(f.block IS NOT NULL AS INTEGER) AS in_full_block
  FROM used JOIN judged USING (tac) LEFT JOIN full_ones f ON f.tac = used.tac AND f.block = serial // 100
  WHERE (dispersion <= ${given(parameters, 'max_dispersion')} AND devices / 1e6 <= ${given(parameters, 'max_share')})
    OR (full_blocks >= ${given(parameters, 'min_blocks')} AND f.block IS NOT NULL)`;

/** What follows from lists and from having been seen at all. */
export const MEMBERSHIP: Readonly<Record<string, Definition>> = {
  malformed_imei: (_, { day }) =>
    `SELECT id, id AS text, length(id) AS characters FROM ${seen(day)} WHERE NOT regexp_matches(id, '^[0-9]{14}$')`,

  tac_not_allocated: (parameters, { day }) => `
    SELECT id, id[1:8] AS tac, first AS first_seen, DATE '${day}' - first AS days_since, lag AS lag_days
    FROM (SELECT id, first, ${lagOf(parameters)} AS lag FROM ${seen(day)})
    WHERE id[1:8] NOT IN (SELECT tac FROM ${listOn('tac', day)}) AND first + CAST(lag AS INTEGER) < DATE '${day}' + 1`,

  test_tac: (_, { day }) => `
    SELECT id, id[1:8] AS tac FROM ${seen(day)} WHERE regexp_matches(id, '^[0-9]{8}')
      AND (id[1:6] BETWEEN '001001' AND '001017' OR id[1:4] IN ('0044', '0086', '0091'))`,

  barred_tac: (_, { day }) =>
    `SELECT id, id[1:8] AS tac FROM ${seen(day)} WHERE id[1:8] IN (SELECT tac FROM ${listOn('barred_tac', day)})`,

  barred_imei: (_, { day }) => `SELECT id, since FROM ${listedSince('barred', day)}`,

  stolen: (_, { day }) => `
    SELECT id, CASE WHEN reporting_date = '' THEN DATE '1970-01-01' ELSE CAST(strptime(reporting_date, '%Y%m%d') AS DATE) END AS reported_on,
      lower(status) AS status
    FROM ${listOn('stolen', day)} WHERE lower(status) IN ('', 'blacklist')`,

  not_registered: (_, ground) => `
    SELECT id, 0 AS registered, 0 AS exempted FROM ${seen(ground.day)} WHERE NOT ${isExempt(ground)}
      AND id NOT IN (SELECT id FROM ${listOn('registration', ground.day)} WHERE lower(status) IN ('', 'whitelist'))`,

  not_associated: (_, ground) => `
    SELECT id, 0 AS associated, 0 AS exempted FROM ${seen(ground.day)}
    WHERE NOT ${isExempt(ground)} AND id NOT IN (SELECT id FROM ${owners(ground.day)})`,

  monitored: (parameters, { day }) => `
    SELECT id, since, DATE '${day}' - since AS listed_days FROM ${seen(day)} JOIN ${listedSince('monitoring', day)} USING (id)
    WHERE DATE '${day}' - since >= ${given(parameters, 'days')}`,

  unexpected_technology: unexpectedTechnology,
  serial_anomaly: serialAnomaly,
};
