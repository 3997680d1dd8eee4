import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { beginCode, type CodeToSend, proveCode } from '../../src/access/sign_in/code.ts';
import type { TheftCase } from '../../src/cases/thefts/case.ts';
import { amendTheft, beginTheft, proveTheft, submitTheft, withdrawTheft } from '../../src/cases/thefts/citizen.ts';
import { expireTheft } from '../../src/cases/thefts/clock.ts';
import { recoverTheft } from '../../src/cases/thefts/end.ts';
import { findTheft, historyOf, listThefts, progressOf } from '../../src/cases/thefts/find.ts';
import { confirmTheft, rejectTheft } from '../../src/cases/thefts/police.ts';
import { PROOF_PURPOSE } from '../../src/cases/thefts/proof.ts';
import { deviceOf, enterDevice } from '../../src/devices/enter.ts';
import { pair } from '../../src/devices/pairs/pairing.ts';
import { associate } from '../../src/devices/persons/association.ts';
import type { Msisdn } from '../../src/identifiers/msisdn.ts';
import { freshRegistry } from '../office.ts';
import {
  citizen,
  day,
  entries,
  imei,
  imsi,
  later,
  msisdn,
  NORTHERN,
  type Office,
  officeOf,
  POLICY,
  refusedBy,
  report,
  SOUTHERN,
  told,
} from './desk.ts';

let office: Office;
before(async () => {
  office = officeOf(await freshRegistry());
});

/** A report that was handed in, of the number and IMEI of a serial. */
async function submitted(of: number, more: Parameters<typeof report>[1] = {}): Promise<TheftCase> {
  const actor = citizen(msisdn(of));
  const { id } = await office.act((desk) => beginTheft(desk, report(of, more)), { actor });
  return office.act((desk) => submitTheft(desk, id), { actor });
}

const prove = (theft: TheftCase, of: number) =>
  office.act((desk) => proveTheft(desk, { id: theft.id, proof: { kind: 'number', msisdn: msisdn(of) } }), {
    actor: citizen(msisdn(of)),
  });

