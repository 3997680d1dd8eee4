/** A SIM at an operator, by pseudonyms. */
export type Sim = { readonly imsi: string; readonly msisdn: string | undefined; readonly operator: string };

/** A row of a feed, or what a person did by a code: from this moment on, one SIM stands in another's place. */
export type Move = {
  readonly id: string;
  readonly kind: 'sim_change' | 'port' | 'code';
  /** Of a code: the one pair that it moves. */
  readonly pair: string | undefined;
  /** The SIM that is left; of a port nobody tells it. */
  readonly oldImsi: string | undefined;
  readonly newImsi: string;
  readonly msisdn: string | undefined;
  /** Of a port: the operator that is left. */
  readonly fromOperator: string | undefined;
  /** Undefined: it stays. */
  readonly toOperator: string | undefined;
  readonly at: Date;
};

/** Which SIM a pair has in a stretch of time, and by which move; undefined: the one that it began with. */
export type Segment = Sim & { readonly from: Date; readonly to: Date | undefined; readonly move: string | undefined };

/** A pair as it began, and when it ended if it did. */
export type Beginning = {
  readonly pair: string;
  readonly sim: Sim;
  readonly from: Date;
  readonly to?: Date | undefined;
};

/**
 * The SIMs of a pair, one after the other without gaps. Each is left by the earliest move that leaves it, and what leaves
 * a SIM that the pair does not have moves nothing. The moves may be given in any order: only when they happened counts,
 * so that rows that arrive late end in the same. A change of SIM and a code keep the operator; a number's new SIM is
 * followed however the old one is called.
 *
 * Where the order is not stated, at one moment, a SIM already left at that moment is not gone back to, and of two moves of
 * one SIM that to the lower pseudonym is taken. (Ours, as for the lists of operators; no public text states it.)
 */
export function follow({ pair, sim, from, to }: Beginning, moves: readonly Move[]): readonly Segment[] {
  const inOrder = moves
    .filter((move) => move.at >= from && (to === undefined || move.at < to))
    .sort((one, other) => one.at.getTime() - other.at.getTime() || order(one, other));
  const segments: Segment[] = [];
  let current: Segment = { ...sim, from, to: undefined, move: undefined };
  let left = new Set([sim.imsi]);
  for (;;) {
    const here = current;
    const next = inOrder.find(
      (move) =>
        leaves(move, here, pair) &&
        (move.at > here.from || (move.at.getTime() === here.from.getTime() && !left.has(move.newImsi))),
    );
    if (next === undefined) return [...segments, { ...here, to }];
    left = next.at > here.from ? new Set([here.imsi, next.newImsi]) : left.add(next.newImsi);
    segments.push({ ...here, to: next.at });
    current = after(here, next);
  }
}

/** Whether a move takes the pair from the SIM that it has. */
function leaves({ kind, pair, oldImsi, newImsi, msisdn, fromOperator }: Move, sim: Sim, own: string): boolean {
  if (newImsi === sim.imsi) return false;
  if (kind === 'code') return pair === own;
  if (kind === 'sim_change') return oldImsi === sim.imsi;
  return msisdn === sim.msisdn && fromOperator === sim.operator;
}

const after = (sim: Segment, { id, newImsi, msisdn, toOperator, at }: Move): Segment => ({
  imsi: newImsi,
  msisdn,
  operator: toOperator ?? sim.operator,
  from: at,
  to: undefined,
  move: id,
});

const order = (one: Move, other: Move): number => (rankOf(one) < rankOf(other) ? -1 : 1);

const rankOf = ({ newImsi, kind, toOperator, msisdn }: Move): string =>
  JSON.stringify([newImsi, kind, toOperator, msisdn]);
