import { literal } from '../stores/analytics.ts';
import { OPEN_DAY, shardOf, type Table, table } from '../stores/schema.ts';
import type { Pseudonyms } from '../stores/secret.ts';
import type { Layout, Source } from './header.ts';
import type { Change, Kind } from './kinds.ts';
import { SPLIT_SETTINGS, splitLines } from './split.ts';

/** Numbers of changes in the table of rows; 0 in a full file. */
export const CHANGES: Readonly<Record<Change, number>> = { add: 1, remove: 2, update: 3 };

/** History columns, which a row of a file has none of. */
const HISTORY = new Set(['valid_from', 'valid_to', 'recorded', 'closed']);

/** The official table's columns without those of history, with their types. */
export const contentOf = (kind: Kind): readonly (readonly [name: string, type: string])[] =>
  Object.entries(table(kind.table).columns).filter(([name]) => !HISTORY.has(name));

/** DDL of the scratch table that takes the rows of all files of one import, good and bad ones. */
export function createRows(kind: Kind, name: string): string {
  const content = contentOf(kind).map(([column, type]) => `${column} ${type}`);
  const columns = [
    'file UInt16, line UInt64, change UInt8',
    // 0: a good row
    'bad UInt16, field LowCardinality(String), reason LowCardinality(String), value String, text String',
    // what was written where that is no IMEI, for its key in the table `malformed`
    'seen String',
    ...content,
  ];
  return `CREATE TABLE ${name} (${columns.join(', ')}) ENGINE = MergeTree ORDER BY tuple()`;
}

/** One block of lines on its way into the table of rows. */
export type Feed = {
  readonly rows: string;
  readonly layout: Layout;
  readonly file: number;
  /** The number of the block's first line in its file. */
  readonly firstLine: number;
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

function checksOf(layout: Layout): readonly Check[] {
  const whole = WHOLE.map((check) => ({ ...check, field: '', value: `''` }));
  const width = {
    wrong: `length(f) != ${layout.width}`,
    field: '',
    reason: `the row has not ${layout.width} fields as the header`,
    value: 'toString(length(f))',
  };
  const { kind, change } = layout;
  const changes = kind.changes.map(literal).join(', ');
  const changed = {
    wrong: `lower(f[${change}]) NOT IN (${changes})`,
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

/**
 * The statement that takes one block of lines into the table of rows. Every line becomes one row, good or bad; blank
 * lines are none. Good rows go to the shard of their IMEI, or to all; bad ones to the first.
 */
export function feedRows(feed: Feed, source: string): string {
  const { layout, pseudonyms } = feed;
  const { kind } = layout;
  const checks = checksOf(layout);
  const secret = layout.columns.some(({ column }) => column.rule.secret === true);
  const told = (of: (check: Check) => string): string => checks.map(of).join(', ');
  const changes = kind.changes
    .map((change) => `lower(f[${layout.change}]) = '${change}', ${CHANGES[change]}`)
    .join(', ');
  const content = contentOf(kind).map(([name]) => `${contentExpression(feed, name)} AS ${name}`);
  const spread = table(kind.table).placement === 'sharded' && feed.shards > 1;
  const mine = spread ? `${shardOf(feed.shards)} = ${feed.shard}` : '1';
  const lines = `SELECT ${feed.firstLine} + rowNumberInAllBlocks() AS at,
    if(endsWith(line, '\\r'), substring(line, 1, length(line) - 1), line) AS body FROM ${source}`;
  return `INSERT INTO ${feed.rows} SELECT * FROM (
  SELECT ${feed.file} AS file, at AS line, ${layout.change === undefined ? '0' : `multiIf(${changes}, 0)`} AS change,
    multiIf(${checks.map(({ wrong }, at) => `${wrong}, ${at + 1}`).join(', ')}, 0) AS bad,
    [${told(({ field }) => literal(field))}][bad] AS field, [${told(({ reason }) => literal(reason))}][bad] AS reason,
    multiIf(${checks.map(({ value }, at) => `bad = ${at + 1}, ${value}`).join(', ')}, '') AS value,
    ${secret ? `''` : `if(bad = 0 OR body = '\\x01', '', body)`} AS text, ${seenOf(layout)} AS seen,
    ${content.join(', ')}
  FROM (${splitLines(layout.delimiter, lines)}) WHERE trim(BOTH ' \\t' FROM body) != ''
) WHERE if(bad = 0, ${mine}, ${feed.shard === 0 ? 1 : 0}) SETTINGS max_threads = 1, max_insert_threads = 1, ${SPLIT_SETTINGS}`;

  function contentExpression({ layout: { columns, others } }: Feed, name: string): string {
    if (name === kind.other) return otherOf(others);
    const found = columns.find(({ column }) => column.name === name);
    return found === undefined ? `''` : found.column.rule.value(fieldOf(found.source), pseudonyms);
  }
}

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
  return `if(bad = 0 AND NOT match(${field}, '^[0-9]{14}'), upper(${field}), '')`;
}

/** The last day of what is open, as an engine literal. */
export const OPEN = `toDate('${OPEN_DAY}')`;

/** Is the list on every shard the same? Counts are then those of one shard. */
export const isWhole = (of: Table): boolean => of.placement !== 'sharded';
