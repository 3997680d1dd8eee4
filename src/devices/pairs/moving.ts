import type { Desk } from '../../access/desk.ts';
import { type DeviceId, imeisOf } from '../device.ts';
import { demandDevice } from '../find.ts';
import { type PairChange, pairHolder } from './change.ts';
import { follow, type Move, type Segment } from './follow.ts';
import { placings } from './placing.ts';

/** Locks that only pairs use: one for each of 256 parts of all subscribers, and one that bulk loads take whole. */
const LOCKS = { part: 7_305_118, all: 7_305_119 };

/**
 * Holds subscribers until the transaction ends: rows of a feed about one person that come at once, and a pair that is made
 * meanwhile, are seen by one another. Take few in one transaction: one row of a feed each.
 */
export async function holdSubscribers(
  { query }: Pick<Desk, 'query'>,
  keys: readonly (string | undefined)[],
): Promise<void> {
  const parts = keys.flatMap((key) => (key === undefined ? [] : [partOf(key)]));
  await query('SELECT pg_advisory_xact_lock_shared($1)', [LOCKS.all]);
  for (const part of [...new Set(parts)].sort((a, b) => a - b)) {
    await query('SELECT pg_advisory_xact_lock($1, $2)', [LOCKS.part, part]);
  }
}

function partOf(key: string): number {
  if (!/^[0-9a-f]{32}$/.test(key)) throw new Error('What stands for a person or a subscriber is no pseudonym.');
  return Number.parseInt(key.slice(0, 2), 16);
}

/** Holds all subscribers until the transaction ends, for loads in bulk. */
export async function holdAllSubscribers({ query }: Pick<Desk, 'query'>): Promise<void> {
  await query('SELECT pg_advisory_xact_lock($1)', [LOCKS.all]);
}

type PairRow = {
  readonly id: string;
  readonly device: DeviceId;
  readonly imsi_key: string;
  readonly msisdn_key: string | null;
  readonly operator: string;
  readonly happened_from: Date;
  readonly happened_to: Date | null;
};

type Stored = Segment & { readonly id: string };

/**
 * Works out anew which SIM each of these pairs has had when, after a move became known, a pair was made or ended. What was
 * worked out before and still holds stays; the rest is superseded. Gives what is to be changed at the networks.
 */
export async function recount(desk: Desk, pairs: readonly string[]): Promise<readonly PairChange[]> {
  if (pairs.length === 0) return [];
  const rows = await desk.query<PairRow>(
    `SELECT p.id, coalesce(d.united_into, d.id) AS device, p.imsi_key, p.msisdn_key, p.operator, p.happened_from,
       p.happened_to
     FROM device_pair p JOIN device d ON d.id = p.device WHERE p.id = ANY($1::bigint[]) ORDER BY p.id FOR UPDATE OF p`,
    [pairs],
  );
  const changes: PairChange[] = [];
  for (const row of rows) changes.push(...(await recountOne(desk, row)));
  return changes;
}

