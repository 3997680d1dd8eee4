import { RATS } from '../../src/observations/rat.ts';
import type { Analytics } from '../../src/stores/analytics.ts';
import type { Duck } from './duck.ts';

/** Key → identifier as text: fourteen digits, or what stands behind the key of a value that is no IMEI. */
export async function namesOf(analytics: Analytics): Promise<(imei: string) => string> {
  const texts = await analytics.gather<{ imei: string; text: string }>('SELECT DISTINCT imei, text FROM malformed');
  const textOf = new Map(texts.map(({ imei, text }) => [imei, text]));
  return (imei) => textOf.get(imei) ?? imei.padStart(14, '0');
}

type Stored = Readonly<Record<string, string | number>>;

const bits = (mask: number): readonly number[] =>
  Array.from({ length: 31 }, (_, bit) => bit).filter((bit) => mask & (1 << bit));
const codes = (mask: number): string =>
  RATS.filter(({ bit }) => bits(mask).includes(bit))
    .map(({ code }) => code)
    .sort()
    .join('|');

/** Every triplet stored, as text, sorted: `month operator identifier imsi msisdn days rats`. */
export async function tripletsStored(analytics: Analytics, where = '1'): Promise<readonly string[]> {
  const nameOf = await namesOf(analytics);
  const rows = await analytics.gather<Stored>(`SELECT * FROM triplet WHERE ${where}`);
  return rows
    .map(({ month, operator, imei, imsi, msisdn, days, rats }) => {
      const dates = bits(Number(days)).map((bit) => bit + 1);
      return [month, operator, nameOf(String(imei)), imsi, msisdn, dates.join('+'), codes(Number(rats))].join(' ');
    })
    .sort();
}

const number = (column: string): string => `CAST('0' || ${column} AS BIGINT)`;

/** The same by grouping the rows of the files. */
export async function tripletsByDefinition(duck: Duck): Promise<readonly string[]> {
  const rows = await duck.rows(`
    SELECT concat_ws(' ', strftime(min(day), '%Y%m'), operator, id, ${number('imsi')}, ${number('msisdn')},
      array_to_string(list_sort(list_distinct(list(day(day)))), '+'),
      array_to_string(list_sort(list_distinct(flatten(list(rats)))), '|')) AS triplet
    FROM observed GROUP BY operator, date_trunc('month', day), id, ${number('imsi')}, ${number('msisdn')}`);
  return rows.map(({ triplet }) => String(triplet)).sort();
}

/** Every event stored, as text, sorted. */
export async function eventsStored(analytics: Analytics): Promise<readonly string[]> {
  const nameOf = await namesOf(analytics);
  const rows = await analytics.gather<Stored>('SELECT operator, imei, imsi, msisdn, at, duration, cell FROM event');
  return rows
    .map(({ operator, imei, imsi, msisdn, at, duration, cell }) =>
      [operator, nameOf(String(imei)), imsi, msisdn, at, duration, cell].join(' '),
    )
    .sort();
}

/** The same from the rows of the files, each once. */
export async function eventsByDefinition(duck: Duck): Promise<readonly string[]> {
  const rows = await duck.rows(`SELECT concat_ws(' ', operator, id, ${number('imsi')}, ${number('msisdn')},
    CAST(began AS BIGINT), duration, cell) AS event FROM happened`);
  return rows.map(({ event }) => String(event)).sort();
}