describe('a citizen', () => {
  test('reports, proves past use, and the device is blocked at once, until the police have had their time', async () => {
    office.seen.see(imei(1), { msisdn: msisdn(1) });
    const draft = await submitted(1);
    assert.deepEqual(await entries(office, imei(1)), [], 'a word alone blocks nothing');
    const theft = await prove(draft, 1);
    assert.equal(theft.state, 'police_pending');
    assert.equal(theft.due, '2026-06-17');
    assert.deepEqual(await entries(office, imei(1)), [`blocked ${imei(1)} stolen`]);
    assert.deepEqual(await told(office, theft), ['theft_received', 'theft_provisional']);
    const confirmed = await office.act((desk) => confirmTheft(desk, { id: theft.id, complaint: 'N-77' }), {
      actor: NORTHERN,
    });
    assert.equal(confirmed.state, 'active');
    assert.equal(confirmed.complaint, 'N-77');
    assert.deepEqual(await entries(office, imei(1)), [`blocked ${imei(1)} stolen`]);
    const [{ stage } = { stage: undefined }] = await office.registry.query<{ stage: string | null }>(
      'SELECT stage FROM device WHERE id = $1',
      [confirmed.device],
    );
    assert.equal(stage, 'stolen');
    assert.deepEqual(
      (await historyOf(office.registry, theft)).map(({ event, party, to }) => `${party}: ${event} → ${to}`),
      [
        'owner: begin → draft',
        'reporter: submit → submitted',
        'reporter: prove → police_pending',
        'police: confirm → active',
      ],
    );
  });

  test('who shows nothing blocks nothing, and is not told what was wrong', async () => {
    office.seen.see(imei(2), { msisdn: msisdn(99) });
    office.seen.see(imei(2), { msisdn: msisdn(2) }, day('2026-06-09'));
    const theft = await submitted(2);
    // never seen; seen, but only on the day of the theft; another's number
    await assert.rejects(prove(theft, 2), refusedBy('CASE_PROOF'));
    const strange = office.act(
      (desk) => proveTheft(desk, { id: theft.id, proof: { kind: 'number', msisdn: msisdn(99) } }),
      { actor: citizen(msisdn(2)) },
    );
    await assert.rejects(strange, refusedBy('CASE_PROOF'));
    assert.deepEqual(await entries(office, imei(2)), []);
  });

  test('the IMEI of somebody else’s device in the report is not blocked with one’s own', async () => {
    office.seen.see(imei(3), { msisdn: msisdn(3) });
    office.seen.see(imei(4), { msisdn: msisdn(4) });
    const theft = await prove(await submitted(3, { imeis: [imei(3), imei(4)] }), 3);
    assert.deepEqual(theft.heldImeis, [imei(3)]);
    assert.deepEqual(await entries(office, imei(4)), []);
  });

  test('all IMEIs that the register knows of the device are blocked together', async () => {
    await office.act((desk) =>
      enterDevice(desk, {
        identifiers: [
          { kind: 'imei', imei: imei(5), slot: 1 },
          { kind: 'imei', imei: imei(6), slot: 2 },
        ],
        event: 'activate',
        at: later(-100),
        source: 'test',
      }),
    );
    office.seen.see(imei(5), { msisdn: msisdn(5) });
    const theft = await prove(await submitted(5), 5);
    assert.deepEqual([...theft.heldImeis].sort(), [imei(5), imei(6)]);
    const confirmed = await office.act((desk) => confirmTheft(desk, { id: theft.id, complaint: '1' }), {
      actor: NORTHERN,
    });
    const stageOf = async (): Promise<unknown> =>
      (await office.registry.query('SELECT stage FROM device WHERE id = $1', [confirmed.device]))[0]?.['stage'];
    assert.equal(await stageOf(), 'stolen');
    const actor = citizen(msisdn(5));
    const bare = office.act((desk) => recoverTheft(desk, { id: theft.id }), { actor });
    await assert.rejects(bare, refusedBy('CASE_PROOF'));
    const proof = { kind: 'number', msisdn: msisdn(5) } as const;
    await office.act((desk) => recoverTheft(desk, { id: theft.id, proof }), { actor });
    assert.equal(await stageOf(), 'active');
    assert.deepEqual(await entries(office, imei(5)), []);
    assert.deepEqual(await entries(office, imei(6)), []);
  });

  test('an invoice speaks for a device that nobody used, and for no other', async () => {
    const invoice = { kind: 'invoice', reference: 'R-1' } as const;
    const unused = await submitted(7);
    const actor = citizen(msisdn(7));
    assert.equal(
      (await office.act((desk) => proveTheft(desk, { id: unused.id, proof: invoice }), { actor })).state,
      'police_pending',
    );
    office.seen.see(imei(8), { msisdn: msisdn(90) });
    const used = await submitted(8);
    const proving = office.act((desk) => proveTheft(desk, { id: used.id, proof: invoice }), {
      actor: citizen(msisdn(8)),
    });
    await assert.rejects(proving, refusedBy('CASE_PROOF'));
    // the police look at the paper
    const confirmed = await office.act((desk) => confirmTheft(desk, { id: used.id, complaint: '2' }), {
      actor: NORTHERN,
    });
    assert.deepEqual(confirmed.heldImeis, [imei(8)]);
  });

  test('what the police do not confirm in time ends, and the reporter is told', async () => {
    office.seen.see(imei(10), { msisdn: msisdn(10) });
    const theft = await prove(await submitted(10), 10);
    assert.deepEqual(await office.act(expireTheft, { now: later(7) }), [], 'the last day is still theirs');
    const expired = await office.act((desk) => expireTheft(desk), { now: later(8) });
    assert.ok(expired.some(({ id, state }) => id === theft.id && state === 'expired'));
    assert.deepEqual(await entries(office, imei(10)), []);
    assert.equal((await told(office, theft)).at(-1), 'theft_expired');
    const late = office.act((desk) => confirmTheft(desk, { id: theft.id, complaint: '3' }), {
      actor: NORTHERN,
      now: later(9),
    });
    await assert.rejects(late, refusedBy('STATE_MOVE'));
  });

  test('a second report is a claim that holds nothing; the police end the first before they confirm it', async () => {
    office.seen.see(imei(11), { msisdn: msisdn(11) });
    office.seen.see(imei(11), { msisdn: msisdn(12) });
    const first = await prove(await submitted(11), 11);
    const second = await prove(await submitted(12, { imeis: [imei(11)] }), 12);
    assert.equal(second.state, 'claimed');
    assert.equal(second.beside, first.id);
    const confirm = () =>
      office.act((desk) => confirmTheft(desk, { id: second.id, complaint: '4' }), { actor: NORTHERN });
    await assert.rejects(confirm(), refusedBy('CASE_OPEN'));
    await office.act((desk) => rejectTheft(desk, { id: first.id, reason: 'The invoice is another’s.' }), {
      actor: NORTHERN,
    });
    assert.deepEqual(await entries(office, imei(11)), []);
    assert.equal((await confirm()).state, 'active');
    assert.deepEqual(await entries(office, imei(11)), [`blocked ${imei(11)} stolen`]);
  });

  test('writes a draft anew, withdraws it, and sees nobody else’s', async () => {
    const actor = citizen(msisdn(13));
    const draft = await office.act((desk) => beginTheft(desk, report(13)), { actor });
    const kind = { kind: 'lost', imeis: [imei(13), imei(14)], colour: 'red' } as const;
    const amended = await office.act((desk) => amendTheft(desk, { id: draft.id, report: report(13, kind) }), { actor });
    assert.deepEqual([amended.kind, amended.colour, amended.imeis], ['lost', 'red', [imei(13), imei(14)]]);
    const other = { actor: citizen(msisdn(15)) };
    await assert.rejects(
      office.act((desk) => submitTheft(desk, draft.id), other),
      refusedBy('CASE_UNKNOWN'),
    );
    await assert.rejects(
      office.act((desk) => findTheft(desk, draft.reference), other),
      refusedBy('CASE_UNKNOWN'),
    );
    assert.equal((await office.act((desk) => withdrawTheft(desk, draft.id), { actor })).state, 'closed');
    const amending = office.act((desk) => amendTheft(desk, { id: draft.id, report: report(13) }), { actor });
    await assert.rejects(amending, refusedBy('STATE_MOVE'));
  });

  test('another unit of the police learns no more than of what does not exist', async () => {
    const theft = await submitted(16);
    const as = { actor: SOUTHERN };
    const messages: string[] = [];
    for (const id of [theft.id, theft.reference, '00000000-0000-4000-8000-00000000dead', 'x'])
      await office
        .act((desk) => confirmTheft(desk, { id, complaint: '5' }), as)
        .catch((error: Error) => messages.push(error.message));
    assert.equal(messages.length, 4);
    assert.equal(new Set(messages).size, 1);
    const page = await office.act((desk) => listThefts(desk, { limit: 100 }), as);
    assert.deepEqual(page.thefts, []);
  });

  test('whoever has the reference learns how it stands, and no more', async () => {
    const { reference } = await submitted(17);
    assert.deepEqual(Object.keys(await progressOf(office.registry, reference)), [
      'state',
      'since',
      'due',
      'insertedBy',
    ]);
    await assert.rejects(progressOf(office.registry, '00000000001'), refusedBy('CASE_UNKNOWN'));
  });

  test('the contact is his own, and he reports so much a day', async () => {
    const actor = citizen(msisdn(20));
    const strange = office.act((desk) => beginTheft(desk, report(20, { contact: { msisdn: msisdn(21) } })), { actor });
    await assert.rejects(strange, refusedBy('CASE_CONTACT'));
    const many = Array.from({ length: 6 }, () => office.act((desk) => beginTheft(desk, report(20)), { actor }));
    const outcomes = await Promise.allSettled(many);
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, POLICY.theft.reportsPerContact);
    assert.equal((await office.act((desk) => beginTheft(desk, report(20)), { actor, now: later(1) })).state, 'draft');
  });
});

