import { demand } from '../../access/actions.ts';
import type { Desk } from '../../access/desk.ts';
import { addDays, type Day } from '../../calendar/day.ts';
import { Refused } from '../../faults/fault.ts';
import { dayOf } from '../../notices/clock.ts';
import { advance } from '../../states/machine.ts';
import type { CaseDesk } from '../desk.ts';
import { THEFT } from '../theft.ts';
import type { TheftCase } from './case.ts';
import { demandOwnContact, enterCase, partyAs, rewriteCase } from './enter.ts';
import { takeTheft } from './find.ts';
import { checkContactLimits } from './limits.ts';
import { moveTheft, partiesOf } from './move.ts';
import { holdOrJoin } from './opening.ts';
import { demandNumber, type Proof, type Proved, proofKey, provedByInvoice, provedByUse } from './proof.ts';
import type { Report } from './report.ts';
import { tellReporter } from './tell.ts';

/**
 * Begins a report of a citizen, as a draft. Nothing is told to anybody.
 * @throws Refused ACCESS_ROLE, CASE_CONTACT, CASE_LIMIT, STATE_ROLE
 */
export async function beginTheft(desk: Desk, report: Report): Promise<TheftCase> {
  demand(desk.actor, 'theft.report');
  const keys = demandOwnContact(desk, report.contact);
  await checkContactLimits(desk, [...new Set([...keys, desk.actor.id])]);
  return enterCase(desk, report, { event: 'begin', party: partyAs(desk.actor), due: draftEnd(desk) });
}

/** Writes a draft anew. @throws Refused ACCESS_ROLE, CASE_UNKNOWN, CASE_CONTACT, STATE_MOVE, STATE_ROLE */
export async function amendTheft(
  desk: Desk,
  { id, report }: { readonly id: string; readonly report: Report },
): Promise<TheftCase> {
  const theft = await takeTheft(desk, id, 'theft.prove');
  demandOwnContact(desk, report.contact);
  const step = advance(THEFT, theft.state, { event: 'submit', roles: partiesOf(desk, theft) });
  if (!step.ok) throw new Refused([step.fault]);
  return rewriteCase(desk, theft, report);
}

/** Hands a draft in. Still nothing is blocked. @throws Refused ACCESS_ROLE, CASE_UNKNOWN, STATE_MOVE, STATE_ROLE */
export async function submitTheft(desk: Desk, id: string): Promise<TheftCase> {
  const theft = await takeTheft(desk, id, 'theft.prove');
  const moved = await moveTheft(desk, theft, { event: 'submit', due: draftEnd(desk) });
  await tellReporter(desk, moved, { template: 'theft_received', values: {} });
  return moved;
}

/**
 * Proves past use or ownership of what was handed in: networks are told at once, until the police confirm or the time for it
 * is over. Where another case of the device is open, the report stands beside it as a claim, and nothing is blocked anew.
 * @throws Refused ACCESS_ROLE, ACCESS_PROOF, CASE_UNKNOWN, CASE_PROOF, CASE_DEVICES, CASE_BASIS, STATE_MOVE, STATE_ROLE
 */
export async function proveTheft(
  desk: CaseDesk,
  { id, proof }: { readonly id: string; readonly proof: Proof },
): Promise<TheftCase> {
  const theft = await takeTheft(desk, id, 'theft.prove');
  const step = advance(THEFT, theft.state, { event: 'prove', roles: partiesOf(desk, theft) });
  if (!step.ok) throw new Refused([step.fault]);
  const proved = await provedBy(desk, theft, proof);
  return holdOrJoin(desk, theft, { proved, proof: proof.kind, key: proofKey(desk, proof) });
}

async function provedBy(desk: CaseDesk, theft: TheftCase, proof: Proof): Promise<Proved> {
  if (proof.kind === 'invoice') return provedByInvoice(desk, theft);
  await demandNumber(desk, proof);
  return provedByUse(desk, theft, { msisdn: proof.msisdn });
}

/** Withdraws what holds nothing yet. @throws Refused ACCESS_ROLE, CASE_UNKNOWN, STATE_MOVE, STATE_ROLE */
export async function withdrawTheft(desk: Desk, id: string): Promise<TheftCase> {
  const theft = await takeTheft(desk, id, 'theft.withdraw');
  return moveTheft(desk, theft, { event: 'withdraw' });
}

const draftEnd = ({ now, policy }: Desk): Day => addDays(dayOf(now, policy.timeZone), policy.theft.draftDays);
