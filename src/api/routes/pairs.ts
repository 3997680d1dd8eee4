import { Type } from 'typebox';
import { reachOf } from '../../access/actions.ts';
import type { Desk } from '../../access/desk.ts';
import { recordRead } from '../../access/log.ts';
import { useProof } from '../../access/sign_in/proof.ts';
import { imeisOf } from '../../devices/device.ts';
import { deviceOf } from '../../devices/enter.ts';
import { demandDevice, findDevice, loadDevice } from '../../devices/find.ts';
import { repairByCode } from '../../devices/pairs/moves.ts';
import { demandPair, pairsOf, pairsOfSubscriber, readNumbers } from '../../devices/pairs/pair.ts';
import { type NewPair, pair, unpair } from '../../devices/pairs/pairing.ts';
import { associationsOf } from '../../devices/persons/association.ts';
import { type Fault, Refused } from '../../faults/fault.ts';
import type { Imei } from '../../identifiers/imei.ts';
import { applyPairChanges } from '../../registration/apply.ts';
import { demandNotHeld } from '../../registration/holders/device_in_hand.ts';
import type { House } from '../house.ts';
import { couplesWithin, operatorOf, reachedPair, sightOf, unknownThing } from '../reach.ts';
import { type Route, route } from '../route.ts';
import { closed, ID, IMEI, text } from '../schema.ts';
import { imeiOf } from './appeal_form.ts';
import {
  demandHome,
  demandSeen,
  homeOf,
  IMSI_IN,
  imsiOf,
  MSISDN_IN,
  msisdnOf,
  PAIR_OUT,
  PAIR_PURPOSE,
  type Subscriber,
  toldPair,
  unproved,
} from './couple_form.ts';
import { NUMBER } from './device_form.ts';

const ONE = closed({ id: NUMBER });
const MAKING = ['DEVICE_IDENTIFIER', 'DEVICE_PROOF', 'DEVICE_LIMIT', 'PAIR_OPERATOR', 'API_BUSY'] as const;

const NO_OPERATOR: Fault = {
  code: 'PAIR_OPERATOR',
  message: 'Whose subscriber it is cannot be told.',
  remedy: 'Let the operator of the SIM enter it.',
  field: 'imsi',
};

/** Whose subscriber somebody may name: an operator its own, a citizen himself. @throws Refused PAIR_OPERATOR */
function operatorFor(desk: Desk, { imsi }: Subscriber): string {
  const own = desk.actor.roles.includes('citizen') ? homeOf(desk, imsi) : operatorOf(desk.actor);
  if (own === undefined) throw new Refused([NO_OPERATOR]);
  demandHome(desk, imsi, { operator: own, field: 'imsi' });
  return own;
}

type Wanted = Subscriber & { readonly imei: Imei };

/** A citizen pairs his own number to a device in his name; an operator answers for its subscriber. */
async function wantedPair(desk: Desk, house: House, { imei, ...who }: Wanted): Promise<NewPair> {
  const operator = operatorFor(desk, who);
  if (!desk.actor.roles.includes('citizen')) {
    const device = await deviceOf(desk, imei);
    await demandNotHeld(desk, imeisOf(device));
    return { of: { device }, ...who, operator, reason: 'genuine' };
  }
  const { id } = desk.actor;
  if (desk.vault.pseudonym('msisdn', who.msisdn) !== id)
    throw unproved('It is not the number by which you are signed in.', 'msisdn');
  const device = await findDevice(desk, { kind: 'imei', imei });
  const isHis = device !== undefined && (await associationsOf(desk, device)).some(({ person }) => person === id);
  if (!isHis) throw unproved('The device is not in your name.', 'imei');
  await demandNotHeld(desk, imeisOf(device));
  await demandSeen(desk, house, { ...who, device });
  return { of: { device }, ...who, operator, reason: 'own', holder: id };
}

