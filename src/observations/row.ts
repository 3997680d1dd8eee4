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

function ratsOf(field: string): string {
  const common = commonRats();
  const masks = `CAST([${common.map(({ mask }) => mask).join(', ')}], 'Array(UInt32)')`;
  const known = `transform(${field}, ${texts(common.map(({ text }) => text))}, ${masks}, toUInt32(${UNKNOWN_RAT}))`;
  const bits = `CAST([${RATS.map(({ bit }) => 2 ** bit).join(', ')}], 'Array(UInt32)')`;
  const each = `arrayMap(c -> transform(c, ${texts(RATS.map(({ code }) => code))}, ${bits}, toUInt32(0)), splitByChar('|', ${field}))`;
  const codes = RATS.map(({ code }) => code).join('|');
  const split = `if(match(${field}, '^(${codes})(\\\\|(${codes}))*$'), arrayReduce('groupBitOr', ${each}), toUInt32(${UNKNOWN_RAT}))`;
  return `multiIf(${field} = '', toUInt32(0), ${known} != ${UNKNOWN_RAT}, ${known}, ${split})`;
}

function dayOf(field: string, range: DayRange): string {
  const days: Day[] = [];
  for (let day = range.start; day <= range.end; day = addDays(day, 1)) days.push(day);
  const dates = `CAST(${texts(days)}, 'Array(Date)')`;
  return `transform(${field}, ${texts(days.map(compact))}, ${dates}, toDate(0))`;
}

const isDay = (field: string): string =>
  `(match(${field}, '^2[0-9]{7}$') AND toString(toYYYYMMDD(toDateOrZero(concat(substring(${field}, 1, 4), '-', substring(${field}, 5, 2), '-', substring(${field}, 7, 2))))) = ${field})`;

/** Up to 15 digits as a number; NULL when it is anything else. The engine would take a sign, so the first is looked at. */
const digits = (field: string, longest: number): string =>
  `if(length(${field}) <= ${longest} AND ascii(${field}) BETWEEN 48 AND 57, toUInt64OrNull(${field}), NULL)`;

const IMEI_FORM = '^[0-9A-Fa-f*#]{1,16}$';

/** The key of an IMEI field: digits alone by arithmetic, the rest by its form; NULL when it has none. */
const imeiOf = (field: string): string =>
  `multiIf(length(${field}) >= 14 AND isNotNull(${digits(field, 16)}),
    intDiv(assumeNotNull(toUInt64OrNull(${field})), [1, 10, 100][length(${field}) - 13]),
    match(${field}, '${IMEI_FORM}'), ${observedKey(field)}, NULL)`;

/** What a block of lines is parsed under. */
export type Feed = {
  readonly header: Header;
  readonly file: number;
  readonly firstLine: number;
  readonly range: DayRange;
};

/**
 * The SELECT that turns lines (`line String`, in order) into rows of {@link ROW_COLUMNS}. Every line that is not
 * blank becomes exactly one row: a fault, or observed values. A quote never reaches beyond its line.
 */
export function parseRows(source: string, feed: Feed): string {
  const { header, file, firstLine, range } = feed;
  const field = (name: string): string => {
    const index = header.at[name];
    return index === undefined ? `''` : `f[${index}]`;
  };
  const split = `if(position(l, '"') = 0, splitByChar(',', l), arrayMap(x -> replaceRegexpOne(x, '^ *"(.*)" *$', '\\\\1'), splitByChar(',', l)))`;
  const time = field('time');
  const event = header.isEvents
    ? `match(${time}, '^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$') AS time_ok,
       toUInt32OrZero(substring(${time}, 1, 2)) * 3600 + toUInt32OrZero(substring(${time}, 4, 2)) * 60 + toUInt32OrZero(substring(${time}, 7, 2)) AS second,
       ${field('cell')} AS c, if(${field('duration')} = '', toUInt32(0), toUInt32OrNull(${field('duration')})) AS d,`
    : `1 AS time_ok, 0 AS second, '-' AS c, toNullable(toUInt32(0)) AS d,`;
  return `
SELECT ${file} AS file, n AS line,
  multiIf(l = '\\x01', 3, NOT isValidUTF8(l), 2, length(f) != ${header.columns}, 1,
    day = toDate(0), if(${isDay(field('date'))}, 5, 4),
    i != '' AND isNull(key), 6, s != '' AND isNull(subscription), 7, m != '' AND isNull(number), 8, mask = ${UNKNOWN_RAT}, 9,
    NOT time_ok, 10, c = '' OR length(c) > 64, 11, isNull(d) OR d > 86400, 12, 0) AS fault,
  (i = '') * ${NULLS.imei} + (s = '') * ${NULLS.imsi} + (m = '') * ${NULLS.msisdn} + (r = '') * ${NULLS.rat} AS nulls,
  day, ifNull(key, 0) AS imei, ifNull(subscription, 0) AS imsi, ifNull(number, 0) AS msisdn, if(fault = 0, mask, 0) AS rats,
  ${header.isEvents ? 'toUInt32(toUInt32(toUInt16(day)) * 86400 + second)' : 'toUInt32(0)'} AS at, ifNull(d, 0) AS duration,
  ${header.isEvents ? "if(fault = 0, c, '')" : "''"} AS cell,
  multiIf(fault = 3, '', fault != 0, l, imei >= 9223372036854775808, upper(i), '') AS text
FROM (
  SELECT n, l, ${split} AS f, ${dayOf(field('date'), range)} AS day,
    ${field('imei')} AS i, ${field('imsi')} AS s, ${field('msisdn')} AS m, ${field('rat')} AS r, ${event}
    ${imeiOf('i')} AS key, ${digits('s', 15)} AS subscription, ${digits('m', 15)} AS number, ${ratsOf('r')} AS mask
  FROM (SELECT ${firstLine} + rowNumberInAllBlocks() AS n, if(endsWith(line, '\\r'), substring(line, 1, length(line) - 1), line) AS l FROM ${source})
  WHERE l != '')
SETTINGS max_threads = 1, input_format_parallel_parsing = 0, short_circuit_function_evaluation = 'force_enable'`;
}
