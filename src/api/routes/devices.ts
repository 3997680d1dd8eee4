import { Type } from 'typebox';
import type { Desk } from '../../access/desk.ts';
import type { Models } from '../../devices/checks.ts';
import { correctFact, withdrawFact } from '../../devices/correct.ts';
import { type Device, imeisOf, sourceOf } from '../../devices/device.ts';
import { enterDevice } from '../../devices/enter.ts';
import { factsOf, timelineOf } from '../../devices/fact.ts';
import { demandDevice, findDevice, loadDevice } from '../../devices/find.ts';
import { closeFinding, findingsOf, listFindings } from '../../devices/finding.ts';
import { happen } from '../../devices/happen.ts';
import { type DeviceIdentifier, singles } from '../../devices/identifier.ts';
import { modelFacts } from '../../devices/models.ts';
import { associationsOf } from '../../devices/persons/association.ts';
import { Refused } from '../../faults/fault.ts';
import { tacOf } from '../../identifiers/imei.ts';
import { applyPairChanges } from '../../registration/apply.ts';
import { demandApproved, demandNotHeld } from '../../registration/holders/device_in_hand.ts';
import { knowledgeOf } from '../../registration/knowledge.ts';
import { refused } from '../../registration/refusal.ts';
import { dayOf } from '../../registration/step.ts';
import { PAGE, pageOf } from '../cursor.ts';
import type { House } from '../house.ts';
import { nextOf, placeOf } from '../paging.ts';
import { type Sight, sightOf, unknownThing } from '../reach.ts';
import { type Route, route } from '../route.ts';
import { closed, ID, line, TIME, text } from '../schema.ts';
import {
  DEVICE_OUT,
  FACT_OUT,
  FINDING_OUT,
  FINDING_STATES,
  FOUND_KINDS,
  IDENTIFIER_IN,
  identifiersOf,
  NUMBER,
  SINGLING_IN,
  timeOf,
  timeOrNow,
  toldDevice,
  toldFact,
  toldFinding,
} from './device_form.ts';

const ONE = closed({ id: ID });
const AT = Type.Optional(TIME);
const FACTS = Type.Object({ facts: Type.Array(FACT_OUT) });
const LIFE = ['DEVICE_UNKNOWN', 'DEVICE_TIME', 'STATE_MOVE', 'STATE_ROLE'] as const;

type Seen = { readonly device: Device; readonly sight: Sight };

/** A device with how much of it the actor sees. @throws Refused DEVICE_UNKNOWN, also where it is there and he sees nothing */
async function seen(desk: Desk, device: Device | undefined): Promise<Seen> {
  const sight = device === undefined ? 'none' : await sightOf(desk, device);
  if (device === undefined || sight === 'none') throw new Refused([unknownThing('device')]);
  return { device, sight };
}

const seenById = async (desk: Desk, id: string): Promise<Seen> => seen(desk, await loadDevice(desk, id));

/** What the TAC list says of the models of identifiers, where it is at hand. */
async function modelsOf({ analytics }: House, identifiers: readonly DeviceIdentifier[]): Promise<Models | undefined> {
  if (analytics === undefined) return undefined;
  return modelFacts(analytics.analytics, imeisOf({ identifiers }).map(tacOf));
}

