import { literal } from '../stores/analytics.ts';
import { OPEN_DAY, shardOf, type Table, table } from '../stores/schema.ts';
import type { Pseudonyms } from '../stores/secret.ts';
import type { Layout, Source } from './header.ts';
import type { Change, Kind } from './kinds.ts';
import { isPlainImei } from './rules.ts';
import { splitLines } from './split.ts';

/** Numbers of changes in the table of rows; 0 in a full file. */
export const CHANGES: Readonly<Record<Change, number>> = { add: 1, remove: 2, update: 3 };

/** History columns, which a row of a file has none of. */
const HISTORY = new Set(['valid_from', 'valid_to', 'recorded', 'closed']);

/** The official table's columns without those of history, with their types. */
export const contentOf = (kind: Kind): readonly (readonly [name: string, type: string])[] =>
  Object.entries(table(kind.table).columns).filter(([name]) => !HISTORY.has(name));

/** The table that takes the rows of all files of one import, good and bad ones, on every shard. */
export type Rows = {
  readonly name: string;
  /** Expression of the content's hash that the column `said` keeps; without it, rows have no such column. */
  readonly said?: string;
};

/** Statements that make the table of rows. Its parts are read a few times and dropped, so they are never merged. */
export function createRows(kind: Kind, { name, said }: Rows): readonly string[] {
  const content = contentOf(kind).map(([column, type]) => `${column} ${type}`);
  const columns = [
    'file UInt16, line UInt64, change UInt8',
    // 0: a good row
    'bad UInt16, field LowCardinality(String), reason LowCardinality(String), value String, text String',
    // what was written where that is no IMEI, for its key in the table `malformed`
    'seen String',
    ...content,
    ...(said === undefined ? [] : ['said UInt128']),
  ];
  const settings = 'parts_to_throw_insert = 100000, parts_to_delay_insert = 100000';
  return [
    `CREATE TABLE ${name} (${columns.join(', ')}) ENGINE = MergeTree ORDER BY tuple() SETTINGS ${settings}`,
    `SYSTEM STOP MERGES ${name}`,
  ];
}

/** One block of lines on its way into the table of rows. */
export type Feed = {
  readonly rows: Rows;
  readonly layout: Layout;
  readonly file: number;
  /** The number of the block's first line in its file. */
  readonly firstLine: number;
  /** No line has a quote or a carriage return. */
  readonly plain: boolean;
  /** This shard among all. */
  readonly shard: number;
  readonly shards: number;
  readonly pseudonyms: Pseudonyms;
};

/** What can be wrong with a row, in the order in which it is looked for: the first that holds is told. */
type Check = { readonly wrong: string; readonly field: string; readonly reason: string; readonly value: string };

const fieldOf = (source: Source): string => ('field' in source ? `f[${source.field}]` : literal(source.text));

// `\x01` alone stands for a line over the limit of length.
const WHOLE: readonly (Omit<Check, 'field' | 'value'> & { readonly secret?: true })[] = [
  { wrong: `body = '\\x01'`, reason: 'the line is too long' },
  { wrong: 'NOT isValidUTF8(body)', reason: 'the line is not UTF-8' },
  { wrong: 'NOT closed', reason: 'a double quote is not closed, or stands inside a field' },
];

/** What a row of a delta says: is it one of the changes, and the number of that. */
function changedOf({ kind, change }: Layout): { readonly right: string; readonly number: string } {
  const field = `lower(f[${change}])`;
  const numbers = kind.changes.map((one) => `${field} = '${one}', ${CHANGES[one]}`).join(', ');
  return { right: `${field} IN (${kind.changes.map(literal).join(', ')})`, number: `multiIf(${numbers}, 0)` };
}

function checksOf(layout: Layout): readonly Check[] {
  const whole = WHOLE.map((check) => ({ ...check, field: '', value: `''` }));
  const width = {
    wrong: `length(f) != ${layout.width}`,
    field: '',
    reason: `the row has not ${layout.width} fields as the header`,
    value: 'toString(length(f))',
  };
  const { kind, change } = layout;
  const changed = {
    wrong: `NOT ${changedOf(layout).right}`,
    field: 'change_type',
    reason: `the field is none of ${kind.changes.join(', ')}`,
    value: `f[${change}]`,
  };
  const fields = layout.columns.map(({ column: { headers, rule, name }, source }) => ({
    wrong: `NOT ${rule.check(fieldOf(source))}`,
    field: headers[0] ?? name,
    reason: `the field ${rule.reason}`,
    value: rule.secret === true ? `''` : fieldOf(source),
  }));
  return [...whole, width, ...(change === undefined ? [] : [changed]), ...fields];
}

