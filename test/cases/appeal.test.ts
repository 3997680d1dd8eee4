import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import fc from 'fast-check';
import { approve, propose } from '../../src/access/approval.ts';
import { type Appeal, dueOf, findAppeal, listAppeals } from '../../src/cases/appeals/appeal.ts';
import { expireAppeals } from '../../src/cases/appeals/clock.ts';
import {
  addEvidence,
  answerAppeal,
  askEvidence,
  decideAppeal,
  takeAppeal,
  withdrawAppeal,
} from '../../src/cases/appeals/decide.ts';
import { readExhibits } from '../../src/cases/appeals/exhibit.ts';
import { APPEAL, APPEAL_PARTIES, type AppealState } from '../../src/cases/appeals/machine.ts';
import { type NewAppeal, openAppeal } from '../../src/cases/appeals/open.ts';
import { pauseRule, resumeRule, ruleFigures } from '../../src/cases/appeals/pause.ts';
import { effectiveBlockDay, isStayed } from '../../src/cases/appeals/stay.ts';
import { findTheft } from '../../src/cases/thefts/find.ts';
import { reportTheft } from '../../src/cases/thefts/office.ts';
import { TASK, TASK_PARTIES, type TaskState } from '../../src/cases/traces/machine.ts';
import { pausedRules, pauses, stays } from '../../src/decisions/stays.ts';
import { freshRegistry } from '../office.ts';
import { reachable, walks } from '../states/walk.ts';
import {
  ANALYST,
  APPROVER,
  body,
  CLERK,
  citizen,
  day,
  entries,
  imei,
  later,
  msisdn,
  NORTHERN,
  type Office,
  officeOf,
  POLICY,
  refusedBy,
  report,
  SECOND,
  staff,
} from './desk.ts';

let office: Office;
before(async () => {
  office = officeOf(await freshRegistry());
});

const against = (of: number, rule = 'stolen') => ({ kind: 'standing', id: `${imei(of)}:${rule}` }) as const;

const appeal = (of: number, more: Partial<NewAppeal> = {}, now = later(0)): Promise<Appeal> =>
  office.act(
    (desk) =>
      openAppeal(desk, { against: against(of), contact: { msisdn: msisdn(of) }, grounds: 'It is mine.', ...more }),
    { actor: citizen(msisdn(of)), now },
  );

/** An appeal that an examiner has, by its id. */
async function examined(of: number, more: Partial<NewAppeal> = {}): Promise<string> {
  const { id } = await appeal(of, more);
  await office.act((desk) => takeAppeal(desk, id), { actor: ANALYST });
  return id;
}

const decide = (id: string, outcome: 'upheld' | 'overturned', actor = APPROVER): Promise<Appeal> =>
  office.act((desk) => decideAppeal(desk, { id, outcome, reasons: 'The papers say so.' }), { actor });

/** An appeal, decided by two persons. */
const decided = async (of: number, outcome: 'upheld' | 'overturned', more: Partial<NewAppeal> = {}): Promise<Appeal> =>
  decide(await examined(of, more), outcome);

const rowsOf = (template: string) => office.registry.query('SELECT FROM notice WHERE template = $1', [template]);

test('every state of an appeal and of a task can be reached, and every one that is undecided can end', () => {
  const ends: readonly AppealState[] = ['upheld', 'overturned', 'withdrawn', 'expired'];
  const all = reachable(
    APPEAL,
    APPEAL.begins.map(({ to }) => to),
  );
  assert.deepEqual([...all].sort(), Object.keys(APPEAL.states).sort());
  for (const state of Object.keys(APPEAL.states) as AppealState[])
    assert.ok(
      [...reachable(APPEAL, [state])].some((one) => ends.includes(one)),
      state,
    );
  const tasks = reachable(
    TASK,
    TASK.begins.map(({ to }) => to),
  );
  assert.deepEqual([...tasks].sort(), Object.keys(TASK.states).sort());
  for (const state of Object.keys(TASK.states) as TaskState[])
    assert.ok(reachable(TASK, [state]).has('done') || state === 'handed_over', state);
});

