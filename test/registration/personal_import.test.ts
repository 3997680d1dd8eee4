import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Actor } from '../../src/access/actor.ts';
import { citizen } from '../../src/access/sign_in/proof.ts';
import type { Imei } from '../../src/identifiers/imei.ts';
import type { Msisdn } from '../../src/identifiers/msisdn.ts';
import { writeReference } from '../../src/identifiers/reference.ts';
import { chargesOf, quote } from '../../src/registration/fees/charge.ts';
import { paymentArrived, refundCharge, waiveCharge } from '../../src/registration/fees/pay.ts';
import {
  applyForImport,
  CONFIRM_PURPOSE,
  confirmImport,
  personalImportOf,
  refuseImport,
  withdrawImport,
} from '../../src/registration/holders/personal_import.ts';
import { permitsOf } from '../../src/registration/permit.ts';
import {
  ANALYST,
  APPROVER,
  CUSTOMS,
  codes,
  country,
  imeiOf,
  knowing,
  NOW,
  type Office,
  openOffice,
  refusal,
  SYSTEM,
  TACS,
} from './office.ts';
import { proofOf } from './proof.ts';

const NUMBER = '41791112233' as Msisdn;
const FEES = country(`{ approval: { required: false }, personal_import: { devices_per_holder: 2 },
  offices: { regulator: [r@a.example] }, fees: { currency: CHF, rules: [
  { id: duty, name: Duty, kind: duty, acts: [personal_import], from: 2026-01-01, basis_points: 1000, free_up_to: 5000 }] } }`);

const holder = (office: Office): Actor => citizen(office.vault.pseudonym('msisdn', NUMBER));

type Wish = { readonly actor?: Actor; readonly serial?: number; readonly value?: number; readonly contact?: Msisdn };

const apply = (office: Office, { actor = holder(office), serial = 1, value = 60_000, contact }: Wish = {}) =>
  office.act(actor, (desk) =>
    applyForImport(desk, knowing(), {
      identifiers: [{ kind: 'imei', imei: imeiOf(TACS.single, serial) }],
      document: { kind: 'passport', country: 'CH', number: 'X1234567' },
      proof: 'Entry 77',
      value: { amount: value, currency: 'CHF' },
      ...(contact && { contact: { to: { channel: 'sms', msisdn: contact } } }),
    }),
  );

const pay = (office: Office, reference: string, amount: number, more: object = {}) =>
  office.act(SYSTEM, (desk) =>
    paymentArrived(desk, { reference, amount, currency: 'CHF', at: NOW, source: 'bank:one', ...more }),
  );

const state = (office: Office, id: string) =>
  office.act(ANALYST, async (desk) => (await personalImportOf(desk, id)).state);

const permits = (office: Office, imei: Imei) => permitsOf(office.registry, imei);

test('what is due is demanded, and the payment registers the device in its holder’s name', async () => {
  const office = await openOffice(FEES);
  const { id, charge, state: first } = await apply(office);
  assert.ok(charge !== undefined);
  assert.deepEqual([first, charge.total, charge.payBy], ['due', { amount: 6000, currency: 'CHF' }, '2026-11-17']);
  assert.deepEqual(await permits(office, imeiOf(TACS.single, 1)), []);
  // As people write it, after the day by which it ought to be paid.
  const paid = await pay(office, writeReference(charge.reference).toLowerCase(), 6000);
  assert.deepEqual([paid.outcome, paid.again], ['paid', false]);
  assert.equal(await state(office, id), 'registered');
  const [permit] = await permits(office, imeiOf(TACS.single, 1));
  assert.deepEqual([permit?.ground, permit?.payment], [`personal_import:${id}`, charge.reference]);
  const owners = await office.registry.query<{ person: string }>('SELECT person FROM device_association');
  assert.deepEqual(owners, [{ person: holder(office).id }]);
});

test('the same payment told again does nothing; what suits nothing is kept, and the regulator is told', async () => {
  const office = await openOffice(FEES);
  const { charge } = await apply(office);
  const reference = charge?.reference ?? '';
  assert.equal((await pay(office, reference, 5999)).outcome, 'amount');
  assert.equal((await pay(office, reference, 6000, { currency: 'USD' })).outcome, 'amount');
  const told = await Promise.all([1, 2, 3].map(() => pay(office, reference, 6000)));
  assert.deepEqual(told.map(({ outcome, again }) => `${outcome} ${again}`).sort(), [
    'paid false',
    'paid true',
    'paid true',
  ]);
  assert.equal((await pay(office, reference, 6000, { at: new Date('2026-11-09T10:00:00Z') })).outcome, 'closed');
  assert.equal((await pay(office, 'whatever', 6000)).outcome, 'unknown');
  const payments = await office.registry.query<{ outcome: string }>('SELECT outcome FROM payment ORDER BY number');
  assert.deepEqual(
    payments.map(({ outcome }) => outcome),
    ['amount', 'amount', 'paid', 'closed', 'unknown'],
  );
  assert.equal((await office.registry.query(`SELECT FROM registration_alarm WHERE kind = 'stray_payment'`)).length, 4);
  assert.deepEqual(await codes(pay(office, reference, 0.5)), ['REGISTRATION_VALUE']);
  const other = office.act(holder(office), (desk) =>
    paymentArrived(desk, { reference, amount: 6000, currency: 'CHF', at: NOW, source: 'me' }),
  );
  assert.deepEqual(await codes(other), ['ACCESS_ROLE']);
});

