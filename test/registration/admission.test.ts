import assert from 'node:assert/strict';
import { test } from 'node:test';
import { citizen } from '../../src/access/sign_in/proof.ts';
import type { Country } from '../../src/country/country.ts';
import type { DeviceIdentifier } from '../../src/devices/identifier.ts';
import { type Imei, writeImei15 } from '../../src/identifiers/imei.ts';
import type { Imsi } from '../../src/identifiers/imsi.ts';
import type { Msisdn } from '../../src/identifiers/msisdn.ts';
import { paymentArrived } from '../../src/registration/fees/pay.ts';
import { firstSeen } from '../../src/registration/holders/activation.ts';
import { admissionOf, openAdmission } from '../../src/registration/holders/admission.ts';
import { applyForImport } from '../../src/registration/holders/personal_import.ts';
import {
  leaveCountry,
  renewAdmission,
  runAdmissions,
  withdrawAdmission,
} from '../../src/registration/holders/stay_end.ts';
import { listAdmissions } from '../../src/registration/listing.ts';
import { permitsOf } from '../../src/registration/permit.ts';
import { released } from './goods.ts';
import {
  CUSTOMS,
  codes,
  country,
  imeiOf,
  importer,
  knowing,
  type Office,
  openOffice,
  refusal,
  SYSTEM,
  TACS,
} from './office.ts';

const MSISDN = '41791112233' as Msisdn;
const HOME = '999010000000001' as Imsi;
const at = (text: string): Date => new Date(`${text}T10:00:00Z`);
const days = (section: string, more = ''): Country =>
  country(`{ approval: { required: false }, admission: ${section} }`, more);

const identifiers = (...imeis: readonly Imei[]): readonly DeviceIdentifier[] =>
  imeis.map((imei, slot) => ({ kind: 'imei', imei, slot: slot + 1 }));
const DUAL = [imeiOf(TACS.dual, 1), imeiOf(TACS.dual, 2)] as const;
const document = (number = 'X 1234-567') => ({ kind: 'passport', country: 'CH', number }) as const;

type Wish = { readonly on?: string; readonly imeis?: readonly Imei[]; readonly passport?: string };

const visitor = (office: Office) => citizen(office.vault.pseudonym('msisdn', MSISDN));

const admit = (office: Office, { on = '2026-02-01', imeis = DUAL, passport }: Wish = {}) =>
  office.act(
    visitor(office),
    (desk) =>
      openAdmission(desk, knowing(), {
        identifiers: identifiers(...imeis),
        document: document(passport),
        proof: 'Entry 77',
      }),
    { now: at(on) },
  );

const see = async (office: Office, imei: Imei, on: string): Promise<string> =>
  (
    await office.act(
      SYSTEM,
      (desk) => firstSeen(desk, knowing(), { imei, imsi: HOME, msisdn: MSISDN, operator: 'alfa', at: at(on) }),
      { now: at(on) },
    )
  ).outcome;

const stay = (office: Office, id: string) => office.act(CUSTOMS, (desk) => admissionOf(desk, id));
const round = (office: Office, on: string, policy?: Country) =>
  office.act(SYSTEM, (desk) => runAdmissions(desk, { limit: 10 }), { now: at(on), ...(policy && { policy }) });

const entries = async (office: Office): Promise<readonly string[]> =>
  (
    await office.registry.query<{ entry: string }>(
      `SELECT list || ' ' || imei || ' ' || reasons AS entry FROM control_entry ORDER BY 1`,
    )
  ).map(({ entry }) => entry);

test('the days begin with the first use of any identifier, and all of them share one clock', async () => {
  const office = await openOffice(days('{ days: 120 }'));
  const { id } = await admit(office);
  assert.equal((await stay(office, id)).started, null, 'not with the application');
  assert.equal(await see(office, DUAL[1], '2026-02-10'), 'admitted');
  const first = await stay(office, id);
  assert.deepEqual([first.state, first.started, first.ends], ['running', '2026-02-10', '2026-06-09']);
  assert.equal(await see(office, DUAL[0], '2026-03-10'), 'known', 'the other slot begins nothing');
  assert.deepEqual(await stay(office, id), first);
});

