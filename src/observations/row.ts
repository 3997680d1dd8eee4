import { addDays, compact, type Day } from '../calendar/day.ts';
import type { Fault } from '../faults/fault.ts';
import { fail, ok, type Result } from '../faults/result.ts';
import type { DayRange } from '../files/name.ts';
import { literal } from '../stores/analytics.ts';
import { observedKey } from '../stores/schema.ts';
import { RATS } from './rat.ts';

/** Where each column of a feed stands, from 1. `rat` may be absent; the last three make it an event feed. */
export type Header = {
  readonly columns: number;
  readonly at: Readonly<Record<string, number>>;
  readonly isEvents: boolean;
  /** Columns of the file that are not used. */
  readonly extra: readonly string[];
};

const NEEDED = ['date', 'imei', 'imsi', 'msisdn'];
const KNOWN = [...NEEDED, 'rat', 'time', 'cell', 'duration'];

/** Reads a feed's header line: names decide, order and case do not (columns as DIRBS feeds name them). */
export function parseHeader(line: string, file: string): Result<Header, Fault> {
  const names = line.split(',').map((name) =>
    name
      .trim()
      .replace(/^"(.*)"$/, '$1')
      .toLowerCase(),
  );
  const at: Record<string, number> = {};
  for (const [index, name] of names.entries()) if (KNOWN.includes(name)) at[name] ??= index + 1;
  const refuse = (message: string, remedy: string) =>
    fail<Fault>({ code: 'IMPORT_COLUMNS', file, line: 1, message, remedy });
  const twice = KNOWN.filter((name) => names.indexOf(name) !== names.lastIndexOf(name));
  if (twice.length > 0) return refuse(`The header names ${twice.join(', ')} twice.`, 'Name every column once.');
  const missing = NEEDED.filter((name) => at[name] === undefined);
  if (missing.length > 0) {
    return refuse(
      `The header lacks ${missing.join(', ')}.`,
      'The first line must be date,imei,imsi,msisdn[,rat], in any order, separated by commas.',
    );
  }
  const isEvents = at['time'] !== undefined && at['cell'] !== undefined;
  return ok({ columns: names.length, at, isEvents, extra: names.filter((name) => !KNOWN.includes(name)) });
}

/** Bits of the `nulls` column of parsed rows. */
export const NULLS = { imei: 1, imsi: 2, msisdn: 4, rat: 8 } as const;

/** Columns of the table that parsed rows are staged in. `text`: a faulty row's whole line, or a malformed IMEI's text. */
export const ROW_COLUMNS = `file UInt16, line UInt64, fault UInt8, nulls UInt8, day Date, imei UInt64, imsi UInt64,
  msisdn UInt64, rats UInt32, at UInt32, duration UInt32, cell LowCardinality(String), text String`;

/** Every list of RATs that feeds commonly carry, so that most rows need one look-up instead of a split. */
function commonRats(): readonly { text: string; mask: number }[] {
  const usual = RATS.filter(({ code }) => ['001', '002', '005', '006', '010'].includes(code));
  const subsets = Array.from({ length: 2 ** usual.length }, (_, bits) =>
    usual.filter((_rat, index) => bits & (1 << index)),
  );
  const reversed = subsets.filter(({ length }) => length > 1).map((subset) => subset.toReversed());
  const lists = [...RATS.map((rat) => [rat]), ...subsets.filter(({ length }) => length > 1), ...reversed];
  return lists.map((list) => ({
    text: list.map(({ code }) => code).join('|'),
    mask: list.reduce((mask, { bit }) => mask | (1 << bit), 0),
  }));
}

const texts = (values: readonly string[]): string => `[${values.map(literal).join(', ')}]`;
const UNKNOWN_RAT = 0xffffffff;

