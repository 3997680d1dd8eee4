import { addDays, type Day, firstOfMonth, type Month, monthOf } from '../calendar/day.ts';
import { type Imei, imeiFromKey, imeiKey } from '../identifiers/imei.ts';
import { type Analytics, literal } from '../stores/analytics.ts';

/** That a device was used with a subscription on a day, as an operator reported it. Absent numbers are ''. */
export type Sighting = {
  readonly imei: Imei;
  readonly imsi: string;
  readonly msisdn: string;
  readonly operator: string;
  readonly day: Day;
};

/** Identifiers that somebody waits for: each since a day. */
export type Wanted = ReadonlyMap<Imei, Day>;

type Row = {
  readonly imei: string;
  readonly imsi: string;
  readonly msisdn: string;
  readonly month: number;
  readonly days: number;
};

/** IMEIs in one statement: their digits fit into what the engine reads of it. */
const AT_A_TIME = 10_000;

const digits = (number: string): string => (number === '0' ? '' : number);

/** The days of a month that a mask has set; bit d-1 stands for day d. */
export const daysOf = (month: Month, mask: number): readonly Day[] =>
  Array.from({ length: 31 }, (_, bit) => bit)
    .filter((bit) => (mask & (2 ** bit)) !== 0)
    .map((bit) => addDays(firstOfMonth(month), bit));

/** What an operator saw of wanted identifiers, on their day or later; one sighting a subscription and day, in no order. */
export async function* seenOf(
  analytics: Pick<Analytics, 'gather'>,
  { operator, wanted }: { readonly operator: string; readonly wanted: Wanted },
): AsyncGenerator<Sighting> {
  const all = [...wanted];
  for (let at = 0; at < all.length; at += AT_A_TIME) {
    const some = all.slice(at, at + AT_A_TIME);
    const [earliest] = some.map(([, day]) => day).sort();
    if (earliest === undefined) return;
    const rows = await analytics.gather<Row>(
      `SELECT imei, imsi, msisdn, month, days FROM triplet
      WHERE operator = ${literal(operator)} AND month >= ${monthOf(earliest)}
        AND imei IN (${some.map(([imei]) => imeiKey(imei)).join(', ')})`,
    );
    for (const { imei: key, imsi, msisdn, month, days } of rows) {
      const imei = imeiFromKey(BigInt(key));
      const since = wanted.get(imei);
      for (const day of daysOf(month as Month, days))
        if (since !== undefined && day >= since)
          yield { imei, imsi: digits(imsi), msisdn: digits(msisdn), operator, day };
    }
  }
}

/** First sightings read at a time. */
const SHARE = 20_000;

type First = { readonly imei: string; readonly imsi: string; readonly msisdn: string; readonly date: number };

/**
 * The identifiers that an operator saw in a month and nobody before it, with one of their first subscriptions: what a
 * country sees for the first time. Read share by share: whoever takes them may ask the engine meanwhile.
 */
export async function* firstSeenIn(
  analytics: Analytics,
  { operator, month }: { readonly operator: string; readonly month: Month },
): AsyncGenerator<Sighting> {
  const fresh = `month = ${month} AND operator = ${literal(operator)} AND imei < 100000000000000
    AND imei NOT IN (SELECT imei FROM triplet WHERE month < ${month}) AND imei NOT IN (SELECT imei FROM seen_before)`;
  for (const shard of analytics.shards) {
    const [counted] = await shard.query<{ n: string }>(`SELECT uniqExact(imei) AS n FROM triplet WHERE ${fresh}`);
    const shares = Math.ceil(Number(counted?.n ?? 0) / SHARE);
    for (let share = 0; share < shares; share += 1) {
      const rows = await shard.query<First>(
        `SELECT imei, first.2 AS imsi, first.3 AS msisdn, first.1 AS date FROM (
          SELECT imei, min((bitCount(bitXor(days, days - 1)), imsi, msisdn)) AS first FROM triplet
          WHERE ${fresh} AND sipHash64(imei) % ${shares} = ${share} GROUP BY imei ORDER BY imei)`,
      );
      for (const { imei, imsi, msisdn, date } of rows)
        yield {
          imei: imeiFromKey(BigInt(imei)),
          imsi: digits(imsi),
          msisdn: digits(msisdn),
          operator,
          day: addDays(firstOfMonth(month), date - 1),
        };
    }
  }
}
