import { Type } from 'typebox';
import { reachOf } from '../../access/actions.ts';
import type { Desk } from '../../access/desk.ts';
import { useProof } from '../../access/sign_in/proof.ts';
import { addDays } from '../../calendar/day.ts';
import { type Device, imeisOf } from '../../devices/device.ts';
import { findDevice, loadDevice } from '../../devices/find.ts';
import { modelFacts } from '../../devices/models.ts';
import { pairsOf } from '../../devices/pairs/pair.ts';
import {
  associate,
  associationsOf,
  demandAssociation,
  devicesOfPerson,
  dissociate,
} from '../../devices/persons/association.ts';
import { Refused } from '../../faults/fault.ts';
import type { Msisdn } from '../../identifiers/msisdn.ts';
import { demandNotHeld } from '../../registration/holders/device_in_hand.ts';
import { dayOf } from '../../registration/step.ts';
import type { House } from '../house.ts';
import { couplesWithin, reachedAssociation, sightOf, unknownThing } from '../reach.ts';
import { type Route, route } from '../route.ts';
import { closed, ID, IMEI, text } from '../schema.ts';
import { imeiOf } from './appeal_form.ts';
import { ASSOCIATION_OUT, ASSOCIATION_PURPOSE, MSISDN_IN, msisdnOf, toldAssociation, unproved } from './couple_form.ts';
import { NUMBER } from './device_form.ts';
import { caseDesk } from './theft_form.ts';

const ONE = closed({ id: NUMBER });

type Claim = { readonly device: Device; readonly person: string; readonly number: Msisdn };

/** Refuses a citizen whose number neither was used with the device nor is paired to it. @throws Refused DEVICE_PROOF, API_BUSY */
async function demandUsed(desk: Desk, house: House, { device, person, number }: Claim): Promise<void> {
  if ((await pairsOf(desk, device)).some(({ msisdn, disputed }) => msisdn === person && !disputed)) return;
  const { sightings } = caseDesk(desk, house);
  const before = addDays(dayOf(desk), 1);
  for (const imei of imeisOf(device)) if (await sightings.seenWith(imei, { msisdn: number }, before)) return;
  throw notUsed();
}

const notUsed = (): Refused => unproved('Your number was not used with the device.', 'number');

/** Which devices are in whose name. */
export const ASSOCIATION_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    url: '/v1/devices/mine',
    action: 'association.read',
    about: 'Lists the devices in the name of who asks, without whole identifiers.',
    answer: Type.Object({
      devices: Type.Array(
        Type.Object({
          association: Type.String(),
          maker: Type.Optional(Type.String()),
          model: Type.Optional(Type.String()),
          endings: Type.Array(Type.String({ description: 'The last four digits of an IMEI as it is printed.' })),
          basis: Type.String(),
          from: Type.String(),
          active: Type.Boolean(),
          disputed: Type.Boolean(),
        }),
      ),
    }),
    act: async (desk, { house: { analytics } }) => {
      const modelsOf =
        analytics === undefined
          ? {}
          : { modelsOf: (tacs: Parameters<typeof modelFacts>[1]) => modelFacts(analytics.analytics, tacs) };
      const own = await devicesOfPerson(desk, { person: desk.actor.id, ...modelsOf });
      return {
        devices: own.map(({ model, endings, from, ...rest }) => ({
          ...rest,
          ...(model === undefined ? {} : model),
          endings: [...endings],
          from: from.toISOString(),
        })),
      };
    },
  }),
  route({
    method: 'GET',
    url: '/v1/devices/:id/associations',
    action: 'association.read',
    about: 'Tells since when and by what a device is in somebody’s name, as far as one may see it; not in whose.',
    params: closed({ id: ID }),
    answer: Type.Object({ associations: Type.Array(ASSOCIATION_OUT) }),
    faults: ['DEVICE_UNKNOWN'],
    act: async (desk, { params }) => {
      const device = await loadDevice(desk, params.id);
      if (device === undefined || (await sightOf(desk, device)) === 'none') throw new Refused([unknownThing('device')]);
      const couples = await couplesWithin(desk, device, reachOf(desk.actor, 'association.read'));
      const all = await associationsOf(desk, device);
      return { associations: all.filter(couples.association).map(toldAssociation) };
    },
  }),
  route({
    method: 'POST',
    url: '/v1/associations',
    action: 'association.make',
    about: 'Puts a device in the name of the person who has proved a number by a code; a dealer does so at the sale.',
    body: closed({ imei: IMEI, number: MSISDN_IN, proof: ID, basis: Type.Enum(['purchase', 'gift', 'use']) }),
    answer: ASSOCIATION_OUT,
    status: 201,
    faults: [
      ...(['DEVICE_IDENTIFIER', 'DEVICE_PROOF', 'DEVICE_LIMIT', 'DEVICE_TAKEN', 'DEVICE_UNKNOWN'] as const),
      ...(['ACCESS_PROOF', 'REGISTRATION_HELD', 'API_BUSY'] as const),
    ],
    act: async (desk, { body: { imei, number: written, proof, basis }, house }) => {
      const number = msisdnOf(desk, written, 'number');
      const { person } = await useProof(desk, { proof, purpose: ASSOCIATION_PURPOSE });
      const isCitizen = desk.actor.roles.includes('citizen');
      if (person !== desk.vault.pseudonym('msisdn', number) || (isCitizen && person !== desk.actor.id))
        throw unproved('The code went to another number.', 'number');
      const device = await findDevice(desk, { kind: 'imei', imei: imeiOf(imei) });
      if (device === undefined && isCitizen) throw notUsed();
      if (device === undefined) throw new Refused([unknownThing('device')]);
      await demandNotHeld(desk, imeisOf(device));
      if (isCitizen) await demandUsed(desk, house, { device, person, number });
      return toldAssociation(await associate(desk, { device, person, basis, proof: `code:${proof}` }));
    },
  }),
  route({
    method: 'POST',
    url: '/v1/associations/:id/end',
    action: 'association.end',
    about: 'Takes a device out of somebody’s name.',
    params: ONE,
    body: closed({ because: text(2000) }),
    answer: ASSOCIATION_OUT,
    faults: ['DEVICE_UNKNOWN', 'DEVICE_REASON'],
    act: async (desk, { params, body }) => {
      const { thing } = await reachedAssociation(desk, params.id, reachOf(desk.actor, 'association.end'));
      await dissociate(desk, { of: { association: thing.id }, ...body });
      return toldAssociation(await demandAssociation(desk, thing.id));
    },
  }),
];