/** Subscribers who are admitted with a device, whatever the lists say of its IMEIs (ITU-T Suppl. 73 §7.1.4). */
export const PAIR_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    url: '/v1/devices/:id/pairs',
    action: 'pair.read',
    about: 'Lists the pairs of a device that one may see, the oldest first.',
    params: closed({ id: ID }),
    query: closed({ ended: Type.Optional(Type.Boolean({ description: 'Also those that ended.' })) }),
    answer: Type.Object({ pairs: Type.Array(PAIR_OUT) }),
    faults: ['DEVICE_UNKNOWN'],
    act: async (desk, { params, query }) => {
      const device = await loadDevice(desk, params.id);
      if (device === undefined || (await sightOf(desk, device)) === 'none') throw new Refused([unknownThing('device')]);
      const couples = await couplesWithin(desk, device, reachOf(desk.actor, 'pair.read'));
      const pairs = await pairsOf(desk, device, { ended: query.ended === true });
      return { pairs: pairs.filter(couples.pair).map(toldPair) };
    },
  }),
  route({
    method: 'POST',
    url: '/v1/pairs/find',
    action: 'pair.read',
    about: 'Lists the pairs that a subscriber has now, as far as one may see them; the reading is recorded.',
    isRead: true,
    body: closed({ imsi: IMSI_IN }),
    answer: Type.Object({ pairs: Type.Array(PAIR_OUT) }),
    faults: ['DEVICE_IDENTIFIER', 'READ_PURPOSE', 'READ_QUOTA'],
    act: async (desk, { body, reading }) => {
      const imsi = desk.vault.pseudonym('imsi', imsiOf(body.imsi, 'imsi'));
      await recordRead(desk, { ...reading, action: 'pair.read', subject: imsi, fields: ['device'] });
      const reach = reachOf(desk.actor, 'pair.read');
      const own = [];
      for (const one of await pairsOfSubscriber(desk, imsi)) {
        const device = await demandDevice(desk, one.device);
        if ((await couplesWithin(desk, device, reach)).pair(one)) own.push(toldPair(one));
      }
      return { pairs: own };
    },
  }),
  route({
    method: 'GET',
    url: '/v1/pairs/:id/subscriber',
    action: 'pair.read',
    about: 'Opens the numbers of a pair; the reading is recorded.',
    params: ONE,
    answer: Type.Object({ imsi: Type.Optional(Type.String()), msisdn: Type.Optional(Type.String()) }),
    faults: ['DEVICE_UNKNOWN', 'READ_PURPOSE', 'READ_QUOTA'],
    act: async (desk, { params, reading }) => {
      const { thing } = await reachedPair(desk, params.id, reachOf(desk.actor, 'pair.read'));
      const { imsi, msisdn } = (await readNumbers(desk, thing.id, reading)) ?? {};
      return { ...(imsi === undefined ? {} : { imsi }), ...(msisdn === undefined ? {} : { msisdn }) };
    },
  }),
  route({
    method: 'POST',
    url: '/v1/pairs',
    action: 'pair.make',
    about:
      'Pairs a device to a subscriber: an operator to its own, a citizen a device in the own name to the own number.',
    body: closed({ imei: IMEI, imsi: IMSI_IN, msisdn: MSISDN_IN }),
    answer: PAIR_OUT,
    status: 201,
    faults: [...MAKING, 'REGISTRATION_HELD'],
    act: async (desk, { body, house }) => {
      const who = { imsi: imsiOf(body.imsi, 'imsi'), msisdn: msisdnOf(desk, body.msisdn, 'msisdn') };
      const made = await pair(desk, await wantedPair(desk, house, { imei: imeiOf(body.imei), ...who }));
      await applyPairChanges(desk, made.toPlace);
      return toldPair(made.pair);
    },
  }),
  route({
    method: 'POST',
    url: '/v1/pairs/:id/end',
    action: 'pair.end',
    about: 'Ends a pair.',
    params: ONE,
    body: closed({ because: text(2000) }),
    answer: PAIR_OUT,
    faults: ['DEVICE_UNKNOWN', 'DEVICE_REASON'],
    act: async (desk, { params, body }) => {
      const { thing } = await reachedPair(desk, params.id, reachOf(desk.actor, 'pair.end'));
      await applyPairChanges(desk, await unpair(desk, { of: { pair: thing.id }, ...body }));
      return toldPair(await demandPair(desk, thing.id));
    },
  }),
  route({
    method: 'POST',
    url: '/v1/pairs/:id/repair',
    action: 'pair.make',
    about: 'Moves a pair to another SIM by a code to the number that it has, so often as the country allows.',
    params: ONE,
    body: closed({ imsi: IMSI_IN, msisdn: MSISDN_IN, proof: ID }),
    answer: PAIR_OUT,
    faults: [...MAKING, 'DEVICE_UNKNOWN', 'PAIR_ENDED', 'ACCESS_PROOF', 'REGISTRATION_HELD'],
    act: async (desk, { params, body: { proof, ...body }, house }) => {
      const who = { imsi: imsiOf(body.imsi, 'imsi'), msisdn: msisdnOf(desk, body.msisdn, 'msisdn') };
      const operator = operatorFor(desk, who);
      const { person } = await useProof(desk, { proof, purpose: PAIR_PURPOSE });
      const { thing, device } = await reachedPair(desk, params.id, { person });
      await demandNotHeld(desk, imeisOf(device));
      if (desk.actor.roles.includes('citizen')) await demandSeen(desk, house, { ...who, device });
      const moved = await repairByCode(desk, { pair: thing.id, ...who, operator, proof });
      await applyPairChanges(desk, moved.toPlace);
      return toldPair(moved.pair);
    },
  }),
];
