import { Type } from 'typebox';
import { propose } from '../../access/approval.ts';
import type { Desk } from '../../access/desk.ts';
import { Refused } from '../../faults/fault.ts';
import {
  addTacs,
  applyForApproval,
  decideApproval,
  grantApproval,
  renewApproval,
  reportTest,
  revokeApproval,
  takeForTest,
} from '../../registration/approval/approval.ts';
import { certificateQr, signCertificate, verifyCertificate } from '../../registration/approval/certificate.ts';
import { chargesOf } from '../../registration/fees/charge.ts';
import { listApprovals } from '../../registration/listing.ts';
import { refused } from '../../registration/refusal.ts';
import { dayOf, stepsOf } from '../../registration/step.ts';
import { type ApprovalState, TYPE_APPROVAL } from '../../registration/trade/trade_machines.ts';
import { PAGE, pageOf } from '../cursor.ts';
import { type Approval, approvalOf, standingOf } from '../goods/approval.ts';
import type { House } from '../house.ts';
import { Content, type Route, route } from '../route.ts';
import { closed, DAY, ID, line, text } from '../schema.ts';
import {
  CHARGE_OUT,
  CONTACT_IN,
  contactOf,
  dayIn,
  pageIn,
  STEPS_OUT,
  TAC_IN,
  tacsOf,
  toldCharge,
  toldSteps,
} from './trade_form.ts';

const ONE = closed({ id: ID });
const STATES = Object.keys(TYPE_APPROVAL.states) as readonly ApprovalState[];
const TACS = Type.Array(TAC_IN, { minItems: 1, maxItems: 5000 });
const SPAN = { validFrom: DAY, validTo: DAY };
const REASON = closed({ reason: line(200) });
const FAULTS = ['REGISTRATION_UNKNOWN', 'REGISTRATION_VALUE', 'STATE_MOVE', 'STATE_ROLE', 'NOTICE_RECIPIENT'] as const;

const LINE = {
  id: Type.String(),
  state: Type.Enum([...STATES]),
  organisation: Type.String({ description: 'The applicant.' }),
  brand: Type.String(),
  models: Type.Array(Type.String()),
  number: Type.Optional(Type.String({ description: 'Of the certificate.' })),
  validFrom: Type.Optional(Type.String()),
  validTo: Type.Optional(Type.String({ description: 'The last day.' })),
  at: Type.String(),
};

const TOLD = Type.Object({
  ...LINE,
  deviceType: Type.Optional(Type.String()),
  scope: Type.String(),
  recognises: Type.Optional(Type.String()),
  report: Type.Optional(Type.String()),
  body: Type.Optional(Type.String()),
  tacs: Type.Array(Type.String()),
  charges: Type.Array(CHARGE_OUT),
});

type LineOf = Pick<
  Approval,
  'id' | 'state' | 'organisation' | 'brand' | 'models' | 'number' | 'validFrom' | 'validTo' | 'at'
>;

const toldLine = ({ id, state, organisation, brand, models, number, validFrom, validTo, at }: LineOf) => ({
  ...{ id, state, organisation, brand, models: [...models], at: at.toISOString() },
  ...(number === null ? {} : { number }),
  ...(validFrom === null ? {} : { validFrom }),
  ...(validTo === null ? {} : { validTo }),
});

async function told(desk: Desk, id: string) {
  const approval = await approvalOf(desk, id);
  const { deviceType, scope, origin, report, body, tacs } = approval;
  return {
    ...toldLine(approval),
    scope,
    tacs: [...tacs],
    ...(deviceType === null ? {} : { deviceType }),
    ...(origin === null ? {} : { recognises: origin }),
    ...(report === null ? {} : { report }),
    ...(body === null ? {} : { body }),
    charges: (await chargesOf(desk, `type_approval:${id}`)).map(toldCharge),
  };
}

/** The signed text of a certificate that the actor may see. @throws Refused REGISTRATION_UNKNOWN, STATE_MOVE */
async function signed(desk: Desk, { signer }: House, id: string): Promise<string> {
  const { number } = await approvalOf(desk, id);
  if (number !== null) return signCertificate(desk, signer, number);
  throw refused('STATE_MOVE', 'No certificate was given yet.', 'Wait until the application is decided.');
}

