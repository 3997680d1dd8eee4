import type { Desk } from '../../access/desk.ts';
import { useProof } from '../../access/sign_in/proof.ts';
import { addDays, type Day } from '../../calendar/day.ts';
import type { Device } from '../../devices/device.ts';
import { imeisOf } from '../../devices/device.ts';
import { findDevice } from '../../devices/find.ts';
import { pairsOf, simsOf } from '../../devices/pairs/pair.ts';
import { associationsOf } from '../../devices/persons/association.ts';
import { type Fault, Refused } from '../../faults/fault.ts';
import type { Imei } from '../../identifiers/imei.ts';
import type { Msisdn } from '../../identifiers/msisdn.ts';
import { dayBegins } from '../../notices/clock.ts';
import type { CaseDesk } from '../desk.ts';
import type { Subscriber } from '../sightings.ts';
import type { TheftCase } from './case.ts';

/** What is shown for use or ownership before the event. */
export type Proof =
  | {
      readonly kind: 'number';
      /** A number that was used with the device. */
      readonly msisdn: Msisdn;
      /** That a one-time code for {@link PROOF_PURPOSE} was proved; not needed of the number by which one is signed in. */
      readonly proof?: string | undefined;
    }
  | { readonly kind: 'invoice'; readonly reference: string };

/** What an office shows for the subscriber whose identity it has checked, or a dealer for its stock. */
export type OfficeProof =
  | ({ readonly kind: 'subscriber' } & Subscriber)
  | { readonly kind: 'invoice'; readonly reference: string };

/** Of which of the IMEIs of a report the proof speaks, and the device that they are of if it is known. */
export type Proved = { readonly imeis: readonly Imei[]; readonly device: Device | undefined };

type Told = Pick<TheftCase, 'imeis' | 'day'>;

/**
 * What a subscriber's past use proves: the IMEIs he was seen with, and those that the register knows of the same device. One
 * more IMEI in a report, of which neither is true, may be anybody's.
 * @throws Refused CASE_PROOF, CASE_DEVICES
 */
export async function provedByUse(desk: CaseDesk, told: Told, subscriber: Subscriber): Promise<Proved> {
  const device = await deviceOfAll(desk, told.imeis);
  const seen: Imei[] = [];
  for (const imei of told.imeis) if (await desk.sightings.seenWith(imei, subscriber, told.day)) seen.push(imei);
  const registered = device !== undefined && (await isRegistered(desk, device, { subscriber, day: told.day }));
  const known = device === undefined ? [] : imeisOf(device);
  const proves = registered || seen.some((imei) => known.includes(imei));
  const imeis = [...new Set([...seen, ...(proves ? known : [])])];
  if (imeis.length === 0) throw new Refused([UNPROVED]);
  return { imeis, device };
}

/**
 * What an invoice proves. A reference can be invented, so it speaks only for a device that nobody was seen with before the
 * event: stock, or a device that was not used yet. Of others the police look at the paper, and confirm.
 * @throws Refused CASE_PROOF, CASE_DEVICES
 */
export async function provedByInvoice(desk: CaseDesk, told: Told): Promise<Proved> {
  const device = await deviceOfAll(desk, told.imeis);
  const imeis = [...new Set([...told.imeis, ...(device === undefined ? [] : imeisOf(device))])];
  for (const imei of imeis) if (await desk.sightings.inUse(imei, told.day)) throw new Refused([INVOICE]);
  if (device !== undefined && (await pairsOf(desk, device)).length > 0) throw new Refused([INVOICE]);
  return { imeis, device };
}

/** What the police may hold on their own word: all that was told, but what is another device's. */
export async function vouchedFor(desk: Desk, { imeis }: Pick<Told, 'imeis'>): Promise<Proved> {
  const device = await deviceOfAll(desk, imeis);
  return { imeis: [...new Set([...imeis, ...(device === undefined ? [] : imeisOf(device))])], device };
}

/** The one device that all known IMEIs are of. @throws Refused CASE_DEVICES */
async function deviceOfAll(desk: Desk, imeis: readonly Imei[]): Promise<Device | undefined> {
  const found = new Map<string, Device>();
  for (const imei of imeis) {
    const device = await findDevice(desk, { kind: 'imei', imei });
    if (device !== undefined) found.set(device.id, device);
  }
  if (found.size > 1) throw new Refused([DEVICES]);
  return [...found.values()][0];
}

/** What the register knows counts as past use, too: the device is in his name, or he was admitted with it undisputed. */
async function isRegistered(
  desk: Desk,
  device: Device,
  { subscriber, day }: { readonly subscriber: Subscriber; readonly day: Day },
): Promise<boolean> {
  const { timeZone, theft } = desk.policy;
  const [from, to] = [dayBegins(addDays(day, -theft.pastUseDays), timeZone), dayBegins(day, timeZone)];
  const [key, of] =
    'msisdn' in subscriber
      ? [desk.vault.pseudonym('msisdn', subscriber.msisdn), 'msisdn' as const]
      : [desk.vault.pseudonym('imsi', subscriber.imsi), 'imsi' as const];
  const persons = [key, ...(desk.actor.roles.includes('citizen') ? [desk.actor.id] : [])];
  const associations = await associationsOf(desk, device);
  if (associations.some((one) => persons.includes(one.person) && one.from < to)) return true;
  for (const pair of await pairsOf(desk, device, { ended: true })) {
    if (pair.disputed) continue;
    const sims = await simsOf(desk, pair);
    if (sims.some((sim) => sim[of] === key && sim.from < to && (sim.to === undefined || sim.to >= from))) return true;
  }
  return false;
}

/** The pseudonym of what proved a report: who has the device again shows the same. */
export const proofKey = ({ vault }: Pick<Desk, 'vault'>, proof: Proof | OfficeProof): string => {
  if (proof.kind === 'invoice') return vault.pseudonym('holder', `invoice ${proof.reference}`);
  return 'msisdn' in proof ? vault.pseudonym('msisdn', proof.msisdn) : vault.pseudonym('imsi', proof.imsi);
};

const UNPROVED: Fault = {
  code: 'CASE_PROOF',
  message: 'The number was not shown to have been used with the device before the event.',
  remedy: 'Prove a number that was used with it by a one-time code, or take the invoice to the police.',
  field: 'proof',
};

const INVOICE: Fault = {
  code: 'CASE_PROOF',
  message: 'The device may be in use, so that the reference of an invoice alone proves nothing.',
  remedy: 'Prove a number that was used with it by a one-time code, or take the invoice to the police.',
  field: 'proof',
};

const DEVICES: Fault = {
  code: 'CASE_DEVICES',
  message: 'The IMEIs of the report belong to more than one device.',
  remedy: 'Report each device by itself.',
  field: 'imeis',
};

/** The purpose of codes that are sent to numbers which are to speak for a device. */
export const PROOF_PURPOSE = 'theft';

/**
 * Refuses a number that who acts was not shown to hold: neither is he signed in by it, nor did he prove a code.
 * @throws Refused CASE_PROOF, as for a number that was never seen; ACCESS_PROOF
 */
export async function demandNumber(desk: Desk, { msisdn, proof }: Extract<Proof, { kind: 'number' }>): Promise<void> {
  const key = desk.vault.pseudonym('msisdn', msisdn);
  if (desk.actor.id === key) return;
  if (proof === undefined) throw new Refused([UNPROVED]);
  const { person } = await useProof(desk, { proof, purpose: PROOF_PURPOSE });
  if (person !== key) throw new Refused([UNPROVED]);
}
