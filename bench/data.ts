import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { literal } from '../src/stores/analytics.ts';
import { OUT } from './place.ts';
import { runBare } from './plan.ts';

/** A generated file and how many rows it has below its header. */
export type Made = { readonly file: string; readonly rows: number; readonly bytes: number };

/** The files of one country of a size. */
export type Files = {
  readonly operator: Made;
  readonly registration: Made;
  readonly stolen: Made;
  readonly tac: Made;
};

/** Operator rows of a month for each triplet of it, on average. */
const ROWS_A_TRIPLET = 8;
/** Mean share of the month's days on which a triplet is seen: even between 2 % and 48 %. */
const MEAN_SHARE = 0.25;
const TACS = 20_000;
/** Registered devices for each operator row, as in 750 k for 10 M. */
const REGISTERED = 0.075;
const SEED = 20_251_001;

/** Days of the month that all data are of: October 2025. */
const DAYS = 31;
export const MONTH = { first: '20251001', last: '20251031', day: '2025-10-31' } as const;

const random = (parts: string): string => `(cityHash64(${SEED}, ${parts}) % 1000000 / 1000000)`;

/** Engine expression: the 14 digits of a device's IMEI. TACs are of different popularity; a few are of kinds to be found. */
function imeiOf(device: string): string {
  const rank = `toUInt32(${TACS} * pow(${random(`${device}, 'tac'`)}, 2))`;
  const tac = `if(cityHash64(${SEED}, ${device}, 'test') % 2000 = 0, '00100234', toString(35000000 + ${rank} * 37))`;
  return `concat(${tac}, leftPad(toString(cityHash64(${SEED}, ${device}, 'serial') % 1000000), 6, '0'))`;
}

/**
 * Engine expression: the device behind a triplet. Most have one of their own, some share one (two SIMs), and 3 % are
 * those of copied identifiers, whose numbers of users go down with their rank as Zipf's law says.
 */
const deviceOf = (triplet: string, triplets: number): string =>
  `toUInt64(multiIf(cityHash64(${SEED}, ${triplet}, 'copy') % 100 < 3, 4294967296 + toUInt64(exp(${random(`${triplet}, 'rank'`)} * ln(${Math.ceil(triplets / 50)}))),
    cityHash64(${SEED}, intDiv(${triplet}, 2), 'two') % 8 = 0, ${triplet} - ${triplet} % 2, ${triplet}))`;

/** What a model can do, by its place in the order of TACs: lists of RATs as feeds write them. */
const RATS = ['006', '001|006', '002|001|006', '006|010', '002|001', '002'] as const;
const BANDS = ['GSM900,WCDMA2100,LTE1800', 'GSM900,WCDMA2100,LTE1800,NR78', 'GSM900,WCDMA2100', 'GSM900'] as const;
/** The bands of the models that use each of the lists of RATs. */
const BANDS_OF_RATS = [0, 0, 0, 1, 2, 3] as const;

const ratsOf = (device: string, day: string): string => {
  const lists = `[${RATS.map(literal).join(', ')}]`;
  const rank = `toUInt32(${TACS} * pow(${random(`${device}, 'tac'`)}, 2))`;
  // One device in 500 does what its model cannot.
  const wrong = `cityHash64(${SEED}, ${device}, 'wrong') % 500 = 0`;
  return `multiIf(${wrong}, '010', cityHash64(${device}, ${day}) % 40 = 0, '', ${lists}[1 + ${rank} % ${RATS.length}])`;
};

/** One thread and one order, so that the same parameters give the same bytes. */
const IN_ORDER = 'SETTINGS max_threads = 1, max_insert_threads = 1';

function operatorRows(rows: number): string {
  const triplets = Math.ceil((1.004 * rows) / (MEAN_SHARE * DAYS));
  const seen = `${random('t, d')} < 0.02 + 0.46 * ${random("t, 'share'")}`;
  const imei = `multiIf(cityHash64(${SEED}, t, d, 'none') % 500 = 0, '', cityHash64(${SEED}, device, 'odd') % 1000 = 0, hex(cityHash64(device)), ${imeiOf('device')})`;
  const home = `if(cityHash64(${SEED}, t, 'roams') % 50 = 0, '26201', '99901')`;
  return `SELECT toString(${Number(MONTH.first)} + d) AS date, ${imei} AS imei,
      concat(${home}, leftPad(toString(t * 6180339887 % 10000000000), 10, '0')) AS imsi,
      concat('9997', leftPad(toString(t * 61803399 % 100000000), 8, '0')) AS msisdn, ${ratsOf('device', 'd')} AS rat
    FROM (
      SELECT intDiv(number, ${triplets}) AS d, number % ${triplets} AS t, ${deviceOf('t', triplets)} AS device
      FROM numbers(${DAYS * triplets}) WHERE ${seen}
    ) LIMIT ${rows} ${IN_ORDER}`;
}

