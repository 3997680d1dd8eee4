import assert from 'node:assert/strict';
import { test } from 'node:test';
import { citizen } from '../../src/access/sign_in/proof.ts';
import { deviceOf } from '../../src/devices/enter.ts';
import { happen } from '../../src/devices/happen.ts';
import { pairsOf } from '../../src/devices/pairs/pair.ts';
import { pair } from '../../src/devices/pairs/pairing.ts';
import { associate, associationsOf } from '../../src/devices/persons/association.ts';
import type { Imsi } from '../../src/identifiers/imsi.ts';
import type { Msisdn } from '../../src/identifiers/msisdn.ts';
import { applyPairChanges } from '../../src/registration/apply.ts';
import { deregister } from '../../src/registration/holders/leave.ts';
import {
  confirmTransfer,
  endTransfer,
  expireTransfers,
  GIVE_PURPOSE,
  offerTransfer,
  TAKE_PURPOSE,
} from '../../src/registration/holders/transfer.ts';
import { CUSTOMS, codes, imeiOf, knowing, NOW, type Office, openOffice, SYSTEM, staff, TACS } from './office.ts';
import { proofOf } from './proof.ts';

const IMEI = imeiOf(TACS.single, 1);
const GIVER = '41791112233' as Msisdn;
const TAKER = '41791112244' as Msisdn;
const used = knowing(new Map(), new Set([`${IMEI} ${GIVER}`]));

const personOf = (office: Office, number: Msisdn): string => office.vault.pseudonym('msisdn', number);
const activate = (office: Office) =>
  office.act(SYSTEM, async (desk) => {
    const device = await deviceOf(desk, IMEI);
    await happen(desk, device, {
      event: 'activate',
      roles: ['network'],
      at: new Date(NOW.getTime() - 86_400_000),
      source: 'operator:alfa',
    });
    return device;
  });

const offer = (office: Office, number = GIVER, more: { readonly proof?: string; readonly as?: Msisdn } = {}) =>
  office.act(citizen(personOf(office, more.as ?? number)), (desk) =>
    offerTransfer(desk, used, { imei: IMEI, number, proof: more.proof, to: personOf(office, TAKER) }),
  );

const confirm = async (office: Office, id: string, number: Msisdn) => {
  const proof = await proofOf(office, number, { purpose: TAKE_PURPOSE });
  return office.act(SYSTEM, (desk) => confirmTransfer(desk, { id, proof }));
};

test('both agree, each by the own number: the device is in the new name, and the old one’s pair ends', async () => {
  const office = await openOffice();
  const device = await activate(office);
  await office.act(SYSTEM, async (desk) => {
    const imsi = '999010000000001' as Imsi;
    const { toPlace } = await pair(desk, { of: { device }, imsi, msisdn: GIVER, operator: 'alfa', reason: 'genuine' });
    await applyPairChanges(desk, toPlace);
  });
  const exceptions = () => office.registry.query(`SELECT FROM control_entry WHERE list = 'exceptions'`);
  assert.equal((await exceptions()).length, 1);
  const { id } = await offer(office);
  assert.deepEqual(await codes(confirm(office, id, GIVER)), ['REGISTRATION_UNKNOWN']);
  await confirm(office, id, TAKER);
  const [row] = await office.registry.query<{ stage: string }>('SELECT stage FROM device');
  assert.equal(row?.stage, 'transferred');
  assert.deepEqual(
    (await associationsOf(office.registry, device)).map(({ person }) => person),
    [personOf(office, TAKER)],
  );
  assert.deepEqual(await pairsOf(office.registry, device), []);
  assert.equal((await exceptions()).length, 0);
});

test('whoever never used it cannot offer it; in another’s name nobody can, also who used it', async () => {
  const office = await openOffice();
  const device = await activate(office);
  assert.deepEqual(await codes(offer(office, TAKER)), ['REGISTRATION_PROOF']);
  assert.deepEqual(await codes(offer(office, GIVER, { as: TAKER })), ['REGISTRATION_PROOF'], 'not by another’s number');
  const proof = await proofOf(office, GIVER, { purpose: GIVE_PURPOSE });
  const { id } = await offer(office, GIVER, { as: TAKER, proof });
  assert.deepEqual(await codes(offer(office)), ['REGISTRATION_TAKEN']);
  await office.act(citizen(personOf(office, GIVER)), (desk) => endTransfer(desk, { id, event: 'withdraw' }));
  await office.act(SYSTEM, (desk) =>
    associate(desk, { device, person: personOf(office, TAKER), basis: 'purchase', proof: 'p1' }),
  );
  assert.deepEqual(await codes(offer(office)), ['REGISTRATION_PROOF']);
});

test('an offer is declined by whom it is for, and ends by itself', async () => {
  const office = await openOffice();
  await activate(office);
  const { id } = await offer(office);
  const end = (number: Msisdn, event: 'withdraw' | 'decline') =>
    office.act(citizen(personOf(office, number)), (desk) => endTransfer(desk, { id, event }));
  assert.deepEqual(await codes(end(GIVER, 'decline')), ['REGISTRATION_UNKNOWN']);
  await end(TAKER, 'decline');
  const next = await offer(office);
  const later = new Date(NOW.getTime() + 8 * 86_400_000);
  assert.equal(await office.act(SYSTEM, (desk) => expireTransfers(desk, { limit: 5 }), { now: later }), 1);
  assert.equal(await office.act(SYSTEM, (desk) => expireTransfers(desk, { limit: 5 }), { now: later }), 0);
  assert.deepEqual(await codes(confirm(office, next.id, TAKER)), ['STATE_MOVE']);
});

test('what is reported stolen is not passed on, also between the offer and the confirmation', async () => {
  const office = await openOffice();
  await activate(office);
  const { id } = await offer(office);
  await office.registry.query(`UPDATE device SET stage = 'stolen'`);
  assert.deepEqual(await codes(confirm(office, id, TAKER)), ['REGISTRATION_HELD']);
});

test('a device is taken out of use by who has it in his name, or by an office', async () => {
  const office = await openOffice();
  const device = await activate(office);
  const retire = (actor = citizen(personOf(office, GIVER))) =>
    office.act(actor, (desk) => deregister(desk, { imei: IMEI, reason: 'Broken', event: 'retire' }));
  assert.deepEqual(await codes(retire()), ['REGISTRATION_PROOF']);
  assert.deepEqual(
    await codes(retire(staff('dealer'))),
    ['REGISTRATION_PROOF'],
    'what others use is not a dealer’s stock',
  );
  assert.deepEqual(await codes(retire(CUSTOMS)), ['ACCESS_ROLE']);
  await office.act(SYSTEM, (desk) =>
    associate(desk, { device, person: personOf(office, GIVER), basis: 'purchase', proof: 'p1' }),
  );
  await retire();
  const [row] = await office.registry.query<{ stage: string }>('SELECT stage FROM device');
  assert.equal(row?.stage, 'retired');
});
