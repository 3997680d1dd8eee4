import assert from 'node:assert/strict';
import { test } from 'node:test';
import { imeisOf } from '../../src/devices/device.ts';
import { enterDevice } from '../../src/devices/enter.ts';
import { timelineOf } from '../../src/devices/fact.ts';
import { findDevice } from '../../src/devices/find.ts';
import type { Imei } from '../../src/identifiers/imei.ts';
import type { Imsi } from '../../src/identifiers/imsi.ts';
import type { Msisdn } from '../../src/identifiers/msisdn.ts';
import { registerRange } from '../../src/registration/approval/production.ts';
import { firstSeen, type Sighting } from '../../src/registration/holders/activation.ts';
import { deregister } from '../../src/registration/holders/leave.ts';
import { permitsOf, placePermits } from '../../src/registration/permit.ts';
import { approveConsignment, releaseConsignment } from '../../src/registration/trade/consignment.ts';
import { accepted, duals, released } from './goods.ts';
import {
  ANALYST,
  CUSTOMS,
  codes,
  country,
  imeiOf,
  importer,
  knowing,
  NOW,
  type Office,
  openOffice,
  organisation,
  SYSTEM,
  staff,
  TACS,
} from './office.ts';

const FREE = '{ approval: { required: false }, offices: { customs: [c@port.example], regulator: [r@a.example] } }';
const PERMITTED = 'lists: { permitted: true }\n';
const LATER = new Date(NOW.getTime() + 5 * 86_400_000);
const HOME = '999010000000001' as Imsi;
const NUMBER = '999700000001' as Msisdn;

const see = (office: Office, imei: Imei, more: Partial<Sighting> & { readonly now?: Date } = {}) => {
  const { now = LATER, ...sighting } = more;
  const whole = { imei, imsi: HOME, msisdn: NUMBER, operator: 'alfa', at: now, ...sighting };
  return office.act(SYSTEM, (desk) => firstSeen(desk, knowing(), whole), { now });
};

const listed = async (office: Office): Promise<readonly string[]> =>
  (
    await office.registry.query<{ entry: string }>(`SELECT list || ' ' || imei AS entry FROM control_entry ORDER BY 1`)
  ).map(({ entry }) => entry);

test('the first use registers goods with all their identifiers, and the user does nothing', async () => {
  const office = await openOffice(country(FREE, PERMITTED));
  const consignment = await released(office, importer(), duals(0, 2));
  const [one, two] = [imeiOf(TACS.dual, 0), imeiOf(TACS.dual, 1)];
  assert.equal((await see(office, one)).outcome, 'registered');
  const device = await findDevice(office.registry, { kind: 'imei', imei: two });
  assert.ok(device !== undefined);
  assert.deepEqual([device.stage, imeisOf(device)], ['active', [one, two]]);
  const life = (await timelineOf(office.registry, device))
    .filter(({ kind }) => kind === 'event')
    .map(({ value }) => value);
  assert.deepEqual(life, ['declare', 'release', 'approve', 'activate']);
  assert.deepEqual(await listed(office), [`permitted ${one}`, `permitted ${two}`]);
  const [permit] = await permitsOf(office.registry, two);
  assert.deepEqual([permit?.ground, permit?.approvedBy], [`consignment:${consignment}`, [ANALYST.id, CUSTOMS.id]]);
  // Again, by the same or the other slot, it changes nothing.
  for (const imei of [one, two, one]) assert.equal((await see(office, imei)).outcome, 'known');
  assert.equal((await permitsOf(office.registry, one)).length, 1);
  assert.equal((await office.registry.query('SELECT FROM registration_alarm')).length, 0);
});

test('a sighting told twice at once registers once', async () => {
  const office = await openOffice(country(FREE));
  await released(office, importer(), duals(0, 1));
  const imeis = [0, 1, 0, 1].map((serial) => imeiOf(TACS.dual, serial));
  const seen = await Promise.all(imeis.map((imei) => see(office, imei)));
  assert.deepEqual(seen.map(({ outcome }) => outcome).sort(), ['known', 'known', 'known', 'registered']);
  assert.equal((await office.registry.query('SELECT FROM device')).length, 1);
  const unknown = await Promise.all([1, 1, 1, 1].map((serial) => see(office, imeiOf(TACS.single, serial))));
  assert.deepEqual(unknown.map(({ outcome }) => outcome).sort(), ['known', 'known', 'known', 'undeclared']);
});

