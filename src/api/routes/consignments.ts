import { Type } from 'typebox';
import type { Desk } from '../../access/desk.ts';
import { chargesOf } from '../../registration/fees/charge.ts';
import { filesOf, listConsignments } from '../../registration/listing.ts';
import { stepsOf } from '../../registration/step.ts';
import {
  approveConsignment,
  type Consignment,
  consignmentOf,
  declareConsignment,
  releaseConsignment,
  stopConsignment,
  withdrawConsignment,
} from '../../registration/trade/consignment.ts';
import { customsCheck, LARGEST_SAMPLE, randomSample } from '../../registration/trade/customs.ts';
import { CONSIGNMENT, type ConsignmentState } from '../../registration/trade/trade_machines.ts';
import { PAGE, pageOf } from '../cursor.ts';
import { MOST_BYTES, submitFile } from '../goods/file.ts';
import { knowledgeIn } from '../knowledge.ts';
import { type Route, route } from '../route.ts';
import { closed, DAY, ID, IMEI, line } from '../schema.ts';
import { imeiOf } from './appeal_form.ts';
import { JOB, writeJob } from './job.ts';
import {
  CHARGE_OUT,
  CONTACT_IN,
  contactOf,
  dayIn,
  MONEY_IN,
  MONEY_OUT,
  pageIn,
  STEPS_OUT,
  toldCharge,
  toldSteps,
} from './trade_form.ts';

const ONE = closed({ id: ID });
const STATES = Object.keys(CONSIGNMENT.states) as readonly ConsignmentState[];

const LINE = {
  id: Type.String(),
  state: Type.Enum([...STATES]),
  organisation: Type.String({ description: 'The importer.' }),
  number: Type.String(),
  supplier: Type.String(),
  origin: Type.String(),
  arrival: Type.String(),
  port: Type.String(),
  quantity: Type.Integer(),
  accepted: Type.Integer({ description: 'Devices whose identifiers were accepted so far.' }),
  at: Type.String(),
};

/** A consignment as it is told: without any identifier. */
const TOLD = Type.Object({
  ...LINE,
  goods: Type.String(),
  deviceType: Type.Optional(Type.String()),
  value: MONEY_OUT,
  approved: Type.Optional(Type.String()),
  released: Type.Optional(Type.String()),
  charges: Type.Array(CHARGE_OUT),
});

async function told(desk: Desk, consignment: Consignment) {
  const { at, approved, approvedBy: _, released, releasedBy: __, deviceType, value, ...rest } = consignment;
  return {
    ...rest,
    at: at.toISOString(),
    value: { ...value },
    ...(deviceType === null ? {} : { deviceType }),
    ...(approved === null ? {} : { approved: approved.toISOString() }),
    ...(released === null ? {} : { released: released.toISOString() }),
    charges: (await chargesOf(desk, `consignment:${consignment.id}`)).map(toldCharge),
  };
}

const toldById = async (desk: Desk, id: string) => told(desk, await consignmentOf(desk, id));

const STEP = {
  method: 'POST',
  params: ONE,
  answer: TOLD,
} as const;
const FAULTS = ['REGISTRATION_UNKNOWN', 'REGISTRATION_VALUE', 'STATE_MOVE', 'STATE_ROLE', 'NOTICE_RECIPIENT'] as const;
const REASON = closed({ reason: line(200) });

