import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Actor } from '../../src/access/actor.ts';
import { approve, propose } from '../../src/access/approval.ts';
import { addDays } from '../../src/calendar/day.ts';
import {
  addTacs,
  applyForApproval,
  decideApproval,
  grantApproval,
  renewApproval,
  reportTest,
  revokeApproval,
  takeForTest,
} from '../../src/registration/approval/approval.ts';
import { runApprovals } from '../../src/registration/approval/approval_clock.ts';
import { isApproved } from '../../src/registration/approval/approved.ts';
import {
  certificateQr,
  certificateQrText,
  covers,
  signCertificate,
  verifyCertificate,
} from '../../src/registration/approval/certificate.ts';
import { waiveCharge } from '../../src/registration/fees/pay.ts';
import { stepsOf } from '../../src/registration/step.ts';
import { freshRing } from '../../src/vault/ring.ts';
import { signerOf } from '../../src/vault/signing.ts';
import {
  ANALYST,
  APPROVER,
  codes,
  country,
  day,
  importer,
  NOW,
  type Office,
  openOffice,
  organisation,
  SYSTEM,
  staff,
  TACS,
} from './office.ts';

const LAB = staff('lab', organisation('lab'));
const MAKER = importer(['Acme']);
const at = (text: string): Date => new Date(`${text}T12:00:00Z`);
const SPAN = { validFrom: day('2026-11-01'), validTo: day('2027-10-31') } as const;

const apply = (office: Office, more: object = {}, actor: Actor = MAKER) =>
  office.act(actor, (desk) =>
    applyForApproval(desk, {
      brand: ' ACME ',
      models: ['Two'],
      tacs: [TACS.dual],
      scope: 'GSM, LTE',
      contact: { to: { channel: 'email', address: 'papers@acme.example' } },
      ...more,
    }),
  );

async function granted(office: Office, number = 'TA-1'): Promise<string> {
  const { id } = await apply(office);
  await office.act(LAB, (desk) => takeForTest(desk, id));
  await office.act(LAB, (desk) => reportTest(desk, { id, report: 'R-77: passed' }));
  await office.act(ANALYST, (desk) => grantApproval(desk, { id, number, body: 'Freedonia TA', ...SPAN }));
  return id;
}

const approvedOn = (office: Office, on: string, tac = TACS.dual): Promise<boolean> =>
  isApproved(office.registry, tac, day(on));

const noticesOf = async (office: Office): Promise<readonly string[]> =>
  (await office.registry.query<{ template: string }>('SELECT template FROM notice ORDER BY id')).map(
    ({ template }) => template,
  );

test('from application over the laboratory to a certificate, which counts from its first to its last day', async () => {
  const office = await openOffice();
  const id = await granted(office);
  const days = ['2026-10-31', '2026-11-01', '2027-10-31', '2027-11-01'];
  assert.deepEqual(await Promise.all(days.map((on) => approvedOn(office, on))), [false, true, true, false]);
  assert.equal(await approvedOn(office, '2026-12-01', TACS.single), false);
  const steps = await stepsOf(office.registry, { thing: 'type_approval', id });
  assert.deepEqual(
    steps.map(({ event, from, to }) => [event, from, to]),
    [
      ['apply', undefined, 'applied'],
      ['take', 'applied', 'under_test'],
      ['grant', 'under_test', 'granted'],
    ],
  );
  assert.deepEqual(await noticesOf(office), ['approval_granted']);
});