test('whatever is tried, only a decider decides an appeal, and only its unit signs for a task', () => {
  fc.assert(
    fc.property(walks(APPEAL, APPEAL_PARTIES), walks(TASK, TASK_PARTIES), (appeals, tasks) => {
      for (const { to, role } of appeals) if (to === 'upheld' || to === 'overturned') assert.equal(role, 'decider');
      for (const { to, role } of tasks) if (to === 'accepted') assert.equal(role, 'unit');
    }),
    { numRuns: 50 },
  );
});

describe('an appeal', () => {
  test('against a block to come stops its clock, if whoever objects was seen with the device', async () => {
    office.seen.see(imei(1), { msisdn: msisdn(1) });
    const one = await appeal(1);
    assert.deepEqual([one.state, one.rule, one.imei], ['opened', 'stolen', imei(1)]);
    assert.equal(await isStayed(office.registry.query, imei(1), 'stolen'), true);
    assert.equal(await isStayed(office.registry.query, imei(1), 'Cloned'), false);
    const effective = (blockDay: string) =>
      effectiveBlockDay(office.registry.query, { imei: imei(1), reason: 'stolen', blockDay: day(blockDay) });
    assert.equal(await effective('2026-06-30'), undefined);
    assert.equal(await effective('2026-06-01'), '2026-06-01', 'what was blocked before is not let go by objecting');
    await office.act((desk) => takeAppeal(desk, one.id), { actor: ANALYST });
    const verdict = { id: one.id, outcome: 'upheld', reasons: 'The papers say so.' } as const;
    await office.act((desk) => decideAppeal(desk, verdict), { actor: APPROVER, now: later(10) });
    assert.equal(await effective('2026-06-30'), '2026-07-10', 'later by the days on which the clock stood');
    assert.deepEqual(
      (await stays(office.registry.query)).filter((stay) => stay.imei === imei(1)),
      [{ imei: imei(1), reason: 'stolen', since: '2026-06-10', until: '2026-06-20', overturned: false }],
    );
    await appeal(1, {}, later(11));
    assert.equal(await isStayed(office.registry.query, imei(1), 'stolen'), false, 'nobody stops it twice in vain');
  });

  test('of a stranger, of a complaint, of another rule stops nothing', async () => {
    await appeal(2);
    office.seen.see(imei(3), { msisdn: msisdn(3) });
    await appeal(3, { form: 'complaint' });
    await appeal(3, { against: against(3, 'Cloned') });
    for (const of of [2, 3]) {
      assert.equal(await isStayed(office.registry.query, imei(of), 'stolen'), false);
      assert.equal(await isStayed(office.registry.query, imei(of), 'Cloned'), false);
    }
  });

  test('that succeeds holds the rule off the device for good, also where it blocks already', async () => {
    office.seen.see(imei(4), { msisdn: msisdn(4) });
    const won = await decided(4, 'overturned', { against: against(4, 'Cloned') });
    assert.equal(won.state, 'overturned');
    const query = office.registry.query;
    assert.equal(await isStayed(query, imei(4), 'Cloned'), true);
    const wanted = { imei: imei(4), reason: 'Cloned', blockDay: day('2026-01-01') };
    assert.equal(await effectiveBlockDay(query, wanted), undefined);
    assert.equal((await rowsOf('appeal_granted')).length, 1);
  });

  test('is decided by another person than who examined it', async () => {
    const { id } = await appeal(5);
    await office.act((desk) => takeAppeal(desk, id), { actor: APPROVER });
    await assert.rejects(decide(id, 'upheld', APPROVER), refusedBy('APPEAL_SECOND_PERSON'));
    await assert.rejects(decide(id, 'upheld', ANALYST), refusedBy('STATE_ROLE'));
    assert.equal((await decide(id, 'upheld', SECOND)).state, 'upheld');
    await assert.rejects(decide(id, 'upheld', SECOND), refusedBy('STATE_MOVE'));
  });

  test('by two deciders at once is decided once', async () => {
    const ids = [await examined(60), await examined(61), await examined(62)];
    for (const id of ids) {
      const acts = (['upheld', 'overturned', 'upheld', 'overturned'] as const).map((outcome, at) =>
        decide(id, outcome, at % 2 === 0 ? APPROVER : SECOND),
      );
      const settled = await Promise.allSettled(acts);
      assert.equal(settled.filter(({ status }) => status === 'fulfilled').length, 1);
    }
  });

  test('is seen by who opened it and the authority, and what was said in it is read with what for', async () => {
    const one = await appeal(7, { grounds: 'I bought it from a friend.', evidence: ['Invoice 17'] });
    const other = office.act((desk) => findAppeal(desk, one.reference), { actor: citizen(msisdn(8)) });
    await assert.rejects(other, refusedBy('CASE_UNKNOWN'));
    const exhibits = await office.act((desk) => readExhibits(desk, { id: one.id, purpose: 'examination' }), {
      actor: ANALYST,
    });
    assert.deepEqual(
      exhibits.map(({ content }) => content),
      ['I bought it from a friend.', 'Invoice 17'],
    );
    const plain = JSON.stringify(await office.registry.query('SELECT * FROM appeal_exhibit'));
    assert.ok(!plain.includes('friend'));
    const { appeals } = await office.act((desk) => listAppeals(desk, { limit: 10 }), { actor: citizen(msisdn(7)) });
    assert.deepEqual(
      appeals.map(({ id }) => id),
      [one.id],
    );
  });

  test('names what it is against', async () => {
    for (const id of [`${imei(9)}:nothing`, `${imei(9)}`, 'x:stolen', ''])
      await assert.rejects(appeal(9, { against: { kind: 'standing', id } }), refusedBy('APPEAL_AGAINST'));
    const unknown = { kind: 'theft', id: '00000000-0000-4000-8000-00000000dead' } as const;
    await assert.rejects(appeal(9, { against: unknown }), refusedBy('APPEAL_AGAINST'));
    const refusal = await appeal(9, { against: { kind: 'refusal', id: 'import:17' }, rule: 'quota' });
    assert.deepEqual([refusal.against.id, refusal.rule], ['import:17', 'quota']);
  });

  test('is opened once by one person, and he has only so many', async () => {
    await appeal(10);
    await assert.rejects(appeal(10), refusedBy('APPEAL_OPEN'));
    const policy = { ...POLICY, appeals: { ...POLICY.appeals, openPerContact: 2 } };
    const opening = [11, 12, 13].map((of) =>
      office.act(
        (desk) => openAppeal(desk, { against: against(of), contact: { msisdn: msisdn(10) }, grounds: 'It is mine.' }),
        { actor: citizen(msisdn(10)), policy },
      ),
    );
    const settled = await Promise.allSettled(opening);
    assert.equal(settled.filter(({ status }) => status === 'fulfilled').length, 1);
  });

  test('is withdrawn by who opened it, and the clock goes on', async () => {
    office.seen.see(imei(14), { msisdn: msisdn(14) });
    const { id } = await appeal(14);
    const strange = office.act((desk) => withdrawAppeal(desk, id), { actor: citizen(msisdn(15)) });
    await assert.rejects(strange, refusedBy('CASE_UNKNOWN'));
    await office.act((desk) => withdrawAppeal(desk, id), { actor: citizen(msisdn(14)) });
    assert.equal(await isStayed(office.registry.query, imei(14), 'stolen'), false);
  });
});

