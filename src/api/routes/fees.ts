import { Type } from 'typebox';
import { reaches } from '../../access/actions.ts';
import type { Desk } from '../../access/desk.ts';
import { FEE_ACTS } from '../../country/fees.ts';
import { parseReference, writeReference } from '../../identifiers/reference.ts';
import { type Charge, lockCharge, quote } from '../../registration/fees/charge.ts';
import { paymentArrived, refundCharge, waiveCharge } from '../../registration/fees/pay.ts';
import { listCharges } from '../../registration/listing.ts';
import { unknown } from '../../registration/refusal.ts';
import { CHARGE, type ChargeState } from '../../registration/trade/trade_machines.ts';
import { PAGE, pageOf } from '../cursor.ts';
import { type Route, route } from '../route.ts';
import { closed, line, TIME } from '../schema.ts';
import { CHARGE_OUT, FEE_LINE, MONEY_IN, MONEY_OUT, pageIn, toldCharge } from './trade_form.ts';

const ONE = closed({ reference: Type.String({ minLength: 1, maxLength: 32 }) });
const STATES = Object.keys(CHARGE.states) as readonly ChargeState[];
const FAULTS = ['REGISTRATION_UNKNOWN', 'REGISTRATION_VALUE', 'STATE_MOVE', 'STATE_ROLE'] as const;

/** A charge that the actor may see. @throws Refused REGISTRATION_UNKNOWN */
async function chargeOf(desk: Desk, text: string): Promise<Charge> {
  const reference = parseReference(text);
  const charge = reference.ok ? await lockCharge(desk, reference.value) : undefined;
  if (charge === undefined || !reaches(desk.actor, 'fee.read', { organisation: charge.payer })) throw unknown('charge');
  return charge;
}

const toldByReference = async (desk: Desk, reference: string) => toldCharge(await chargeOf(desk, reference));

const READING: readonly Route[] = [
  route({
    method: 'POST',
    url: '/v1/fees/quote',
    action: 'fee.quote',
    about: 'Tells what something would cost today by the schedule, also the rules by which nothing is due.',
    isRead: true,
    limit: 'check',
    body: closed({
      act: Type.Enum(FEE_ACTS),
      deviceType: Type.Optional(line(200)),
      devices: Type.Integer({ minimum: 0, maximum: 10_000_000 }),
      value: MONEY_IN,
    }),
    answer: Type.Object({ total: MONEY_OUT, lines: Type.Array(FEE_LINE) }),
    faults: ['FEE_CURRENCY', 'FEE_AMOUNT'],
    act: async (desk, { body: { deviceType, ...act } }) => {
      const { total, lines } = quote(desk, { ...act, deviceType });
      return {
        total: { ...total },
        lines: lines.map(({ free, ...one }) => ({ ...one, ...(free === undefined ? {} : { free }) })),
      };
    },
  }),
  route({
    method: 'GET',
    url: '/v1/fees',
    action: 'fee.read',
    about: 'Lists what one’s organisation has to pay and paid, the newest first; customs and the regulator see all.',
    query: closed({ ...PAGE, state: Type.Optional(Type.Enum([...STATES])) }),
    answer: pageOf(
      Type.Object({
        reference: Type.String(),
        ground: Type.String(),
        state: Type.Enum([...STATES]),
        total: MONEY_OUT,
        payBy: Type.String(),
        at: Type.String(),
      }),
    ),
    faults: ['API_CURSOR'],
    act: async (desk, { query }) => {
      const page = await pageIn(desk, { name: 'fees', query }, (which) => listCharges(desk, which));
      const items = page.rows.map(({ reference, ground, state, amount, currency, payBy, at }) => ({
        ...{ reference: writeReference(reference), ground, state, payBy, at: at.toISOString() },
        total: { amount: Number(amount), currency },
      }));
      return { items, next: page.next };
    },
  }),
  route({
    method: 'GET',
    url: '/v1/fees/:reference',
    action: 'fee.read',
    about: 'Tells what is to be paid by a reference, and how it was reckoned.',
    params: ONE,
    answer: CHARGE_OUT,
    faults: ['REGISTRATION_UNKNOWN'],
    act: (desk, { params }) => toldByReference(desk, params.reference),
  }),
];

const SETTLING: readonly Route[] = [
  route({
    method: 'POST',
    url: '/v1/payments',
    action: 'fee.pay',
    about: 'Takes a payment as a payment system tells it. Each is kept; told again, it does nothing.',
    body: closed({
      reference: Type.String({ minLength: 1, maxLength: 64, description: 'What the payer quoted.' }),
      amount: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
      currency: Type.String({ minLength: 3, maxLength: 3 }),
      at: TIME,
      source: Type.String({ minLength: 1, maxLength: 128, description: 'Which system tells it: `bank:<name>`.' }),
    }),
    answer: Type.Object({
      payment: Type.String(),
      outcome: Type.Enum(['paid', 'unknown', 'amount', 'closed'], {
        description: 'It paid a charge, or why not: no such reference, another amount, nothing due any more.',
      }),
      again: Type.Boolean(),
    }),
    status: 201,
    faults: [...FAULTS, 'NOTICE_RECIPIENT'],
    act: async (desk, { body }) => {
      const { payment, outcome, again } = await paymentArrived(desk, { ...body, at: new Date(body.at) });
      return { payment, outcome, again };
    },
  }),
  route({
    method: 'POST',
    url: '/v1/fees/:reference/waive',
    action: 'fee.waive',
    about: 'Waives what is due, by a legal basis; what waited for it goes on.',
    params: ONE,
    body: closed({ basis: line(200) }),
    answer: CHARGE_OUT,
    faults: [...FAULTS, 'NOTICE_RECIPIENT'],
    act: async (desk, { params: { reference }, body }) => {
      await waiveCharge(desk, { reference, ...body });
      return toldByReference(desk, reference);
    },
  }),
  route({
    method: 'POST',
    url: '/v1/fees/:reference/refund',
    action: 'fee.refund',
    about: 'Gives back what was paid, with a reason.',
    params: ONE,
    body: closed({ reason: line(200) }),
    answer: CHARGE_OUT,
    faults: FAULTS,
    act: async (desk, { params: { reference }, body }) => {
      await refundCharge(desk, { reference, ...body });
      return toldByReference(desk, reference);
    },
  }),
];

/** Fees and duty: what something costs, what is due, and what was paid. */
export const FEE_ROUTES: readonly Route[] = [...READING, ...SETTLING];