test('used before customs released it: customs and the regulator are told, and after the release it may be used', async () => {
  const office = await openOffice(country(FREE));
  const consignment = await accepted(office, importer(), duals(0, 2));
  const imei = imeiOf(TACS.dual, 1);
  assert.equal((await see(office, imei)).outcome, 'before_release');
  assert.equal((await see(office, imeiOf(TACS.dual, 3))).outcome, 'before_release');
  assert.deepEqual(
    await office.registry.query('SELECT kind, subject FROM registration_alarm'),
    [{ kind: 'active_before_release', subject: `consignment:${consignment}` }],
    'one alarm for the consignment',
  );
  const told = await office.registry.query<{ template: string }>(
    `SELECT template FROM notice WHERE template = 'alarm'`,
  );
  assert.equal(told.length, 2);
  assert.deepEqual(await permitsOf(office.registry, imei), []);
  const [finding] = await office.registry.query<{ finding: string }>(
    `SELECT evidence ->> 'finding' AS finding FROM device_finding`,
  );
  assert.equal(finding?.finding, 'active before customs released it');
  await office.act(ANALYST, (desk) => approveConsignment(desk, consignment), { now: LATER });
  await office.act(CUSTOMS, (desk) => releaseConsignment(desk, { id: consignment }), { now: LATER });
  assert.equal((await permitsOf(office.registry, imei)).length, 1);
  const states = await office.registry.query<{ state: string }>('SELECT DISTINCT state FROM admission');
  assert.deepEqual(states, [{ state: 'regularised' }], 'who bought it in good faith has nothing to do');
});

test('visitors with SIMs from elsewhere need nothing, and nothing is kept of them', async () => {
  const office = await openOffice(country(FREE));
  const imei = imeiOf(TACS.single, 1);
  assert.deepEqual(await see(office, imei, { imsi: '228010000000001' as Imsi }), { outcome: 'roamer' });
  for (const table of ['first_seen', 'device', 'admission'])
    assert.equal((await office.registry.query(`SELECT FROM ${table}`)).length, 0, table);
  assert.equal((await see(office, imei, { imsi: undefined })).outcome, 'unclear');
  assert.equal((await see(office, imei)).outcome, 'undeclared', 'with a SIM of the country it begins');
});

test('what nobody declared has a time to be regularised, and its user is told', async () => {
  const office = await openOffice(country('{ activation: { regularise_days: 60 } }'));
  const imei = imeiOf(TACS.single, 1);
  const { outcome, device } = await see(office, imei);
  assert.equal(outcome, 'undeclared');
  const [stay] = await office.registry.query<{ ends: string; person: string }>(
    'SELECT ends::text AS ends, person FROM admission WHERE device = $1',
    [device],
  );
  assert.equal(stay?.ends, '2027-01-13', '60 days from 15 November on, that day included');
  assert.equal(stay?.person, office.vault.pseudonym('msisdn', NUMBER));
  const templates = await office.registry.query<{ template: string }>('SELECT template FROM notice ORDER BY due, id');
  assert.deepEqual(
    templates.map(({ template }) => template),
    ['regularise', ...Array.from({ length: 4 }, () => 'admission_reminder')],
  );
  assert.equal((await see(office, imei)).outcome, 'known');
});

test('until a day everything that is used is registered by that, and exempt types always are', async () => {
  const office = await openOffice(country('{ activation: { grandfathered_until: 2026-11-16 } }', PERMITTED));
  const imei = imeiOf(TACS.single, 1);
  assert.equal((await see(office, imei)).outcome, 'grandfathered');
  const [permit] = await permitsOf(office.registry, imei);
  assert.deepEqual(
    [permit?.ground, permit?.approvedBy],
    ['grandfathered:2026-11-16', ['rule:registration.activation.grandfathered_until']],
  );
  const day = new Date('2026-11-17T12:00:00Z');
  assert.equal((await see(office, imeiOf(TACS.single, 2), { now: day })).outcome, 'undeclared');
  const exempt = await openOffice(country('{}', 'exempt_device_types: [Smartphone]\n'));
  assert.equal((await see(exempt, imei)).outcome, 'exempt');
});

