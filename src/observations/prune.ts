import { addMonths, type Day, firstOfMonth, monthOf } from '../calendar/day.ts';
import type { Country } from '../country/country.ts';
import { literal, type Row } from '../stores/analytics.ts';
import { type Done, type Move, performRun, type Work } from '../stores/run.ts';
import type { Store } from '../stores/store.ts';

type Partition = { readonly table: string; readonly month: number; readonly operator: string };

/** The first day that is kept on `day`: retention counts whole months before the one that day lies in. */
export const keptFrom = (country: Pick<Country, 'retentionMonths'>, day: Day): Day =>
  addMonths(firstOfMonth(monthOf(day)), -country.retentionMonths);

async function outdated(store: Store, before: number): Promise<readonly Partition[]> {
  const one = (table: string, month: string): string =>
    `SELECT DISTINCT '${table}' AS table, toUInt32(${month}) AS month, toString(operator) AS operator FROM ${table} WHERE ${month} < ${before}`;
  const sql = `${one('triplet', 'month')} UNION ALL ${one('event', 'toYYYYMM(day)')}`;
  const found = await store.analytics.gather<Partition & Row>(sql);
  return [...new Map(found.map((part) => [JSON.stringify(part), part])).values()];
}

/** First and last day and RATs of what goes, with what went before: the past of an IMEI is told for good. */
async function rememberSeen(store: Store, work: Work, before: number): Promise<Move> {
  const target = await work.stage('seen_before');
  const first = `toDate(addDays(toDate(parseDateTimeBestEffort(concat(toString(month), '01'))), 0))`;
  const sql = `SELECT imei, operator, min(first) AS first, max(last) AS last, groupBitOr(rats) AS rats FROM (
    SELECT imei, operator, first, last, rats FROM seen_before UNION ALL
    SELECT imei, operator, addDays(${first}, bitCount(bitXor(days, days - 1)) - 1), addDays(${first}, toUInt8(floor(log2(days)))), rats
    FROM triplet WHERE month < ${before}) GROUP BY imei, operator`;
  await store.analytics.everywhere(`INSERT INTO ${target} ${sql}`);
  return { table: 'seen_before', partition: 'tuple()', from: target };
}

/**
 * Drops operator data of months before the retention of the country file, the rows that imports of that time put aside,
 * and the checks of nodes from before. First and last day seen stay with each IMEI.
 */
export function prune(store: Store, of: { country: Country; day: Day; dryRun?: boolean }): Promise<Done> {
  const from = keptFrom(of.country, of.day);
  const intent = { verb: 'prune', day: of.day, country: of.country, dryRun: of.dryRun };
  return performRun(store, intent, async (work) => {
    const gone = await outdated(store, monthOf(from));
    const empty = { triplet: await work.stage('triplet', 'none'), event: await work.stage('event', 'none') };
    const drops = gone.map(({ table, month, operator }): Move => {
      const partition = `(${month}, ${literal(operator)})`;
      return { table, partition, from: table === 'event' ? empty.event : empty.triplet };
    });
    const runs = await store.registry.query<{ number: number }>('SELECT number FROM run WHERE started < $1', [from]);
    const kept = await store.analytics.home.query<{ run: number }>('SELECT DISTINCT run FROM quarantine');
    const old = kept.filter(({ run }) => runs.some(({ number }) => number === run));
    const none = await work.stage('quarantine', 'none');
    const aside = old.map(({ run }): Move => ({ table: 'quarantine', partition: String(run), from: none }));
    // What nodes recorded comes in by runs: those go whose last check is of a day before.
    const checks = await store.analytics.gather<{ run: number; last: string }>(
      'SELECT run, max(at) AS last FROM check GROUP BY run',
    );
    const recent = new Set(checks.filter(({ last }) => Number(last) >= Date.parse(from)).map(({ run }) => run));
    const past = [...new Set(checks.map(({ run }) => run))].filter((run) => !recent.has(run));
    const noCheck = await work.stage('check', 'none');
    const recorded = past.map((run): Move => ({ table: 'check', partition: String(run), from: noCheck }));
    const seen = gone.length === 0 ? [] : [await rememberSeen(store, work, monthOf(from))];
    const months = [...new Set(gone.map(({ month }) => month))].sort();
    return {
      moves: [...seen, ...drops, ...aside, ...recorded],
      result: { keptFrom: from, months, partitions: gone.length, quarantines: old.length, checks: past.length },
    };
  });
}