describe('the time limits', () => {
  const calendar = (...holidays: readonly string[]) => ({
    ...POLICY,
    appeals: {
      ...POLICY.appeals,
      calendar: { ...POLICY.appeals.calendar, suspensions: [], holidays: holidays.map(day) },
    },
  });

  test('of the authority wait while evidence is asked for, and end the appeal where it does not come', async () => {
    const { id } = await appeal(20);
    await office.act((desk) => takeAppeal(desk, id), { actor: ANALYST });
    const asked = await office.act((desk) => askEvidence(desk, { id, what: 'The invoice' }), {
      actor: ANALYST,
      now: later(10),
    });
    assert.deepEqual(
      [asked.state, dueOf(asked, { policy: POLICY }), asked.leftDays],
      ['evidence_asked', '2026-07-04', 20],
    );
    const added = await office.act((desk) => addEvidence(desk, { id, evidence: 'Invoice 17' }), {
      actor: citizen(msisdn(20)),
      now: later(15),
    });
    assert.deepEqual([added.state, dueOf(added, { policy: POLICY })], ['in_review', '2026-07-15']);
    await office.act((desk) => askEvidence(desk, { id, what: 'The box' }), { actor: ANALYST, now: later(16) });
    assert.deepEqual((await office.act((desk) => expireAppeals(desk), { now: later(30) })).expired, []);
    const { expired } = await office.act((desk) => expireAppeals(desk), { now: later(31) });
    assert.deepEqual(
      expired.map((one) => [one.id, one.state]),
      [[id, 'expired']],
    );
  });

  test('move with an order that comes while they run', async () => {
    const { id } = await appeal(21, {}, later(100));
    const late = async (policy = POLICY) =>
      (await office.act((desk) => expireAppeals(desk), { now: later(131), policy })).late.some((one) => one.id === id);
    assert.equal(await late(calendar('2026-09-19')), false);
    const before = (await rowsOf('task_overdue')).length;
    assert.equal(await late(), true);
    assert.equal(await late(), false, 'it is told once');
    assert.ok((await rowsOf('task_overdue')).length > before);
    assert.equal((await office.act((desk) => findAppeal(desk, id), { actor: ANALYST })).state, 'opened');
  });
});

