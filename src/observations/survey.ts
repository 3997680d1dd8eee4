import type { ImportLimits } from '../country/limits.ts';
import type { FaultCode } from '../faults/codes.ts';
import type { Fault } from '../faults/fault.ts';
import type { Analytics } from '../stores/analytics.ts';
import { isImei, isImsi } from '../stores/schema.ts';
import { imsiBegins, msisdnBegins } from './prefix.ts';
import { NULLS } from './row.ts';

/** Counts over all rows of an import. Except for `rows` and `quarantined`, only rows that are rows are counted. */
export type Survey = Readonly<
  Record<
    | 'rows'
    | 'quarantined'
    | 'nullImei'
    | 'nullImsi'
    | 'nullMsisdn'
    | 'nullRat'
    | 'nullAny'
    | 'uncleanImei'
    | 'uncleanImsi'
    | 'uncleanAny'
    | 'foreignImsi'
    | 'foreignMsisdn'
    | 'foreignAny'
    | 'nonHomeImsi'
    | 'beginsZero'
    | 'beginsOne'
    | 'suspectOne',
    number
  >
>;

/** What an import is judged by: whose rows they are. */
export type Home = {
  readonly mccs: readonly string[];
  readonly plmns: readonly string[];
  readonly callingCodes: readonly string[];
  /** Do the feed's rows carry RATs? */
  readonly hasRat: boolean;
};

const isNull = (what: keyof typeof NULLS): string => `bitAnd(nulls, ${NULLS[what]}) != 0`;

/** The count of each figure as an engine predicate; nulls are neither unclean nor foreign (dirbs import checks). */
function predicates(home: Home): Omit<Record<keyof Survey, string>, 'rows' | 'quarantined'> {
  const uncleanImei = `NOT ${isNull('imei')} AND NOT (${isImei()})`;
  const uncleanImsi = `NOT ${isNull('imsi')} AND NOT ${isImsi()}`;
  const foreignImsi = `NOT ${isNull('imsi')} AND NOT ${imsiBegins(home.mccs)}`;
  const foreignMsisdn = `NOT ${isNull('msisdn')} AND NOT ${msisdnBegins(home.callingCodes)}`;
  const any = Object.values(NULLS).reduce<number>((mask, bit) => mask | bit, 0) - (home.hasRat ? 0 : NULLS.rat);
  const digit = (value: number): string =>
    `NOT ${isNull('imei')} AND ${isImei()} AND intDiv(imei, 10000000000000) = ${value}`;
  return {
    nullImei: isNull('imei'),
    nullImsi: isNull('imsi'),
    nullMsisdn: isNull('msisdn'),
    nullRat: home.hasRat ? isNull('rat') : '0',
    nullAny: `bitAnd(nulls, ${any}) != 0`,
    uncleanImei,
    uncleanImsi,
    uncleanAny: `(${uncleanImei}) OR (${uncleanImsi})`,
    foreignImsi,
    foreignMsisdn,
    foreignAny: `(${foreignImsi}) OR (${foreignMsisdn})`,
    nonHomeImsi: `NOT ${isNull('imsi')} AND NOT ${imsiBegins(home.plmns)}`,
    beginsZero: digit(0),
    beginsOne: digit(1),
    // its first seven digits are digits 2 to 8 of an allocated TAC that begins with 0
    suspectOne: `${digit(1)} AND toUInt32(intDiv(imei, 10000000)) IN (SELECT tac FROM tac WHERE closed = 0 AND tac < 10000000)`,
  };
}

/** Counts the staged rows of all shards in one pass each. */
export async function surveyRows(analytics: Analytics, rows: string, home: Home): Promise<Survey> {
  const figures = Object.entries(predicates(home)).map(([name, sql]) => `countIf(fault = 0 AND (${sql})) AS ${name}`);
  const sql = `SELECT count() AS rows, countIf(fault != 0) AS quarantined, ${figures.join(', ')} FROM ${rows}`;
  const parts = await analytics.gather<Record<keyof Survey, string>>(sql);
  const sum = (name: keyof Survey): number => parts.reduce((total, part) => total + Number(part[name]), 0);
  return Object.fromEntries(Object.keys(parts[0] ?? {}).map((name) => [name, sum(name as keyof Survey)])) as Survey;
}

/** A staged row's place: the file's position among the import's, from 1, and its line. */
export type RowPlace = { readonly file: number; readonly line: number };

/** The first rows that a check counts, in the files' order; none for a check of averages. */
export async function firstRows(
  analytics: Analytics,
  rows: string,
  of: { readonly home: Home; readonly check: Check; readonly count: number },
): Promise<readonly RowPlace[]> {
  const { suspectOne, ...counted } = predicates(of.home);
  const known: Readonly<Record<string, string>> = { ...counted, leadingZeroSuspect: suspectOne };
  const predicate = known[of.check.name];
  if (predicate === undefined) return [];
  const sql = `SELECT file, line FROM ${rows} WHERE fault = 0 AND (${predicate}) ORDER BY file, line LIMIT ${of.count}`;
  const found = await analytics.gather<{ file: number; line: string }>(sql);
  const places = found.map(({ file, line }) => ({ file, line: Number(line) }));
  return places.sort((a, b) => a.file - b.file || a.line - b.line).slice(0, of.count);
}

