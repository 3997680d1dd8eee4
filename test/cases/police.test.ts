import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { approve, propose } from '../../src/access/approval.ts';
import type { TheftCase } from '../../src/cases/thefts/case.ts';
import { closeThefts } from '../../src/cases/thefts/clock.ts';
import { brokenCustody, custodyOf, readCustodyNames } from '../../src/cases/thefts/custody.ts';
import { closeTheft, liftTheft, recoverTheft } from '../../src/cases/thefts/end.ts';
import { unitFigures } from '../../src/cases/thefts/figures.ts';
import { adviceOf, setKillSwitch } from '../../src/cases/thefts/kill_switch.ts';
import { reportCargo, reportTheft } from '../../src/cases/thefts/office.ts';
import { readPersons } from '../../src/cases/thefts/persons.ts';
import { handBack, locateTheft, passOn, rejectTheft, seizeTheft } from '../../src/cases/thefts/police.ts';
import type { Cargo, Report } from '../../src/cases/thefts/report.ts';
import { freshRegistry } from '../office.ts';
import {
  ALFA,
  ANALYST,
  APPROVER,
  CLERK,
  DEALER,
  entries,
  imei,
  imsi,
  later,
  msisdn,
  NATIONAL,
  NORTH,
  NORTHERN,
  NOW,
  type Office,
  officeOf,
  POLICY,
  refusedBy,
  report,
  SECOND,
  SOUTHERN,
  staff,
  told,
} from './desk.ts';

let office: Office;
before(async () => {
  office = officeOf(await freshRegistry());
});

/** A report of the police of the North: active at once. */
const byPolice = (of: number, more: Partial<Report> = {}): Promise<TheftCase> =>
  office.act((desk) => reportTheft(desk, { report: report(of, { complaint: `N-${of}`, ...more }) }), {
    actor: NORTHERN,
  });