/** Engine expressions of a list of RATs as a mask: by the look-up alone, and where that fails by its parts. */
function ratsOf(field: string): { readonly known: string; readonly mask: string } {
  const common = [{ text: '', mask: 0 }, ...commonRats()];
  const masks = `CAST([${common.map(({ mask }) => mask).join(', ')}], 'Array(UInt32)')`;
  const known = `transform(${field}, ${texts(common.map(({ text }) => text))}, ${masks}, toUInt32(${UNKNOWN_RAT}))`;
  const bits = `CAST([${RATS.map(({ bit }) => 2 ** bit).join(', ')}], 'Array(UInt32)')`;
  const each = `arrayMap(c -> transform(c, ${texts(RATS.map(({ code }) => code))}, ${bits}, toUInt32(0)), splitByChar('|', ${field}))`;
  const codes = RATS.map(({ code }) => code).join('|');
  const split = `if(match(${field}, '^(${codes})(\\\\|(${codes}))*$'), arrayReduce('groupBitOr', ${each}), toUInt32(${UNKNOWN_RAT}))`;
  return { known, mask: `if(known_mask != ${UNKNOWN_RAT}, known_mask, ${split})` };
}

function dayOf(field: string, range: DayRange): string {
  const days: Day[] = [];
  for (let day = range.start; day <= range.end; day = addDays(day, 1)) days.push(day);
  const dates = `CAST(${texts(days)}, 'Array(Date)')`;
  return `transform(${field}, ${texts(days.map(compact))}, ${dates}, toDate(0))`;
}

const isDay = (field: string): string =>
  `(match(${field}, '^2[0-9]{7}$') AND toString(toYYYYMMDD(toDateOrZero(concat(substring(${field}, 1, 4), '-', substring(${field}, 5, 2), '-', substring(${field}, 7, 2))))) = ${field})`;

/** All of them, without the masks and branches that AND makes the engine take: they are cheap, and true of nearly all rows. */
const all = (first: string, ...others: readonly string[]): string =>
  others.reduce((so, one) => `bitAnd(${so}, ${one})`, first);

/** The engine's own reading of numbers would take a sign, so that the first byte is looked at. */
const isNumber = (field: string, number: string): string =>
  all(`isNotNull(${number})`, `ascii(${field}) >= 48`, `ascii(${field}) <= 57`);

const IMEI_FORM = '^[0-9A-Fa-f*#]{1,16}$';

/** Expressions of the key of the field `i`: of digits alone by arithmetic, of the rest by their form. */
const KEY = `toUInt64OrNull(i) AS i_number,
    ${all(isNumber('i', 'i_number'), 'length(i) >= 14', 'length(i) <= 16')} AS i_digits,
    if(i_digits, 1, match(i, '${IMEI_FORM}')) AS i_form,
    if(i_digits, multiIf(length(i) = 14, assumeNotNull(i_number), length(i) = 15, intDiv(assumeNotNull(i_number), 10), intDiv(assumeNotNull(i_number), 100)),
      if(i_form, ${observedKey('i')}, toUInt64(0))) AS key, bitOr(i_form, i = '') AS i_good`;

/** Expressions of a field of up to 15 digits as a number, 0 where it is empty or anything else. */
const numberOf = (field: string): string => `toUInt64OrNull(${field}) AS ${field}_number,
    ${all(isNumber(field, `${field}_number`), `length(${field}) <= 15`)} AS ${field}_digits,
    assumeNotNull(${field}_number) * ${field}_digits AS ${field}_key, bitOr(${field}_digits, ${field} = '') AS ${field}_good`;

/** What a block of lines is parsed under. */
export type Feed = {
  readonly header: Header;
  readonly file: number;
  readonly firstLine: number;
  readonly range: DayRange;
  /** No line has a quote or a carriage return: nothing has to be taken off. By default that is not known. */
  readonly plain?: boolean;
};

const UNQUOTED = `if(position(l, '"') = 0, splitByChar(',', l), arrayMap(x -> replaceRegexpOne(x, '^ *"(.*)" *$', '\\\\1'), splitByChar(',', l)))`;
const UNRETURNED = `if(endsWith(line, '\\r'), substring(line, 1, length(line) - 1), line)`;