test('where nothing is due it is registered at once, and the calculator said so before', async () => {
  const office = await openOffice(FEES);
  const quoted = await office.act(SYSTEM, async (desk) =>
    quote(desk, {
      act: 'personal_import',
      deviceType: undefined,
      devices: 1,
      value: { amount: 5000, currency: 'CHF' },
    }),
  );
  assert.deepEqual(
    quoted.lines.map(({ amount, free }) => [amount, free]),
    [[0, 'value']],
  );
  const { state: found, charge } = await apply(office, { value: 5000 });
  assert.deepEqual([found, charge], ['registered', undefined]);
  const [permit] = await permits(office, imeiOf(TACS.single, 1));
  assert.deepEqual(permit?.approvedBy, ['rule:registration.fees']);
});

test('a waiver by an approver settles it, a refund leaves the device registered', async () => {
  const office = await openOffice(FEES);
  const { id, charge } = await apply(office);
  const reference = charge?.reference ?? '';
  const waive = (actor: Actor, basis: string) => office.act(actor, (desk) => waiveCharge(desk, { reference, basis }));
  assert.deepEqual(await codes(waive(ANALYST, 'Act 7')), ['STATE_ROLE']);
  assert.deepEqual(await codes(waive(APPROVER, '')), ['REGISTRATION_VALUE']);
  await waive(APPROVER, 'Diplomatic relations act, section 7');
  assert.equal(await state(office, id), 'registered');
  const next = await apply(office, { serial: 2 });
  await pay(office, next.charge?.reference ?? '', 6000);
  await office.act(APPROVER, (desk) =>
    refundCharge(desk, { reference: next.charge?.reference ?? '', reason: 'Paid twice elsewhere' }),
  );
  const charges = await chargesOf(office.registry, `personal_import:${next.id}`);
  assert.deepEqual(
    charges.map((one) => one.state),
    ['refunded'],
  );
  assert.equal(await state(office, next.id), 'registered');
});

test('what an office files waits for the holder, who confirms by his own number; nobody else can', async () => {
  const office = await openOffice(FEES);
  assert.deepEqual(await codes(apply(office, { actor: CUSTOMS })), ['REGISTRATION_VALUE'], 'nobody could confirm it');
  const { id, state: filed, charge } = await apply(office, { actor: CUSTOMS, contact: NUMBER });
  assert.deepEqual([filed, charge], ['filed', undefined]);
  const confirm = async (number: Msisdn) => {
    const proof = await proofOf(office, number, { purpose: CONFIRM_PURPOSE });
    return office.act(SYSTEM, (desk) => confirmImport(desk, { id, proof }));
  };
  assert.deepEqual(await codes(confirm('41790000000' as Msisdn)), ['REGISTRATION_UNKNOWN']);
  const confirmed = await confirm(NUMBER);
  assert.equal(confirmed.charge?.total.amount, 6000);
  await pay(office, confirmed.charge?.reference ?? '', 6000);
  assert.equal(await state(office, id), 'registered');
});

test('a holder brings so many devices in a period; what is refused or withdrawn is not counted, nor to be paid', async () => {
  const office = await openOffice(FEES);
  const first = await apply(office, { serial: 1 });
  const second = await apply(office, { serial: 2 });
  assert.deepEqual(await codes(apply(office, { serial: 3 })), ['REGISTRATION_QUOTA']);
  await office.act(holder(office), (desk) => withdrawImport(desk, first.id));
  await office.act(ANALYST, (desk) => refuseImport(desk, { id: second.id, reason: 'The entry is not known' }));
  for (const { id } of [first, second])
    assert.deepEqual(
      (await chargesOf(office.registry, `personal_import:${id}`)).map((one) => one.state),
      ['cancelled'],
    );
  await apply(office, { serial: 3 });
  assert.equal((await pay(office, second.charge?.reference ?? '', 6000)).outcome, 'closed');
});

test('what is registered, stolen, or of a model without certificate is refused', async () => {
  const office = await openOffice(FEES);
  await apply(office, { value: 0 });
  assert.deepEqual(await codes(apply(office, { value: 0 })), ['REGISTRATION_TAKEN']);
  const stolen = knowing(new Map([[imeiOf(TACS.single, 2), { stolen: true }]]));
  const refusedFor = (policy = FEES, knowledge = stolen) =>
    refusal(
      office.act(
        holder(office),
        (desk) =>
          applyForImport(desk, knowledge, {
            identifiers: [{ kind: 'imei', imei: imeiOf(TACS.single, 2) }],
            document: { kind: 'passport', country: 'CH', number: 'X1234567' },
            proof: 'Entry 77',
            value: { amount: 0, currency: 'CHF' },
          }),
        { policy },
      ),
    );
  assert.equal((await refusedFor())[0]?.code, 'REGISTRATION_HELD');
  assert.equal((await refusedFor(country(), knowing()))[0]?.code, 'REGISTRATION_APPROVAL');
  // What is due or missing says nothing about whether a device is genuine.
  for (const { message } of await refusedFor(country(), knowing()))
    assert.doesNotMatch(message, /counterfeit|fake|illegal/i);
});