/** Groups of checks that an import may be told to pass over. */
export const OVERRIDES = ['quarantined', 'null', 'unclean', 'foreign', 'non-home', 'leading-zero', 'history'] as const;
export type Override = (typeof OVERRIDES)[number];

/** One check as it came out. `share` and `limit` are ratios; `passed` is what decides unless overridden. */
export type Check = {
  readonly name: string;
  readonly override: Override;
  readonly count: number;
  readonly of: number;
  readonly share: number;
  readonly limit: number;
  readonly passed: boolean;
};

const SHARES: readonly { name: keyof Survey & keyof ImportLimits; override: Override }[] = [
  { name: 'quarantined', override: 'quarantined' },
  { name: 'nullImei', override: 'null' },
  { name: 'nullImsi', override: 'null' },
  { name: 'nullMsisdn', override: 'null' },
  { name: 'nullRat', override: 'null' },
  { name: 'nullAny', override: 'null' },
  { name: 'uncleanImei', override: 'unclean' },
  { name: 'uncleanImsi', override: 'unclean' },
  { name: 'uncleanAny', override: 'unclean' },
  { name: 'foreignImsi', override: 'foreign' },
  { name: 'foreignMsisdn', override: 'foreign' },
  { name: 'foreignAny', override: 'foreign' },
  { name: 'nonHomeImsi', override: 'non-home' },
];

/** Holds the counts against the country's limits; equality passes. */
export function judge(survey: Survey, limits: ImportLimits): readonly Check[] {
  const check = (name: string, override: Override, [count, of, limit]: readonly [number, number, number]): Check => {
    const share = of === 0 ? 0 : count / of;
    return { name, override, count, of, share, limit, passed: share <= limit };
  };
  const checks = SHARES.map(({ name, override }) => check(name, override, [survey[name], survey.rows, limits[name]]));
  // A country where IMEIs begin with 0 more often than with 1 has lost none, whatever single ones look like.
  const suspects = survey.beginsOne > survey.beginsZero ? survey.suspectOne : 0;
  return [
    ...checks,
    check('leadingZeroSuspect', 'leading-zero', [suspects, survey.beginsOne, limits.leadingZeroSuspect]),
  ];
}

const CODES: Readonly<Record<Override, FaultCode>> = {
  quarantined: 'IMPORT_QUARANTINED',
  null: 'IMPORT_NULL',
  unclean: 'IMPORT_UNCLEAN',
  foreign: 'IMPORT_FOREIGN',
  'non-home': 'IMPORT_NON_HOME',
  'leading-zero': 'IMPORT_LEADING_ZERO',
  history: 'IMPORT_HISTORY',
};

const WORDS: Readonly<Record<string, string>> = {
  quarantined: 'rows are no rows of the format',
  nullImei: 'rows have no IMEI',
  nullImsi: 'rows have no IMSI',
  nullMsisdn: 'rows have no MSISDN',
  nullRat: 'rows have no RAT',
  nullAny: 'rows lack IMEI, IMSI, MSISDN or RAT',
  uncleanImei: 'rows have an IMEI that does not begin with 14 digits',
  uncleanImsi: 'rows have an IMSI that is not of 14 or 15 digits',
  uncleanAny: 'rows have an IMEI or IMSI of the wrong form',
  foreignImsi: "rows have an IMSI of none of the operator's country codes (MCC)",
  foreignMsisdn: "rows have an MSISDN of none of the country's calling codes",
  foreignAny: 'rows have a foreign IMSI or MSISDN',
  nonHomeImsi: "rows have an IMSI of none of the operator's networks (PLMN)",
  leadingZeroSuspect: 'IMEIs beginning with 1 would be allocated with a zero put before them',
  historicImei: "of the operator's former daily average of distinct IMEIs",
  historicImsi: "of the operator's former daily average of distinct IMSIs",
  historicMsisdn: "of the operator's former daily average of distinct MSISDNs",
};

const percent = (share: number): string => `${(share * 100).toFixed(2)} %`;

/** A failed check as the operator reads it. */
export function refusal(check: Check, examples: readonly string[]): Fault {
  const words = WORDS[check.name] ?? check.name;
  const fall = check.override === 'history';
  const counts = fall
    ? `Only ${percent(check.share)} ${words} (${check.count} of ${check.of}); the least allowed is ${percent(check.limit)}.`
    : `${check.count} of ${check.of} (${percent(check.share)}) ${words}; the limit is ${percent(check.limit)}.`;
  return {
    code: CODES[check.override],
    field: check.name,
    message: examples.length === 0 ? counts : `${counts} First: ${examples.join('; ')}.`,
    remedy: `Correct the file and send it again. If the data are right, raise the limit in the country file or import once with --override ${check.override}.`,
  };
}
