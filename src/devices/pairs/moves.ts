import type { Desk } from '../../access/desk.ts';
import { type Fault, Refused } from '../../faults/fault.ts';
import type { Imsi } from '../../identifiers/imsi.ts';
import type { Msisdn } from '../../identifiers/msisdn.ts';
import { type Origin, sourceOf } from '../device.ts';
import { checkTime } from '../fact.ts';
import type { PairChange } from './change.ts';
import { holdSubscribers, recount } from './moving.ts';
import { demandPair, type Pair } from './pair.ts';
import { demandOperator } from './pairing.ts';

/** A row of an operator's feed of changed SIMs. */
export type SimChange = Partial<Origin> & {
  readonly oldImsi: Imsi;
  readonly newImsi: Imsi;
  readonly msisdn: Msisdn;
  readonly at: Date;
};

/** A row of the feed of ported numbers: the number has a new SIM at another operator. */
export type Port = Partial<Origin> & {
  readonly msisdn: Msisdn;
  readonly imsi: Imsi;
  readonly fromOperator: string;
  readonly toOperator: string;
  readonly at: Date;
};

/** What a row did. */
export type Moved = {
  /** The row was there already, and nothing was done. */
  readonly repeated: boolean;
  /** The pairs whose history it is part of now. */
  readonly pairs: readonly string[];
  /** What is to be changed at the networks: hand it on, see {@link PairChange}. */
  readonly toPlace: readonly PairChange[];
};

/**
 * Lets pairs follow a person to a new SIM. A row counts from when it happened, in whatever order rows come; one that no
 * pair needs yet is kept, since earlier rows may lead to it. The same row again does nothing.
 * @throws Refused DEVICE_TIME
 */
export async function moveBySimChange(desk: Desk, row: SimChange): Promise<Moved> {
  const old = desk.vault.pseudonym('imsi', row.oldImsi);
  const move = await record(desk, { ...row, kind: 'sim_change', old, newImsi: row.newImsi });
  return moving(desk, move, { old });
}

/** Lets pairs follow a number to another operator; as with {@link moveBySimChange}. @throws Refused DEVICE_TIME, PAIR_OPERATOR */
export async function moveByPort(desk: Desk, row: Port): Promise<Moved> {
  demandOperator(desk, row.toOperator);
  const move = await record(desk, { ...row, kind: 'port', newImsi: row.imsi });
  return moving(desk, move, { msisdn: desk.vault.pseudonym('msisdn', row.msisdn), operator: row.fromOperator });
}

/** A pair to be moved to another SIM of the person, who has proved it by a one-time code. */
export type Repair = Partial<Origin> & {
  readonly pair: string;
  readonly imsi: Imsi;
  readonly msisdn?: Msisdn | undefined;
  readonly operator: string;
  /** Of the code that was proved, by its id; whoever calls has seen that it is this person's. Each moves once. */
  readonly proof: string;
  readonly at?: Date | undefined;
};

/**
 * Moves a pair to another SIM by a code, so often in a period.
 * @throws Refused DEVICE_LIMIT, DEVICE_PROOF, DEVICE_UNKNOWN, PAIR_ENDED, PAIR_OPERATOR, DEVICE_TIME
 */
export async function repairByCode(
  desk: Desk,
  told: Repair,
): Promise<{ readonly pair: Pair; readonly toPlace: readonly PairChange[] }> {
  demandOperator(desk, told.operator);
  if (told.proof.trim() === '') throw new Refused([proofFault('No proved code is given.')]);
  const { imsi: newImsi, operator: toOperator, at = desk.now } = told;
  // Subscribers before pairs, as feeds hold them, so that no two wait in a circle.
  await holdSubscribers(desk, keysOf(desk, { ...told, newImsi }));
  const { id } = await lockedPair(desk, told.pair);
  await checkRepairs(desk, id);
  const move = await record(desk, { ...told, pair: id, kind: 'code', newImsi, toOperator, at });
  if (move === undefined) throw new Refused([proofFault('The code moved a pair already.')]);
  const toPlace = await recount(desk, [id]);
  return { pair: await demandPair(desk, id), toPlace };
}