const IMPORTING: readonly Route[] = [
  route({
    method: 'POST',
    url: '/v1/consignments',
    action: 'consignment.declare',
    about: 'Declares a consignment before it arrives; what is to be paid for it is demanded at once.',
    body: closed({
      number: line(40),
      supplier: line(200),
      origin: Type.String({ minLength: 2, maxLength: 2, description: 'A country, ISO 3166.' }),
      arrival: DAY,
      port: line(200),
      goods: line(200),
      deviceType: Type.Optional(line(200)),
      quantity: Type.Integer({ minimum: 1, maximum: 10_000_000 }),
      value: MONEY_IN,
      contact: Type.Optional(CONTACT_IN),
    }),
    answer: TOLD,
    status: 201,
    location: ({ id }) => `/v1/consignments/${id}`,
    faults: [...FAULTS, 'REGISTRATION_TAKEN', 'FEE_CURRENCY', 'FEE_AMOUNT', 'ACCESS_ADDRESS'],
    act: async (desk, { body: { contact, arrival, ...declared } }) => {
      const { id } = await declareConsignment(desk, {
        ...declared,
        arrival: dayIn(arrival, 'arrival'),
        contact: contactOf(desk, contact),
      });
      return toldById(desk, id);
    },
  }),
  route({
    method: 'POST',
    url: '/v1/consignments/:id/file',
    action: 'consignment.upload',
    about:
      'Enters the identifiers of a consignment to be checked: the outcome of the job tells the counts, its result is the file of errors. A header, and a row for each device or IMEI; also packed (gzip, zip, Zstandard).',
    limit: 'heavy',
    params: ONE,
    file: { types: ['text/csv', 'text/plain', 'application/octet-stream'], most: MOST_BYTES },
    answer: JOB,
    status: 202,
    location: ({ id }) => `/v1/jobs/${id}`,
    faults: [...FAULTS, 'FILE_EMPTY', 'JOB_MANY', 'API_BUSY'],
    act: async (desk, { params, file, house }) => {
      knowledgeIn(house);
      return writeJob(await submitFile(desk, { consignment: params.id, file }));
    },
  }),
  route({
    ...STEP,
    url: '/v1/consignments/:id/withdraw',
    action: 'consignment.withdraw',
    about: 'Takes a consignment back that was not released; its identifiers are free again.',
    faults: FAULTS,
    act: async (desk, { params }) => {
      await withdrawConsignment(desk, params.id);
      return toldById(desk, params.id);
    },
  }),
];

const READING: readonly Route[] = [
  route({
    method: 'GET',
    url: '/v1/consignments',
    action: 'consignment.read',
    about: 'Lists the consignments that one may read, the newest first.',
    query: closed({ ...PAGE, state: Type.Optional(Type.Enum([...STATES])) }),
    answer: pageOf(Type.Object(LINE)),
    faults: ['API_CURSOR'],
    act: async (desk, { query }) => {
      const page = await pageIn(desk, { name: 'consignments', query }, (which) => listConsignments(desk, which));
      return { items: page.rows.map((row) => ({ ...row, at: row.at.toISOString() })), next: page.next };
    },
  }),
  route({
    method: 'GET',
    url: '/v1/consignments/:id',
    action: 'consignment.read',
    about: 'Tells a consignment, and what is to be paid for it.',
    params: ONE,
    answer: TOLD,
    faults: ['REGISTRATION_UNKNOWN'],
    act: (desk, { params }) => toldById(desk, params.id),
  }),
  route({
    method: 'GET',
    url: '/v1/consignments/:id/history',
    action: 'consignment.read',
    about: 'Tells what happened to a consignment, in order.',
    params: ONE,
    answer: STEPS_OUT,
    faults: ['REGISTRATION_UNKNOWN'],
    act: async (desk, { params }) => {
      const { id } = await consignmentOf(desk, params.id);
      return toldSteps(await stepsOf(desk, { thing: 'consignment', id }));
    },
  }),
  route({
    method: 'GET',
    url: '/v1/consignments/:id/files',
    action: 'consignment.read',
    about: 'Tells what came of each file that was handed in for a consignment.',
    params: ONE,
    answer: Type.Object({
      files: Type.Array(
        Type.Object({
          file: Type.String(),
          sha256: Type.String(),
          verdict: Type.Enum(['accepted', 'in part', 'refused']),
          rows: Type.Integer(),
          devices: Type.Integer(),
          accepted: Type.Integer(),
          bad: Type.Integer(),
          faults: Type.Record(Type.String(), Type.Integer()),
          at: Type.String(),
        }),
      ),
    }),
    faults: ['REGISTRATION_UNKNOWN'],
    act: async (desk, { params }) => {
      const files = await filesOf(desk, await consignmentOf(desk, params.id));
      return { files: files.map((file) => ({ ...file, faults: { ...file.faults }, at: file.at.toISOString() })) };
    },
  }),
];