test('two fields for two phones: identifiers that are not of one device are refused', async () => {
  const office = await openOffice(days('{}'));
  const given = async (...imeis: readonly Imei[]) => {
    const [fault] = await refusal(admit(office, { imeis }));
    return `${fault?.code}: ${fault?.message}`;
  };
  assert.match(await given(DUAL[0]), /REGISTRATION_IDENTIFIERS: Fewer IMEIs/);
  assert.match(await given(imeiOf(TACS.single, 1), imeiOf(TACS.single, 2)), /REGISTRATION_IDENTIFIERS: More IMEIs/);
  assert.match(
    await given(DUAL[0], imeiOf(TACS.single, 1)),
    /REGISTRATION_IDENTIFIERS: The IMEIs are of different models/,
  );
  await admit(office);
  assert.match(await given(DUAL[1], imeiOf(TACS.dual, 9)), /REGISTRATION_IDENTIFIERS: .*another device/);
});

test('days are counted for the device, whoever holds it; into the next period, too', async () => {
  const office = await openOffice(days('{ days: 120, days_per_device: 120, devices_per_holder: 9 }'));
  const { id } = await admit(office);
  await see(office, DUAL[0], '2026-02-01');
  await office.act(visitor(office), (desk) => leaveCountry(desk, id), { now: at('2026-03-02') });
  // Another passport and the other IMEI first: it is the same device.
  const next = await admit(office, { on: '2026-06-01', imeis: [DUAL[1], DUAL[0]], passport: 'Y99887' });
  await see(office, DUAL[1], '2026-06-01');
  assert.equal((await stay(office, next.id)).ends, '2026-08-29', '30 of 120 days were used');
  await round(office, '2026-09-01');
  assert.deepEqual(await codes(admit(office, { on: '2026-09-02' })), ['REGISTRATION_TAKEN']);
  await office.act(visitor(office), (desk) => leaveCountry(desk, next.id), { now: at('2026-09-03') });
  assert.deepEqual(await codes(admit(office, { on: '2026-10-01' })), ['REGISTRATION_QUOTA']);
  await admit(office, { on: '2027-01-01' });
});

test('a holder has so many devices in a period, whatever is written between the digits of his passport', async () => {
  const office = await openOffice(days('{ devices_per_holder: 2 }'));
  const single = (serial: number) => [imeiOf(TACS.single, serial)];
  await admit(office, { imeis: single(1) });
  await admit(office, { imeis: single(2), passport: 'x1234567' });
  assert.deepEqual(await codes(admit(office, { imeis: single(3), passport: 'X 1234 567' })), ['REGISTRATION_QUOTA']);
  await admit(office, { imeis: single(3), passport: 'X 1234 568' });
  const [kept] = await office.registry.query<{ text: string }>(
    `SELECT string_agg(a::text, '') AS text FROM admission a`,
  );
  assert.ok(!/1234567|X1234/.test(kept?.text ?? ''), 'no document is kept');
});

test('whoever uses it is reminded 30, 14, 7 and 1 day before, once, and not after leaving', async () => {
  const office = await openOffice(days('{ days: 40 }'));
  const { id } = await admit(office);
  await see(office, DUAL[0], '2026-02-01');
  const due = () =>
    office.registry.query<{ due: string }>(
      `SELECT (n.due AT TIME ZONE 'Europe/Zurich')::date::text AS due FROM notice n JOIN notice_due d ON d.notice = n.id
       WHERE n.template = 'admission_reminder' ORDER BY n.due`,
    );
  assert.deepEqual(
    (await due()).map((one) => one.due),
    ['2026-02-10', '2026-02-26', '2026-03-05', '2026-03-11'],
  );
  await office.act(visitor(office), (desk) => leaveCountry(desk, id), { now: at('2026-02-27') });
  assert.deepEqual(await due(), []);
  assert.equal((await stay(office, id)).state, 'left');
});

