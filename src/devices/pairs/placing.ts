import type { Desk } from '../../access/desk.ts';
import type { Imei } from '../../identifiers/imei.ts';
import { type Asking, type DeviceId, imeisOf } from '../device.ts';
import { demandDevice } from '../find.ts';
import { type PairChange, type PairPlacing, pairHolder } from './change.ts';
import { numbersOf, openNumbers, type Pair, pairsOf } from './pair.ts';

/** What has to stand in the lists of networks for a pair: one entry for each IMEI. */
export async function placings(
  desk: Pick<Desk, 'query' | 'vault'>,
  pair: Pick<Pair, 'id' | 'operator'>,
  imeis: readonly Imei[],
): Promise<readonly PairPlacing[]> {
  const numbers = await numbersOf(desk, pair);
  if (numbers === undefined) throw new Error(`the numbers of pair ${pair.id}, which is open, cannot be opened`);
  return imeis.map((imei) => ({
    act: 'place',
    imei,
    ...numbers,
    operator: pair.operator,
    holder: pairHolder(pair.id),
  }));
}

/** Places all open pairs of a device anew, after its IMEIs changed. */
export async function replacePairs(
  desk: Pick<Desk, 'query' | 'vault'>,
  id: DeviceId,
  because: string,
): Promise<readonly PairChange[]> {
  const pairs = await pairsOf(desk, { id });
  if (pairs.length === 0) return [];
  const imeis = imeisOf(await demandDevice(desk, id));
  const changes: PairChange[] = [];
  for (const pair of pairs) {
    changes.push({ act: 'release', holder: pairHolder(pair.id), because });
    changes.push(...(await placings(desk, pair, imeis)));
  }
  return changes;
}

type Row = {
  readonly id: string;
  readonly operator: string;
  readonly imeis: readonly Imei[];
  readonly imsi: Buffer | null;
  readonly msisdn: Buffer | null;
};

const STANDING = `SELECT p.id, s.operator, CASE WHEN s.move IS NULL THEN p.imsi ELSE m.new_imsi END AS imsi,
    CASE WHEN s.move IS NULL THEN p.msisdn ELSE m.msisdn END AS msisdn,
    ARRAY(SELECT DISTINCT f.value FROM device o JOIN device_fact f ON f.device = o.id
      WHERE (o.id = coalesce(d.united_into, d.id) OR o.united_into = coalesce(d.united_into, d.id)) AND f.kind = 'imei'
        AND f.superseded IS NULL AND f.happened_to IS NULL ORDER BY f.value) AS imeis
  FROM device_pair p JOIN device d ON d.id = p.device
  JOIN device_pair_sim s ON s.pair = p.id AND s.superseded IS NULL AND s.happened_to IS NULL
  LEFT JOIN device_pair_move m ON m.id = s.move
  WHERE p.ended IS NULL AND p.id > $1 AND ($2::text IS NULL OR p.batch = $2) ORDER BY p.id LIMIT $3`;

/** Pairs from one on, in the order of their numbers. */
export type PlacePage = {
  /** The number before the first; '0' at the beginning. */
  readonly after: string;
  /** Only those of a batch, say of the baseline. */
  readonly batch?: string | undefined;
  readonly limit: number;
};

/**
 * What has to stand in the lists of networks, a page at a time: to place what came in bulk, and to hold those lists against
 * the pairs. Nothing is read by a person.
 */
export async function pairsToPlace(
  { query, vault }: Asking & Pick<Desk, 'vault'>,
  { after, batch, limit }: PlacePage,
): Promise<{ readonly toPlace: readonly PairPlacing[]; readonly next: string | undefined }> {
  const rows = await query<Row>(STANDING, [after, batch ?? null, limit]);
  const toPlace = rows.flatMap((row) => {
    const numbers = openNumbers(vault, row);
    if (numbers === undefined) throw new Error(`the numbers of pair ${row.id}, which is open, cannot be opened`);
    const { operator } = row;
    return row.imeis.map((imei) => ({ act: 'place', imei, ...numbers, operator, holder: pairHolder(row.id) }) as const);
  });
  return { toPlace, next: rows.length < limit ? undefined : rows.at(-1)?.id };
}