type Recorded = Partial<Origin> & {
  readonly kind: 'sim_change' | 'port' | 'code';
  readonly pair?: string | undefined;
  readonly old?: string | undefined;
  readonly newImsi: Imsi;
  readonly msisdn?: Msisdn | undefined;
  readonly fromOperator?: string | undefined;
  readonly toOperator?: string | undefined;
  readonly at: Date;
  readonly proof?: string | undefined;
};

const keysOf = (
  { vault }: Desk,
  { newImsi, msisdn }: Pick<Recorded, 'newImsi' | 'msisdn'>,
): readonly [imsi: string, msisdn: string | undefined] => [
  vault.pseudonym('imsi', newImsi),
  msisdn === undefined ? undefined : vault.pseudonym('msisdn', msisdn),
];

/** Keeps a move; undefined when it was there already. Holds whom it is about. */
async function record(desk: Desk, move: Recorded): Promise<string | undefined> {
  const { vault } = desk;
  checkTime(desk, move.at);
  const [fresh, msisdn] = keysOf(desk, move);
  await holdSubscribers(desk, [move.old, fresh, msisdn]);
  const [row] = await desk.query<{ id: string }>(
    `INSERT INTO device_pair_move (kind, pair, old_imsi_key, new_imsi_key, new_imsi, msisdn_key, msisdn, from_operator,
       to_operator, happened_from, recorded, source, batch, actor, proof)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) ON CONFLICT DO NOTHING RETURNING id`,
    [
      ...[move.kind, move.pair ?? null, move.old ?? null, fresh, vault.seal('contact', move.newImsi)],
      ...[msisdn ?? null, move.msisdn === undefined ? null : vault.seal('contact', move.msisdn)],
      ...[move.fromOperator ?? null, move.toOperator ?? null, move.at, desk.now],
      ...[move.source ?? sourceOf(desk.actor), move.batch ?? null, desk.actor.id, move.proof ?? null],
    ],
  );
  return row?.id;
}

/** What a move leaves: a SIM, or a number at an operator. */
type Left = { readonly old?: string; readonly msisdn?: string; readonly operator?: string };

async function moving(desk: Desk, move: string | undefined, { old, msisdn, operator }: Left): Promise<Moved> {
  if (move === undefined) return { repeated: true, pairs: [], toPlace: [] };
  const near = await desk.query<{ pair: string }>(
    `SELECT DISTINCT pair FROM device_pair_sim
     WHERE superseded IS NULL AND (imsi_key = $1 OR (msisdn_key = $2 AND operator = $3))`,
    [old ?? null, msisdn ?? null, operator ?? null],
  );
  const toPlace = await recount(
    desk,
    near.map(({ pair }) => pair),
  );
  const used = await desk.query<{ pair: string }>(
    'SELECT pair FROM device_pair_sim WHERE move = $1 AND superseded IS NULL ORDER BY pair',
    [move],
  );
  return { repeated: false, pairs: used.map(({ pair }) => pair), toPlace };
}

async function lockedPair(desk: Desk, id: string): Promise<Pair> {
  await desk.query('SELECT FROM device_pair WHERE id::text = $1 FOR UPDATE', [id]);
  const pair = await demandPair(desk, id);
  if (pair.ended === undefined) return pair;
  const message = `The pair ended at ${pair.to?.toISOString() ?? ''}.`;
  throw new Refused([{ code: 'PAIR_ENDED', message, remedy: 'Make a new pair.', field: 'pair' }]);
}

const proofFault = (message: string): Fault => ({
  code: 'DEVICE_PROOF',
  message,
  remedy: 'Have a new code proved.',
  field: 'proof',
});

const DAY = 86_400_000;

async function checkRepairs({ query, policy, now }: Desk, pair: string): Promise<void> {
  const { repairs, repairDays } = policy.devices.pairs;
  const [row] = await query<{ done: number }>(
    `SELECT count(*)::integer AS done FROM device_pair_move m JOIN device_pair p ON p.id = m.pair
     WHERE m.kind = 'code' AND m.recorded > $2
       AND p.device = (SELECT device FROM device_pair WHERE id = $1)`,
    [pair, new Date(now.getTime() - repairDays * DAY)],
  );
  if ((row?.done ?? 0) < repairs) return;
  const message = `The pairs of the device were moved ${row?.done} times within ${repairDays} days, of ${repairs} that they may be.`;
  throw new Refused([
    { code: 'DEVICE_LIMIT', message, remedy: 'Wait, or end the pair and make another.', field: 'pair' },
  ]);
}
