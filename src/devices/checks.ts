import type { Eid } from '../identifiers/eid.ts';
import { type Imei, tacOf } from '../identifiers/imei.ts';
import type { Tac } from '../identifiers/tac.ts';
import { type Device, type DeviceId, eidsOf, imeisOf } from './device.ts';
import { type DeviceIdentifier, textOf } from './identifier.ts';

/** What the TAC list says of a model. */
export type ModelFacts = {
  readonly manufacturer: string;
  readonly model: string;
  /** SIM slots; undefined where the list does not say. */
  readonly slots?: number | undefined;
  /** IMEIs that a device of the model has. */
  readonly imeiQuantity?: number | undefined;
  /** Chips for eSIMs. */
  readonly euiccs?: number | undefined;
};

/** Models by TAC; a TAC that the list does not have is not in it. */
export type Models = ReadonlyMap<Tac, ModelFacts>;

/** What can be strange about a device, with its meaning. */
export const FINDING_KINDS = {
  too_many_imeis: 'it was declared with more IMEIs than a device of its model has',
  too_few_imeis: 'it was declared whole, with fewer IMEIs than a device of its model has',
  two_models: 'its IMEIs are of different models',
  one_imei_in_two_slots: 'the same IMEI was declared for two slots',
  imei_claimed: 'another device claims one of its IMEIs',
  imei_with_two_eids: 'one IMEI was presented with more chips than a device of its model has: a copy, perhaps',
  imei_with_two_serials: 'one IMEI was presented with different serial numbers: a copy, perhaps',
  eid_with_other_tac:
    'one chip was presented with IMEIs of different models: changed IMEIs, or a chip that can be taken out',
  life: 'what happened to it should not have, where it stood',
} as const;

/** A kind of finding. */
export type FindingKind = keyof typeof FINDING_KINDS;

/** Something strange, with the identifiers and numbers that show it; the same is found with the same evidence. */
export type Found = { readonly kind: FindingKind; readonly evidence: Readonly<Record<string, unknown>> };

/** What a device presented together, now or formerly. */
export type Claim = Pick<Device, 'id' | 'identifiers'>;

const nameOf = ({ manufacturer, model }: ModelFacts): string | undefined =>
  manufacturer.trim() === '' || model.trim() === ''
    ? undefined
    : `${manufacturer} ${model}`.normalize('NFKC').trim().replace(/\s+/g, ' ').toUpperCase();

const tacsOf = (imeis: readonly Imei[]): readonly Tac[] => [...new Set(imeis.map(tacOf))].sort();

const namesOf = (tacs: readonly Tac[], models: Models): readonly string[] => [
  ...new Set(
    tacs.flatMap((tac) => {
      const facts = models.get(tac);
      return (facts === undefined ? undefined : nameOf(facts)) ?? [];
    }),
  ),
];

/** Whether TACs are proved to be of one model: they are one, or the list gives all the same manufacturer and model. */
export function areOneModel(tacs: readonly Tac[], models: Models): boolean {
  if (new Set(tacs).size <= 1) return true;
  const named = tacs.every((tac) => namesOf([tac], models).length > 0);
  return named && namesOf(tacs, models).length === 1;
}

/** What a device's own identifiers show. `whole`: all that it has were declared, so that fewer count too. */
export function checkDevice(device: Claim, models: Models, { whole }: { readonly whole: boolean }): readonly Found[] {
  const imeis = imeisOf(device);
  const tacs = tacsOf(imeis);
  const names = namesOf(tacs, models);
  return [
    ...countFindings(imeis, models, whole),
    ...(names.length > 1
      ? [{ kind: 'two_models', evidence: { imeis: [...imeis].sort(), models: [...names].sort() } } as const]
      : []),
    ...slotFindings(device.identifiers),
  ];
}

/**
 * How many IMEIs: as many as the list says, or else one for each slot, and some makers give one to each chip besides. A
 * TAC without such figures says nothing. (As the registration system of DIRBS compares them.)
 */