/** Expressions of the event columns: time of day in seconds, cell, duration, and whether they are as they must be. */
function eventOf({ isEvents }: Header, field: (name: string) => string): string {
  if (!isEvents) return `toUInt8(1) AS e_good, toUInt32(0) AS second, '' AS c, toNullable(toUInt32(0)) AS d`;
  const time = field('time');
  const part = (at: number): string => `toUInt32OrZero(substring(${time}, ${at}, 2))`;
  return `match(${time}, '^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$') AS time_good,
    ${part(1)} * 3600 + ${part(4)} * 60 + ${part(7)} AS second, ${field('cell')} AS c,
    if(${field('duration')} = '', toUInt32(0), toUInt32OrNull(${field('duration')})) AS d,
    ${all('time_good', `c != ''`, 'length(c) <= 64', 'ifNull(d, 86401) <= 86400')} AS e_good`;
}

/** The first thing that is wrong with a row that is not good, by the numbers of ROW_FAULTS. */
const faultOf = (
  header: Header,
): string => `multiIf(l = '\\x01', 3, NOT isValidUTF8(l), 2, length(f) != ${header.columns}, 1,
    day = toDate(0), if(${isDay('t')}, 5, 4), NOT i_good, 6, NOT s_good, 7, NOT m_good, 8, mask = ${UNKNOWN_RAT}, 9${
      header.isEvents ? `, NOT time_good, 10, c = '' OR length(c) > 64, 11, isNull(d) OR d > 86400, 12` : ''
    }, 0)`;

/**
 * The SELECT that turns lines (`line String`, in order) into rows of {@link ROW_COLUMNS}. Every line that is not
 * blank becomes exactly one row: a fault, or observed values. A quote never reaches beyond its line.
 *
 * Nearly all rows are good, so that one test of all fields together decides for each, and what is costly (regular
 * expressions, texts, the reason of a fault) is evaluated only for those that fail it. That the filter asks for the
 * fields, which are never none, makes the engine cut the line before the rest: it would else take off quotes in all.
 * To be run under {@link LAZILY}.
 */
export function parseRows(source: string, feed: Feed): string {
  const { header, file, firstLine, range, plain = false } = feed;
  const field = (name: string): string => {
    const index = header.at[name];
    return index === undefined ? `''` : `f[${index}]`;
  };
  // Bytes that are no UTF-8 can only stand where any text may: in fields that have no form of their own.
  const encoded = header.isEvents || header.extra.length > 0 ? ['isValidUTF8(l)'] : [];
  const rats = ratsOf('r');
  const good = all(
    `length(f) = ${header.columns}`,
    'day != toDate(0)',
    'i_good',
    's_good',
    'm_good',
    `mask != ${UNKNOWN_RAT}`,
    'e_good',
    ...encoded,
  );
  return `
SELECT ${file} AS file, n AS line, if(good, 0, ${faultOf(header)}) AS fault,
  (i = '') * ${NULLS.imei} + (s = '') * ${NULLS.imsi} + (m = '') * ${NULLS.msisdn} + (r = '') * ${NULLS.rat} AS nulls,
  day, key AS imei, s_key AS imsi, m_key AS msisdn, if(good, mask, 0) AS rats,
  ${header.isEvents ? 'toUInt32(toUInt32(toUInt16(day)) * 86400 + second)' : 'toUInt32(0)'} AS at, ifNull(d, 0) AS duration,
  ${header.isEvents ? "if(good, c, '')" : "''"} AS cell,
  if(good AND key < 9223372036854775808, '', multiIf(fault = 3, '', fault != 0, l, upper(i))) AS text
FROM (
  SELECT *, ${good} AS good FROM (
  SELECT n, l, f, ${field('date')} AS t, ${dayOf('t', range)} AS day,
    ${field('imei')} AS i, ${field('imsi')} AS s, ${field('msisdn')} AS m, ${field('rat')} AS r, ${eventOf(header, field)},
    ${KEY}, ${numberOf('s')}, ${numberOf('m')}, ${rats.known} AS known_mask, ${rats.mask} AS mask
  FROM (
    SELECT *, ${plain ? `splitByChar(',', l)` : UNQUOTED} AS f
    FROM (SELECT ${firstLine} + rowNumberInAllBlocks() AS n, ${plain ? 'line' : UNRETURNED} AS l FROM ${source})
  ) WHERE l != '' AND notEmpty(f)))`;
}

/** The engine setting without which what is costly would be evaluated for all rows, or fail on some. */
export const LAZILY = `short_circuit_function_evaluation = 'force_enable'`;