/** The first devices, each IMEI once; the rest of the devices are registered nowhere. */
const registrationRows = (
  count: number,
): string => `SELECT approved_imei, 'Maker' AS make, 'Model' AS model, '' AS status,
    'M-1' AS model_number, 'Brand' AS brand_name, 'Smartphone' AS device_type, '2G/3G/4G' AS radio_interface,
    concat('D', toString(device)) AS device_id
  FROM (SELECT toUInt64(number) AS device, ${imeiOf('device')} AS approved_imei FROM numbers(${Math.ceil(count * 1.1)}))
  LIMIT 1 BY approved_imei LIMIT ${count} ${IN_ORDER}`;

/** As many registrations as wished, each of another IMEI: TAC by thousands, serial numbers scattered. */
export const manyRegistrations = (count: number): string => `SELECT
    concat(toString(35000000 + intDiv(number, 10000) * 37), leftPad(toString(number % 10000 * 97 % 1000000), 6, '0')) AS approved_imei,
    concat('Maker', toString(number % 200)) AS make, concat('Model', toString(number % 5000)) AS model, '' AS status,
    'M-1' AS model_number, 'Brand' AS brand_name, 'Smartphone' AS device_type, '2G/3G/4G' AS radio_interface,
    concat('D', toString(number)) AS device_id
  FROM numbers(${count}) ${IN_ORDER}`;

const stolenRows = (count: number): string => `SELECT imei, '20251015' AS reporting_date, 'blacklist' AS status
  FROM (SELECT toUInt64(number * 53) AS device, ${imeiOf('device')} AS imei FROM numbers(${count}))
  LIMIT 1 BY imei ${IN_ORDER}`;

/** All TACs but one in 200. */
const tacRows = `SELECT toString(35000000 + number * 37) AS tac, concat('Maker', toString(number % 50)) AS manufacturer,
    concat('Model', toString(number)) AS model_name,
    [${BANDS.map(literal).join(', ')}][1 + [${BANDS_OF_RATS.join(', ')}][1 + number % ${RATS.length}]] AS bands,
    '01-Jan-2020' AS allocation_date, 'Smartphone' AS device_type
  FROM numbers(${TACS + 1}) WHERE number % 200 != 7 ${IN_ORDER}`;

/**
 * Makes a CSV file in {@link OUT} by the engine, or takes the one that is there: a note beside it tells by what it was
 * made.
 */
export async function make(name: string, sql: string, delimiter = ','): Promise<Made> {
  mkdirSync(OUT, { recursive: true });
  const [file, note] = [path.join(OUT, name), path.join(OUT, `${name}.json`)];
  const hash = createHash('sha256').update(sql).update(delimiter).digest('hex');
  if (existsSync(note) && existsSync(file)) {
    const known = JSON.parse(readFileSync(note, 'utf8')) as { hash: string; rows: number; bytes: number };
    if (known.hash === hash && known.bytes === statSync(file).size)
      return { file, rows: known.rows, bytes: known.bytes };
  }
  process.stderr.write(`Making ${name} …\n`);
  const aside = `${file}.part`;
  rmSync(aside, { force: true });
  const format = `SETTINGS format_custom_escaping_rule = 'Raw', format_custom_field_delimiter = ${literal(delimiter)}`;
  const write = `INSERT INTO FUNCTION file(${literal(aside)}, 'CustomSeparatedWithNames') ${format} ${sql}`;
  await runBare([{ name: 'write', sql: write }]);
  const counted = await runBare([
    { name: 'count', sql: `SELECT count() - 1 FROM file(${literal(aside)}, 'LineAsString', 'line String')` },
  ]);
  renameSync(aside, file);
  const made = { rows: Number(counted.statements[0]?.answer), bytes: statSync(file).size };
  writeFileSync(note, JSON.stringify({ hash, ...made }));
  return { file, ...made };
}

/** All files for so many operator rows of one month of one operator, the same bytes each time. */
export async function makeFiles(rows: number): Promise<Files> {
  const stem = `alfa${rows}`;
  return {
    operator: await make(`${stem}_${MONTH.first}_${MONTH.last}.csv`, operatorRows(rows)),
    registration: await make(`registration${rows}.csv`, registrationRows(Math.round(rows * REGISTERED))),
    stolen: await make(`stolen${rows}.csv`, stolenRows(Math.round(rows / ROWS_A_TRIPLET / 250))),
    tac: await make('tac.txt', tacRows, '|'),
  };
}
