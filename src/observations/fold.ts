import type { Month } from '../calendar/day.ts';
import { type Analytics, literal } from '../stores/analytics.ts';
import type { Move, Work } from '../stores/run.ts';
import { bringHome, spread } from '../stores/shuffle.ts';

/** What is folded: the staged rows of one operator. */
export type Folding = {
  readonly analytics: Analytics;
  readonly work: Work;
  readonly rows: string;
  readonly operator: string;
  readonly months: readonly Month[];
  /** In how many parts by IMEI, so that memory depends on the part and not on the file. */
  readonly slices: number;
};

const MONTH = 'toYYYYMM(day)';

const partitions = (folding: Folding): string => folding.months.join(', ');

/** Days and RATs of rows with the columns of `keys`, of triplets and rows alike. */
const MASKS = 'groupBitOr(days) AS days, groupBitOr(rats) AS rats';

/** The keys that differ among the rows of an import: fewer and shorter ones are grouped twice as fast. */
const keysOf = ({ months }: Folding): string =>
  months.length === 1 ? 'imei, imsi, msisdn' : 'month, imei, imsi, msisdn';

/** Rows of one slice, each as a triplet of one day; rows without an IMEI say nothing of a device and end here. */
const asTriplets = ({ rows }: Folding, slice: string): string => `
  SELECT ${MONTH} AS month, imei, imsi, msisdn, bitShiftLeft(toUInt32(1), toDayOfMonth(day) - 1) AS days, rats
  FROM ${rows} WHERE fault = 0 AND bitAnd(nulls, 1) = 0 AND ${slice}`;

/** Rows with the keys of an import, `days` and `rats`, as triplets of its operator and months. */
function grouped(folding: Folding, from: string): string {
  const { months, operator } = folding;
  const month = months.length === 1 ? `toUInt32(${months[0]})` : 'month';
  return `
  SELECT ${month} AS month, ${literal(operator)} AS operator, imei, imsi, msisdn, days, rats
  FROM (SELECT ${keysOf(folding)}, ${MASKS} FROM (${from}) GROUP BY ${keysOf(folding)})`;
}

/**
 * Folds staged rows to triplets, together with what is known of the same operator and months: the result is the whole
 * partitions. Days and RATs are sets, so that a file twice, or two files of the same days, change nothing.
 */
export async function foldTriplets(folding: Folding): Promise<readonly Move[]> {
  const { analytics, work, operator, months, slices } = folding;
  const { shards } = analytics;
  const target = await work.stage('triplet');
  const columns = 'month, imei, imsi, msisdn, days, rats';
  const known = `SELECT ${columns} FROM triplet WHERE operator = ${literal(operator)} AND month IN (${partitions(folding)})`;
  const arrived = shards.length === 1 ? undefined : await work.stage('triplet', 'arrived');
  for (let slice = 0; slice < slices; slice += 1) {
    const mine = slices === 1 ? '1' : `cityHash64(imei) % ${slices} = ${slice}`;
    if (arrived !== undefined) await spread(analytics, grouped(folding, asTriplets(folding, mine)), arrived);
    const fresh = arrived === undefined ? asTriplets(folding, mine) : `SELECT ${columns} FROM ${arrived} WHERE ${mine}`;
    await analytics.everywhere(`INSERT INTO ${target} ${grouped(folding, `${fresh} UNION ALL ${known} AND ${mine}`)}`);
  }
  return months.map((month) => ({ table: 'triplet', partition: `(${month}, ${literal(operator)})`, from: target }));
}

/** The same for events: a set of distinct events. */
export async function foldEvents(folding: Folding): Promise<readonly Move[]> {
  const { analytics, work, rows, operator, months } = folding;
  const columns = 'day, operator, imei, imsi, msisdn, at, duration, cell, rats';
  const target = await work.stage('event');
  const arrived = await work.stage('event', 'arrived');
  const fresh = `SELECT day, ${literal(operator)} AS operator, imei, imsi, msisdn, at, duration, cell, rats FROM ${rows}
    WHERE fault = 0 AND bitAnd(nulls, 1) = 0 AND cell != ''`; // files without cells may come in the same call
  await spread(analytics, fresh, arrived);
  const known = `SELECT ${columns} FROM event WHERE operator = ${literal(operator)} AND toYYYYMM(day) IN (${partitions(folding)})`;
  await analytics.everywhere(
    `INSERT INTO ${target} SELECT DISTINCT ${columns} FROM (SELECT ${columns} FROM ${arrived} UNION ALL ${known})`,
  );
  return months.map((month) => ({ table: 'event', partition: `(${month}, ${literal(operator)})`, from: target }));
}

/** The texts of malformed identifiers. They are facts about their keys, true whether or not the run succeeds. */
export const keepMalformed = ({ analytics, rows }: Folding): Promise<void> =>
  spread(
    analytics,
    `SELECT DISTINCT imei, text FROM ${rows} WHERE fault = 0 AND imei >= 9223372036854775808 AND text != ''`,
    'malformed',
  );

/**
 * Distinct values a day as mergeable counts, with what is known of the same months. An absent value counts as one
 * more value, every day alike.
 */
export async function foldDaily(
  folding: Folding,
): Promise<{ readonly moves: readonly Move[]; readonly fresh: string }> {
  const { analytics, work, rows, operator, months } = folding;
  const fresh = await work.stage('daily', 'fresh');
  const target = await work.stage('daily');
  const states = ['imei', 'imsi', 'msisdn'].map((column) => `uniqCombinedState(12)(${column}) AS ${column}s`);
  await bringHome(
    analytics,
    `SELECT day, ${literal(operator)} AS operator, ${states.join(', ')} FROM ${rows} WHERE fault = 0 GROUP BY day`,
    fresh,
  );
  const merged = ['imeis', 'imsis', 'msisdns'].map((column) => `uniqCombinedMergeState(12)(${column})`);
  const known = `SELECT * FROM daily WHERE operator = ${literal(operator)} AND toYYYYMM(day) IN (${partitions(folding)})`;
  await analytics.home.run(`INSERT INTO ${target}
    SELECT day, operator, ${merged.join(', ')}
    FROM (SELECT * FROM ${fresh} UNION ALL ${known}) GROUP BY day, operator`);
  const moves = months.map((month) => ({
    table: 'daily',
    partition: `(${month}, ${literal(operator)})`,
    from: target,
  }));
  return { moves, fresh };
}
