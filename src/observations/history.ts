import type { HistoricFall } from '../country/limits.ts';
import { type Analytics, literal } from '../stores/analytics.ts';
import type { Check } from './survey.ts';

const COLUMNS = ['imei', 'imsi', 'msisdn'] as const;

/** Days of the operator's past that its new data are held against. */
const DAYS = 30;

type Averages = Record<(typeof COLUMNS)[number] | 'days', number>;

async function averages(analytics: Analytics, from: string): Promise<Averages> {
  const daily = COLUMNS.map((column) => `uniqCombinedMerge(12)(${column}s) AS ${column}`).join(', ');
  const mean = COLUMNS.map((column) => `avg(${column}) AS ${column}`).join(', ');
  const sql = `SELECT count() AS days, ${mean} FROM (SELECT day, ${daily} FROM ${from} GROUP BY day)`;
  const [row] = await analytics.home.query<Averages>(sql);
  return {
    days: Number(row?.days ?? 0),
    imei: Number(row?.imei),
    imsi: Number(row?.imsi),
    msisdn: Number(row?.msisdn),
  };
}

/**
 * The new data's average of distinct values a day against the mean of the operator's last 30 days with data. Without
 * a past there is nothing to fall from, and no check.
 */
export async function fallChecks(
  analytics: Analytics,
  of: { readonly fresh: string; readonly operator: string; readonly limits: HistoricFall },
): Promise<readonly Check[]> {
  const mine = `operator = ${literal(of.operator)}`;
  const days = `SELECT day FROM daily WHERE ${mine} GROUP BY day ORDER BY day DESC LIMIT ${DAYS}`;
  const before = await averages(analytics, `(SELECT * FROM daily WHERE ${mine} AND day IN (${days}))`);
  if (before.days === 0) return [];
  const now = await averages(analytics, of.fresh);
  return COLUMNS.map((column): Check => {
    const [count, total, limit] = [Math.round(now[column]), Math.round(before[column]), of.limits[column]];
    const share = total === 0 ? 1 : now[column] / before[column];
    const name = `historic${column === 'imei' ? 'Imei' : column === 'imsi' ? 'Imsi' : 'Msisdn'}`;
    return { name, override: 'history', count, of: total, share, limit, passed: share >= limit };
  });
}
