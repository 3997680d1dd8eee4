import type { Desk } from '../../access/desk.ts';
import { recordRead } from '../../access/log.ts';
import { type Fault, Refused } from '../../faults/fault.ts';
import type { Imsi } from '../../identifiers/imsi.ts';
import type { Msisdn } from '../../identifiers/msisdn.ts';
import type { Vault } from '../../vault/vault.ts';
import type { Asking, Device, DeviceId, Origin } from '../device.ts';

/** A subscriber who is admitted with a device, by pseudonyms: the numbers are sealed (`readNumbers`). */
export type Pair = Origin & {
  readonly id: string;
  readonly device: DeviceId;
  readonly reason: string;
  /** Pseudonym of the person it is kept for. */
  readonly holder: string | undefined;
  /** The SIM that it has now, or had when it ended. */
  readonly imsi: string;
  readonly msisdn: string | undefined;
  readonly operator: string;
  readonly from: Date;
  readonly to: Date | undefined;
  /** When its end was learnt, by whose act, and why. */
  readonly ended: { readonly at: Date; readonly by: string; readonly because: string } | undefined;
  /** Somebody says that it is not his: nothing may be decided against the couple. */
  readonly disputed: boolean;
};

type Row = {
  readonly id: string;
  readonly device: DeviceId;
  readonly reason: string;
  readonly holder: string | null;
  readonly imsi: string;
  readonly msisdn: string | null;
  readonly operator: string;
  readonly from: Date;
  readonly to: Date | null;
  readonly source: string;
  readonly batch: string | null;
  readonly ended: Date | null;
  readonly ended_by: string | null;
  readonly ended_because: string | null;
  readonly disputed: boolean;
};

/** The last SIM first: of those that began at one moment the one that was not left at it. */
const LAST = 'ORDER BY s.happened_from DESC, s.happened_to DESC, s.id DESC';

/** Pairs, each with its last SIM. */
const PAIRS = `SELECT p.id, coalesce(d.united_into, d.id) AS device, p.reason, p.holder, s.imsi_key AS imsi,
    s.msisdn_key AS msisdn, s.operator, p.happened_from AS from, p.happened_to AS to, p.source, p.batch,
    p.ended, p.ended_by, p.ended_because,
    EXISTS (SELECT FROM device_dispute q WHERE q.pair = p.id AND q.state IN ('open', 'in_review', 'overdue')) AS disputed
  FROM device_pair p JOIN device d ON d.id = p.device
  JOIN LATERAL (SELECT * FROM device_pair_sim s WHERE s.pair = p.id AND s.superseded IS NULL
    ${LAST} LIMIT 1) s ON true`;

const pairOf = ({ holder, msisdn, to, batch, ended, ended_by: by, ended_because: because, ...row }: Row): Pair => ({
  ...row,
  holder: holder ?? undefined,
  msisdn: msisdn ?? undefined,
  to: to ?? undefined,
  batch: batch ?? undefined,
  ended: ended === null ? undefined : { at: ended, by: by ?? '', because: because ?? '' },
});

/** The pairs of a device, the oldest first; those that ended only if asked for. */
export async function pairsOf(
  { query }: Asking,
  device: Pick<Device, 'id'>,
  { ended = false }: { readonly ended?: boolean } = {},
): Promise<readonly Pair[]> {
  const rows = await query<Row>(
    `${PAIRS} WHERE (d.id = $1 OR d.united_into = $1) AND ($2 OR p.ended IS NULL) ORDER BY p.happened_from, p.id`,
    [device.id, ended],
  );
  return rows.map(pairOf);
}

/** The pairs that a subscriber has now, by the pseudonym of his IMSI. */
export async function pairsOfSubscriber({ query }: Asking, imsi: string): Promise<readonly Pair[]> {
  const rows = await query<Row>(`${PAIRS} WHERE p.ended IS NULL AND s.imsi_key = $1 ORDER BY p.id`, [imsi]);
  return rows.map(pairOf);
}

/** A pair by its number. @throws Refused DEVICE_UNKNOWN */
export async function demandPair({ query }: Asking, id: string): Promise<Pair> {
  const [row] = await query<Row>(`${PAIRS} WHERE p.id::text = $1`, [id]);
  if (row === undefined) throw new Refused([unknownPair(id)]);
  return pairOf(row);
}

