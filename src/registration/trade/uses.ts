import type { Day } from '../../calendar/day.ts';
import type { Operator } from '../../country/operator.ts';
import { clip, lastDays, monthsIn } from '../../detection/window.ts';
import { type Imei, imeiFromKey, imeiKey } from '../../identifiers/imei.ts';
import type { Imsi } from '../../identifiers/imsi.ts';
import type { Msisdn } from '../../identifiers/msisdn.ts';
import { homeOf } from '../../lists/home.ts';
import type { Analytics, Shard } from '../../stores/analytics.ts';
import { imsiText, isImei, msisdnText } from '../../stores/schema.ts';

/** That an IMEI was used, and by whom where a SIM of the country was seen. */
export type PastUse = {
  readonly imei: Imei;
  /** The last day of it within the window. */
  readonly day: Day;
  readonly user?: { readonly imsi: Imsi; readonly msisdn: Msisdn | undefined; readonly operator: string };
};

/** A stretch of IMEIs in their order, with all that is known of their use; the last of them, undefined when there are none. */
export type Stretch = { readonly uses: readonly PastUse[]; readonly imeis: number; readonly last: Imei | undefined };

/** Of which days, and whose subscribers count: those who only visit do not make a device one of the country. */
export type Window = { readonly day: Day; readonly windowDays: number; readonly operators: readonly Operator[] };

/** What was in use, stretch after stretch. */
export type PastUses = { after(imei: Imei | undefined, most: number, window: Window): Promise<Stretch> };

type Row = {
  readonly imei: string;
  readonly imsi: string;
  readonly msisdn: string;
  readonly home: string;
  readonly month: number;
  readonly date: number;
};

/** The uses that networks reported. */
export const pastUsesOf = ({ shards }: Pick<Analytics, 'shards'>): PastUses => ({
  after: async (imei, most, window) => {
    const from = imei === undefined ? '' : ` AND imei > ${imeiKey(imei)}`;
    const where = `${counted(window)}${from}`;
    const keys = await Promise.all(shards.map((shard) => firstKeys(shard, where, most)));
    const next = keys
      .flat()
      .sort((one, other) => (one < other ? -1 : one > other ? 1 : 0))
      .slice(0, most);
    const last = next.at(-1);
    if (last === undefined) return { uses: [], imeis: 0, last: undefined };
    const rows = await Promise.all(shards.map((shard) => usesOf(shard, `${where} AND imei <= ${last}`, window)));
    return { uses: rows.flat().map(useOf), imeis: next.length, last: imeiFromKey(last) };
  },
});

/** Triplets within the window of subscribers of the country, or of whom no SIM is told. */
function counted({ day, windowDays, operators }: Window): string {
  const days = lastDays(day, windowDays);
  return `${isImei()} AND ${monthsIn(days)} AND ${clip(days)} != 0 AND (imsi = 0 OR ${homeOf('imsi', operators)} != '')`;
}

async function firstKeys(shard: Shard, where: string, most: number): Promise<readonly bigint[]> {
  const rows = await shard.query<{ imei: string }>(
    `SELECT DISTINCT imei FROM triplet WHERE ${where} ORDER BY imei LIMIT ${most}`,
  );
  return rows.map(({ imei }) => BigInt(imei));
}

/** One row an IMEI and SIM: its last month and the last day in it. */
function usesOf(shard: Shard, where: string, { day, windowDays, operators }: Window): Promise<readonly Row[]> {
  const days = clip(lastDays(day, windowDays));
  return shard.query<Row>(
    `SELECT imei, ${imsiText('sim')} AS imsi, ${msisdnText('number')} AS msisdn, home, intDiv(seen, 100) AS month, seen % 100 AS date
     FROM (SELECT imei, imsi AS sim, ${homeOf('imsi', operators)} AS home, argMax(msisdn, at) AS number, max(at) AS seen
       FROM (SELECT imei, imsi, msisdn, month * 100 + toUInt32(floor(log2(${days}))) + 1 AS at FROM triplet WHERE ${where})
       GROUP BY imei, sim)
     ORDER BY imei, sim`,
  );
}

const two = (number: number): string => String(number).padStart(2, '0');

function useOf({ imei, imsi, msisdn, home, month, date }: Row): PastUse {
  const day = `${Math.floor(month / 100)}-${two(month % 100)}-${two(date)}` as Day;
  const use = { imei: imeiFromKey(BigInt(imei)), day };
  if (imsi === '' || home === '') return use;
  return {
    ...use,
    user: { imsi: imsi as Imsi, msisdn: msisdn === '' ? undefined : (msisdn as Msisdn), operator: home },
  };
}
