import { demand } from '../../access/actions.ts';
import type { Role } from '../../access/actor.ts';
import type { Desk } from '../../access/desk.ts';
import { parseReference } from '../../identifiers/reference.ts';
import { alarm } from '../alarm.ts';
import { completeImport } from '../holders/personal_import.ts';
import { badValue, line, unknown } from '../refusal.ts';
import { type Happening, move } from '../step.ts';
import { CHARGE, type ChargeEvent } from '../trade/trade_machines.ts';
import { type Charge, lockCharge } from './charge.ts';

/** A payment as a payment system tells it. */
export type Payment = {
  /** What the payer quoted. */
  readonly reference: string;
  /** In the smallest unit of the currency. */
  readonly amount: number;
  readonly currency: string;
  /** When it was paid. */
  readonly at: Date;
  /** Which system tells it: `bank:<name>`. */
  readonly source: string;
};

/** What came of a payment: it paid a charge, or why it did not. */
export type PaymentOutcome = 'paid' | 'unknown' | 'amount' | 'closed';

/** The payment as it is kept; `again`: it was told before, and nothing was done. */
export type PaymentKept = {
  readonly payment: string;
  readonly outcome: PaymentOutcome;
  readonly charge: string | undefined;
  readonly again: boolean;
};

/**
 * A payment arrived. It pays the charge of its reference if amount and currency are those demanded; every payment is kept,
 * also one that suits nothing, which the regulator is told of: money is never lost. The same message again does nothing.
 * @throws Refused ACCESS_ROLE, REGISTRATION_VALUE
 */
export async function paymentArrived(desk: Desk, payment: Payment): Promise<PaymentKept> {
  demand(desk.actor, 'fee.pay');
  if (!Number.isSafeInteger(payment.amount) || payment.amount <= 0)
    throw badValue('amount', 'The amount is none.', 'Give it in whole numbers of the smallest unit of the currency.');
  const read = parseReference(payment.reference);
  const reference = read.ok ? read.value : payment.reference.trim().slice(0, 64);
  await desk.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 11))', [reference]);
  const before = await keptBefore(desk, { ...payment, reference });
  if (before !== undefined) return { ...before, again: true };
  const charge = await lockCharge(desk, reference);
  const outcome = outcomeOf(charge, payment);
  const number = await keep(desk, { ...payment, reference }, { outcome, charge: charge?.id });
  if (outcome === 'paid' && charge !== undefined) {
    await go(desk, charge, { event: 'pay', note: `payment ${number}`, at: payment.at });
    await settled(desk, charge);
  } else await reportStray(desk, payment, { number, outcome });
  return { payment: number, outcome, charge: charge?.id, again: false };
}

function outcomeOf(charge: Charge | undefined, { amount, currency }: Payment): PaymentOutcome {
  if (charge === undefined) return 'unknown';
  if (charge.state !== 'due') return 'closed';
  return charge.total.amount === amount && charge.total.currency === currency ? 'paid' : 'amount';
}

async function keptBefore({ query }: Desk, { reference, amount, currency, at, source }: Payment) {
  const [row] = await query<{ payment: string; outcome: PaymentOutcome; charge: string | null }>(
    `SELECT number AS payment, outcome, charge FROM payment
     WHERE reference = $1 AND source = $2 AND at = $3 AND amount = $4 AND currency = $5`,
    [reference, source, at, amount, currency],
  );
  return row === undefined ? undefined : { ...row, charge: row.charge ?? undefined };
}

type Outcome = { readonly outcome: PaymentOutcome; readonly charge: string | undefined };

async function keep(desk: Desk, payment: Payment, { outcome, charge }: Outcome): Promise<string> {
  const { reference, amount, currency, at, source } = payment;
  const [row] = await desk.query<{ number: string }>(
    `INSERT INTO payment (reference, amount, currency, at, source, charge, outcome, recorded)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING number`,
    [reference, amount, currency, at, line('source', source), charge ?? null, outcome, desk.now],
  );
  if (row === undefined) throw new Error('a payment without a number');
  return row.number;
}

const reportStray = (
  desk: Desk,
  { at, source }: Payment,
  { number, outcome }: { readonly number: string; readonly outcome: PaymentOutcome },
): Promise<void> =>
  alarm(desk, {
    kind: 'stray_payment',
    subject: `payment:${number}`,
    figures: { source, why: outcome },
    at,
    offices: ['regulator'],
  });

/** What waited for a charge goes on. */
async function settled(desk: Desk, { ground }: Charge): Promise<void> {
  const [thing, id] = ground.split(':');
  if (thing === 'personal_import' && id !== undefined) await completeImport(desk, id);
}

const go = (desk: Desk, { id, state }: Charge, happening: Happening<ChargeEvent, Role>) =>
  move(desk, { machine: CHARGE, thing: 'charge', id, state }, happening);

/** Waives a charge, by a legal basis. @throws Refused STATE_…, REGISTRATION_UNKNOWN, REGISTRATION_VALUE */
export async function waiveCharge(
  desk: Desk,
  { reference, basis }: { readonly reference: string; readonly basis: string },
): Promise<void> {
  const charge = await found(desk, reference);
  await go(desk, charge, { event: 'waive', note: line('basis', basis) });
  await settled(desk, charge);
}

/** Gives back what was paid, with a reason; whether the device stays registered is another decision. @throws Refused as `waiveCharge` */
export async function refundCharge(
  desk: Desk,
  { reference, reason }: { readonly reference: string; readonly reason: string },
): Promise<void> {
  await go(desk, await found(desk, reference), { event: 'refund', note: line('reason', reason) });
}

async function found(desk: Desk, text: string): Promise<Charge> {
  const reference = parseReference(text);
  const charge = reference.ok ? await lockCharge(desk, reference.value) : undefined;
  if (charge === undefined) throw unknown('charge');
  return charge;
}
