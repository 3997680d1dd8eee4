import { addDays, type Day, firstOfMonth, type Month, monthOf } from '../calendar/day.ts';
import { type Imei, imeiKey } from '../identifiers/imei.ts';
import type { Imsi } from '../identifiers/imsi.ts';
import type { Msisdn } from '../identifiers/msisdn.ts';
import type { Analytics } from '../stores/analytics.ts';

/** A subscriber by number or by SIM. */
export type Subscriber = { readonly msisdn: Msisdn } | { readonly imsi: Imsi };

/** What operators' data say of who used a device before something happened to it. No answer names anybody. */
export type Sightings = {
  /** Whether a subscriber was seen with it on one of the days before, as far back as counts. */
  seenWith(imei: Imei, subscriber: Subscriber, before: Day): Promise<boolean>;
  /** Whether anybody was. */
  inUse(imei: Imei, before: Day): Promise<boolean>;
};

/** The sightings of the analytics store, of the last `days` days before an event; that day itself says nothing. */
export function sightingsOf(analytics: Pick<Analytics, 'gather'>, { days }: { readonly days: number }): Sightings {
  const seen = async (imei: Imei, before: Day, who: string): Promise<boolean> => {
    const where = `imei = ${imeiKey(imei)} AND (${seenBetween(addDays(before, -days), addDays(before, -1))})${who}`;
    return (await analytics.gather(`SELECT 1 AS seen FROM triplet WHERE ${where} LIMIT 1`)).length > 0;
  };
  return {
    seenWith: (imei, subscriber, before) => {
      const [column, digits] =
        'msisdn' in subscriber ? (['msisdn', subscriber.msisdn] as const) : (['imsi', subscriber.imsi] as const);
      return seen(imei, before, ` AND ${column} = ${BigInt(digits)}`);
    },
    inUse: (imei, before) => seen(imei, before, ''),
  };
}

/** Engine predicate: a triplet has one of the days from `first` to `last`. */
function seenBetween(first: Day, last: Day): string {
  const months: string[] = [];
  for (let month = monthOf(first); month <= monthOf(last); month = nextOf(month)) {
    const from = month === monthOf(first) ? dateOf(first) : 1;
    const to = month === monthOf(last) ? dateOf(last) : 31;
    months.push(`(month = ${month} AND bitAnd(days, ${maskOf(from, to)}) != 0)`);
  }
  return months.join(' OR ');
}

const dateOf = (day: Day): number => Number(day.slice(8));
const nextOf = (month: Month): Month => monthOf(addDays(firstOfMonth(month), 31));

/** Bit d-1 stands for day d of the month. */
const maskOf = (from: number, to: number): number => 2 ** to - 2 ** (from - 1);
