import type { Desk } from '../../access/desk.ts';
import { registrationOf } from '../../country/registration.ts';
import { checkDevice, type Found } from '../../devices/checks.ts';
import { type Device, imeisOf, sourceOf } from '../../devices/device.ts';
import { enterDevice } from '../../devices/enter.ts';
import { claimants } from '../../devices/find.ts';
import { type DeviceIdentifier, singles } from '../../devices/identifier.ts';
import { Refused } from '../../faults/fault.ts';
import { type Imei, tacOf } from '../../identifiers/imei.ts';
import { applyPairChanges } from '../apply.ts';
import { approvedTacs } from '../approval/approved.ts';
import type { Knowledge, Model } from '../knowledge.ts';
import { isRegistered } from '../permit.ts';
import { badValue, refused } from '../refusal.ts';
import { dayOf } from '../step.ts';
import { areGoods } from '../trade/goods.ts';

/** A device that somebody has in hand, with all of its identifiers, and when it came into the country. */
export type Brought = { readonly identifiers: readonly DeviceIdentifier[]; readonly at: Date };

/** The device as it is entered, and its model. */
export type InHand = { readonly device: Device; readonly model: Model | undefined };

/**
 * Enters a device that somebody brings, or takes up one that is known. All its identifiers have to be named and have to be
 * of one device: a second phone's IMEI in the second field once gave one fee for two phones (P4).
 * @throws Refused REGISTRATION_IDENTIFIERS, REGISTRATION_HELD, REGISTRATION_TAKEN, DEVICE_…
 */
export async function takeUp(desk: Desk, knowledge: Knowledge, brought: Brought): Promise<InHand> {
  const imeis = imeisOf(brought);
  if (imeis.length === 0) throw badValue('identifiers', 'No IMEI is named.', 'Name all IMEIs that *#06# shows.');
  const { models, model } = await demandOne(desk, knowledge, imeis);
  await demandFree(desk, knowledge, imeis);
  // Goods are registered by their first use; who asks learns no more of them than of what is registered.
  if (await areGoods(desk, imeis)) throw registeredRefusal();
  const known = await demandSame(desk, brought.identifiers);
  const source = sourceOf(desk.actor);
  const entered = await enterDevice(desk, {
    ...brought,
    source,
    models,
    whole: true,
    ...(known?.stage === undefined ? { event: 'bring', roles: ['holder'] } : {}),
  });
  // Findings tell only what is new; whether another device claims an identifier is asked whenever somebody applies.
  const claiming = await claimants(desk, brought.identifiers.filter(singles));
  if (claiming.length > 1) throw new Refused([identifierFault({ kind: 'imei_claimed', evidence: {} })]);
  await applyPairChanges(desk, entered.toPlace);
  if (await isRegistered(desk, entered.device.id)) throw registeredRefusal();
  return { device: entered.device, model };
}

const registeredRefusal = (): Refused =>
  refused('REGISTRATION_TAKEN', 'The device is registered, or will be by its first use.', 'Nothing needs to be done.');

const identifierFault = ({ kind, evidence }: Found) => ({
  code: 'REGISTRATION_IDENTIFIERS' as const,
  message: `${SENTENCES[kind] ?? 'Its identifiers contradict each other.'}${countOf(evidence)}`,
  remedy: 'Name exactly the IMEIs that the device shows for *#06#.',
  field: 'identifiers',
});

const SENTENCES: Readonly<Record<string, string>> = {
  too_many_imeis: 'More IMEIs are named than a device of its model has',
  too_few_imeis: 'Fewer IMEIs are named than a device of its model has',
  two_models: 'The IMEIs are of different models',
  imei_claimed: 'One of the IMEIs is of another device that is known',
};

const countOf = ({ declared, least, most }: Found['evidence']): string =>
  declared === undefined ? '.' : `: ${declared}, not ${least === most ? most : `${least} to ${most}`}.`;

async function demandOne(desk: Desk, knowledge: Knowledge, imeis: readonly Imei[]) {
  const { maxImeis } = registrationOf(desk.policy).consignments;
  if (imeis.length > maxImeis)
    throw badValue('identifiers', `${imeis.length} IMEIs are named.`, `Name up to ${maxImeis}, those of one device.`);
  const models = await knowledge.models([...new Set(imeis.map(tacOf))], dayOf(desk));
  const identifiers = imeis.map((imei) => ({ kind: 'imei', imei }) as const);
  const [strange] = checkDevice({ id: '', identifiers }, models, { whole: true });
  if (strange !== undefined) throw new Refused([identifierFault(strange)]);
  const model = imeis.map((imei) => models.get(tacOf(imei))).find((one) => one !== undefined);
  return { models, model };
}

/** Refuses what is looked for: a report of theft is not got round by registering the device. @throws Refused REGISTRATION_HELD */
async function demandFree(desk: Desk, knowledge: Knowledge, imeis: readonly Imei[]): Promise<void> {
  const known = await knowledge.known(imeis, dayOf(desk));
  if (![...known.values()].some(({ stolen }) => stolen)) return demandNotHeld(desk, imeis);
  throw heldRefusal();
}

/** Refuses what somebody reported lost or stolen here. @throws Refused REGISTRATION_HELD */
export async function demandNotHeld({ query }: Pick<Desk, 'query'>, imeis: readonly Imei[]): Promise<void> {
  const [held] = await query(
    `SELECT FROM control_hold WHERE imei = ANY($1) AND released IS NULL AND holder LIKE 'theft:%' LIMIT 1`,
    [imeis],
  );
  if (held !== undefined) throw heldRefusal();
}

const heldRefusal = (): Refused =>
  refused(
    'REGISTRATION_HELD',
    'The device is reported lost or stolen.',
    'Take it to the police; who bought it in good faith is told there what to do.',
  );

/** The one device that is known by the identifiers, if one is. @throws Refused REGISTRATION_IDENTIFIERS, REGISTRATION_HELD */
async function demandSame(desk: Desk, identifiers: readonly DeviceIdentifier[]): Promise<Device | undefined> {
  const known = await claimants(desk, identifiers.filter(singles));
  const staged = known.filter(({ stage }) => stage !== undefined);
  if (staged.length > 1) throw new Refused([identifierFault({ kind: 'imei_claimed', evidence: {} })]);
  const [device] = staged;
  if (device?.stage === 'lost' || device?.stage === 'stolen') throw heldRefusal();
  return device;
}

/** Refuses a model that has no certificate, where the country demands one. @throws Refused REGISTRATION_APPROVAL */
export async function demandApproved(desk: Desk, { device, model }: InHand): Promise<void> {
  if (!registrationOf(desk.policy).approval.required) return;
  if (model !== undefined && desk.policy.exemptDeviceTypes.includes(model.deviceType)) return;
  const tacs = [...new Set(imeisOf(device).map(tacOf))];
  const approved = await approvedTacs(desk, tacs, dayOf(desk));
  const missing = tacs.find((tac) => !approved.has(tac));
  if (missing === undefined) return;
  const message = `The model (TAC ${missing}) has no certificate of type approval here.`;
  throw refused(
    'REGISTRATION_APPROVAL',
    message,
    'It may be used as a visitor’s for a time; ask the regulator about own use.',
  );
}