describe('past use', () => {
  test('is shown by a code to the number, where one is signed in by another', async () => {
    office.seen.see(imei(30), { msisdn: msisdn(31) });
    const theft = await submitted(30);
    const contact = { channel: 'sms', address: msisdn(31) } as const;
    const sent: CodeToSend[] = [];
    const at = { actor: citizen(msisdn(30)) };
    await office.act(
      (desk) =>
        beginCode(desk, { ...contact, purpose: PROOF_PURPOSE, source: '192.0.2.1' }, async (code) => sent.push(code)),
      at,
    );
    const code = sent[0]?.code ?? '';
    const proved = await office.act((desk) => proveCode(desk, { ...contact, purpose: PROOF_PURPOSE, code }), at);
    assert.ok(proved.ok);
    const show = (number: Msisdn, proof: string) =>
      office.act((desk) => proveTheft(desk, { id: theft.id, proof: { kind: 'number', msisdn: number, proof } }), at);
    await assert.rejects(show(msisdn(32), proved.value.proof), refusedBy('CASE_PROOF'), 'of another number');
    assert.equal((await show(msisdn(31), proved.value.proof)).state, 'police_pending');
    await assert.rejects(show(msisdn(31), proved.value.proof), refusedBy('STATE_MOVE'));
  });

  test('is known from a pair that nobody disputes, and from a device in one’s name, but not from later ones', async () => {
    const paired = (of: number, when: Date) =>
      office.act((desk) =>
        pair(desk, {
          of: { imei: imei(of) },
          imsi: imsi(of),
          msisdn: msisdn(of),
          operator: 'alfa',
          reason: 'genuine',
          at: when,
        }),
      );
    await paired(33, later(-20));
    assert.deepEqual((await prove(await submitted(33), 33)).heldImeis, [imei(33)]);
    await paired(34, later(0));
    await assert.rejects(prove(await submitted(34), 34), refusedBy('CASE_PROOF'));
    await office.act(async (desk) => {
      const device = await deviceOf(desk, imei(35));
      const person = citizen(msisdn(35)).id;
      await associate(desk, { device, person, basis: 'purchase', proof: 'p-35', at: later(-20) });
    });
    assert.deepEqual((await prove(await submitted(35), 35)).heldImeis, [imei(35)]);
  });
});
