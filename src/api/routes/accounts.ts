import { Type } from 'typebox';
import { changeRoles, createAccount, disableAccount, enableAccount } from '../../access/accounts/account.ts';
import { type ListedAccount, listAccounts } from '../../access/accounts/list.ts';
import { type PrivilegedAct, privileged } from '../../access/accounts/privileged.ts';
import type { Role } from '../../access/actor.ts';
import { propose } from '../../access/approval.ts';
import type { Desk } from '../../access/desk.ts';
import { invite } from '../../access/sign_in/invitation.ts';
import { linkIdentity, type Subject, subjectKey, unlinkIdentity } from '../../access/sign_in/provider_account.ts';
import { PAGE, pageOf } from '../cursor.ts';
import { nextOf, placeOf } from '../paging.ts';
import { type Route, route } from '../route.ts';
import { closed, ID, line, TIME, text } from '../schema.ts';

/** The roles that accounts have; citizens have none, and the register itself is none. */
const STAFF = [
  'operator',
  'police',
  'customs',
  'importer',
  'maker',
  'lab',
  'dealer',
  'analyst',
  'approver',
  'admin',
  'auditor',
] as const satisfies readonly Role[];

const GIVEN_ROLES = Type.Array(Type.Enum(STAFF), { maxItems: STAFF.length });
const ONE = closed({ id: ID });
const MADE = Type.Object({ id: Type.String() });

/** The approval of a second person, where the account is or becomes privileged. */
const APPROVAL = { approval: Type.Optional(ID) };
const REASON = text(2000);

/** Who somebody is at the provider of identities. */
const IDENTITY = {
  issuer: Type.String({ minLength: 1, maxLength: 1024 }),
  subject: Type.String({ minLength: 1, maxLength: 255 }),
};

const nullable = Type.Union([Type.String(), Type.Null()]);
const ACCOUNT = Type.Object({
  id: Type.String(),
  organisation: Type.String(),
  kind: Type.Enum(['person', 'machine']),
  login: nullable,
  name: nullable,
  roles: Type.Array(Type.String()),
  created: TIME,
  disabled: Type.Boolean(),
  demo: Type.Boolean(),
});

const toldAccount = ({ login, name, roles, created, ...account }: ListedAccount) => ({
  ...account,
  login: login ?? null,
  name: name ?? null,
  roles: [...roles],
  created: created.toISOString(),
});

const PRIVILEGED_ACT = Type.Union([
  closed({ act: Type.Literal('roles'), roles: GIVEN_ROLES, reason: REASON }),
  closed({ act: Type.Enum(['invite', 'enable']), reason: REASON }),
  closed({ act: Type.Literal('link'), ...IDENTITY, reason: REASON }),
]);

/** As it is proposed: an identity by its pseudonym only. */
const linkAct = (desk: Desk, account: string, identity: Subject): PrivilegedAct => ({
  act: 'link',
  account,
  issuer: identity.issuer,
  subject: subjectKey(desk, identity),
});