test('nobody applies for another brand, grants without a report, or takes a number twice', async () => {
  const office = await openOffice();
  assert.deepEqual(await codes(apply(office, { brand: 'Other' })), ['REGISTRATION_BRAND']);
  assert.deepEqual(await codes(apply(office, {}, ANALYST)), ['STATE_ROLE']);
  const { id } = await apply(office);
  const grant = (number: string) =>
    office.act(ANALYST, (desk) => grantApproval(desk, { id, number, body: 'TA', ...SPAN }));
  assert.deepEqual(await codes(grant('TA-2')), ['STATE_MOVE']);
  await office.act(LAB, (desk) => takeForTest(desk, id));
  assert.deepEqual(await codes(grant('TA-2')), ['REGISTRATION_PROOF']);
  const stranger = staff('lab', organisation('lab'));
  assert.deepEqual(await codes(office.act(stranger, (desk) => reportTest(desk, { id, report: 'x' }))), [
    'REGISTRATION_UNKNOWN',
  ]);
  await office.act(LAB, (desk) => reportTest(desk, { id, report: 'R' }));
  await granted(office, 'TA-3');
  assert.deepEqual(await codes(grant('TA-3')), ['REGISTRATION_TAKEN']);
  assert.deepEqual(await codes(grant('no number!')), ['REGISTRATION_VALUE']);
});

test('a fee for the certificate is demanded with the application, and nothing is granted before it is paid', async () => {
  const fees =
    'fees: { currency: CHF, rules: [{ id: c, name: Paper, kind: fee, acts: [type_approval], from: 2026-01-01, fixed: 500 }] }';
  const office = await openOffice(country(`{ ${fees} }`));
  const { id, charge } = await apply(office, { recognises: 'Sylvania TA 99' });
  assert.ok(charge !== undefined);
  const grant = () => office.act(ANALYST, (desk) => grantApproval(desk, { id, number: 'TA-5', body: 'TA', ...SPAN }));
  assert.deepEqual(await codes(grant()), ['REGISTRATION_UNPAID']);
  await office.act(APPROVER, (desk) => waiveCharge(desk, { reference: charge, basis: 'Small makers act, section 3' }));
  await grant();
  assert.deepEqual(await noticesOf(office), ['fee_due', 'approval_granted']);
});

test('another country’s certificate is recognised without a test', async () => {
  const office = await openOffice();
  const { id } = await apply(office, { recognises: 'Sylvania TA 99' });
  await office.act(APPROVER, (desk) => grantApproval(desk, { id, number: 'MR-1', body: 'Freedonia TA', ...SPAN }));
  assert.ok(await approvedOn(office, '2026-12-01'));
});

test('a suspension counts from its day on, and what was before stays what it was', async () => {
  const office = await openOffice();
  const id = await granted(office);
  const decide = (event: 'suspend' | 'resume', on: string) =>
    office.act(APPROVER, (desk) => decideApproval(desk, { id, event, reason: 'Samples of the market failed' }), {
      now: at(on),
    });
  await decide('suspend', '2026-12-10');
  await decide('resume', '2027-02-01');
  const days = ['2026-12-09', '2026-12-10', '2027-01-31', '2027-02-01'];
  assert.deepEqual(await Promise.all(days.map((on) => approvedOn(office, on))), [true, false, false, true]);
});

test('a certificate is revoked only by a proposal that another person approved', async () => {
  const office = await openOffice();
  const id = await granted(office);
  const revoke = (proposal: string) =>
    office.act(APPROVER, (desk) => revokeApproval(desk, { id, proposal, reason: 'The maker asked for it' }));
  const { id: proposal } = await office.act(ANALYST, (desk) =>
    propose(desk, { kind: 'approval_revocation', subject: `type_approval:${id}`, payload: null, reason: 'Asked for' }),
  );
  assert.notDeepEqual(await codes(revoke(proposal)), []);
  await office.act(APPROVER, (desk) => approve(desk, proposal));
  await revoke(proposal);
  assert.equal(await approvedOn(office, '2026-11-20'), false);
  assert.equal(await approvedOn(office, '2026-11-05'), true, 'it did count then');
});