test('the end: what the country lets follow, with all identifiers, and never before its day', async () => {
  const office = await openOffice(days('{ days: 10, end: tracked }', 'lists: { permitted: true }\n'));
  const { id } = await admit(office);
  assert.deepEqual(
    await entries(office),
    DUAL.map((imei) => `permitted ${imei} registered`),
  );
  await see(office, DUAL[0], '2026-02-01');
  assert.deepEqual(await round(office, '2026-02-10'), { lapsed: 0, blocked: 0, renewedLadders: 0 });
  assert.deepEqual(await round(office, '2026-02-11'), { lapsed: 1, blocked: 0, renewedLadders: 0 });
  assert.deepEqual(
    await entries(office),
    DUAL.map((imei) => `tracked ${imei} admission over`),
  );
  assert.equal((await stay(office, id)).state, 'lapsed');
  assert.ok((await permitsOf(office.registry, DUAL[0])).every(({ ended }) => ended !== null));
  assert.deepEqual(await round(office, '2026-02-12'), { lapsed: 0, blocked: 0, renewedLadders: 0 });
});

test('a block follows only once all notices were given; those that were missed are given anew', async () => {
  const office = await openOffice(
    days('{ days: 30, end: blocked }', 'notices: { ladder: { minimum_days: 5, days_before: [3] } }\n'),
  );
  await admit(office);
  await see(office, DUAL[0], '2026-02-01');
  assert.equal((await round(office, '2026-03-03')).lapsed, 1);
  assert.deepEqual(await entries(office), []);
  assert.deepEqual(await round(office, '2026-03-05'), { lapsed: 0, blocked: 0, renewedLadders: 1 }, 'nobody was told');
  await sendAll(office);
  assert.deepEqual(
    await round(office, '2026-03-09'),
    { lapsed: 0, blocked: 0, renewedLadders: 0 },
    'its day is the 10th',
  );
  assert.deepEqual(await round(office, '2026-03-10'), { lapsed: 0, blocked: 1, renewedLadders: 0 });
  assert.deepEqual(
    await entries(office),
    DUAL.map((imei) => `blocked ${imei} admission over`),
  );
  assert.deepEqual(await round(office, '2026-03-11'), { lapsed: 0, blocked: 0, renewedLadders: 0 });
});

/** Every notice of a ladder was sent when it was due. */
async function sendAll({ registry }: Office): Promise<void> {
  await registry.query(
    `INSERT INTO notice_event (notice, state, at) SELECT n.id, state, n.due FROM notice n, unnest('{tried,sent}'::text[]) AS state
     WHERE n.ladder = (SELECT max(ladder) FROM notice)`,
  );
}

test('«I now live here»: a device whose days still run is registered, and its clock ends', async () => {
  const office = await openOffice(days('{ days: 30, end: blocked }'));
  const { id } = await admit(office);
  await see(office, DUAL[0], '2026-02-01');
  const registered = await office.act(
    visitor(office),
    (desk) =>
      applyForImport(desk, knowing(), {
        identifiers: identifiers(...DUAL),
        document: document(),
        proof: 'Residence 5',
        value: { amount: 0, currency: 'CHF' },
      }),
    { now: at('2026-02-10') },
  );
  assert.equal(registered.state, 'registered');
  assert.equal((await stay(office, id)).state, 'regularised');
});

test('«I now live here»: late, too, a device is registered, and its block ends', async () => {
  const office = await openOffice(
    days('{ days: 30, end: blocked }', 'notices: { ladder: { minimum_days: 5, days_before: [3] } }\n'),
  );
  const { id } = await admit(office);
  await see(office, DUAL[0], '2026-02-01');
  await round(office, '2026-03-03');
  await round(office, '2026-03-05');
  await sendAll(office);
  await round(office, '2026-03-10');
  const registered = await office.act(
    visitor(office),
    (desk) =>
      applyForImport(desk, knowing(), {
        identifiers: identifiers(...DUAL),
        document: document(),
        proof: 'Residence 5',
        value: { amount: 0, currency: 'CHF' },
      }),
    { now: at('2027-08-01') },
  );
  assert.equal(registered.state, 'registered');
  assert.equal((await stay(office, id)).state, 'regularised');
  assert.deepEqual(await entries(office), []);
  assert.equal(await see(office, DUAL[1], '2027-08-02'), 'known');
});