describe('the police', () => {
  test('report by the number of a complaint, and the device is blocked for good', async () => {
    const nameless = office.act((desk) => reportTheft(desk, { report: report(1) }), { actor: NORTHERN });
    await assert.rejects(nameless, refusedBy('CASE_EVIDENCE'));
    const theft = await byPolice(1, { imeis: [imei(1), imei(2)] });
    assert.deepEqual([theft.state, theft.unit, theft.due], ['active', 'north', undefined]);
    assert.deepEqual(await entries(office, imei(2)), [`blocked ${imei(2)} stolen`]);
    assert.deepEqual(await told(office, theft), ['theft_confirmed']);
  });

  test('a lost device of which the owner wants it back is tracked, not blocked', async () => {
    const theft = await byPolice(3, { kind: 'lost', mode: 'recovery' });
    assert.deepEqual(await entries(office, imei(3)), [`tracked ${imei(3)} lost`]);
    assert.deepEqual(await told(office, theft), ['theft_confirmed_recovery']);
  });

  test('take the device, pass it on, and hand it back: each against a receipt, in a log that shows what is altered', async () => {
    const theft = await byPolice(4);
    const at = { actor: NORTHERN };
    await office.act((desk) => locateTheft(desk, theft.id), at);
    const empty = office.act((desk) => seizeTheft(desk, { id: theft.id, receipt: ' ' }), at);
    await assert.rejects(empty, refusedBy('CASE_EVIDENCE'));
    await office.act((desk) => seizeTheft(desk, { id: theft.id, receipt: 'R-1', person: 'Finder Name' }), at);
    assert.deepEqual(await entries(office, imei(4)), [`blocked ${imei(4)} stolen`], 'it stays blocked in custody');
    const passed = await office.act((desk) => passOn(desk, { id: theft.id, unit: 'south', receipt: 'R-2' }), at);
    assert.equal(passed.unit, 'south');
    const gone = office.act((desk) => handBack(desk, { id: theft.id, receipt: 'R-3' }), at);
    await assert.rejects(gone, refusedBy('STATE_ROLE'), 'who passed it on has it no longer');
    const back = await office.act((desk) => handBack(desk, { id: theft.id, receipt: 'R-3', person: 'Owner Name' }), {
      actor: SOUTHERN,
    });
    assert.equal(back.state, 'returned');
    assert.deepEqual(await entries(office, imei(4)), []);
    const steps = await custodyOf(office.registry, theft);
    assert.deepEqual(
      steps.map(({ holder, unit, receipt }) => [holder, unit, receipt]),
      [
        ['police', 'north', 'R-1'],
        ['police', 'south', 'R-2'],
        ['owner', undefined, 'R-3'],
      ],
    );
    assert.equal(brokenCustody(steps), undefined);
    for (const [at, step] of steps.entries()) {
      assert.equal(brokenCustody(steps.with(at, { ...step, receipt: 'R-9' })), at + 1);
      if (at < steps.length - 1) assert.notEqual(brokenCustody(steps.toSpliced(at, 1)), undefined);
    }
    const names = await office.act((desk) => readCustodyNames(desk, { id: theft.id, purpose: 'court' }), {
      actor: SOUTHERN,
    });
    assert.deepEqual(
      names.map(({ person }) => person),
      ['Finder Name', undefined, 'Owner Name'],
    );
    const kept = JSON.stringify(await office.registry.query('SELECT * FROM theft_custody'));
    assert.ok(!kept.includes('Finder Name'));
    assert.deepEqual(await told(office, theft), ['theft_confirmed', 'theft_recovered', 'theft_returned']);
  });

  test('a second case of the device is a claim, of whatever office', async () => {
    const first = await byPolice(5);
    const second = await office.act(
      (desk) => reportTheft(desk, { report: report(5, { complaint: 'S-5', station: 'Hill Road' }) }),
      { actor: SOUTHERN },
    );
    assert.deepEqual([second.state, second.beside], ['claimed', first.id]);
  });

  test('what one organisation brought in, another does not take away', async () => {
    const theft = await byPolice(6);
    for (const actor of [SOUTHERN, CLERK, DEALER])
      await assert.rejects(
        office.act((desk) => recoverTheft(desk, { id: theft.id }), { actor }),
        refusedBy('CASE_UNKNOWN'),
      );
    const mine = await office.act((desk) => recoverTheft(desk, { id: theft.id }), { actor: staff('police', NORTH) });
    assert.equal(mine.state, 'recovered_by_owner');
  });

  test('only an order that two approvers agreed to lifts what others brought in', async () => {
    const theft = await byPolice(7);
    const subject = `theft:${theft.id}`;
    const proposal = { kind: 'unblock_by_order', subject, payload: { order: 'O-1' }, reason: 'Order O-1' } as const;
    const { id } = await office.act((desk) => propose(desk, proposal), { actor: ANALYST });
    const lift = (approval: string) =>
      office.act((desk) => liftTheft(desk, { id: theft.id, order: 'O-1', approval }), { actor: APPROVER });
    await assert.rejects(lift(id), refusedBy('STATE_MOVE'));
    await office.act((desk) => approve(desk, id), { actor: APPROVER });
    await assert.rejects(lift(id), refusedBy('STATE_MOVE'), 'one approver is not enough');
    await office.act((desk) => approve(desk, id), { actor: SECOND });
    assert.equal((await lift(id)).state, 'lifted');
    assert.deepEqual(await entries(office, imei(7)), []);
    assert.equal((await told(office, theft)).at(-1), 'theft_lifted');
  });

  test('persons are read with what for, and by who may', async () => {
    const theft = await byPolice(8, { owner: { name: 'Ann Owner' }, invoice: 'INV-8' });
    const persons = await office.act((desk) => readPersons(desk, { id: theft.id, purpose: 'call the owner' }), {
      actor: NORTHERN,
    });
    assert.deepEqual(
      [persons.owner?.name, persons.invoice, persons.contact?.msisdn],
      ['Ann Owner', 'INV-8', msisdn(8)],
    );
    const [row] = await office.registry.query(`SELECT purpose, fields FROM access_log WHERE case_ref = $1`, [
      `theft:${theft.id}`,
    ]);
    assert.deepEqual(row, { purpose: 'call the owner', fields: ['contact', 'owner', 'invoice'] });
    const strange = office.act((desk) => readPersons(desk, { id: theft.id, purpose: 'x' }), { actor: SOUTHERN });
    await assert.rejects(strange, refusedBy('CASE_UNKNOWN'));
    const idle = office.act((desk) => readPersons(desk, { id: theft.id, purpose: ' ' }), { actor: NORTHERN });
    await assert.rejects(idle, refusedBy('READ_PURPOSE'));
  });

  test('the kill switch stands on the case, with what the maker says', async () => {
    const theft = await byPolice(9, { make: 'Apple', killSwitch: 'on' });
    assert.equal(adviceOf(theft).advice.url, 'https://www.icloud.com/find');
    const set = await office.act((desk) => setKillSwitch(desk, { id: theft.id, state: 'activated' }), {
      actor: NORTHERN,
    });
    assert.equal(adviceOf(set).state, 'activated');
    assert.equal(adviceOf({ killSwitch: 'unknown' }).advice.url, undefined);
  });

  test('what has ended is closed, by the regulator or in time, and then nothing more happens to it', async () => {
    const theft = await byPolice(10);
    await assert.rejects(
      office.act((desk) => closeTheft(desk, theft.id), { actor: ANALYST }),
      refusedBy('STATE_MOVE'),
    );
    await office.act((desk) => recoverTheft(desk, { id: theft.id }), { actor: NORTHERN });
    assert.deepEqual(await office.act((desk) => closeThefts(desk), { now: later(POLICY.theft.closeDays) }), []);
    const closed = await office.act((desk) => closeThefts(desk), { now: later(POLICY.theft.closeDays + 1) });
    assert.ok(closed.some(({ id }) => id === theft.id));
  });

  test('each unit’s work is counted', async () => {
    const figures = await unitFigures(office.registry, { from: later(-1), to: later(1) });
    assert.deepEqual(
      figures.map(({ unit, confirmed, seized, returned, medianDays }) => [
        unit,
        confirmed,
        seized,
        returned,
        medianDays,
      ]),
      [
        ['north', 8, 0, 2, 0],
        ['south', 1, 1, 1, 0],
      ],
    );
    assert.deepEqual(await unitFigures(office.registry, { from: later(1), to: later(2) }), []);
  });
});