const APPLYING: readonly Route[] = [
  route({
    method: 'POST',
    url: '/v1/approvals',
    action: 'approval.apply',
    about: 'Applies for a type approval, or that the certificate of another country is recognised.',
    bytes: 1 << 20,
    body: closed({
      brand: line(200),
      models: Type.Array(line(200), { minItems: 1, maxItems: 200 }),
      tacs: TACS,
      deviceType: Type.Optional(line(200)),
      scope: line(200),
      recognises: Type.Optional(line(200)),
      contact: Type.Optional(CONTACT_IN),
    }),
    answer: TOLD,
    status: 201,
    location: ({ id }) => `/v1/approvals/${id}`,
    faults: [...FAULTS, 'REGISTRATION_BRAND', 'FEE_CURRENCY', 'FEE_AMOUNT', 'ACCESS_ADDRESS'],
    act: async (desk, { body: { contact, tacs, ...wanted } }) => {
      const application = { ...wanted, tacs: tacsOf(tacs), contact: contactOf(desk, contact) };
      const { id } = await applyForApproval(desk, application);
      return told(desk, id);
    },
  }),
  route({
    method: 'POST',
    url: '/v1/approvals/:id/tacs',
    action: 'approval.widen',
    about: 'Adds TACs of the same models: the applicant before it is tested, the regulator also to a certificate.',
    params: ONE,
    bytes: 1 << 20,
    body: closed({ tacs: TACS }),
    answer: TOLD,
    faults: FAULTS,
    act: async (desk, { params, body }) => {
      await addTacs(desk, { id: params.id, tacs: tacsOf(body.tacs) });
      return told(desk, params.id);
    },
  }),
];

const TESTING: readonly Route[] = [
  route({
    method: 'POST',
    url: '/v1/approvals/:id/take',
    action: 'approval.test',
    about: 'Takes an application to test its samples; no other laboratory takes it then.',
    params: ONE,
    faults: FAULTS,
    act: (desk, { params }) => takeForTest(desk, params.id),
  }),
  route({
    method: 'POST',
    url: '/v1/approvals/:id/report',
    action: 'approval.test',
    about: 'Hands in the report of a test, by its reference.',
    params: ONE,
    body: closed({ report: line(200) }),
    faults: FAULTS,
    act: (desk, { params, body }) => reportTest(desk, { id: params.id, ...body }),
  }),
];

const DECIDING: readonly Route[] = [
  route({
    method: 'POST',
    url: '/v1/approvals/:id/grant',
    action: 'approval.grant',
    about: 'Grants a certificate: after a test, or by recognising that of another body.',
    params: ONE,
    body: closed({ number: line(40), body: line(200), ...SPAN }),
    answer: TOLD,
    faults: [...FAULTS, 'REGISTRATION_PROOF', 'REGISTRATION_UNPAID', 'REGISTRATION_TAKEN'],
    act: async (desk, { params: { id }, body: { number, body, validFrom, validTo } }) => {
      const span = { validFrom: dayIn(validFrom, 'validFrom'), validTo: dayIn(validTo, 'validTo') };
      await grantApproval(desk, { id, number, body, ...span });
      return told(desk, id);
    },
  }),
  ...(
    [
      ['refuse', 'Refuses an application, with a reason that the applicant is told.'],
      ['suspend', 'Lets a certificate not count for now, with a reason that its holder is told.'],
      ['resume', 'Lets a suspended certificate count again, with a reason.'],
    ] as const
  ).map(([event, about]) =>
    route({
      method: 'POST',
      url: `/v1/approvals/:id/${event}`,
      action: event === 'resume' ? 'approval.resume' : 'approval.grant',
      about,
      params: ONE,
      body: REASON,
      answer: TOLD,
      faults: FAULTS,
      act: async (desk, { params, body }) => {
        await decideApproval(desk, { id: params.id, event, ...body });
        return told(desk, params.id);
      },
    }),
  ),
  route({
    method: 'POST',
    url: '/v1/approvals/:id/renew',
    action: 'approval.grant',
    about: 'Lets a certificate count for longer, also one that has expired.',
    params: ONE,
    body: closed(SPAN),
    answer: TOLD,
    faults: FAULTS,
    act: async (desk, { params: { id }, body }) => {
      const span = { validFrom: dayIn(body.validFrom, 'validFrom'), validTo: dayIn(body.validTo, 'validTo') };
      await renewApproval(desk, { id, ...span });
      return told(desk, id);
    },
  }),
  route({
    method: 'POST',
    url: '/v1/approvals/:id/revocations',
    action: 'approval.propose',
    about: 'Proposes to revoke a certificate; another person has to approve it.',
    params: ONE,
    body: closed({ reason: text(2000) }),
    answer: Type.Object({ id: Type.String() }),
    status: 201,
    faults: ['REGISTRATION_UNKNOWN', 'ACCESS_REASON'],
    act: async (desk, { params, body: { reason } }) => {
      const { id, number } = await approvalOf(desk, params.id);
      const subject = `type_approval:${id}`;
      return propose(desk, { kind: 'approval_revocation', subject, payload: { certificate: number }, reason });
    },
  }),
  route({
    method: 'POST',
    url: '/v1/approvals/:id/revoke',
    action: 'approval.revoke',
    about: 'Revokes a certificate, by a proposal that another person approved.',
    params: ONE,
    body: closed({ proposal: ID, reason: line(200) }),
    answer: TOLD,
    faults: [...FAULTS, 'ACCESS_PROPOSAL'],
    act: async (desk, { params, body }) => {
      await revokeApproval(desk, { id: params.id, ...body });
      return told(desk, params.id);
    },
  }),
];

