import { Type } from 'typebox';
import type { Desk } from '../../access/desk.ts';
import { addDays } from '../../calendar/day.ts';
import { prefixesOf } from '../../country/numbering.ts';
import { type Device, imeisOf } from '../../devices/device.ts';
import type { Pair } from '../../devices/pairs/pair.ts';
import type { Association } from '../../devices/persons/association.ts';
import { type Fault, Refused } from '../../faults/fault.ts';
import { writeIdentifierFault } from '../../identifiers/fault.ts';
import { type Imsi, isWholeImsi, parseImsi } from '../../identifiers/imsi.ts';
import { type Msisdn, parseDialled } from '../../identifiers/msisdn.ts';
import { dayOf } from '../../registration/step.ts';
import type { House } from '../house.ts';
import { caseDesk } from './theft_form.ts';

/** The purposes of codes by which a person moves a pair, and puts a device in the own name. */
export const PAIR_PURPOSE = 'pair';
export const ASSOCIATION_PURPOSE = 'association';

/** An IMSI, and a number as it is dialled, as somebody writes them. */
export const IMSI_IN = Type.String({ minLength: 6, maxLength: 24 });
export const MSISDN_IN = Type.String({ minLength: 3, maxLength: 32, description: 'As it is dialled.' });

const REMEDY = 'Give all digits, as the SIM or the network has them.';

/** Why a number is not taken. It is not told again: it is personal. */
const unreadable = (what: string, why: string, field: string): Fault => ({
  code: 'DEVICE_IDENTIFIER',
  message: `The ${what} cannot be read: ${why}`,
  remedy: REMEDY,
  field,
});

/** An IMSI that somebody wrote. @throws Refused DEVICE_IDENTIFIER */
export function imsiOf(written: string, field: string): Imsi {
  const read = parseImsi(written);
  if (!read.ok) throw new Refused([unreadable('IMSI', writeIdentifierFault(read.fault), field)]);
  if (!isWholeImsi(read.value)) throw new Refused([unreadable('IMSI', 'it is cut off.', field)]);
  return read.value;
}

/** A number that somebody wrote. @throws Refused DEVICE_IDENTIFIER */
export function msisdnOf({ policy }: Pick<Desk, 'policy'>, written: string, field: string): Msisdn {
  const read = parseDialled(written, { callingCode: policy.callingCodes[0] ?? '' });
  if (!read.ok) throw new Refused([unreadable('number', writeIdentifierFault(read.fault), field)]);
  return read.value;
}

/** The operator of the country whose SIM it is. */
export const homeOf = ({ policy }: Pick<Desk, 'policy'>, imsi: Imsi): string | undefined =>
  policy.operators.find((one) => prefixesOf(one).some((prefix) => imsi.startsWith(prefix)))?.id;

/** Refuses a SIM that is not of an operator. @throws Refused PAIR_OPERATOR */
export function demandHome(
  desk: Pick<Desk, 'policy'>,
  imsi: Imsi,
  own: { readonly operator: string; readonly field: string },
): void {
  if (homeOf(desk, imsi) === own.operator) return;
  const message = 'The IMSI is not of your network.';
  throw new Refused([{ code: 'PAIR_OPERATOR', message, remedy: 'Leave it to its operator.', field: own.field }]);
}

/** A SIM with its number. */
export type Subscriber = { readonly imsi: Imsi; readonly msisdn: Msisdn };

/**
 * Refuses a SIM that no network saw in the device with the person's number: a citizen cannot prove an IMSI otherwise.
 * @throws Refused DEVICE_PROOF, API_BUSY
 */
export async function demandSeen(
  desk: Desk,
  house: House,
  { device, ...who }: Subscriber & { readonly device: Device },
) {
  const { sightings } = caseDesk(desk, house);
  const before = addDays(dayOf(desk), 1);
  for (const imei of imeisOf(device)) {
    const seen = await sightings.seenWith(imei, { imsi: who.imsi }, before);
    if (seen && (await sightings.seenWith(imei, { msisdn: who.msisdn }, before))) return;
  }
  throw unproved('No network saw this SIM with your number in the device.', 'imsi');
}

/** That something was not shown. */
export const unproved = (message: string, field: string): Refused =>
  new Refused([{ code: 'DEVICE_PROOF', message, remedy: 'Let your operator enter it, who knows your SIM.', field }]);

const ENDED = Type.Optional(Type.Object({ at: Type.String(), because: Type.String() }));
const SPAN = { from: Type.String(), to: Type.Optional(Type.String()), ended: ENDED };

type Span = Pick<Pair, 'from' | 'to' | 'ended'>;
const spanOf = ({ from, to, ended }: Span) => ({
  from: from.toISOString(),
  ...(to === undefined ? {} : { to: to.toISOString() }),
  ...(ended === undefined ? {} : { ended: { at: ended.at.toISOString(), because: ended.because } }),
});

/** A pair as it is told: without the numbers in it, and what stands for them. */
export const PAIR_OUT = Type.Object({
  id: Type.String(),
  device: Type.String(),
  operator: Type.String(),
  reason: Type.String(),
  disputed: Type.Boolean(),
  ...SPAN,
});

/** Tells a pair. */
export const toldPair = ({ id, device, operator, reason, disputed, ...rest }: Pair) => ({
  ...{ id, device, operator, reason, disputed },
  ...spanOf(rest),
});

/** An association as it is told: without the person. */
export const ASSOCIATION_OUT = Type.Object({
  id: Type.String(),
  device: Type.String(),
  basis: Type.String(),
  ...SPAN,
});

/** Tells an association. */
export const toldAssociation = ({ id, device, basis, ...rest }: Association) => ({
  id,
  device,
  basis,
  ...spanOf(rest),
});