function countFindings(imeis: readonly Imei[], models: Models, whole: boolean): Found[] {
  const bounds = tacsOf(imeis).flatMap((tac) => boundsOf(models.get(tac)) ?? []);
  if (bounds.length === 0) return [];
  const least = Math.min(...bounds.map((one) => one.least));
  const most = Math.max(...bounds.map((one) => one.most));
  const evidence = { imeis: [...imeis].sort(), declared: imeis.length, least, most };
  if (imeis.length > most) return [{ kind: 'too_many_imeis', evidence }];
  return whole && imeis.length < least ? [{ kind: 'too_few_imeis', evidence }] : [];
}

function boundsOf(facts: ModelFacts | undefined): { readonly least: number; readonly most: number } | undefined {
  if (facts?.imeiQuantity !== undefined) return { least: facts.imeiQuantity, most: facts.imeiQuantity };
  if (facts?.slots === undefined) return undefined;
  return { least: facts.slots, most: facts.slots + (facts.euiccs ?? 0) };
}

function slotFindings(identifiers: readonly DeviceIdentifier[]): Found[] {
  const slots = new Map<Imei, Set<number>>();
  for (const one of identifiers) {
    if (one.kind !== 'imei' || one.slot === undefined) continue;
    slots.set(one.imei, (slots.get(one.imei) ?? new Set()).add(one.slot));
  }
  return [...slots]
    .filter(([, of]) => of.size > 1)
    .map(([imei, of]) => ({ kind: 'one_imei_in_two_slots', evidence: { imei, slots: [...of].sort((a, b) => a - b) } }));
}

/**
 * What a device shows beside all that ever presented one of its identifiers (ITU-T Q.5052 §8, §10; Q.5050 §9.3), its own
 * former identifiers among them. What the device itself told of its chip is of medium weight.
 */
export function checkAgainst(own: Claim, others: readonly Claim[], models: Models): readonly Found[] {
  return [
    ...imeisOf(own).flatMap((imei) => imeiFindings(own, { imei, others, models })),
    ...eidsOf(own).flatMap((eid) => eidFindings(own, { eid, others, models })),
  ];
}

type Beside<Identifier> = Identifier & { readonly others: readonly Claim[]; readonly models: Models };

function imeiFindings(own: Claim, { imei, others, models }: Beside<{ readonly imei: Imei }>): Found[] {
  const sharing = [own, ...others.filter((one) => imeisOf(one).includes(imei))];
  const devices = idsOf(sharing);
  const eids = [...new Set(sharing.flatMap(eidsOf))].sort();
  const most = Math.max(1, models.get(tacOf(imei))?.euiccs ?? 1);
  const serials = [...new Set(sharing.flatMap(serialsOf))].sort();
  return [
    ...(devices.length > 1 ? [{ kind: 'imei_claimed', evidence: { imei, devices } } as const] : []),
    ...(eids.length > most ? [{ kind: 'imei_with_two_eids', evidence: { imei, eids, most, devices } } as const] : []),
    ...(serials.length > 1 ? [{ kind: 'imei_with_two_serials', evidence: { imei, serials, devices } } as const] : []),
  ];
}

function eidFindings(own: Claim, { eid, others, models }: Beside<{ readonly eid: Eid }>): Found[] {
  const mine = tacsOf(imeisOf(own));
  const changed = others.filter((one) => {
    const theirs = tacsOf(imeisOf(one));
    const shared = theirs.length === 0 || mine.length === 0 || theirs.some((tac) => mine.includes(tac));
    return eidsOf(one).includes(eid) && !shared && !areOneModel([...mine, ...theirs], models);
  });
  if (changed.length === 0) return [];
  const tacs = tacsOf([own, ...changed].flatMap(imeisOf));
  return [{ kind: 'eid_with_other_tac', evidence: { eid, tacs, devices: idsOf([own, ...changed]) } }];
}

const idsOf = (claims: readonly Claim[]): readonly DeviceId[] => [...new Set(claims.map(({ id }) => id))].sort();

/** Serial numbers with their makers: a model that one writes and another leaves out makes no second number. */
const serialsOf = ({ identifiers }: Claim): readonly string[] =>
  identifiers.flatMap((one) => (one.kind === 'serial' ? [textOf({ ...one, model: '' })] : []));
