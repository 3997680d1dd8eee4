import { type Reach, reachOf } from '../access/actions.ts';
import type { Actor } from '../access/actor.ts';
import type { Desk } from '../access/desk.ts';
import { HOLDS } from '../cases/theft.ts';
import { type Device, imeisOf, sourceOf } from '../devices/device.ts';
import { demandDevice } from '../devices/find.ts';
import { demandPair, type Pair, pairsOf } from '../devices/pairs/pair.ts';
import { type Association, associationsOf, demandAssociation } from '../devices/persons/association.ts';
import { type Fault, Refused } from '../faults/fault.ts';
import type { Imei } from '../identifiers/imei.ts';
import { keyOf } from '../registration/trade/secret.ts';

// Devices, pairs and associations belong to nobody by a column of theirs: whose they are is worked out here, for the
// routes that reach only what is one's own.

/**
 * How much of a device somebody may see: all of it; what a person is shown of the own devices, without whole identifiers;
 * or that there is none.
 */
export type Sight = 'whole' | 'own' | 'none';

/** Why a thing is not there: the same for what others have and for what does not exist. */
export const unknownThing = (noun: string): Fault => ({
  code: 'DEVICE_UNKNOWN',
  message: `There is no such ${noun}, or none for who asks.`,
  remedy: 'Look at its id or identifier again.',
});

/** How much of a device an actor may see. */
export async function sightOf(desk: Desk, device: Device): Promise<Sight> {
  const reach = reachOf(desk.actor, 'device.read');
  if (reach === 'all') return 'whole';
  if (reach.organisation !== undefined && (await hasGoods(desk, device, reach.organisation))) return 'whole';
  return reach.person !== undefined && (await isHolder(desk, device, reach.person)) ? 'own' : 'none';
}

/** An organisation of the trade brought the device into the country, or had it last before it was used. */
async function hasGoods(desk: Desk, device: Device, organisation: string): Promise<boolean> {
  const rows = await desk.query(
    `SELECT FROM consigned_key k JOIN consigned c ON c.id = k.item JOIN consignment g ON g.id = c.consignment
     WHERE k.open AND k.key = ANY($1::uuid[])
       AND c.device IN (SELECT id FROM device WHERE id = $2 OR united_into = $2)
       AND (c.holder::text = $3 OR g.importer::text = $3) LIMIT 1`,
    [imeisOf(device).map((imei) => keyOf(desk, imei)), device.id, organisation],
  );
  return rows.length > 0;
}

/** The device is in the person's name, or paired to the person's number. */
export async function isHolder(desk: Desk, device: Pick<Device, 'id'>, person: string): Promise<boolean> {
  if ((await associationsOf(desk, device)).some((one) => one.person === person)) return true;
  return (await pairsOf(desk, device)).some(({ msisdn, holder }) => msisdn === person || holder === person);
}

/** A case of the unit holds one of the IMEIs. */
async function isOfUnit({ query }: Desk, imeis: readonly Imei[], unit: string): Promise<boolean> {
  const holding = Object.entries(HOLDS).flatMap(([state, hold]) => (hold === 'none' ? [] : [state]));
  const rows = await query(
    `SELECT FROM theft t JOIN theft_imei i ON i.theft = t.id
     WHERE i.imei = ANY($1) AND t.unit = $2 AND t.state = ANY($3) LIMIT 1`,
    [imeis, unit, holding],
  );
  return rows.length > 0;
}

/** Which couples of a device somebody reaches. */
export type Couples = {
  readonly pair: (pair: Pair) => boolean;
  readonly association: (association: Association) => boolean;
};

/**
 * Which couples of a device the actor reaches: a citizen his own, an operator those of its network, an organisation those
 * that it entered, a unit of the police those of devices that a case of its holds.
 */
export async function couplesWithin(desk: Desk, device: Pick<Device, 'identifiers'>, reach: Reach): Promise<Couples> {
  const { actor } = desk;
  const unit = reach === 'all' ? undefined : reach.unit;
  const all = reach === 'all' || (unit !== undefined && (await isOfUnit(desk, imeisOf(device), unit)));
  if (all) return { pair: () => true, association: () => true };
  const { person, organisation } = reach;
  const operator = organisation === undefined ? undefined : operatorOf(actor);
  return {
    pair: ({ msisdn, holder, operator: of }) =>
      (person !== undefined && (msisdn === person || holder === person)) || (operator !== undefined && of === operator),
    association: (one) =>
      (person !== undefined && one.person === person) || (organisation !== undefined && one.source === sourceOf(actor)),
  };
}

/** The operator that somebody acts for, by its id in the country file; undefined for who acts for none. */
export const operatorOf = ({ roles, organisation }: Actor): string | undefined =>
  roles.includes('operator') ? organisation?.operator : undefined;

/** A pair within a reach, with its device. @throws Refused DEVICE_UNKNOWN */
export const reachedPair = (desk: Desk, id: string, reach: Reach): Promise<Reached<Pair>> =>
  reached(desk, 'pair', { look: () => demandPair(desk, id), isOwn: (couples, pair) => couples.pair(pair), reach });

/** An association within a reach, with its device. @throws Refused DEVICE_UNKNOWN */
export const reachedAssociation = (desk: Desk, id: string, reach: Reach): Promise<Reached<Association>> =>
  reached(desk, 'association', {
    look: () => demandAssociation(desk, id),
    isOwn: (couples, association) => couples.association(association),
    reach,
  });

/** A couple with its device. */
export type Reached<T> = { readonly thing: T; readonly device: Device };

type Looking<T> = {
  readonly look: () => Promise<T>;
  readonly isOwn: (couples: Couples, thing: T) => boolean;
  readonly reach: Reach;
};

async function reached<T extends { readonly device: string }>(
  desk: Desk,
  noun: string,
  { look, isOwn, reach }: Looking<T>,
): Promise<Reached<T>> {
  const thing = await look().catch((error: unknown) => {
    if (error instanceof Refused) return undefined;
    throw error;
  });
  if (thing === undefined) throw new Refused([unknownThing(noun)]);
  const device = await demandDevice(desk, thing.device);
  if (!isOwn(await couplesWithin(desk, device, reach), thing)) throw new Refused([unknownThing(noun)]);
  return { thing, device };
}
