import type { Desk } from '../../access/desk.ts';
import { checkTime } from '../../devices/fact.ts';
import { type Fault, Refused } from '../../faults/fault.ts';
import { endTasks } from '../traces/task.ts';
import type { TheftCase } from './case.ts';
import { demandInHand, demandReceipt, type Handing, recordCustody } from './custody.ts';
import { takeTheft } from './find.ts';
import { demandLine } from './line.ts';
import { moveTheft, recordStep } from './move.ts';
import { deviceFor, openCaseOf } from './opening.ts';
import { vouchedFor } from './proof.ts';
import { tellReporter } from './tell.ts';
import { bringTo, demandUnit, unitOfStation } from './units.ts';

/** What the police confirm a report by. */
export type Confirmation = {
  readonly id: string;
  /** The number of the complaint. */
  readonly complaint: string;
  /** The station that took it, where the report named another or none. */
  readonly station?: string | undefined;
};

/**
 * Confirms a report: it holds until it is ended. A claim can be confirmed once the case beside which it stands has ended.
 * @throws Refused ACCESS_ROLE, CASE_UNKNOWN, CASE_EVIDENCE, CASE_OPEN, CASE_DEVICES, CASE_BASIS, STATE_MOVE, STATE_ROLE
 */
export async function confirmTheft(desk: Desk, { id, complaint, station }: Confirmation): Promise<TheftCase> {
  const theft = await takeTheft(desk, id, 'theft.confirm');
  const number = demandComplaint(complaint);
  const vouched = await vouchedFor(desk, theft);
  const imeis = [...new Set([...theft.heldImeis, ...vouched.imeis])];
  const other = await openCaseOf(desk, imeis, theft.id);
  if (other !== undefined) throw new Refused([OPEN]);
  const device = await deviceFor(desk, theft, { ...vouched, imeis });
  const unit = unitOfStation(desk, station)?.id ?? theft.unit ?? desk.actor.organisation?.unit;
  const moved = await moveTheft(desk, theft, {
    event: 'confirm',
    evidence: { complaint: number },
    imeis,
    change: { device, complaint: number, station: station?.trim(), unit },
  });
  const template = moved.mode === 'recovery' ? 'theft_confirmed_recovery' : 'theft_confirmed';
  await tellReporter(desk, moved, { template, values: {} });
  return moved;
}

/**
 * Rejects a report that is not true or not proved, with the reason that its reporter is told.
 * @throws Refused ACCESS_ROLE, CASE_UNKNOWN, CASE_EVIDENCE, STATE_MOVE, STATE_ROLE
 */
export async function rejectTheft(
  desk: Desk,
  { id, reason }: { readonly id: string; readonly reason: string },
): Promise<TheftCase> {
  const theft = await takeTheft(desk, id, 'theft.reject');
  const why = demandLine(reason, 'reason');
  const moved = await moveTheft(desk, theft, { event: 'reject', evidence: { reason: why } });
  await tellReporter(desk, moved, { template: 'theft_rejected', values: { why } });
  return moved;
}

/** The police know where it is. Where that is does not stand in the register. @throws Refused ACCESS_ROLE, CASE_UNKNOWN, STATE_MOVE */
export async function locateTheft(desk: Desk, id: string): Promise<TheftCase> {
  const theft = await takeTheft(desk, id, 'theft.locate');
  return moveTheft(desk, theft, { event: 'locate' });
}

/**
 * The police take the device into custody, and give a receipt for it. Their tasks about it are done.
 * @throws Refused ACCESS_ROLE, CASE_UNKNOWN, CASE_EVIDENCE, STATE_MOVE, STATE_ROLE, DEVICE_TIME
 */
export async function seizeTheft(
  desk: Desk,
  { id, ...handing }: { readonly id: string } & Handing,
): Promise<TheftCase> {
  const theft = await takeTheft(desk, id, 'theft.seize');
  const receipt = demandReceipt(handing.receipt);
  const moved = await moveTheft(desk, theft, { event: 'seize', at: handing.at, evidence: { receipt } });
  await recordCustody(desk, moved, { ...handing, holder: 'police', unit: desk.actor.organisation?.unit });
  await endTasks(desk, moved, 'The device was taken into custody.');
  await tellReporter(desk, moved, { template: 'theft_recovered', values: { place: bringTo(desk, moved.unit) } });
  return moved;
}

/**
 * Passes a device in custody on to another unit of the police; undefined: to the national level.
 * @throws Refused ACCESS_ROLE, CASE_UNKNOWN, CASE_EVIDENCE, STATE_MOVE, STATE_ROLE, DEVICE_TIME
 */
export async function passOn(
  desk: Desk,
  { id, unit, ...handing }: { readonly id: string; readonly unit: string | undefined } & Handing,
): Promise<TheftCase> {
  const theft = await takeTheft(desk, id, 'theft.seize');
  demandReceipt(handing.receipt);
  if (theft.state !== 'recovered_by_police') throw new Refused([NOT_IN_CUSTODY]);
  await demandInHand(desk, theft);
  demandUnit(desk, unit);
  const { at = desk.now, receipt } = handing;
  checkTime(desk, at);
  await recordCustody(desk, theft, { ...handing, holder: 'police', unit });
  await desk.query('UPDATE theft SET unit = $2 WHERE id = $1', [theft.id, unit]);
  const evidence = { receipt: receipt.trim(), unit: unit ?? '' };
  const { state } = theft;
  await recordStep(desk, theft.id, { event: 'pass_on', from: state, to: state, party: 'police', at, evidence });
  return { ...theft, unit };
}

/**
 * The police hand the device back to its owner, who signs for it.
 * @throws Refused ACCESS_ROLE, CASE_UNKNOWN, CASE_EVIDENCE, STATE_MOVE, STATE_ROLE, DEVICE_TIME
 */
export async function handBack(desk: Desk, { id, ...handing }: { readonly id: string } & Handing): Promise<TheftCase> {
  const theft = await takeTheft(desk, id, 'theft.hand_back');
  const receipt = demandReceipt(handing.receipt);
  if (theft.state === 'recovered_by_police') await demandInHand(desk, theft);
  const moved = await moveTheft(desk, theft, { event: 'hand_back', at: handing.at, evidence: { receipt } });
  await recordCustody(desk, moved, { ...handing, holder: 'owner' });
  await tellReporter(desk, moved, { template: 'theft_returned', values: {} });
  return moved;
}

function demandComplaint(text: string): string {
  const number = text.trim();
  if (/^[^\p{Cc}\u2028\u2029]{1,64}$/u.test(number)) return number;
  const message = 'The number of the complaint is missing, or is not one line of up to 64 characters.';
  throw new Refused([
    { code: 'CASE_EVIDENCE', message, remedy: 'Give it as the complaint has it.', field: 'complaint' },
  ]);
}

const OPEN: Fault = {
  code: 'CASE_OPEN',
  message: 'Another case of the device is open.',
  remedy: 'Weigh both; end the other one first, or reject this one.',
};

const NOT_IN_CUSTODY: Fault = {
  code: 'STATE_MOVE',
  message: 'The device of this case is not in custody.',
  remedy: 'Enter first that it was taken into custody.',
};
