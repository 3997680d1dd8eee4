import type { Desk } from '../../access/desk.ts';
import type { Day } from '../../calendar/day.ts';
import { checkTime } from '../../devices/fact.ts';
import { Refused } from '../../faults/fault.ts';
import type { Imei } from '../../identifiers/imei.ts';
import { advance } from '../../states/machine.ts';
import type { Evidence } from '../desk.ts';
import { HOLDS, type Party, THEFT, type TheftEvent, type TheftState } from '../theft.ts';
import { isInserter, lockTheft, type TheftCase } from './case.ts';
import { settleHolds } from './hold.ts';
import { advanceLife } from './life.ts';

/** What changes beside the state; undefined leaves as it is. */
export type CaseChange = {
  readonly device?: string | undefined;
  readonly beside?: string | undefined;
  readonly unit?: string | undefined;
  readonly station?: string | undefined;
  readonly complaint?: string | undefined;
  readonly proof?: TheftCase['proof'];
  readonly proofKey?: string | undefined;
};

/** A move of a case. */
export type CaseMove = {
  readonly event: TheftEvent;
  /** As whom; as {@link partiesOf} says where left out. */
  readonly parties?: readonly Party[] | undefined;
  /** When it happened; when it is recorded where left out. */
  readonly at?: Date | undefined;
  readonly evidence?: Evidence | undefined;
  /** The last day of what runs out in the new state. */
  readonly due?: Day | undefined;
  /** The IMEIs that are held from now on, where the new state holds; those held already where left out. */
  readonly imeis?: readonly Imei[] | undefined;
  readonly change?: CaseChange | undefined;
};

/** As whom somebody acts on a case. The parts of a court and of the regulator's decisions are given, not had. */
export function partiesOf(desk: Pick<Desk, 'actor'>, theft: TheftCase): readonly Party[] {
  const { roles } = desk.actor;
  const inserted = isInserter(desk.actor, theft);
  return [
    ...(inserted ? (['reporter'] as const) : []),
    ...(inserted && theft.party === 'owner' ? (['owner'] as const) : []),
    ...(roles.includes('operator') ? (['operator'] as const) : []),
    ...(roles.includes('police') ? (['police'] as const) : []),
    ...(roles.includes('dealer') ? (['dealer'] as const) : []),
    ...(roles.some((role) => role === 'analyst' || role === 'approver') ? (['regulator'] as const) : []),
    ...(roles.includes('system') ? (['clock', 'network'] as const) : []),
  ];
}

/**
 * Moves a case whose row is held, with all that follows from it: the event is recorded, the control lists say what the new
 * state asks for, and the life of the device goes on.
 * @throws Refused STATE_MOVE, STATE_ROLE, CASE_BASIS, DEVICE_TIME
 */
export async function moveTheft(desk: Desk, theft: TheftCase, move: CaseMove): Promise<TheftCase> {
  const { event, at = desk.now, parties = partiesOf(desk, theft) } = move;
  checkTime(desk, at);
  const step = advance(THEFT, theft.state, { event, roles: parties });
  if (!step.ok) throw new Refused([step.fault]);
  const { to } = step.value;
  await change(desk, theft, { to, due: move.due, change: move.change ?? {} });
  const moved = await lockTheft(desk, theft.id);
  if (move.imeis !== undefined || HOLDS[to] !== HOLDS[theft.state])
    await settleHolds(desk, moved, { imeis: move.imeis ?? theft.heldImeis, because: event });
  const left = await advanceLife(desk, moved, { event, at });
  const evidence = { ...move.evidence, ...(left.length === 0 ? {} : { leftOutOfLife: left }) };
  const party = partyOf(theft.state, { event, parties });
  await recordStep(desk, theft.id, { event, from: theft.state, to, party, at, evidence });
  return lockTheft(desk, theft.id);
}

/** The one of somebody's parties by which an event came about, for the record. */
function partyOf(
  state: TheftState,
  { event, parties }: { readonly event: TheftEvent; readonly parties: readonly Party[] },
): Party {
  const party = parties.find((one) => advance(THEFT, state, { event, roles: [one] }).ok);
  if (party === undefined) throw new Error(`nobody could ${event} a case`);
  return party;
}

type Changed = { readonly to: TheftState; readonly due: Day | undefined; readonly change: CaseChange };

async function change(desk: Desk, theft: TheftCase, { to, due, change: parts }: Changed): Promise<void> {
  const { device, beside, unit, station, complaint, proof, proofKey } = parts;
  await desk.query(
    `UPDATE theft SET state = $2, since = CASE WHEN state = $2 THEN since ELSE $3 END, due = $4,
       device = coalesce($5, device), beside = coalesce($6, beside), unit = coalesce($7, unit),
       station = coalesce($8, station), complaint = coalesce($9, complaint), proof = coalesce($10, proof),
       proof_key = coalesce($11, proof_key)
     WHERE id = $1`,
    [theft.id, to, desk.now, due ?? null, device, beside, unit, station, complaint, proof, proofKey],
  );
}

/** An event as it is recorded. */
export type NewStep = {
  readonly event: string;
  readonly from: TheftState | undefined;
  readonly to: TheftState;
  readonly party: Party;
  readonly at: Date;
  readonly evidence: Evidence;
};

/** Records an event of a case. */
export async function recordStep({ query, actor, now }: Desk, theft: string, step: NewStep): Promise<void> {
  const { event, from, to, party, at, evidence } = step;
  await query(
    `INSERT INTO theft_event (theft, event, from_state, to_state, party, actor, organisation, evidence, at, recorded)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      theft,
      event,
      from ?? null,
      to,
      party,
      actor.id,
      actor.organisation?.id ?? null,
      JSON.stringify(evidence),
      at,
      now,
    ],
  );
}
