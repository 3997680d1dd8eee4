import { Type } from 'typebox';
import type { Desk } from '../../access/desk.ts';
import { recordRead } from '../../access/log.ts';
import { DISPUTE, type Disputant, type DisputeState } from '../../devices/persons/dispute.ts';
import {
  type Dispute,
  type DisputeAct,
  demandDispute,
  listDisputes,
  openDispute,
  settleDispute,
} from '../../devices/persons/disputing.ts';
import { Refused } from '../../faults/fault.ts';
import { applyPairChanges } from '../../registration/apply.ts';
import { PAGE, pageOf } from '../cursor.ts';
import { nextOf, placeOf } from '../paging.ts';
import { reachedAssociation, reachedPair, unknownThing } from '../reach.ts';
import { type Route, route } from '../route.ts';
import { closed, ID, text } from '../schema.ts';
import { NUMBER } from './device_form.ts';

const STATES = Object.keys(DISPUTE.states) as readonly DisputeState[];
const ONE = closed({ id: ID });

const DISPUTE_OUT = Type.Object({
  id: Type.String(),
  device: Type.String(),
  association: Type.Optional(Type.String()),
  pair: Type.Optional(Type.String()),
  state: Type.Enum([...STATES]),
  opened: Type.String(),
  due: Type.String(),
  decided: Type.Optional(Type.String()),
  reason: Type.Optional(Type.String()),
});

const told = ({ id, device, of, state, opened, due, outcome }: Dispute) => ({
  ...{ id, device, state, ...of },
  opened: opened.toISOString(),
  due: due.toISOString(),
  ...(outcome === undefined ? {} : { decided: outcome.at.toISOString() }),
  ...(outcome?.reason === undefined ? {} : { reason: outcome.reason }),
});

/** Offices read all disputes, others their own. */
const seesAll = ({ actor }: Desk): boolean =>
  actor.roles.some((role) => role === 'analyst' || role === 'approver' || role === 'auditor');

/** A dispute that one may see. @throws Refused DEVICE_UNKNOWN, the same for what is there and what is not */
async function seenDispute(desk: Desk, id: string): Promise<Dispute> {
  const dispute = await demandDispute(desk, id).catch((error: unknown) => {
    if (error instanceof Refused) return undefined;
    throw error;
  });
  if (dispute === undefined || (!seesAll(desk) && dispute.opener !== desk.actor.id))
    throw new Refused([unknownThing('dispute')]);
  return dispute;
}

/** As whom somebody goes on with a dispute. */
const rolesOf = ({ actor }: Desk, { opener }: Dispute): readonly Disputant[] => [
  ...(opener === actor.id ? (['person'] as const) : []),
  ...(actor.roles.some((role) => role === 'analyst' || role === 'approver') ? (['office'] as const) : []),
];

async function goOn(desk: Desk, id: string, act: Omit<DisputeAct, 'roles'>) {
  const dispute = await seenDispute(desk, id);
  const { dispute: after, toPlace } = await settleDispute(desk, dispute.id, { ...act, roles: rolesOf(desk, dispute) });
  await applyPairChanges(desk, toPlace);
  return told(after);
}

const MOVE = { method: 'POST', params: ONE, answer: DISPUTE_OUT } as const;
const FAULTS = ['DEVICE_UNKNOWN', 'STATE_MOVE', 'STATE_ROLE'] as const;

/** «This is not mine»: of a device in one's name, or a pair of one's number. */
export const DISPUTE_ROUTES: readonly Route[] = [
  route({
    method: 'POST',
    url: '/v1/disputes',
    action: 'device.dispute',
    about:
      'Says that a device in one’s name, or a pair of one’s number, is not one’s own; nothing is decided meanwhile.',
    body: closed({
      of: Type.Union([closed({ association: NUMBER }), closed({ pair: NUMBER })]),
      statement: Type.Optional(text(4000)),
    }),
    answer: DISPUTE_OUT,
    status: 201,
    location: ({ id }) => `/v1/disputes/${id}`,
    faults: ['DEVICE_UNKNOWN', 'DISPUTE_OPEN', 'PAIR_ENDED'],
    act: async (desk, { body: { of, statement } }) => {
      const { id, organisation } = desk.actor;
      const reach =
        organisation === undefined ? { person: id } : { organisation: organisation.id, unit: organisation.unit };
      if ('pair' in of) await reachedPair(desk, of.pair, reach);
      else await reachedAssociation(desk, of.association, reach);
      return told(await openDispute(desk, { of, statement }));
    },
  }),
  route({
    method: 'GET',
    url: '/v1/disputes',
    action: 'device.read',
    about:
      'Lists disputes in the order of arrival: one’s own, or all for who decides; the undecided unless asked otherwise.',
    query: closed({ ...PAGE, state: Type.Optional(Type.Enum([...STATES])) }),
    answer: pageOf(DISPUTE_OUT),
    faults: ['API_CURSOR'],
    act: async (desk, { query }) => {
      const list = `disputes ${query.state ?? ''}`;
      const { limit, after } = placeOf(desk, { list, query });
      const opener = seesAll(desk) ? undefined : desk.actor.id;
      const found = await listDisputes(desk, { state: query.state, opener, after, limit });
      const next = found.length < limit ? undefined : found.at(-1)?.number;
      return { items: found.map(told), next: nextOf(desk, list, next) };
    },
  }),
  route({
    method: 'GET',
    url: '/v1/disputes/:id',
    action: 'device.read',
    about: 'Tells a dispute, and by when it is decided.',
    params: ONE,
    answer: DISPUTE_OUT,
    faults: ['DEVICE_UNKNOWN'],
    act: async (desk, { params }) => told(await seenDispute(desk, params.id)),
  }),
  route({
    method: 'GET',
    url: '/v1/disputes/:id/statement',
    action: 'device.read_personal',
    about: 'Opens what the person says; the reading is recorded.',
    params: ONE,
    answer: Type.Object({ statement: Type.Optional(Type.String()) }),
    faults: ['DEVICE_UNKNOWN', 'READ_PURPOSE', 'READ_QUOTA'],
    act: async (desk, { params, reading }) => {
      const { id } = await seenDispute(desk, params.id);
      await recordRead(desk, {
        ...reading,
        action: 'device.read_personal',
        subject: `dispute:${id}`,
        fields: ['statement'],
      });
      const [row] = await desk.query<{ statement: Buffer | null }>(
        'SELECT statement FROM device_dispute WHERE id = $1',
        [id],
      );
      const sealed = row?.statement ?? null;
      const statement = sealed === null ? undefined : desk.vault.open('proof', sealed);
      return statement === undefined ? {} : { statement };
    },
  }),
  route({
    ...MOVE,
    url: '/v1/disputes/:id/withdraw',
    action: 'device.dispute',
    about: 'Takes back what one has said.',
    faults: FAULTS,
    act: (desk, { params }) => goOn(desk, params.id, { event: 'withdraw' }),
  }),
  route({
    ...MOVE,
    url: '/v1/disputes/:id/take',
    action: 'device.settle_dispute',
    about: 'Begins to look into a dispute.',
    faults: FAULTS,
    act: (desk, { params }) => goOn(desk, params.id, { event: 'take' }),
  }),
  route({
    ...MOVE,
    url: '/v1/disputes/:id/settle',
    action: 'device.settle_dispute',
    about: 'Decides a dispute; upheld, the couple ends as if it had never been.',
    body: closed({ event: Type.Enum(['uphold', 'reject']), reason: text(2000) }),
    faults: [...FAULTS, 'DEVICE_REASON'],
    act: (desk, { params, body }) => goOn(desk, params.id, body),
  }),
];
