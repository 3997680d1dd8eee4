import { Type } from 'typebox';
import type { Desk } from '../../access/desk.ts';
import { readContact } from '../../access/sign_in/code.ts';
import { Refused } from '../../faults/fault.ts';
import { type Msisdn, parseDialled } from '../../identifiers/msisdn.ts';
import { deregister } from '../../registration/holders/leave.ts';
import { confirmTransfer, endTransfer, offerTransfer } from '../../registration/holders/transfer.ts';
import { badValue } from '../../registration/refusal.ts';
import { knowledgeIn } from '../knowledge.ts';
import { type Route, route } from '../route.ts';
import { closed, ID, IMEI, line } from '../schema.ts';
import { imeiOf } from './appeal_form.ts';
import { MSISDN_IN } from './couple_form.ts';

const ONE = closed({ id: ID });
const FAULTS = ['REGISTRATION_UNKNOWN', 'STATE_MOVE', 'STATE_ROLE'] as const;

/** A number as it is dialled. @throws Refused REGISTRATION_VALUE, which does not repeat it */
function dialled({ policy }: Pick<Desk, 'policy'>, text: string): Msisdn {
  const read = parseDialled(text, { callingCode: policy.callingCodes[0] ?? '' });
  if (read.ok) return read.value;
  throw badValue('number', 'The number cannot be read.', 'Write it as it is dialled.');
}

const PASSING: readonly Route[] = [
  route({
    method: 'POST',
    url: '/v1/transfers',
    action: 'device.transfer',
    about: 'Offers a device to another person, who is told the id of the offer by who makes it, and has to confirm it.',
    body: closed({
      imei: IMEI,
      number: MSISDN_IN,
      proof: Type.Optional(Type.String({ format: 'uuid', maxLength: 36, description: 'Of a code to the number.' })),
      to: closed({
        channel: Type.Enum(['sms', 'email']),
        address: Type.String({ minLength: 1, maxLength: 254, description: 'Of the new holder.' }),
      }),
    }),
    answer: Type.Object({ id: Type.String() }),
    status: 201,
    faults: [
      ...FAULTS,
      ...(['REGISTRATION_VALUE', 'REGISTRATION_PROOF', 'REGISTRATION_HELD', 'REGISTRATION_TAKEN'] as const),
      ...(['ACCESS_PROOF', 'ACCESS_ADDRESS', 'DEVICE_IDENTIFIER', 'API_BUSY'] as const),
    ],
    act: async (desk, { body, house }) => {
      const to = readContact(desk.vault, body.to);
      if (!to.ok) throw new Refused([{ ...to.fault, field: 'to.address' }]);
      const offer = { imei: imeiOf(body.imei), number: dialled(desk, body.number), proof: body.proof };
      return offerTransfer(desk, knowledgeIn(house), { ...offer, to: to.value.person });
    },
  }),
  route({
    method: 'POST',
    url: '/v1/transfers/:id/confirm',
    action: 'device.transfer',
    about: 'Takes a device that is offered to one, by the proof of a code to the number or address that was named.',
    params: ONE,
    body: closed({ proof: ID }),
    faults: [...FAULTS, 'ACCESS_PROOF', 'REGISTRATION_HELD', 'DEVICE_UNKNOWN', 'DEVICE_TIME'],
    act: (desk, { params, body }) => confirmTransfer(desk, { id: params.id, ...body }),
  }),
  route({
    method: 'POST',
    url: '/v1/transfers/:id/withdraw',
    action: 'device.transfer',
    about: 'Takes an offer back that nobody has confirmed.',
    params: ONE,
    faults: FAULTS,
    act: (desk, { params }) => endTransfer(desk, { id: params.id, event: 'withdraw' }),
  }),
  route({
    method: 'POST',
    url: '/v1/transfers/:id/decline',
    action: 'device.transfer',
    about: 'Does not take a device that is offered to one.',
    params: ONE,
    faults: FAULTS,
    act: (desk, { params }) => endTransfer(desk, { id: params.id, event: 'decline' }),
  }),
];

const LEAVING = {
  method: 'POST',
  body: closed({ imei: IMEI, reason: line(200) }),
  faults: [
    ...FAULTS,
    ...(['REGISTRATION_VALUE', 'REGISTRATION_HELD', 'REGISTRATION_PROOF'] as const),
    ...(['DEVICE_IDENTIFIER', 'DEVICE_TIME'] as const),
  ],
} as const;

const ENDING: readonly Route[] = [
  route({
    ...LEAVING,
    url: '/v1/devices/export',
    action: 'device.export',
    about: 'Enters that a device left the country for good; it is no longer registered.',
    act: (desk, { body }) => deregister(desk, { ...body, imei: imeiOf(body.imei), event: 'export' }),
  }),
  route({
    ...LEAVING,
    url: '/v1/devices/retire',
    action: 'device.retire',
    about: 'Enters that a device is out of use for good; a later use is reported.',
    act: (desk, { body }) => deregister(desk, { ...body, imei: imeiOf(body.imei), event: 'retire' }),
  }),
];

/** Devices that pass to another person, leave the country, or are out of use. */
export const TRANSFER_ROUTES: readonly Route[] = [...PASSING, ...ENDING];
