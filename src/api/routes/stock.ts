import { Type } from 'typebox';
import { giveBack, handOver, handOvers, stockOf, takeOver } from '../../registration/trade/stock.ts';
import { HAND_OVER, type HandOverState } from '../../registration/trade/trade_machines.ts';
import { type Route, route } from '../route.ts';
import { closed, ID, IMEI, line } from '../schema.ts';
import { imeiOf } from './appeal_form.ts';
import { TAC_IN, tacsOf } from './trade_form.ts';

const ONE = closed({ id: ID });
const STATES = Object.keys(HAND_OVER.states) as readonly HandOverState[];
const FAULTS = ['REGISTRATION_UNKNOWN', 'REGISTRATION_VALUE', 'STATE_MOVE', 'STATE_ROLE'] as const;

/** Devices that one hand-over counts, at most; as many as a consignment may have. */
const MOST_DEVICES = 10_000_000;

const READING: readonly Route[] = [
  route({
    method: 'GET',
    url: '/v1/stock',
    action: 'retail.read',
    about: 'Tells what one’s organisation has in stock, by counts for each consignment and model.',
    answer: Type.Object({
      stock: Type.Array(
        Type.Object({
          consignment: Type.String(),
          tac: Type.String(),
          devices: Type.Integer(),
          moving: Type.Integer({ description: 'Of these, on their way to somebody else.' }),
          onSale: Type.Integer({ description: 'Of these, with a dealer.' }),
        }),
      ),
    }),
    faults: ['REGISTRATION_UNKNOWN'],
    act: async (desk) => ({ stock: (await stockOf(desk)).map((one) => ({ ...one })) }),
  }),
  route({
    method: 'GET',
    url: '/v1/hand-overs',
    action: 'retail.read',
    about: 'Tells what is on its way from or to one’s organisation.',
    answer: Type.Object({
      handOvers: Type.Array(
        Type.Object({
          id: Type.String(),
          state: Type.Enum([...STATES]),
          from: Type.String(),
          to: Type.String(),
          retail: Type.Boolean({ description: 'The receiver is a dealer: what is taken is on sale.' }),
          devices: Type.Integer(),
          at: Type.String(),
        }),
      ),
    }),
    faults: ['REGISTRATION_UNKNOWN'],
    act: async (desk) => ({
      handOvers: (await handOvers(desk)).map((one) => ({ ...one, at: one.at.toISOString() })),
    }),
  }),
];

const PASSING: readonly Route[] = [
  route({
    method: 'POST',
    url: '/v1/hand-overs',
    action: 'retail.assign',
    about: 'Passes released stock on: devices that are named, or so many of a model of a consignment.',
    bytes: 1 << 20,
    body: Type.Union([
      closed({ to: ID, imeis: Type.Array(IMEI, { minItems: 1, maxItems: 10_000 }) }),
      closed({
        to: ID,
        consignment: ID,
        tac: TAC_IN,
        devices: Type.Integer({ minimum: 1, maximum: MOST_DEVICES }),
      }),
    ]),
    answer: Type.Object({ id: Type.String(), devices: Type.Integer() }),
    status: 201,
    faults: [...FAULTS, 'ACCESS_ORGANISATION', 'DEVICE_IDENTIFIER'],
    act: async (desk, { body }) => {
      const { to } = body;
      if ('imeis' in body)
        return handOver(desk, { to, imeis: body.imeis.map((text, at) => imeiOf(text, `imeis.${at}`)) });
      const { consignment, devices } = body;
      const [tac] = tacsOf([body.tac]);
      if (tac === undefined) throw new Error('a TAC was read and is not there');
      return handOver(desk, { to, consignment, tac, devices });
    },
  }),
  route({
    method: 'POST',
    url: '/v1/hand-overs/:id/take',
    action: 'retail.assign',
    about: 'Takes what came, by one’s own count; with a dealer it is on sale from then on.',
    params: ONE,
    body: closed({ counted: Type.Integer({ minimum: 0, maximum: MOST_DEVICES }) }),
    faults: [...FAULTS, 'REGISTRATION_PROOF'],
    act: (desk, { params, body }) => takeOver(desk, { id: params.id, ...body }),
  }),
  route({
    method: 'POST',
    url: '/v1/hand-overs/:id/decline',
    action: 'retail.assign',
    about: 'Does not take what came, with a reason.',
    params: ONE,
    body: closed({ reason: line(200) }),
    faults: FAULTS,
    act: (desk, { params, body }) => giveBack(desk, { id: params.id, event: 'decline', ...body }),
  }),
  route({
    method: 'POST',
    url: '/v1/hand-overs/:id/recall',
    action: 'retail.assign',
    about: 'Takes back what one passed on, as long as it is on its way.',
    params: ONE,
    faults: FAULTS,
    act: (desk, { params }) => giveBack(desk, { id: params.id, event: 'recall' }),
  }),
];

/** Stock that passes from importer to distributor to dealer. */
export const STOCK_ROUTES: readonly Route[] = [...READING, ...PASSING];