const READING: readonly Route[] = [
  route({
    method: 'GET',
    url: '/v1/approvals',
    action: 'approval.read',
    about: 'Lists the applications and certificates that one may read, the newest first.',
    query: closed({ ...PAGE, state: Type.Optional(Type.Enum([...STATES])) }),
    answer: pageOf(Type.Object(LINE)),
    faults: ['API_CURSOR'],
    act: async (desk, { query }) => {
      const page = await pageIn(desk, { name: 'approvals', query }, (which) => listApprovals(desk, which));
      return { items: page.rows.map(toldLine), next: page.next };
    },
  }),
  route({
    method: 'GET',
    url: '/v1/approvals/:id',
    action: 'approval.read',
    about: 'Tells an application and its certificate.',
    params: ONE,
    answer: TOLD,
    faults: ['REGISTRATION_UNKNOWN'],
    act: (desk, { params }) => told(desk, params.id),
  }),
  route({
    method: 'GET',
    url: '/v1/approvals/:id/history',
    action: 'approval.read',
    about: 'Tells what happened to an application, in order.',
    params: ONE,
    answer: STEPS_OUT,
    faults: ['REGISTRATION_UNKNOWN'],
    act: async (desk, { params }) => {
      const { id } = await approvalOf(desk, params.id);
      return toldSteps(await stepsOf(desk, { thing: 'type_approval', id }));
    },
  }),
  route({
    method: 'GET',
    url: '/v1/approvals/:id/certificate',
    action: 'approval.read',
    about: 'Gives the certificate as a signed text, which anybody can verify by the register’s keys alone.',
    params: ONE,
    answer: Type.Object({ token: Type.String() }),
    faults: ['REGISTRATION_UNKNOWN', 'STATE_MOVE'],
    act: async (desk, { params, house }) => ({ token: await signed(desk, house, params.id) }),
  }),
  route({
    method: 'GET',
    url: '/v1/approvals/:id/certificate.svg',
    action: 'approval.read',
    about: 'Draws the signed certificate as a QR code, to be printed.',
    params: ONE,
    produces: 'image/svg+xml',
    faults: ['REGISTRATION_UNKNOWN', 'STATE_MOVE'],
    act: async (desk, { params, house }) =>
      new Content('image/svg+xml', await certificateQr(await signed(desk, house, params.id))),
  }),
  route({
    method: 'POST',
    url: '/v1/approvals/verify',
    action: 'approval.verify',
    about:
      'Verifies a signed certificate as anybody can without asking, by the keys of the register alone, and tells besides how it stands now.',
    isRead: true,
    limit: 'check',
    body: closed({ token: Type.String({ minLength: 1, maxLength: 8000 }) }),
    answer: Type.Object({
      state: Type.Enum([...STATES], { description: 'How it stands in the register now: only «granted» counts.' }),
      number: Type.String(),
      body: Type.String(),
      brand: Type.String(),
      models: Type.Array(Type.String()),
      scope: Type.String(),
      tacs: Type.Optional(Type.Array(Type.String(), { description: 'Absent where there are too many for a picture.' })),
      tacsHash: Type.String({ description: 'SHA-256 of all TACs in order, without separators, base64url.' }),
      validFrom: Type.String(),
      validTo: Type.String(),
      origin: Type.Optional(Type.String()),
    }),
    faults: ['SIGNED_FORM', 'SIGNED_KEY', 'SIGNED_EXPIRED', 'REGISTRATION_UNKNOWN'],
    act: async (desk, { body, house }) => {
      const read = await verifyCertificate(body.token, house.signer.keys(), { on: dayOf(desk), now: desk.now });
      if (!read.ok) throw new Refused([read.fault]);
      const { tacs, origin, models, ...certificate } = read.value;
      const standing = await standingOf(desk, certificate.number);
      if (standing === undefined)
        throw refused('REGISTRATION_UNKNOWN', 'The register has no such certificate.', 'Do not believe it.');
      return {
        ...certificate,
        state: standing,
        models: [...models],
        ...(tacs === undefined ? {} : { tacs: [...tacs] }),
        ...(origin === undefined ? {} : { origin }),
      };
    },
  }),
];

/** Type approval: applications, tests, certificates and what becomes of them (ITU-T Q.5050 §9.5). */
export const APPROVAL_ROUTES: readonly Route[] = [...APPLYING, ...TESTING, ...DECIDING, ...READING];