test('further TACs count from the day they were added; before the certificate the applicant adds them', async () => {
  const office = await openOffice();
  const { id } = await apply(office);
  await office.act(MAKER, (desk) => addTacs(desk, { id, tacs: [TACS.other] }));
  const stranger = importer(['acme']);
  assert.deepEqual(await codes(office.act(stranger, (desk) => addTacs(desk, { id, tacs: [TACS.fresh] }))), [
    'REGISTRATION_UNKNOWN',
  ]);
  await office.act(LAB, (desk) => takeForTest(desk, id));
  await office.act(LAB, (desk) => reportTest(desk, { id, report: 'R' }));
  await office.act(ANALYST, (desk) => grantApproval(desk, { id, number: 'TA-9', body: 'TA', ...SPAN }));
  assert.deepEqual(await codes(office.act(MAKER, (desk) => addTacs(desk, { id, tacs: [TACS.single] }))), [
    'STATE_ROLE',
  ]);
  await office.act(ANALYST, (desk) => addTacs(desk, { id, tacs: [TACS.single] }), { now: at('2026-12-01') });
  assert.ok(await approvedOn(office, '2026-11-02', TACS.other));
  assert.deepEqual(
    [await approvedOn(office, '2026-11-30', TACS.single), await approvedOn(office, '2026-12-01', TACS.single)],
    [false, true],
  );
});

test('holders are reminded once at each distance; the clock expires what has ended, and it can be renewed', async () => {
  const office = await openOffice(country('{ approval: { reminder_days: [90, 30, 7] } }'));
  const id = await granted(office);
  const round = (before: number) =>
    office.act(SYSTEM, (desk) => runApprovals(desk, { limit: 10 }), { now: at(addDays(SPAN.validTo, -before)) });
  const reminded: number[] = [];
  for (const before of [91, 90, 89, 31, 30, 30, 7, 6, 0]) reminded.push((await round(before)).reminded);
  assert.deepEqual(reminded, [0, 1, 0, 0, 1, 0, 1, 0, 0]);
  assert.deepEqual(await round(-1), { expired: 1, reminded: 0 });
  assert.deepEqual(await round(-1), { expired: 0, reminded: 0 });
  await office.act(
    ANALYST,
    (desk) => renewApproval(desk, { id, validFrom: day('2027-12-01'), validTo: day('2028-12-01') }),
    { now: at('2027-11-20') },
  );
  const days = ['2027-10-31', '2027-11-15', '2027-12-01', '2028-12-01'];
  assert.deepEqual(
    await Promise.all(days.map((on) => approvedOn(office, on))),
    [true, false, true, true],
    'the gap stays',
  );
});

test('a certificate verifies offline by the keys alone, and says what it covers', async () => {
  const office = await openOffice();
  await granted(office);
  const signer = signerOf({ ring: () => RING }, 'Freedonia');
  const token = await office.act(SYSTEM, (desk) => signCertificate(desk, signer, 'TA-1'));
  assert.ok(token.length < 700, `short enough for a picture: ${token.length}`);
  assert.match(await certificateQr(token), /^<svg/);
  assert.ok((await certificateQrText(token)).length > 100);
  const verify = (text: string, on: string, keys = signer.keys()) =>
    verifyCertificate(text, keys, { on: day(on), now: NOW });
  const read = await verify(token, '2026-12-01');
  assert.ok(read.ok);
  assert.deepEqual([read.value.number, read.value.body, read.value.brand], ['TA-1', 'Freedonia TA', 'ACME']);
  assert.deepEqual([covers(read.value, TACS.dual), covers(read.value, TACS.single)], [true, false]);
  const failed = async (found: ReturnType<typeof verify>): Promise<string> => {
    const result = await found;
    return result.ok ? 'ok' : result.fault.code;
  };
  assert.equal(await failed(verify(token, '2027-11-01')), 'SIGNED_EXPIRED');
  const [at, letter] = [token.lastIndexOf('.') + 1, token.at(token.lastIndexOf('.') + 1) === 'A' ? 'B' : 'A'];
  const altered = `${token.slice(0, at)}${letter}${token.slice(at + 1)}`;
  assert.equal(await failed(verify(altered, '2026-12-01')), 'SIGNED_FORM');
  const other = signerOf({ ring: () => freshRing(NOW) }, 'Freedonia');
  assert.equal(await failed(verify(token, '2026-12-01', other.keys())), 'SIGNED_KEY');
  const foreign = await signer.sign('receipt', { n: 'TA-1' }, { at: NOW });
  assert.equal(await failed(verify(foreign, '2026-12-01')), 'SIGNED_FORM', 'signed for something else');
});

const RING = freshRing(NOW);