const unknownPair = (id: string): Fault => ({
  code: 'DEVICE_UNKNOWN',
  message: `There is no pair ${JSON.stringify(id.slice(0, 40))}.`,
  remedy: 'Take its number from the pairs of the device.',
  field: 'pair',
});

/** A stretch of time in which a pair had a SIM. */
export type PairSim = {
  readonly imsi: string;
  readonly msisdn: string | undefined;
  readonly operator: string;
  readonly from: Date;
  readonly to: Date | undefined;
  /** What brought it: a feed or a code; undefined: the pair began with it. */
  readonly by: 'sim_change' | 'port' | 'code' | undefined;
};

/** All SIMs that a pair has had, as far as is known now. */
export async function simsOf({ query }: Asking, pair: Pick<Pair, 'id'>): Promise<readonly PairSim[]> {
  const rows = await query<{
    imsi: string;
    msisdn: string | null;
    operator: string;
    from: Date;
    to: Date | null;
    by: 'sim_change' | 'port' | 'code' | null;
  }>(
    `SELECT s.imsi_key AS imsi, s.msisdn_key AS msisdn, s.operator, s.happened_from AS from, s.happened_to AS to, m.kind AS by
     FROM device_pair_sim s LEFT JOIN device_pair_move m ON m.id = s.move
     WHERE s.pair = $1 AND s.superseded IS NULL ORDER BY s.happened_from, s.happened_to, s.id`,
    [pair.id],
  );
  return rows.map(({ msisdn, to, by, ...row }) => ({
    ...row,
    msisdn: msisdn ?? undefined,
    to: to ?? undefined,
    by: by ?? undefined,
  }));
}

/** The numbers of a SIM in clear. */
export type Numbers = { readonly imsi: Imsi; readonly msisdn: Msisdn | undefined };

/** What the last SIM of a pair is sealed as; `$1` is the pair. */
const SEALED = `SELECT CASE WHEN s.move IS NULL THEN p.imsi ELSE m.new_imsi END AS imsi,
    CASE WHEN s.move IS NULL THEN p.msisdn ELSE m.msisdn END AS msisdn
  FROM device_pair p JOIN device_pair_sim s ON s.pair = p.id AND s.superseded IS NULL
  LEFT JOIN device_pair_move m ON m.id = s.move
  WHERE p.id = $1 ${LAST} LIMIT 1`;

/** Opens what was sealed of a SIM; undefined when retention has emptied it or its key was destroyed. */
export function openNumbers(
  vault: Pick<Vault, 'open'>,
  { imsi, msisdn }: { readonly imsi: Buffer | null; readonly msisdn: Buffer | null },
): Numbers | undefined {
  const opened = imsi === null ? undefined : vault.open('contact', imsi);
  if (opened === undefined) return undefined;
  const number = msisdn === null ? undefined : vault.open('contact', msisdn);
  return { imsi: opened as Imsi, msisdn: number as Msisdn | undefined };
}

/** The numbers of a pair's last SIM, for what is told to networks: no person sees them. */
export async function numbersOf(
  { query, vault }: Pick<Desk, 'query' | 'vault'>,
  pair: Pick<Pair, 'id'>,
): Promise<Numbers | undefined> {
  const [row] = await query<{ imsi: Buffer | null; msisdn: Buffer | null }>(SEALED, [pair.id]);
  return row === undefined ? undefined : openNumbers(vault, row);
}

/** What a person wants the numbers of a pair for. */
export type Purpose = { readonly purpose: string; readonly case?: string | undefined };

/** The numbers of a pair for a person who may see them, recorded. @throws Refused READ_PURPOSE, READ_QUOTA, DEVICE_UNKNOWN */
export async function readNumbers(desk: Desk, id: string, why: Purpose): Promise<Numbers | undefined> {
  const pair = await demandPair(desk, id);
  await recordRead(desk, { ...why, action: 'pair.read', subject: `pair:${pair.id}`, fields: ['imsi', 'msisdn'] });
  return numbersOf(desk, pair);
}
