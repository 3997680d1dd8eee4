import { Type } from 'typebox';
import { HEAVY, type HeavyName } from '../../access/actions/heavy.ts';
import { approve, decline, listProposals, withdraw } from '../../access/approval.ts';
import { PROPOSAL, type Proposal, type ProposalState } from '../../access/proposal.ts';
import { PAGE, pageOf } from '../cursor.ts';
import { nextOf, placeOf } from '../paging.ts';
import { type Route, route } from '../route.ts';
import { closed, ID, TIME, text } from '../schema.ts';

const STATES = Object.keys(PROPOSAL.states) as ProposalState[];

const TOLD = Type.Object({
  id: Type.String(),
  kind: Type.Enum(Object.keys(HEAVY) as HeavyName[]),
  subject: Type.String({ description: 'What it is done to: `account:…`, `imei:…`, `theft:…`.' }),
  payload: Type.Unknown({ description: 'What is done, in particular: this, and nothing else, is approved.' }),
  hash: Type.String({ description: 'SHA-256 of the payload.' }),
  reason: Type.String(),
  state: Type.Enum(STATES),
  proposer: Type.String(),
  at: TIME,
  expires: TIME,
  approvers: Type.Array(Type.String()),
  needed: Type.Integer({ description: 'Approvals that it needs.' }),
});

const told = ({ at, expires, approvers, ...proposal }: Proposal) => ({
  ...proposal,
  at: at.toISOString(),
  expires: expires.toISOString(),
  approvers: [...approvers],
  needed: HEAVY[proposal.kind].needed,
});

const ONE = closed({ id: ID });
const deciding = {
  method: 'POST',
  params: ONE,
  answer: TOLD,
  faults: ['ACCESS_PROPOSAL', 'ACCESS_SECOND_PERSON', 'STATE_MOVE'],
} as const;

/** Heavy acts that were proposed, and what others say to them. Where each is proposed is of its own office. */
export const PROPOSAL_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    url: '/v1/proposals',
    action: 'proposal.read',
    about: 'Lists proposals of heavy acts, the newest first.',
    query: closed({ ...PAGE, state: Type.Optional(Type.Enum(STATES)) }),
    answer: pageOf(TOLD),
    faults: ['API_CURSOR'],
    act: async (desk, { query }) => {
      const { state } = query;
      const list = `proposals ${state ?? ''}`;
      const page = { ...placeOf(desk, { list, query }), ...(state === undefined ? {} : { state }) };
      const { proposals, next } = await listProposals(desk, page);
      return { items: proposals.map(told), next: nextOf(desk, list, next) };
    },
  }),
  route({
    ...deciding,
    url: '/v1/proposals/:id/approve',
    action: 'proposal.approve',
    about: 'Approves what another person proposed.',
    act: async (desk, { params }) => told(await approve(desk, params.id)),
  }),
  route({
    ...deciding,
    url: '/v1/proposals/:id/decline',
    action: 'proposal.approve',
    about: 'Declines what another person proposed, also when it was approved already.',
    body: closed({ reason: text(2000) }),
    faults: [...deciding.faults, 'ACCESS_REASON'],
    act: async (desk, { params, body }) => told(await decline(desk, { id: params.id, ...body })),
  }),
  route({
    ...deciding,
    url: '/v1/proposals/:id/withdraw',
    action: 'proposal.withdraw',
    about: 'Takes back what one proposed.',
    faults: ['ACCESS_PROPOSAL', 'STATE_MOVE', 'STATE_ROLE'],
    act: async (desk, { params }) => told(await withdraw(desk, params.id)),
  }),
];
