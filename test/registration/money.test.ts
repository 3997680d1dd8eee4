import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { FeeRule } from '../../src/country/fees.ts';
import { type Assessed, assess, writeMoney } from '../../src/registration/fees/money.ts';
import { day } from './office.ts';

const rule = (more: Partial<FeeRule>): FeeRule => ({
  id: 'duty',
  name: 'Duty',
  kind: 'duty',
  acts: ['consignment'],
  from: day('2026-01-01'),
  fixed: 0,
  perDevice: 0,
  basisPoints: 0,
  freeUpTo: 0,
  exemptDeviceTypes: [],
  ...more,
});

const goods = (more: Partial<Assessed> = {}): Assessed => ({
  act: 'consignment',
  on: day('2026-06-01'),
  deviceType: 'Smartphone',
  devices: 10,
  value: { amount: 100_000, currency: 'CHF' },
  ...more,
});

const total = (rules: readonly FeeRule[], more: Partial<Assessed> = {}): number => {
  const found = assess({ currency: 'CHF', rules }, goods(more));
  assert.ok(found.ok);
  return found.value.total.amount;
};

test('fixed, each device, a share of its value, and no more than the most', () => {
  assert.equal(total([rule({ fixed: 500 })]), 500);
  assert.equal(total([rule({ perDevice: 100 })]), 1000);
  assert.equal(total([rule({ basisPoints: 250 })]), 10 * 250);
  assert.equal(total([rule({ fixed: 7, perDevice: 100, basisPoints: 250, mostPerDevice: 300 })]), 7 + 10 * 300);
  assert.equal(total([rule({ fixed: 1 }), rule({ id: 'fee', perDevice: 2 })]), 21);
});

test('a rule counts for its acts and within its days only', () => {
  const of = [rule({ fixed: 5, from: day('2026-06-01'), until: day('2026-06-30') })];
  assert.equal(total(of), 5);
  assert.equal(total(of, { on: day('2026-05-31') }), 0);
  assert.equal(total(of, { on: day('2026-07-01') }), 0);
  assert.equal(total(of, { act: 'personal_import' }), 0);
});

test('types and values that are exempt owe nothing, and the calculation says why', () => {
  const rules = [rule({ perDevice: 3600, exemptDeviceTypes: ['Modem'], freeUpTo: 5000 })];
  const lineFor = (more: Partial<Assessed>) => {
    const found = assess({ currency: 'CHF', rules }, goods(more));
    return found.ok ? found.value.lines.map(({ amount, free }) => [amount, free]) : found.fault.code;
  };
  assert.deepEqual(lineFor({ deviceType: 'Modem' }), [[0, 'device type']]);
  assert.deepEqual(lineFor({ value: { amount: 50_000, currency: 'CHF' } }), [[0, 'value']]);
  assert.deepEqual(lineFor({ value: { amount: 50_010, currency: 'CHF' } }), [[36_000, undefined]]);
  assert.deepEqual(lineFor({ deviceType: undefined }), [[36_000, undefined]]);
});

test('another currency, and what is no amount, is refused', () => {
  const code = (rules: readonly FeeRule[], more: Partial<Assessed>) => {
    const found = assess({ currency: 'CHF', rules }, goods(more));
    return found.ok ? 'ok' : found.fault.code;
  };
  const foreign = { value: { amount: 1, currency: 'USD' } };
  assert.equal(code([rule({ basisPoints: 1 })], foreign), 'FEE_CURRENCY');
  assert.equal(code([rule({ fixed: 1 })], foreign), 'ok', 'the value does not matter');
  for (const amount of [-1, 0.5, 2 ** 60])
    assert.equal(code([rule({})], { value: { amount, currency: 'CHF' } }), 'FEE_AMOUNT');
  assert.equal(
    code([rule({ perDevice: 10 ** 12 })], { devices: 10 ** 7 }),
    'FEE_AMOUNT',
    'the sum leaves the whole numbers',
  );
});

test('a share is that of the exact product, rounded down, whatever the size', () => {
  fc.assert(
    fc.property(fc.nat(10 ** 12), fc.nat(100_000), (each, basisPoints) => {
      const due = total([rule({ basisPoints })], { devices: 1, value: { amount: each, currency: 'CHF' } });
      assert.equal(BigInt(due), (BigInt(each) * BigInt(basisPoints)) / 10_000n);
    }),
    { numRuns: 200 },
  );
});

test('amounts are written with their decimal places', () => {
  assert.equal(writeMoney({ amount: 1234, currency: 'CHF' }, 2), 'CHF 12.34');
  assert.equal(writeMoney({ amount: 5, currency: 'CHF' }, 2), 'CHF 0.05');
  assert.equal(writeMoney({ amount: 5, currency: 'JPY' }, 0), 'JPY 5');
  assert.equal(writeMoney({ amount: 12345, currency: 'KWD' }, 3), 'KWD 12.345');
});