/** One expression of 0 or 1 that tells nearly all good rows at little cost, and is 1 for no others. */
function goodOf({ layout, plain }: Feed): string {
  const fields = layout.columns.map(({ column: { rule }, source }) => (rule.quick ?? rule.check)(fieldOf(source)));
  const whole = [`body != '\\x01'`, 'isValidUTF8(body)', ...(plain ? [] : ['closed']), `length(f) = ${layout.width}`];
  const change = layout.change === undefined ? [] : [changedOf(layout).right];
  return [...whole, ...change, ...fields.filter((check) => check !== '1')].reduce((so, one) => `bitAnd(${so}, ${one})`);
}

/** Values of the table's column types, so that what is hashed here is what is hashed there. */
function contentsOf(feed: Feed): readonly string[] {
  const { columns, others, kind } = feed.layout;
  return contentOf(kind).map(([name, type]) => {
    if (name === kind.other) return `${otherOf(others)} AS ${name}`;
    const found = columns.find(({ column }) => column.name === name);
    const value = found === undefined ? `''` : found.column.rule.value(fieldOf(found.source), feed.pseudonyms);
    return type.includes('String') ? `${value} AS ${name}` : `CAST(${value}, '${type}') AS ${name}`;
  });
}

/**
 * The SELECT that turns one block of lines into rows of the table. Every line becomes one row, good or bad; blank
 * lines are none. Good rows go to the shard of their IMEI, or to all; bad ones to the first. To be run under
 * {@link SPLIT_SETTINGS}.
 *
 * Nearly all rows are good, so that one test of all fields together decides for each; what is costly, and the reason of
 * a fault, is evaluated only for those that fail it.
 */
export function selectRows(feed: Feed, source: string): string {
  const { layout, plain } = feed;
  const { kind } = layout;
  const checks = checksOf(layout);
  const secret = layout.columns.some(({ column }) => column.rule.secret === true);
  const told = (of: (check: Check) => string): string => checks.map(of).join(', ');
  const unlessGood = (text: string): string => `if(bad = 0, '', ${text})`;
  const change = layout.change === undefined ? 'toUInt8(0)' : changedOf(layout).number;
  const spread = table(kind.table).placement === 'sharded' && feed.shards > 1;
  const mine = spread ? `${shardOf(feed.shards)} = ${feed.shard}` : '1';
  const lines = `SELECT ${feed.firstLine} + rowNumberInAllBlocks() AS at,
    ${plain ? 'line' : `if(endsWith(line, '\\r'), substring(line, 1, length(line) - 1), line)`} AS body FROM ${source}`;
  const rows = `
  SELECT ${feed.file} AS file, at AS line, ${change} AS change, ${goodOf(feed)} AS good,
    if(good, 0, multiIf(${checks.map(({ wrong }, at) => `${wrong}, ${at + 1}`).join(', ')}, 0)) AS bad,
    ${unlessGood(`[${told(({ field }) => literal(field))}][bad]`)} AS field,
    ${unlessGood(`[${told(({ reason }) => literal(reason))}][bad]`)} AS reason,
    ${unlessGood(`multiIf(${checks.map(({ value }, at) => `bad = ${at + 1}, ${value}`).join(', ')}, '')`)} AS value,
    ${secret ? `''` : unlessGood(`if(body = '\\x01', '', body)`)} AS text, ${seenOf(layout)} AS seen,
    ${contentsOf(feed).join(', ')}
  FROM (${splitLines(plain && layout.delimiter === ',' ? 'plain' : layout.delimiter, lines)}) WHERE ${NOT_BLANK}`;
  const said = feed.rows.said === undefined ? '' : `, ${feed.rows.said} AS said`;
  const where = spread || feed.shard > 0 ? ` WHERE if(bad = 0, ${mine}, ${feed.shard === 0 ? 1 : 0})` : '';
  return `SELECT * EXCEPT good${said} FROM (${rows}\n)${where}`;
}

/** The first byte of nearly all lines is none that a blank line may begin with. */
const NOT_BLANK = `if(ascii(body) > 32, 1, trim(BOTH ' \\t' FROM body) != '')`;

/** What no column goes by, as one JSON object with sorted keys and without empty texts. */
function otherOf(others: Layout['others']): string {
  if (others.length === 0) return `'{}'`;
  const pairs = others.map(({ name, field }) => `${literal(name)}, f[${field}]`).join(', ');
  return `toJSONString(mapFilter((k, v) -> v != '', map(${pairs})))`;
}

function seenOf({ columns, kind }: Layout): string {
  const found = table(kind.table).placement === 'sharded' && columns.find(({ column }) => column.name === 'imei');
  if (!found) return `''`;
  const field = fieldOf(found.source);
  return `if(${isPlainImei(field)}, '', if(bad = 0 AND NOT match(${field}, '^[0-9]{14}'), upper(${field}), ''))`;
}

/** The last day of what is open, as an engine literal. */
export const OPEN = `toDate('${OPEN_DAY}')`;

/** Is the list on every shard the same? Counts are then those of one shard. */
export const isWhole = (of: Table): boolean => of.placement !== 'sharded';
