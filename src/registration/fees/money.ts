import type { Day } from '../../calendar/day.ts';
import type { FeeAct, FeePolicy, FeeRule } from '../../country/fees.ts';
import type { Fault } from '../../faults/fault.ts';
import { fail, ok, type Result } from '../../faults/result.ts';

/** An amount in the smallest unit of its currency (ISO 4217): a whole number, never a fraction. */
export type Money = { readonly amount: number; readonly currency: string };

/** For what something may be due. */
export type Assessed = {
  readonly act: FeeAct;
  readonly on: Day;
  /** As the TAC database writes it; undefined: nobody knows, and no exemption applies. */
  readonly deviceType: string | undefined;
  readonly devices: number;
  /** Of all devices together. */
  readonly value: Money;
};

/** What one rule of the schedule makes due, and why it is nothing where it is nothing. */
export type FeeLine = {
  readonly rule: string;
  readonly name: string;
  readonly kind: FeeRule['kind'];
  readonly amount: number;
  readonly free?: 'device type' | 'value' | undefined;
};

/** The calculation as the payer sees it: each rule that applies, also those by which nothing is due. */
export type Assessment = { readonly total: Money; readonly lines: readonly FeeLine[] };

/**
 * What is due by the schedule. Pure: the public calculator and the demand give the same answer. A percentage is taken of the
 * value of one device (all devices of a declaration are taken to be worth the same), rounded down, so that nobody pays a
 * fraction more than the rule says.
 *
 * Faults: FEE_CURRENCY, FEE_AMOUNT.
 */
export function assess(
  { currency, rules }: Pick<FeePolicy, 'currency' | 'rules'>,
  { act, on, deviceType, devices, value }: Assessed,
): Result<Assessment, Fault> {
  const inForce = rules.filter(
    (rule) => rule.acts.includes(act) && rule.from <= on && (rule.until === undefined || on <= rule.until),
  );
  if (!isAmount(value.amount) || !isAmount(devices)) return fail(amountFault);
  // Where nothing goes by the value, its currency does not matter.
  const byValue = inForce.some((rule) => rule.basisPoints > 0 || rule.freeUpTo > 0);
  if (byValue && value.currency !== currency) return fail(currencyFault(value.currency, currency));
  const each = devices === 0 ? 0 : Math.floor(value.amount / devices);
  const lines = inForce.map((rule) => lineOf(rule, { deviceType, devices, each }));
  const total = lines.reduce((sum, { amount }) => sum + amount, 0);
  if (!isAmount(total)) return fail(amountFault);
  return ok({ total: { amount: total, currency }, lines });
}

type Goods = { readonly deviceType: string | undefined; readonly devices: number; readonly each: number };

function lineOf(rule: FeeRule, { deviceType, devices, each }: Goods): FeeLine {
  const { id, name, kind, fixed, perDevice, basisPoints, mostPerDevice, freeUpTo, exemptDeviceTypes } = rule;
  const line = { rule: id, name, kind };
  if (deviceType !== undefined && exemptDeviceTypes.includes(deviceType))
    return { ...line, amount: 0, free: 'device type' };
  if (freeUpTo > 0 && each <= freeUpTo) return { ...line, amount: 0, free: 'value' };
  // In two parts, so that no product leaves the whole numbers that can be told apart.
  const share = Math.floor(each / 10_000) * basisPoints + Math.floor(((each % 10_000) * basisPoints) / 10_000);
  const one = Math.min(perDevice + share, mostPerDevice ?? Infinity);
  return { ...line, amount: fixed + one * devices };
}

const isAmount = (amount: number): boolean => Number.isSafeInteger(amount) && amount >= 0;

/** An amount as people read it: `1234` of a currency with two decimal places is `12.34`. */
export function writeMoney({ amount, currency }: Money, minorDigits: number): string {
  const digits = String(amount).padStart(minorDigits + 1, '0');
  const whole = digits.slice(0, digits.length - minorDigits);
  return `${currency} ${whole}${minorDigits === 0 ? '' : `.${digits.slice(-minorDigits)}`}`;
}

const amountFault: Fault = {
  code: 'FEE_AMOUNT',
  message: 'An amount or number of devices is negative, no whole number, or too large to be counted.',
  remedy: 'Give amounts as whole numbers of the smallest unit of the currency.',
  field: 'value',
};

const currencyFault = (given: string, currency: string): Fault => ({
  code: 'FEE_CURRENCY',
  message: `The value is given in ${given}; the schedule is in ${currency}.`,
  remedy: `Give the value in ${currency}, at the rate of the day of the declaration.`,
  field: 'currency',
});