const READING: readonly Route[] = [
  route({
    method: 'POST',
    url: '/v1/devices/find',
    action: 'device.read',
    about: 'Finds the device that is known by an identifier.',
    isRead: true,
    limit: 'check',
    body: closed({ identifier: SINGLING_IN }),
    answer: DEVICE_OUT,
    faults: ['DEVICE_UNKNOWN', 'DEVICE_IDENTIFIER'],
    act: async (desk, { body }) => {
      const [identifier] = identifiersOf([body.identifier], () => 'identifier.text');
      const found = identifier !== undefined && singles(identifier) ? await findDevice(desk, identifier) : undefined;
      const { device, sight } = await seen(desk, found);
      return toldDevice(device, sight);
    },
  }),
  route({
    method: 'GET',
    url: '/v1/devices/:id',
    action: 'device.read',
    about: 'Tells a device as it is known now.',
    params: ONE,
    answer: DEVICE_OUT,
    faults: ['DEVICE_UNKNOWN'],
    act: async (desk, { params }) => {
      const { device, sight } = await seenById(desk, params.id);
      return toldDevice(device, sight);
    },
  }),
  route({
    method: 'GET',
    url: '/v1/devices/:id/facts',
    action: 'device.read',
    about: 'Tells what was true of a device at one moment, by what was known at another; both are now where left out.',
    params: ONE,
    query: closed({ asOf: AT, knownAt: AT }),
    answer: FACTS,
    faults: ['DEVICE_UNKNOWN'],
    act: async (desk, { params, query }) => {
      const { device, sight } = await seenById(desk, params.id);
      const facts = await factsOf(desk, device, { asOf: timeOf(query.asOf), knownAt: timeOf(query.knownAt) });
      return { facts: facts.map((fact) => toldFact(fact, sight)) };
    },
  }),
  route({
    method: 'GET',
    url: '/v1/devices/:id/timeline',
    action: 'device.read',
    about: 'Tells all that was ever recorded of a device, by when it happened, also what does not hold any more.',
    params: ONE,
    answer: FACTS,
    faults: ['DEVICE_UNKNOWN'],
    act: async (desk, { params }) => {
      const { device, sight } = await seenById(desk, params.id);
      return { facts: (await timelineOf(desk, device)).map((fact) => toldFact(fact, sight)) };
    },
  }),
  route({
    method: 'GET',
    url: '/v1/devices/:id/findings',
    action: 'device.findings',
    about: 'Tells what is strange about a device, the newest first.',
    params: ONE,
    answer: Type.Object({ findings: Type.Array(FINDING_OUT) }),
    faults: ['DEVICE_UNKNOWN'],
    act: async (desk, { params }) => ({
      findings: (await findingsOf(desk, await demandDevice(desk, params.id))).map(toldFinding),
    }),
  }),
  route({
    method: 'GET',
    url: '/v1/findings',
    action: 'device.findings',
    about:
      'Lists what is strange about devices, the oldest first: what nobody has looked into, unless asked otherwise.',
    query: closed({
      ...PAGE,
      state: Type.Optional(Type.Enum([...FINDING_STATES])),
      kind: Type.Optional(Type.Enum([...FOUND_KINDS])),
    }),
    answer: pageOf(FINDING_OUT),
    faults: ['API_CURSOR'],
    act: async (desk, { query }) => {
      const { state, kind } = query;
      const list = `findings ${state ?? ''} ${kind ?? ''}`;
      const { limit, after } = placeOf(desk, { list, query });
      const found = await listFindings(desk, { state, kind, after, limit });
      const next = found.length < limit ? undefined : found.at(-1)?.id;
      return { items: found.map(toldFinding), next: nextOf(desk, list, next) };
    },
  }),
];

const ENTERING: readonly Route[] = [
  route({
    method: 'POST',
    url: '/v1/devices',
    action: 'device.enter',
    about: 'Enters a device by hand, or what is told anew of one that is known.',
    body: closed({
      identifiers: Type.Array(IDENTIFIER_IN, { minItems: 1, maxItems: 32 }),
      model: Type.Optional(closed({ maker: line(128), model: line(128) })),
      at: AT,
      note: Type.Optional(line(200)),
      whole: Type.Optional(Type.Boolean({ description: 'These are all of its identifiers.' })),
    }),
    answer: Type.Object({ device: DEVICE_OUT, created: Type.Boolean(), findings: Type.Array(FINDING_OUT) }),
    status: 201,
    location: ({ device }) => `/v1/devices/${device.id}`,
    faults: ['DEVICE_IDENTIFIER', 'DEVICE_TIME'],
    act: async (desk, { body, house }) => {
      const { model, note, whole } = body;
      const identifiers = identifiersOf(body.identifiers, (at) => `identifiers.${at}.text`);
      const { device, created, findings, toPlace } = await enterDevice(desk, {
        ...{ identifiers, model, note, whole },
        at: timeOrNow(body.at, desk),
        source: sourceOf(desk.actor),
        models: await modelsOf(house, identifiers),
      });
      await applyPairChanges(desk, toPlace);
      return { device: toldDevice(device, 'whole'), created, findings: findings.map(toldFinding) };
    },
  }),
  route({
    method: 'POST',
    url: '/v1/facts/:id/correct',
    action: 'device.correct',
    about: 'Corrects from when or until when a fact was true; the older stays readable by what was known then.',
    params: closed({ id: NUMBER }),
    body: closed({ from: AT, to: AT, because: text(2000) }),
    answer: Type.Object({ fact: Type.Optional(Type.String()) }),
    faults: ['DEVICE_UNKNOWN', 'DEVICE_TIME', 'DEVICE_REASON'],
    act: async (desk, { params, body: { from, to, because } }) => {
      const correction = { from: timeOf(from), to: timeOf(to), because, source: sourceOf(desk.actor) };
      const { fact, toPlace } = await correctFact(desk, params.id, correction);
      await applyPairChanges(desk, toPlace);
      return fact === undefined ? {} : { fact };
    },
  }),
  route({
    method: 'POST',
    url: '/v1/facts/:id/withdraw',
    action: 'device.correct',
    about: 'Ceases to hold a fact to be true at all.',
    params: closed({ id: NUMBER }),
    body: closed({ because: text(2000) }),
    faults: ['DEVICE_UNKNOWN', 'DEVICE_REASON'],
    act: async (desk, { params, body }) => {
      const { toPlace } = await withdrawFact(desk, params.id, body.because);
      await applyPairChanges(desk, toPlace);
    },
  }),
  route({
    method: 'POST',
    url: '/v1/findings/:id/close',
    action: 'device.close_finding',
    about: 'Closes a finding with what was looked into: there is a good reason for it, or it is as it looks.',
    params: closed({ id: NUMBER }),
    body: closed({ event: Type.Enum(['explain', 'confirm']), explanation: text(2000) }),
    answer: FINDING_OUT,
    faults: ['DEVICE_UNKNOWN', 'DEVICE_REASON', 'STATE_MOVE', 'STATE_ROLE'],
    act: async (desk, { params, body }) => toldFinding(await closeFinding(desk, params.id, body)),
  }),
];