describe('an appeal against a case', () => {
  test('is answered by who brought it in, and releases the device where it succeeds', async () => {
    const theft = await office.act((desk) => reportTheft(desk, { report: report(30, { complaint: 'N-30' }) }), {
      actor: NORTHERN,
    });
    const one = await appeal(31, { against: { kind: 'theft', id: theft.reference } });
    assert.equal(one.inserter, theft.organisation);
    const strange = office.act((desk) => answerAppeal(desk, { id: one.id, statement: 'No.' }), { actor: CLERK });
    await assert.rejects(strange, refusedBy('CASE_UNKNOWN'));
    await office.act((desk) => answerAppeal(desk, { id: one.id, statement: 'We confirm the complaint.' }), {
      actor: NORTHERN,
    });
    await office.act((desk) => takeAppeal(desk, one.id), { actor: ANALYST });
    assert.deepEqual(await entries(office, imei(30)), [`blocked ${imei(30)} stolen`]);
    const verdict = { id: one.id, outcome: 'overturned', reasons: 'It was sold, not stolen.' } as const;
    await office.act((desk) => decideAppeal(desk, verdict), { actor: APPROVER });
    assert.deepEqual(await entries(office, imei(30)), []);
    const ended = await office.act((desk) => findTheft(desk, theft.id), { actor: NORTHERN });
    assert.equal(ended.state, 'lifted');
  });
});