const DECIDING: readonly Route[] = [
  route({
    ...STEP,
    url: '/v1/consignments/:id/approve',
    action: 'consignment.approve',
    about: 'Agrees, for the regulator, to what is declared.',
    faults: FAULTS,
    act: async (desk, { params }) => {
      await approveConsignment(desk, params.id);
      return toldById(desk, params.id);
    },
  }),
  route({
    ...STEP,
    url: '/v1/consignments/:id/release',
    action: 'consignment.decide',
    about: 'Lets a consignment into the country; one that was held, with a reason.',
    body: closed({ reason: Type.Optional(line(200)) }),
    faults: [...FAULTS, 'REGISTRATION_APPROVAL', 'REGISTRATION_UNPAID'],
    act: async (desk, { params, body }) => {
      await releaseConsignment(desk, { id: params.id, ...body });
      return toldById(desk, params.id);
    },
  }),
  route({
    ...STEP,
    url: '/v1/consignments/:id/hold',
    action: 'consignment.decide',
    about: 'Holds a consignment, with a reason that its importer is told.',
    body: REASON,
    faults: FAULTS,
    act: async (desk, { params, body }) => {
      await stopConsignment(desk, { id: params.id, event: 'hold', ...body });
      return toldById(desk, params.id);
    },
  }),
  route({
    ...STEP,
    url: '/v1/consignments/:id/refuse',
    action: 'consignment.refuse',
    about: 'Does not let a consignment into the country, with a reason that its importer is told.',
    body: REASON,
    faults: FAULTS,
    act: async (desk, { params, body }) => {
      await stopConsignment(desk, { id: params.id, event: 'refuse', ...body });
      return toldById(desk, params.id);
    },
  }),
];

const INSPECTING: readonly Route[] = [
  route({
    method: 'POST',
    url: '/v1/consignments/:id/check',
    action: 'consignment.ask',
    about: 'Tells whether a device in hand was declared with a consignment; each question is recorded and counted.',
    isRead: true,
    params: ONE,
    body: closed({ imei: IMEI, serial: Type.Optional(line(64)), eid: Type.Optional(line(64)) }),
    answer: Type.Object({
      member: Type.Boolean(),
      serial: Type.Optional(Type.Boolean({ description: 'It is the one that was declared with the IMEI.' })),
      eid: Type.Optional(Type.Boolean()),
    }),
    faults: ['REGISTRATION_UNKNOWN', 'DEVICE_IDENTIFIER', 'READ_QUOTA'],
    act: async (desk, { params, body }) => {
      const inHand = { ...body, consignment: params.id, imei: imeiOf(body.imei) };
      const { member, serial, eid } = await customsCheck(desk, inHand);
      return { member, ...(serial === undefined ? {} : { serial }), ...(eid === undefined ? {} : { eid }) };
    },
  }),
  route({
    method: 'POST',
    url: '/v1/consignments/:id/sample',
    action: 'consignment.ask',
    about: 'Draws devices of a consignment at random, to be looked for among the goods; each is recorded and counted.',
    isRead: true,
    params: ONE,
    body: closed({ size: Type.Integer({ minimum: 1, maximum: LARGEST_SAMPLE }) }),
    answer: Type.Object({
      devices: Type.Array(
        Type.Object({
          imeis: Type.Array(Type.String()),
          serial: Type.Optional(Type.String()),
          eid: Type.Optional(Type.String()),
          gtin: Type.Optional(Type.String()),
        }),
      ),
    }),
    faults: ['REGISTRATION_UNKNOWN', 'REGISTRATION_VALUE', 'READ_QUOTA'],
    act: async (desk, { params, body }) => ({
      devices: (await randomSample(desk, params.id, body.size)).map(({ imeis, serial, eid, gtin }) => ({
        imeis: [...imeis],
        ...(serial === undefined ? {} : { serial }),
        ...(eid === undefined ? {} : { eid }),
        ...(gtin === undefined ? {} : { gtin }),
      })),
    }),
  }),
];

/** Consignments, from their declaration to their release (ITU-T Q.5050 §8.4). */
export const CONSIGNMENT_ROUTES: readonly Route[] = [...IMPORTING, ...READING, ...DECIDING, ...INSPECTING];