describe('an operator', () => {
  test('reports for the subscriber who used the device; the police confirm or reject', async () => {
    office.seen.see(imei(20), { imsi: imsi(20) });
    const wrong = office.act(
      (desk) => reportTheft(desk, { report: report(20), proof: { kind: 'subscriber', imsi: imsi(21) } }),
      { actor: CLERK },
    );
    await assert.rejects(wrong, refusedBy('CASE_PROOF'));
    const theft = await office.act(
      (desk) => reportTheft(desk, { report: report(20), proof: { kind: 'subscriber', imsi: imsi(20) } }),
      { actor: CLERK },
    );
    assert.deepEqual([theft.state, theft.organisation], ['police_pending', ALFA.id]);
    assert.deepEqual(await entries(office, imei(20)), [`blocked ${imei(20)} stolen`]);
    const rejected = await office.act(
      (desk) => rejectTheft(desk, { id: theft.id, reason: 'Withdrawn at the counter.' }),
      {
        actor: CLERK,
      },
    );
    assert.equal(rejected.state, 'rejected');
    assert.deepEqual(await told(office, theft), ['theft_provisional', 'theft_rejected']);
  });

  test('without a law in the country file nothing is blocked', async () => {
    const { legalBasis: _, ...theft } = POLICY.theft;
    office.seen.see(imei(22), { imsi: imsi(22) });
    const reporting = office.act(
      (desk) => reportTheft(desk, { report: report(22), proof: { kind: 'subscriber', imsi: imsi(22) } }),
      { actor: CLERK, policy: { ...POLICY, theft } },
    );
    await assert.rejects(reporting, refusedBy('CASE_BASIS'));
    assert.deepEqual(await entries(office, imei(22)), []);
    assert.deepEqual(await office.registry.query('SELECT FROM theft_imei WHERE imei = $1', [imei(22)]), []);
  });

  test('an account reports so much a day', async () => {
    const clerk = staff('operator', ALFA);
    const policy = { ...POLICY, theft: { ...POLICY.theft, reportsPerAccount: 2 } };
    for (const of of [30, 31, 32]) office.seen.see(imei(of), { imsi: imsi(of) });
    const reporting = [30, 31, 32].map((of) =>
      office.act((desk) => reportTheft(desk, { report: report(of), proof: { kind: 'subscriber', imsi: imsi(of) } }), {
        actor: clerk,
        policy,
      }),
    );
    const outcomes = await Promise.allSettled(reporting);
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 2);
  });
});

describe('a dealer', () => {
  const cargo = (of: readonly number[]): Cargo => {
    const { imeis: _, owner: __, ...shared } = report(1);
    return { ...shared, invoice: 'CMR-1', devices: of.map((one) => ({ imeis: [imei(one)], model: `M${one}` })) };
  };

  test('reports a cargo: a case a device, one file, one proof', async () => {
    const opened = await office.act((desk) => reportCargo(desk, cargo([40, 41, 42])), { actor: DEALER });
    assert.equal(opened.thefts.length, 3);
    assert.deepEqual(
      opened.thefts.map(({ state, model, cargo: file }) => [state, model, file === opened.id]),
      [40, 41, 42].map((one) => ['police_pending', `M${one}`, true]),
    );
    assert.deepEqual(await entries(office, imei(41)), [`blocked ${imei(41)} stolen`]);
    assert.match(opened.reference, /^.{4}-.{4}-.{3}$/);
    const [row] = await office.registry.query('SELECT devices FROM theft_cargo WHERE id = $1', [opened.id]);
    assert.deepEqual(row, { devices: 3 });
  });

  test('all rows are taken or none, and each bad row is told', async () => {
    office.seen.see(imei(44), { msisdn: msisdn(44) });
    office.seen.see(imei(46), { msisdn: msisdn(46) });
    const reporting = office.act((desk) => reportCargo(desk, cargo([43, 44, 45, 46])), { actor: DEALER });
    await assert.rejects(reporting, (error: { faults?: readonly { code: string; line?: number }[] }) => {
      assert.deepEqual(
        error.faults?.map(({ code, line }) => [code, line]),
        [
          ['CASE_CARGO', 2],
          ['CASE_CARGO', 4],
        ],
      );
      return true;
    });
    assert.deepEqual(await entries(office, imei(43)), []);
    const policy = { ...POLICY, theft: { ...POLICY.theft, cargoDevices: 1 } };
    const large = office.act((desk) => reportCargo(desk, cargo([47, 48])), { actor: DEALER, policy });
    await assert.rejects(large, refusedBy('CASE_LIMIT'));
    const other = office.act((desk) => reportCargo(desk, cargo([47])), { actor: NATIONAL, now: NOW });
    await assert.rejects(other, refusedBy('STATE_ROLE'));
  });
});