test('a renewal gives more days as often as the country allows, and what lapsed lives again', async () => {
  const office = await openOffice(days('{ days: 30, renewals: 1, renewal_days: 20, end: tracked }'));
  const { id } = await admit(office);
  await see(office, DUAL[0], '2026-02-01');
  await round(office, '2026-03-10');
  const renew = (on: string) => office.act(visitor(office), (desk) => renewAdmission(desk, id), { now: at(on) });
  assert.deepEqual(await renew('2026-03-12'), { ends: '2026-03-31' });
  assert.deepEqual(await entries(office), [], 'no longer tracked');
  assert.deepEqual([(await stay(office, id)).state, (await stay(office, id)).renewals], ['running', 1]);
  assert.deepEqual(await codes(renew('2026-03-20')), ['REGISTRATION_QUOTA']);
});

test('who says that he left, and did not, has what is left of his days', async () => {
  const office = await openOffice(country('{ activation: { regularise_days: 60 } }'));
  const imei = imeiOf(TACS.single, 1);
  const ends = async (): Promise<string | undefined> => {
    const [row] = await office.registry.query<{ ends: string }>(
      `SELECT ends::text AS ends FROM admission WHERE state = 'running'`,
    );
    return row?.ends;
  };
  assert.equal(await see(office, imei, '2026-03-01'), 'undeclared');
  assert.equal(await ends(), '2026-04-29');
  const [{ id } = { id: '' }] = await office.act(visitor(office), (desk) => listAdmissions(desk, { limit: 1 }));
  await office.act(visitor(office), (desk) => leaveCountry(desk, id), { now: at('2026-03-20') });
  assert.equal(await see(office, imei, '2026-04-01'), 'undeclared');
  assert.equal(await ends(), '2026-05-10', '20 of 60 days were used');
});

test('a renewal that costs something is given once it is paid', async () => {
  const fees =
    'fees: { currency: CHF, rules: [{ id: r, name: Renewal, kind: fee, acts: [renewal], from: 2026-01-01, fixed: 900 }] }';
  const office = await openOffice(
    country(`{ approval: { required: false }, admission: { days: 30, renewals: 1, renewal_days: 20 }, ${fees} }`),
  );
  const { id } = await admit(office);
  await see(office, DUAL[0], '2026-02-01');
  const renew = () => office.act(visitor(office), (desk) => renewAdmission(desk, id), { now: at('2026-02-20') });
  const asked = await renew();
  assert.ok('charge' in asked);
  assert.deepEqual(await codes(renew()), ['REGISTRATION_UNPAID']);
  const payment = { reference: asked.charge, amount: 900, currency: 'CHF', at: at('2026-02-21'), source: 'bank:one' };
  await office.act(SYSTEM, (desk) => paymentArrived(desk, payment));
  assert.deepEqual(await renew(), { ends: '2026-03-22' });
});

test('what waits for its first use in trade is registered by that, and by nobody’s application', async () => {
  const office = await openOffice(days('{}'));
  await released(office, importer(), `imei1,imei2\n${DUAL.map((imei) => writeImei15(imei)).join(',')}\n`);
  assert.deepEqual(await codes(admit(office, { on: '2026-12-01' })), ['REGISTRATION_TAKEN']);
});

test('a visit that did not take place is taken back; nobody acts on another’s', async () => {
  const office = await openOffice(days('{}'));
  const { id } = await admit(office);
  const stranger = citizen(office.vault.pseudonym('msisdn', '41790000000'));
  for (const actor of [stranger, importer()])
    assert.deepEqual(await codes(office.act(actor, (desk) => withdrawAdmission(desk, id))), ['REGISTRATION_UNKNOWN']);
  await office.act(visitor(office), (desk) => withdrawAdmission(desk, id));
  assert.deepEqual(await codes(office.act(visitor(office), (desk) => leaveCountry(desk, id))), ['STATE_MOVE']);
  await admit(office);
});