test('what is made in the country is registered by its first use, from the range of its maker', async () => {
  const office = await openOffice(country('{ approval: { required: false } }'));
  const maker = staff('maker', organisation('maker', { brands: ['acme'] }));
  const range = { tac: TACS.single, from: 100, to: 199, at: NOW };
  await office.act(maker, (desk) => registerRange(desk, knowing(), { ...range, domestic: true }));
  await office.act(maker, (desk) => registerRange(desk, knowing(), { ...range, from: 200, to: 299, domestic: false }));
  assert.equal((await see(office, imeiOf(TACS.single, 150))).outcome, 'registered');
  assert.equal(
    (await see(office, imeiOf(TACS.single, 250))).outcome,
    'undeclared',
    'made elsewhere, and imported by nobody',
  );
});

test('a device that left the country and is used again is reported, and has to be registered anew', async () => {
  const office = await openOffice(country(FREE));
  await released(office, importer(), duals(0, 1));
  const imei = imeiOf(TACS.dual, 0);
  await see(office, imei);
  await office.act(CUSTOMS, (desk) => deregister(desk, { imei, reason: 'Export paper 12', event: 'export' }), {
    now: LATER,
  });
  assert.ok((await permitsOf(office.registry, imei)).every(({ ended }) => ended !== null));
  const again = await see(office, imei, { now: new Date(LATER.getTime() + 86_400_000) });
  assert.equal(again.outcome, 'undeclared');
  assert.deepEqual(await office.registry.query('SELECT kind FROM registration_alarm'), [{ kind: 'active_after_end' }]);
});

test('the stolen are not this office’s matter, and neither exported nor registered', async () => {
  const office = await openOffice(country(FREE));
  await released(office, importer(), duals(0, 1));
  const imei = imeiOf(TACS.dual, 0);
  await see(office, imei);
  await office.registry.query(`UPDATE device SET stage = 'stolen'`);
  assert.equal((await see(office, imeiOf(TACS.dual, 1))).outcome, 'held');
  const leave = office.act(CUSTOMS, (desk) => deregister(desk, { imei, reason: 'x', event: 'export' }));
  assert.deepEqual(await codes(leave), ['REGISTRATION_HELD']);
});

test('goods that were stolen out of trade are not registered, whichever of their identifiers is seen', async () => {
  const office = await openOffice(country(FREE));
  await released(office, importer(), duals(0, 1));
  const [reported, other] = [imeiOf(TACS.dual, 0), imeiOf(TACS.dual, 1)];
  const identifiers = [{ kind: 'imei', imei: reported } as const];
  await office.act(SYSTEM, (desk) =>
    enterDevice(desk, { identifiers, event: 'steal', roles: ['police'], at: NOW, source: 'police:x' }),
  );
  assert.equal((await see(office, other)).outcome, 'held');
  const device = await findDevice(office.registry, { kind: 'imei', imei: other });
  assert.deepEqual([device?.stage, device && imeisOf(device)], ['stolen', [reported, other]]);
  assert.deepEqual(await permitsOf(office.registry, other), []);
});

test('goods that go out again free their identifiers', async () => {
  const office = await openOffice(country(FREE));
  const actor = importer();
  await released(office, actor, duals(0, 1));
  const imei = imeiOf(TACS.dual, 1);
  const leave = (by: typeof actor) =>
    office.act(by, (desk) => deregister(desk, { imei, reason: 'Returned', event: 'export' }));
  assert.deepEqual(await codes(leave(importer())), ['REGISTRATION_UNKNOWN']);
  await leave(actor);
  assert.equal((await see(office, imei)).outcome, 'undeclared');
});

test('a country that begins to make permitted lists puts on them what is permitted already', async () => {
  const office = await openOffice(country(FREE));
  await released(office, importer(), duals(0, 2));
  await see(office, imeiOf(TACS.dual, 0));
  await see(office, imeiOf(TACS.dual, 2));
  assert.deepEqual(await listed(office), []);
  const place = (after?: string) => office.act(SYSTEM, (desk) => placePermits(desk, { after, limit: 3 }));
  const next = await place();
  assert.ok(next !== undefined);
  assert.equal(await place(next), undefined);
  assert.equal((await listed(office)).length, 4);
});
