import { randomBytes } from 'node:crypto';
import type { Desk } from '../../access/desk.ts';
import { addDays } from '../../calendar/day.ts';
import { registrationOf } from '../../country/registration.ts';
import { Refused } from '../../faults/fault.ts';
import { REFERENCE_BYTES, type Reference, referenceOf, writeReference } from '../../identifiers/reference.ts';
import { refused } from '../refusal.ts';
import { began, dayOf, first, move } from '../step.ts';
import { type KeptContact, tell } from '../tell.ts';
import { CHARGE, type ChargeState } from '../trade/trade_machines.ts';
import { type Assessed, type Assessment, assess, type FeeLine, type Money, writeMoney } from './money.ts';

/** What something is to be paid for, and who pays. */
export type Demand = Omit<Assessed, 'on'> & {
  /** The application: `consignment:<uuid>`. */
  readonly ground: string;
  /** An organisation, or the pseudonym of a person. */
  readonly payer: string;
  /** Where the payer is told. */
  readonly contact: KeptContact;
};

/** A demand as the payer sees it. Nothing in it says anything about whether the device is genuine. */
export type Charge = {
  readonly id: string;
  readonly reference: Reference;
  readonly ground: string;
  readonly state: ChargeState;
  readonly payer: string;
  readonly total: Money;
  readonly lines: readonly FeeLine[];
  /** Until when it ought to be paid; later is possible. */
  readonly payBy: string;
};

/** What an act would cost today: the public calculator. Faults as {@link assess}. */
export function quote(desk: Pick<Desk, 'policy' | 'now'>, act: Omit<Assessed, 'on'>): Assessment {
  const found = assess(registrationOf(desk.policy).fees, { ...act, on: dayOf(desk) });
  if (!found.ok) throw new Refused([found.fault]);
  return found.value;
}

/** Demands what an act costs by the schedule of today; undefined where that is nothing. @throws Refused FEE_… */
export async function openCharge(desk: Desk, { ground, payer, contact, ...act }: Demand): Promise<Charge | undefined> {
  const { total, lines } = quote(desk, act);
  if (total.amount === 0) return undefined;
  const step = first(desk, CHARGE, { event: 'demand' });
  const reference = referenceOf(randomBytes(REFERENCE_BYTES));
  const payBy = addDays(dayOf(desk), registrationOf(desk.policy).fees.payDays);
  const [row] = await desk.query<{ id: string }>(
    `INSERT INTO charge (state, reference, act, ground, payer, amount, currency, lines, pay_by, at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING id`,
    [step.to, reference, act.act, ground, payer, total.amount, total.currency, JSON.stringify(lines), payBy, desk.now],
  );
  if (row === undefined) throw new Error('a charge without an id');
  await began(desk, 'charge', { id: row.id, event: 'demand', to: step.to });
  const fee = writeMoney(total, registrationOf(desk.policy).fees.minorDigits);
  await tell(desk, contact, {
    template: 'fee_due',
    values: { reference: writeReference(reference), fee, by: payBy },
    case: ground,
  });
  return { id: row.id, reference, ground, state: step.to, payer, total, lines, payBy };
}

type Row = Omit<Charge, 'total'> & { readonly amount: string; readonly currency: string };

const COLUMNS = `id, reference, ground, state, payer, amount, currency, lines, pay_by::text AS "payBy"`;

const chargeOf = ({ amount, currency, ...row }: Row): Charge => ({
  ...row,
  total: { amount: Number(amount), currency },
});

/** What was demanded for an application, the newest first. */
export async function chargesOf({ query }: Pick<Desk, 'query'>, ground: string): Promise<readonly Charge[]> {
  const rows = await query<Row>(`SELECT ${COLUMNS} FROM charge WHERE ground = $1 ORDER BY at DESC, id`, [ground]);
  return rows.map(chargeOf);
}

/** A charge by its reference, locked until the commit. */
export async function lockCharge({ query }: Pick<Desk, 'query'>, reference: string): Promise<Charge | undefined> {
  const [row] = await query<Row>(`SELECT ${COLUMNS} FROM charge WHERE reference = $1 FOR UPDATE`, [reference]);
  return row === undefined ? undefined : chargeOf(row);
}

/** Refuses to go on while something is due for an application. @throws Refused REGISTRATION_UNPAID */
export async function demandSettled(desk: Pick<Desk, 'query' | 'policy'>, ground: string): Promise<void> {
  const due = (await chargesOf(desk, ground)).find(({ state }) => state === 'due');
  if (due === undefined) return;
  const { minorDigits } = registrationOf(desk.policy).fees;
  const message = `${writeMoney(due.total, minorDigits)} are still to be paid, by the reference ${writeReference(due.reference)}.`;
  throw refused('REGISTRATION_UNPAID', message, 'Pay it, or have it waived.');
}

/** Ends what is still due for an application that does not take place. */
export async function cancelCharges(desk: Desk, ground: string): Promise<void> {
  const rows = await desk.query<{ id: string; state: ChargeState }>(
    `SELECT id, state FROM charge WHERE ground = $1 AND state = 'due' ORDER BY id FOR UPDATE`,
    [ground],
  );
  for (const { id, state } of rows)
    await move(desk, { machine: CHARGE, thing: 'charge', id, state }, { event: 'cancel', roles: ['system'] });
}