const OCCURRING: readonly Route[] = [
  route({
    method: 'POST',
    url: '/v1/devices/:id/approve',
    action: 'device.enter',
    about: 'Enters that an imported device may be sold, since its model is approved.',
    params: ONE,
    body: closed({ at: AT, note: Type.Optional(line(200)) }),
    answer: DEVICE_OUT,
    faults: [...LIFE, 'REGISTRATION_APPROVAL', 'REGISTRATION_HELD', 'API_BUSY'],
    act: async (desk, { params, body, house }) => {
      const device = await demandDevice(desk, params.id);
      await demandNotHeld(desk, imeisOf(device));
      await demandApproved(desk, { device, model: await modelOf(desk, house, device) });
      const at = timeOrNow(body.at, desk);
      await happen(desk, device, { event: 'approve', at, source: sourceOf(desk.actor), note: body.note });
      return toldDevice(await demandDevice(desk, device.id), 'whole');
    },
  }),
  route({
    method: 'POST',
    url: '/v1/devices/refurbish',
    action: 'device.refurbish',
    about: 'Enters that a device was taken back and made ready to be sold again; not one that is in somebody’s name.',
    body: closed({ identifier: SINGLING_IN, at: AT, note: Type.Optional(line(200)) }),
    faults: [...LIFE, 'DEVICE_IDENTIFIER', 'REGISTRATION_HELD', 'REGISTRATION_PROOF'],
    act: async (desk, { body }) => {
      const [identifier] = identifiersOf([body.identifier], () => 'identifier.text');
      const device = identifier !== undefined && singles(identifier) ? await findDevice(desk, identifier) : undefined;
      if (device === undefined) throw new Refused([unknownThing('device')]);
      await demandNotHeld(desk, imeisOf(device));
      if ((await associationsOf(desk, device)).length > 0) throw named();
      const at = timeOrNow(body.at, desk);
      await happen(desk, device, { event: 'refurbish', at, source: sourceOf(desk.actor), note: body.note });
    },
  }),
];

const named = (): Refused =>
  refused('REGISTRATION_PROOF', 'The device is in somebody’s name.', 'Let who sold it to you pass it on first.');

/** The model of a device for its approval. @throws Refused API_BUSY where the TAC list is not at hand */
async function modelOf(desk: Desk, { analytics }: House, device: Device) {
  if (analytics === undefined)
    throw refused('API_BUSY', 'The list of models is not at hand just now.', 'Ask again in a minute.');
  const tacs = imeisOf(device).map(tacOf);
  const models = await knowledgeOf(analytics.analytics).models(tacs, dayOf(desk));
  return tacs.map((tac) => models.get(tac)).find((model) => model !== undefined);
}

/** Devices: what is known of each, and what offices enter and correct. */
export const DEVICE_ROUTES: readonly Route[] = [...READING, ...ENTERING, ...OCCURRING];
