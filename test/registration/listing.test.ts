import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Actor } from '../../src/access/actor.ts';
import { citizen } from '../../src/access/sign_in/proof.ts';
import type { Imsi } from '../../src/identifiers/imsi.ts';
import type { Msisdn } from '../../src/identifiers/msisdn.ts';
import { alarmsAfter, handleAlarm } from '../../src/registration/alarm.ts';
import { firstSeen } from '../../src/registration/holders/activation.ts';
import {
  filesOf,
  listAdmissions,
  listApprovals,
  listCharges,
  listConsignments,
} from '../../src/registration/listing.ts';
import { REGISTRATION_HEAD, registrationLines } from '../../src/registration/registered.ts';
import { accepted, declared, duals, released } from './goods.ts';
import {
  ANALYST,
  CUSTOMS,
  codes,
  country,
  imeiOf,
  importer,
  knowing,
  NOW,
  openOffice,
  printed,
  SYSTEM,
  staff,
  TACS,
} from './office.ts';

const DUTY = country(`{ approval: { required: false }, fees: { currency: CHF, rules: [
  { id: duty, name: Duty, kind: duty, acts: [consignment], from: 2026-01-01, per_device: 100 }] } }`);
const PAGE = { limit: 10 };

test('each sees what is the own organisation’s, offices see all, a page at a time', async () => {
  const office = await openOffice(DUTY);
  const [one, other] = [importer(), importer()];
  const first = await accepted(office, one, duals(0, 1));
  await declared(office, one);
  await declared(office, other);
  const count = (actor: Actor) => office.act(actor, async (desk) => (await listConsignments(desk, PAGE)).length);
  assert.deepEqual([await count(one), await count(other), await count(CUSTOMS), await count(ANALYST)], [2, 1, 3, 3]);
  const checked = await office.act(one, (desk) => listConsignments(desk, { ...PAGE, state: 'checked' }));
  assert.deepEqual(
    checked.map(({ id, accepted: taken }) => [id, taken]),
    [[first, 1]],
  );
  const seen: string[] = [];
  for (let after: string | undefined; seen.length < 3; after = seen.at(-1))
    seen.push(
      ...(await office.act(CUSTOMS, (desk) => listConsignments(desk, { limit: 1, after }))).map(({ id }) => id),
    );
  assert.equal(new Set(seen).size, 3);
  const files = await filesOf(office.registry, { id: first });
  assert.deepEqual(
    files.map(({ verdict, accepted: taken }) => [verdict, taken]),
    [['accepted', 1]],
  );
  const charges = (actor: Actor) => office.act(actor, async (desk) => (await listCharges(desk, PAGE)).length);
  assert.deepEqual([await charges(one), await charges(other), await charges(ANALYST)], [2, 1, 3]);
  assert.deepEqual(await office.act(one, (desk) => listApprovals(desk, PAGE)), []);
  const police = staff('police');
  assert.deepEqual(await codes(office.act(police, (desk) => listConsignments(desk, PAGE))), ['ACCESS_ROLE']);
});

test('a user finds the time that runs for a device with his number, and nobody else’s', async () => {
  const office = await openOffice();
  const number = '41791112233' as Msisdn;
  const seen = {
    imei: imeiOf(TACS.single, 1),
    imsi: '999010000000001' as Imsi,
    msisdn: number,
    operator: 'alfa',
    at: NOW,
  };
  await office.act(SYSTEM, (desk) => firstSeen(desk, knowing(), seen));
  const mine = (who: string) => office.act(citizen(who), async (desk) => (await listAdmissions(desk, PAGE)).length);
  assert.equal(await mine(office.vault.pseudonym('msisdn', number)), 1);
  assert.equal(await mine(office.vault.pseudonym('msisdn', '41790000000')), 0);
});

test('alarms stay open until an office handles them, with what came of it', async () => {
  const office = await openOffice(DUTY);
  await accepted(office, importer(), duals(0, 1));
  const seen = { imei: imeiOf(TACS.dual, 0), imsi: '999010000000001' as Imsi, operator: 'alfa', at: NOW };
  await office.act(SYSTEM, (desk) => firstSeen(desk, knowing(), seen));
  const [found] = await alarmsAfter(office.registry, PAGE);
  assert.equal(found?.kind, 'active_before_release');
  const handle = (actor: Actor, note: string) =>
    office.act(actor, (desk) => handleAlarm(desk, { id: found?.id ?? '', note }));
  assert.deepEqual(await codes(handle(importer(), 'x')), ['ACCESS_ROLE']);
  assert.deepEqual(await codes(handle(CUSTOMS, ' ')), ['REGISTRATION_VALUE']);
  await handle(CUSTOMS, 'The container was opened; police case 7');
  assert.deepEqual(await codes(handle(CUSTOMS, 'again')), ['REGISTRATION_UNKNOWN']);
  assert.deepEqual(await alarmsAfter(office.registry, PAGE), []);
  assert.equal((await alarmsAfter(office.registry, { ...PAGE, all: true })).length, 1);
});

test('what is registered is written as a registration list, in pieces', async () => {
  const office = await openOffice(country('{ approval: { required: false } }'));
  await released(office, importer(), duals(0, 2));
  const at = new Date(NOW.getTime() + 1000);
  for (const serial of [0, 2])
    await office.act(
      SYSTEM,
      (desk) => firstSeen(desk, knowing(), { imei: imeiOf(TACS.dual, serial), operator: 'alfa', at }),
      { now: at },
    );
  const first = await registrationLines(office.registry, { limit: 3 });
  const rest = await registrationLines(office.registry, { after: first.next, limit: 3 });
  assert.equal(rest.next, undefined);
  assert.equal(REGISTRATION_HEAD.split(',').length, first.text.split('\n')[0]?.split(',').length);
  const rows = `${first.text}${rest.text}`
    .trim()
    .split('\n')
    .map((line) => line.split(','));
  assert.deepEqual(
    rows.map(([imei, , , status]) => [imei, status]),
    [0, 1, 2, 3].map((serial) => [printed(TACS.dual, serial), 'whitelist']),
  );
  assert.equal(new Set(rows.map((row) => row.at(-1))).size, 2, 'two devices');
});
