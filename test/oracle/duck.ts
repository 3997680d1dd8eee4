import { DuckDBInstance } from '@duckdb/node-api';
import type { World } from './world.ts';

/** A value of a row as the second engine gives it: 64-bit integers and dates as text. */
export type Value = string | number | boolean | null | readonly Value[];
export type DuckRow = Readonly<Record<string, Value>>;

/** The second engine, in memory, with the raw files read by its own reader. */
export type Duck = { run(sql: string): Promise<void>; rows(sql: string): Promise<readonly DuckRow[]>; close(): void };

/** Opens an empty second engine. */
export async function openDuck(): Promise<Duck> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
  const connection = await instance.connect();
  return {
    run: async (sql) => {
      await connection.run(sql);
    },
    rows: async (sql) => (await connection.runAndReadAll(sql)).getRowObjectsJson() as readonly DuckRow[],
    close: () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

/** A text as a literal of standard SQL. */
export const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** The lines of a file, without their ends. */
const linesOf = (file: string): string =>
  `(SELECT rtrim(line, chr(13)) AS line, row_number() OVER () AS nth FROM read_csv(${quote(file)}, columns = {'line': 'VARCHAR'}, header = false,
    delim = chr(1), quote = '', escape = '', comment = '', auto_detect = false, strict_mode = false))`;

const KNOWN = ['date', 'imei', 'imsi', 'msisdn', 'rat', 'time', 'cell', 'duration'];

/** Reads one feed by the names in its first line; `fits` where a line has as many fields as that. */
async function readFeed(duck: Duck, feed: World['feeds'][number]): Promise<void> {
  const [head] = await duck.rows(`SELECT lower(line) AS line FROM ${linesOf(feed.file)} WHERE nth = 1`);
  const columns = String(head?.['line']).split(',');
  const bare = (name: string): string => {
    const at = columns.indexOf(name) + 1;
    return at === 0 ? `'' AS "${name}"` : `coalesce(regexp_replace(f[${at}], '^ *"(.*)" *$', '\\1'), '') AS "${name}"`;
  };
  await duck.run(`INSERT INTO raw SELECT ${quote(feed.operator)}, DATE '${feed.from}', DATE '${feed.to}', ${feed.events},
    len(f) = ${columns.length}, ${KNOWN.map(bare).join(', ')}
    FROM (SELECT string_split(line, ',') AS f FROM ${linesOf(feed.file)} WHERE nth > 1 AND line != '')`);
}

/** Columns of the lists that definitions read, by the names in their files. */
const LISTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  tac: { tac: 'tac', manufacturer: 'manufacturer', model: 'model_name', bands: 'bands', device_type: 'device_type' },
  cells: { cell: 'cell', lat: 'lat', lon: 'lon', radius_m: 'radius_m', valid_from: 'valid_from', valid_to: 'valid_to' },
  stolen: { id: 'imei', reporting_date: 'reporting_date', status: 'status' },
  registration: { id: 'approved_imei', status: 'status' },
  barred: { id: 'imei' },
  barred_tac: { tac: 'tac' },
  monitoring: { id: 'imei' },
  association: { uid: 'uid', id: 'imei' },
  subscribers: { uid: 'uid', imsi: 'imsi' },
};

/** The kinds of list that definitions read. */
export const READ_LISTS: readonly string[] = Object.keys(LISTS);

/** What an IMEI field says, as text: fourteen leading digits alone, anything else in capitals. */
export const identifier = (field: string): string =>
  `CASE WHEN regexp_matches(${field}, '^[0-9]{14}') THEN ${field}[1:14] ELSE upper(${field}) END`;

async function readList(duck: Duck, list: World['lists'][number]): Promise<void> {
  const [delimiter, mark] = list.kind === 'tac' ? ['|', ''] : [',', '"'];
  const kept = Object.entries(LISTS[list.kind] ?? {}).map(([column, name]) =>
    column === 'id' ? `${identifier(name)} AS id` : `coalesce(${name}, '') AS ${column}`,
  );
  if (kept.length === 0) return;
  const select = `SELECT DATE '${list.date}' AS sent, ${kept.join(', ')} FROM read_csv(${quote(list.file)}, delim = '${delimiter}',
    quote = '${mark}', escape = '${mark}', header = true, all_varchar = true, normalize_names = true)`;
  await duck.run(`CREATE TABLE IF NOT EXISTS list_${list.kind} AS ${select} LIMIT 0`);
  await duck.run(`INSERT INTO list_${list.kind} ${select}`);
}

const RAT = '(00[1-9]|010|051|10[1-5])';

/** Which rows of a feed are rows: the form of every field, and the days of the file's name. */
const GOOD = `fits AND regexp_full_match("date", '[0-9]{8}') AND try_strptime("date", '%Y%m%d') IS NOT NULL
  AND CAST(try_strptime("date", '%Y%m%d') AS DATE) BETWEEN "from" AND "to"
  AND (imei = '' OR regexp_full_match(imei, '[0-9A-Fa-f*#]{1,16}')) AND (imsi = '' OR regexp_full_match(imsi, '[0-9]{1,15}'))
  AND (msisdn = '' OR regexp_full_match(msisdn, '[0-9]{1,15}')) AND (rat = '' OR regexp_full_match(rat, '${RAT}(\\|${RAT})*'))
  AND (NOT events OR (regexp_full_match("time", '([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]') AND cell != '' AND strlen(cell) <= 64
    AND (duration = '' OR (regexp_full_match(duration, '[0-9]{1,9}') AND try_cast(duration AS BIGINT) <= 86400))))`;

/**
 * Reads a country's files into a second engine: `raw`; `observed`, the rows that are rows and name an identifier, as
 * `operator, day, id, imsi, msisdn, rats` ('' for an absent subscription, a list of codes for `rats`); `happened`, the
 * same for events with `began` (seconds since 1970, local), `duration` and `cell`, each once; and `list_*` as sent.
 */
export async function readWorld(duck: Duck, world: World): Promise<void> {
  await duck.run(`CREATE TABLE raw (operator VARCHAR, "from" DATE, "to" DATE, events BOOLEAN, fits BOOLEAN, "date" VARCHAR, imei VARCHAR, imsi VARCHAR,
    msisdn VARCHAR, rat VARCHAR, "time" VARCHAR, cell VARCHAR, duration VARCHAR)`);
  for (const feed of world.feeds) await readFeed(duck, feed);
  for (const list of world.lists) await readList(duck, list);
  await duck.run(`CREATE TABLE good AS SELECT *, CAST(strptime("date", '%Y%m%d') AS DATE) AS day, ${identifier('imei')} AS id
    FROM raw WHERE ${GOOD}`);
  await duck.run(`CREATE TABLE observed AS SELECT operator, day, id, imsi, msisdn,
      CASE WHEN rat = '' THEN CAST([] AS VARCHAR[]) ELSE string_split(rat, '|') END AS rats FROM good WHERE id != ''`);
  await duck.run(`CREATE TABLE happened AS SELECT DISTINCT operator, day, id, imsi, msisdn, cell,
      epoch(day) + 3600 * CAST("time"[1:2] AS INTEGER) + 60 * CAST("time"[4:5] AS INTEGER) + CAST("time"[7:8] AS INTEGER) AS began,
      CASE WHEN duration = '' THEN 0 ELSE CAST(duration AS INTEGER) END AS duration FROM good WHERE events AND id != ''`);
}