async function recountOne(desk: Desk, row: PairRow): Promise<readonly PairChange[]> {
  const sim = { imsi: row.imsi_key, msisdn: row.msisdn_key ?? undefined, operator: row.operator };
  const beginning = { pair: row.id, sim, from: row.happened_from, to: row.happened_to ?? undefined };
  const segments = follow(beginning, await movesNear(desk, beginning));
  const stored = await storedSegments(desk, row.id);
  const known = new Map(stored.map((one) => [keyOf(one), one.id]));
  const keys = new Set(segments.map(keyOf));
  const gone = [...known].filter(([key]) => !keys.has(key)).map(([, id]) => id);
  const fresh = segments.filter((one) => !known.has(keyOf(one)));
  await desk.query('UPDATE device_pair_sim SET superseded = $2 WHERE id = ANY($1::bigint[])', [gone, desk.now]);
  for (const one of fresh) {
    await desk.query(
      `INSERT INTO device_pair_sim (pair, move, imsi_key, msisdn_key, operator, happened_from, happened_to, recorded)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [row.id, one.move ?? null, one.imsi, one.msisdn ?? null, one.operator, one.from, one.to ?? null, desk.now],
    );
  }
  return changesOf(desk, row, { before: stored.at(-1), after: segments.at(-1) });
}

/** What networks are told when the SIM that a pair has now is another than before. */
async function changesOf(
  desk: Desk,
  { id, device, happened_to: to }: PairRow,
  { before, after }: { readonly before: Segment | undefined; readonly after: Segment | undefined },
): Promise<readonly PairChange[]> {
  if (to !== null || after === undefined) return [];
  const same = before !== undefined && before.imsi === after.imsi && before.msisdn === after.msisdn;
  if (same && before.operator === after.operator) return [];
  const imeis = imeisOf(await demandDevice(desk, device));
  const place = await placings(desk, { id, operator: after.operator }, imeis);
  if (before === undefined) return place;
  return [{ act: 'release', holder: pairHolder(id), because: 'the pair moved to another SIM' }, ...place];
}

const keyOf = ({ move, imsi, msisdn, operator, from, to }: Segment): string =>
  JSON.stringify([move, imsi, msisdn, operator, from.getTime(), to?.getTime()]);

async function storedSegments({ query }: Pick<Desk, 'query'>, pair: string): Promise<readonly Stored[]> {
  const rows = await query<{
    id: string;
    move: string | null;
    imsi: string;
    msisdn: string | null;
    operator: string;
    from: Date;
    to: Date | null;
  }>(
    `SELECT id, move, imsi_key AS imsi, msisdn_key AS msisdn, operator, happened_from AS from, happened_to AS to
     FROM device_pair_sim WHERE pair = $1 AND superseded IS NULL ORDER BY happened_from, happened_to, id`,
    [pair],
  );
  return rows.map(({ move, msisdn, to, ...row }) => ({
    ...row,
    move: move ?? undefined,
    msisdn: msisdn ?? undefined,
    to: to ?? undefined,
  }));
}

type MoveRow = {
  readonly id: string;
  readonly kind: Move['kind'];
  readonly pair: string | null;
  readonly old_imsi_key: string | null;
  readonly new_imsi_key: string;
  readonly msisdn_key: string | null;
  readonly from_operator: string | null;
  readonly to_operator: string | null;
  readonly at: Date;
};

/** All moves that may concern a pair: those of its SIMs and numbers, of the SIMs and numbers that these lead to, and so on. */
async function movesNear(
  { query }: Pick<Desk, 'query'>,
  {
    pair,
    sim,
    from,
  }: {
    readonly pair: string;
    readonly sim: { readonly imsi: string; readonly msisdn: string | undefined };
    readonly from: Date;
  },
): Promise<readonly Move[]> {
  const found = new Map<string, Move>();
  let imsis = [sim.imsi];
  let msisdns = sim.msisdn === undefined ? [] : [sim.msisdn];
  const seen = new Set([...imsis, ...msisdns]);
  for (let own = true; own || imsis.length + msisdns.length > 0; own = false) {
    const rows = await query<MoveRow>(
      `SELECT id, kind, pair, old_imsi_key, new_imsi_key, msisdn_key, from_operator, to_operator, happened_from AS at
       FROM device_pair_move WHERE happened_from >= $1 AND (
         (kind = 'sim_change' AND old_imsi_key = ANY($2)) OR (kind = 'port' AND msisdn_key = ANY($3)) OR pair = $4)`,
      [from, imsis, msisdns, pair],
    );
    const fresh = rows.filter(({ id }) => !found.has(id));
    for (const row of fresh) found.set(row.id, moveOf(row));
    imsis = unseen(
      fresh.map((row) => row.new_imsi_key),
      seen,
    );
    msisdns = unseen(
      fresh.flatMap((row) => row.msisdn_key ?? []),
      seen,
    );
  }
  return [...found.values()];
}

function unseen(keys: readonly string[], seen: Set<string>): string[] {
  const fresh = [...new Set(keys)].filter((key) => !seen.has(key));
  for (const key of fresh) seen.add(key);
  return fresh;
}

const moveOf = (row: MoveRow): Move => ({
  id: row.id,
  kind: row.kind,
  pair: row.pair ?? undefined,
  oldImsi: row.old_imsi_key ?? undefined,
  newImsi: row.new_imsi_key,
  msisdn: row.msisdn_key ?? undefined,
  fromOperator: row.from_operator ?? undefined,
  toOperator: row.to_operator ?? undefined,
  at: row.at,
});