describe('a rule', () => {
  test('that is overturned too often is paused, the regulator is told, and two persons let it go on', async () => {
    office = officeOf(await freshRegistry());
    const rule = 'Cloned';
    const about = (of: number) => ({ against: against(of, rule) });
    await decided(40, 'overturned', about(40));
    await decided(41, 'overturned', about(41));
    assert.deepEqual(await pausedRules(office.registry.query), [], 'two decisions say nothing');
    await decided(42, 'upheld', about(42));
    assert.deepEqual(await pausedRules(office.registry.query), [rule], '2 of 3 are more than half');
    const [figures] = await office.act((desk) => ruleFigures(desk));
    assert.deepEqual([figures?.rule, figures?.decided, figures?.overturned], [rule, 3, 2]);
    assert.equal((await rowsOf('rule_paused')).length, 1);
    assert.equal((await office.registry.query(`SELECT FROM access_alarm WHERE kind = 'rule_paused'`)).length, 1);
    await decided(43, 'overturned', about(43));
    assert.equal((await rowsOf('rule_paused')).length, 1, 'it is paused once');

    const proposal = {
      kind: 'rule_resumption',
      subject: `rule:${rule}`,
      payload: null,
      reason: 'It was corrected.',
    } as const;
    const { id } = await office.act((desk) => propose(desk, proposal), { actor: ANALYST });
    const resume = () =>
      office.act((desk) => resumeRule(desk, { rule, approval: id }), { actor: APPROVER, now: later(1) });
    await assert.rejects(resume(), refusedBy('STATE_MOVE'));
    await office.act((desk) => approve(desk, id), { actor: SECOND });
    await resume();
    assert.deepEqual(await pausedRules(office.registry.query), []);
    assert.deepEqual(await office.act(({ query, policy }) => pauses(query, policy.timeZone)), [
      { rule, since: '2026-06-10', until: '2026-06-11' },
    ]);
    await assert.rejects(resume(), refusedBy('STATE_MOVE'));
    const [after] = await office.act((desk) => ruleFigures(desk, rule), { now: later(1) });
    assert.equal(after, undefined, 'what was decided before counts no more');
  });

  test('with exactly its share overturned goes on; complaints do not count', async () => {
    const rule = 'stolen';
    for (const [at, outcome] of (['overturned', 'upheld', 'overturned', 'upheld'] as const).entries())
      await decided(50 + at, outcome, { against: against(50 + at, rule), ...(at === 2 ? { form: 'complaint' } : {}) });
    await decided(55, 'overturned', { against: against(55, rule) });
    await decided(56, 'upheld', { against: against(56, rule), form: 'complaint' });
    assert.deepEqual(await pausedRules(office.registry.query), []);
  });

  test('decided about at once is paused once', async () => {
    const rule = 'Cloned';
    office = officeOf(await freshRegistry());
    const ids = await Promise.all([60, 61, 62, 63, 64, 65].map((of) => examined(of, { against: against(of, rule) })));
    await Promise.all(ids.map((id) => decide(id, 'overturned')));
    assert.deepEqual(await pausedRules(office.registry.query), [rule]);
    assert.equal((await rowsOf('rule_paused')).length, 1);
  });

  test('is paused by hand, with the reason', async () => {
    const pause = (rule: string, actor = APPROVER) =>
      office.act((desk) => pauseRule(desk, { rule, because: 'A court asked for it.' }), { actor });
    await assert.rejects(pause('stolen', ANALYST), refusedBy('ACCESS_ROLE'));
    await assert.rejects(pause('nothing'), refusedBy('STATE_MOVE'));
    await pause('stolen');
    await assert.rejects(pause('stolen'), refusedBy('STATE_MOVE'));
    assert.ok((await pausedRules(office.registry.query)).includes('stolen'));
  });
});

test('an importer objects to what was decided about its consignment', async () => {
  const importer = staff('importer', body('importer'));
  const one = await office.act(
    (desk) =>
      openAppeal(desk, {
        against: { kind: 'consignment', id: 'c-1' },
        rule: 'approval_missing',
        contact: { email: 'desk@importer.example' },
        grounds: 'The certificate is there.',
      }),
    { actor: importer },
  );
  const colleague = staff('importer', importer.organisation ?? body('importer'));
  assert.equal((await office.act((desk) => findAppeal(desk, one.id), { actor: colleague })).id, one.id);
});
