import { useApproval } from '../../access/approval.ts';
import type { Desk } from '../../access/desk.ts';
import { type Fault, Refused } from '../../faults/fault.ts';
import { endTasks } from '../traces/task.ts';
import { holderOf, lockTheft, type TheftCase } from './case.ts';
import { takeTheft } from './find.ts';
import { demandLine } from './line.ts';
import { moveTheft, partiesOf } from './move.ts';
import { demandNumber, type Proof, proofKey } from './proof.ts';
import { tellReporter } from './tell.ts';

/**
 * Whoever brought the case in has the device again. A citizen shows what proved the report: otherwise who took the device
 * could end the hold by whatever number is in it now.
 * @throws Refused ACCESS_ROLE, ACCESS_PROOF, CASE_UNKNOWN, CASE_PROOF, STATE_MOVE, STATE_ROLE
 */
export async function recoverTheft(
  desk: Desk,
  { id, proof }: { readonly id: string; readonly proof?: Proof | undefined },
): Promise<TheftCase> {
  const theft = await takeTheft(desk, id, 'theft.recover');
  if (theft.party === 'owner' && partiesOf(desk, theft).includes('reporter')) await demandSame(desk, theft, proof);
  const moved = await moveTheft(desk, theft, { event: 'recover' });
  await endTasks(desk, moved, 'Its owner has it again.');
  await tellReporter(desk, moved, { template: 'theft_found', values: {} });
  return moved;
}

/** Refuses another proof than the one that the report had. */
async function demandSame(desk: Desk, { id, proof: kind }: TheftCase, proof: Proof | undefined): Promise<void> {
  // Confirmed by the police alone: there was none, and the contact is what is known of the reporter.
  const [row] = await desk.query<{ key: string | null }>('SELECT proof_key AS key FROM theft WHERE id = $1', [id]);
  if (kind === undefined || row?.key === null || row === undefined) return;
  if (proof?.kind !== kind || proofKey(desk, proof) !== row.key) throw new Refused([OTHER]);
  if (proof.kind === 'number') await demandNumber(desk, proof);
}

const OTHER: Fault = {
  code: 'CASE_PROOF',
  message: 'This is not what proved the report.',
  remedy: 'Show the same number, or the same invoice; otherwise bring the device to the police.',
  field: 'proof',
};

/**
 * Ends a case by order of a court, which two persons approved besides who proposed it.
 * @throws Refused ACCESS_ROLE, CASE_UNKNOWN, CASE_EVIDENCE, ACCESS_PROPOSAL, STATE_MOVE
 */
export async function liftTheft(
  desk: Desk,
  { id, order, approval }: { readonly id: string; readonly order: string; readonly approval: string },
): Promise<TheftCase> {
  const theft = await takeTheft(desk, id, 'theft.lift');
  const evidence = { order: demandLine(order, 'order'), approval };
  await useApproval(desk, { id: approval, kind: 'unblock_by_order', subject: holderOf(theft) });
  return released(desk, await moveTheft(desk, theft, { event: 'lift', parties: ['court'], evidence }));
}

/** Ends a case because an appeal against it succeeded; who decided that is seen to by the appeal. @throws Refused STATE_MOVE */
export async function overturnTheft(
  desk: Desk,
  { id, appeal }: { readonly id: string; readonly appeal: string },
): Promise<TheftCase> {
  const theft = await lockTheft(desk, id);
  const evidence = { appeal };
  return released(desk, await moveTheft(desk, theft, { event: 'overturn', parties: ['regulator'], evidence }));
}

async function released(desk: Desk, theft: TheftCase): Promise<TheftCase> {
  await endTasks(desk, theft, 'The case was ended.');
  await tellReporter(desk, theft, { template: 'theft_lifted', values: {} });
  return theft;
}

/** Closes a case that has ended. @throws Refused ACCESS_ROLE, CASE_UNKNOWN, STATE_MOVE */
export async function closeTheft(desk: Desk, id: string): Promise<TheftCase> {
  const theft = await takeTheft(desk, id, 'theft.close');
  return moveTheft(desk, theft, { event: 'close' });
}