/** Accounts of people and machines. */
export const ACCOUNT_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    url: '/v1/accounts',
    action: 'account.read',
    about: 'Lists accounts, of one organisation or of all, with logins and names.',
    query: closed({ ...PAGE, organisation: Type.Optional(ID) }),
    answer: pageOf(ACCOUNT),
    faults: ['API_CURSOR', 'READ_PURPOSE', 'READ_QUOTA'],
    act: async (desk, { query, reading }) => {
      const { organisation } = query;
      const list = `accounts ${organisation ?? ''}`;
      const { accounts, next } = await listAccounts(desk, {
        ...placeOf(desk, { list, query }),
        ...(organisation === undefined ? {} : { organisation }),
        purpose: reading.purpose,
      });
      return { items: accounts.map(toldAccount), next: nextOf(desk, list, next) };
    },
  }),
  route({
    method: 'POST',
    url: '/v1/accounts',
    action: 'account.create',
    about: 'Makes an account; whose it is gets in by an invitation, at the provider, or by a key.',
    body: closed({
      organisation: ID,
      kind: Type.Enum(['person', 'machine']),
      login: line(254),
      name: line(200),
      roles: GIVEN_ROLES,
    }),
    answer: MADE,
    status: 201,
    faults: ['ACCESS_ORGANISATION', 'ACCESS_ACCOUNT', 'ACCESS_TAKEN'],
    act: (desk, { body }) => createAccount(desk, body),
  }),
  route({
    method: 'POST',
    url: '/v1/accounts/:id/proposals',
    action: 'account.propose',
    about: 'Proposes an act on an account that is, or becomes, approver or admin; another person approves it.',
    params: ONE,
    body: PRIVILEGED_ACT,
    answer: MADE,
    status: 201,
    faults: ['ACCESS_REASON'],
    act: (desk, { params: { id: account }, body: { reason, ...act } }) => {
      const wanted: PrivilegedAct = act.act === 'link' ? linkAct(desk, account, act) : { ...act, account };
      return propose(desk, { ...privileged(wanted), reason });
    },
  }),
  route({
    method: 'PUT',
    url: '/v1/accounts/:id/roles',
    action: 'account.roles',
    about: 'Gives an account exactly these roles.',
    params: ONE,
    body: closed({ roles: GIVEN_ROLES, ...APPROVAL }),
    faults: ['ACCESS_ACCOUNT', 'ACCESS_PROPOSAL', 'STATE_MOVE'],
    act: (desk, { params, body }) => changeRoles(desk, { account: params.id, ...body }),
  }),
  route({
    method: 'POST',
    url: '/v1/accounts/:id/disable',
    action: 'account.disable',
    about: 'Shuts an account out; its sessions end at once.',
    params: ONE,
    body: closed({ reason: REASON }),
    faults: ['ACCESS_ACCOUNT'],
    act: (desk, { params, body }) => disableAccount(desk, { account: params.id, ...body }),
  }),
  route({
    method: 'POST',
    url: '/v1/accounts/:id/enable',
    action: 'account.enable',
    about: 'Lets an account in again.',
    params: ONE,
    body: closed(APPROVAL),
    faults: ['ACCESS_ACCOUNT', 'ACCESS_PROPOSAL', 'STATE_MOVE'],
    act: (desk, { params, body }) => enableAccount(desk, { account: params.id, ...body }),
  }),
  route({
    method: 'POST',
    url: '/v1/accounts/:id/invite',
    action: 'account.invite',
    about: 'Ends an account’s means to sign in; the token that is answered lets its owner choose new ones.',
    params: ONE,
    body: closed(APPROVAL),
    answer: Type.Object({ token: Type.String(), expires: TIME }),
    faults: ['ACCESS_ACCOUNT', 'ACCESS_PROPOSAL', 'STATE_MOVE'],
    act: async (desk, { params, body }) => {
      const { token, expires } = await invite(desk, { account: params.id, ...body });
      return { token, expires: expires.toISOString() };
    },
  }),
  route({
    method: 'POST',
    url: '/v1/accounts/:id/identities',
    action: 'account.link',
    about: 'Lets an identity of the provider sign in with an account.',
    params: ONE,
    body: closed({ ...IDENTITY, ...APPROVAL }),
    faults: ['ACCESS_ACCOUNT', 'ACCESS_TAKEN', 'ACCESS_PROPOSAL', 'STATE_MOVE'],
    act: (desk, { params, body }) => linkIdentity(desk, { account: params.id, ...body }),
  }),
  route({
    method: 'POST',
    url: '/v1/identities/unlink',
    action: 'account.link',
    about: 'Ends that an identity of the provider signs in; one that does not changes nothing.',
    body: closed(IDENTITY),
    act: (desk, { body }) => unlinkIdentity(desk, body),
  }),
];
