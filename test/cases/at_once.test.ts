import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import fc from 'fast-check';
import type { Actor } from '../../src/access/actor.ts';
import type { CaseDesk } from '../../src/cases/desk.ts';
import { HOLDS } from '../../src/cases/theft.ts';
import { selectThefts, type TheftCase } from '../../src/cases/thefts/case.ts';
import { beginTheft, proveTheft, submitTheft, withdrawTheft } from '../../src/cases/thefts/citizen.ts';
import { closeThefts, expireTheft } from '../../src/cases/thefts/clock.ts';
import { recoverTheft } from '../../src/cases/thefts/end.ts';
import { historyOf } from '../../src/cases/thefts/find.ts';
import { minimumRecord } from '../../src/cases/thefts/minimum.ts';
import { confirmTheft, handBack, locateTheft, rejectTheft, seizeTheft } from '../../src/cases/thefts/police.ts';
import { observe } from '../../src/cases/traces/observe.ts';
import { escalateTasks } from '../../src/cases/traces/work.ts';
import { Refused } from '../../src/faults/fault.ts';
import { freshRegistry } from '../office.ts';
import {
  citizen,
  entries,
  imei,
  imsi,
  later,
  msisdn,
  NORTH,
  NORTHERN,
  type Office,
  officeOf,
  report,
  staff,
} from './desk.ts';

let office: Office;
before(async () => {
  office = officeOf(await freshRegistry());
});

const number = (of: number) => ({ kind: 'number', msisdn: msisdn(of) }) as const;

async function submitted(of: number, what = of): Promise<TheftCase> {
  const actor = citizen(msisdn(of));
  office.seen.see(imei(what), { msisdn: msisdn(of) });
  const { id } = await office.act((desk) => beginTheft(desk, report(of, { imeis: [imei(what)] })), { actor });
  return office.act((desk) => submitTheft(desk, id), { actor });
}

async function pending(of: number): Promise<TheftCase> {
  const { id } = await submitted(of);
  return office.act((desk) => proveTheft(desk, { id, proof: number(of) }), { actor: citizen(msisdn(of)) });
}

/** What each of several acts at once came to: done, or the code it was refused with. */
async function outcomes(acts: readonly Promise<unknown>[]): Promise<readonly string[]> {
  const settled = await Promise.allSettled(acts);
  return settled
    .map((one) => {
      if (one.status === 'fulfilled') return 'done';
      assert.ok(one.reason instanceof Refused, String(one.reason));
      return one.reason.faults[0]?.code ?? '';
    })
    .sort();
}

describe('at once', () => {
  test('two officers confirm and reject one case: one wins, the other is told that it moved', async () => {
    for (const of of [1, 2, 3]) {
      const { id } = await pending(of);
      const acts = [
        office.act((desk) => confirmTheft(desk, { id, complaint: 'A' }), { actor: NORTHERN }),
        office.act((desk) => rejectTheft(desk, { id, reason: 'not true' }), { actor: staff('police', NORTH) }),
      ];
      assert.deepEqual(await outcomes(acts), ['STATE_MOVE', 'done']);
    }
  });

  test('the clock expires what an officer confirms: one of them wins, and the lists say which', async () => {
    for (const of of [4, 5, 6]) {
      const { id } = await pending(of);
      const now = later(8);
      const confirmed = office.act((desk) => confirmTheft(desk, { id, complaint: 'A' }), { actor: NORTHERN, now });
      const expired = office.act((desk) => expireTheft(desk), { now });
      await Promise.allSettled([confirmed, expired]);
      await office.act((desk) => expireTheft(desk), { now });
      const [theft] = await selectThefts(office.registry, { where: 't.id = $1' }, [id]);
      assert.ok(theft !== undefined && ['active', 'expired'].includes(theft.state), theft?.state);
      const due = theft.state === 'active' ? [`blocked ${imei(of)} stolen`] : [];
      assert.deepEqual(await entries(office, imei(of)), due);
    }
  });

  test('two persons prove the same device: one case, one claim', async () => {
    const [one, other] = [await submitted(10, 10), await submitted(11, 10)];
    const prove = (theft: TheftCase, of: number) =>
      office.act((desk) => proveTheft(desk, { id: theft.id, proof: number(of) }), { actor: citizen(msisdn(of)) });
    const states = (await Promise.all([prove(one, 10), prove(other, 11)])).map(({ state }) => state);
    assert.deepEqual(states.sort(), ['claimed', 'police_pending']);
    assert.deepEqual(await entries(office, imei(10)), [`blocked ${imei(10)} stolen`]);
  });
});

type Act = { readonly actor: Actor; readonly run: (desk: CaseDesk, id: string, of: number) => Promise<unknown> };

const OWNER = 'owner' as unknown as Actor;
const CLOCK: Actor = { id: 'system', roles: ['system'] };

/** Everything that can be tried on a case, by who would. */
const ACTS: Readonly<Record<string, Act>> = {
  submit: { actor: OWNER, run: submitTheft },
  prove: { actor: OWNER, run: (desk, id, of) => proveTheft(desk, { id, proof: number(of) }) },
  withdraw: { actor: OWNER, run: withdrawTheft },
  recover: { actor: OWNER, run: (desk, id, of) => recoverTheft(desk, { id, proof: number(of) }) },
  confirm: { actor: NORTHERN, run: (desk, id) => confirmTheft(desk, { id, complaint: 'A' }) },
  reject: { actor: NORTHERN, run: (desk, id) => rejectTheft(desk, { id, reason: 'not true' }) },
  locate: { actor: NORTHERN, run: locateTheft },
  seize: { actor: NORTHERN, run: (desk, id) => seizeTheft(desk, { id, receipt: 'R' }) },
  handBack: { actor: NORTHERN, run: (desk, id) => handBack(desk, { id, receipt: 'R' }) },
  observe: {
    actor: CLOCK,
    run: (desk, _, of) => observe(desk, { imei: imei(of), imsi: imsi(of), operator: 'alfa', at: desk.now }),
  },
  expire: { actor: CLOCK, run: (desk) => expireTheft(desk) },
  escalate: { actor: CLOCK, run: (desk) => escalateTasks(desk) },
  close: { actor: CLOCK, run: (desk) => closeThefts(desk) },
};

test('whatever is done to a case in whatever order, networks are told what its state says, and its record is whole', async () => {
  let of = 1000;
  const step = fc.tuple(fc.constantFrom(...Object.keys(ACTS)), fc.constantFrom(0, 0, 0, 1, 8));
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 6, maxLength: 14 }), async (steps) => {
      of += 1;
      const actor = citizen(msisdn(of));
      office.seen.see(imei(of), { msisdn: msisdn(of) });
      const { id } = await office.act((desk) => beginTheft(desk, report(of)), { actor });
      let days = 0;
      for (const [name, passed] of [['submit', 0], ['prove', 0], ...steps] as const) {
        days += passed;
        const act = ACTS[name];
        if (act === undefined) continue;
        await office
          .act((desk) => act.run(desk, id, of), { actor: act.actor === OWNER ? actor : act.actor, now: later(days) })
          .catch((error: unknown) => assert.ok(error instanceof Refused, String(error)));
        await checkWhole(id);
      }
    }),
    { numRuns: 12 },
  );
});

async function checkWhole(id: string): Promise<void> {
  const [theft] = await selectThefts(office.registry, { where: 't.id = $1' }, [id]);
  assert.ok(theft);
  const held = HOLDS[theft.state] !== 'none';
  assert.deepEqual(theft.heldImeis, held ? theft.imeis : []);
  assert.equal((await entries(office, theft.imeis[0])).length, held ? 1 : 0, theft.state);
  const steps = await historyOf(office.registry, theft);
  for (const [at, step] of steps.entries()) assert.equal(step.from, steps[at - 1]?.to);
  assert.equal(steps.at(-1)?.to, theft.state);
  const { imeis, country, date } = minimumRecord(theft);
  assert.deepEqual([imeis, country, date], [theft.imeis, 'CH', theft.day]);
  const tasks = await office.registry.query(
    `SELECT FROM theft_task WHERE theft = $1 AND state IN ('open', 'accepted', 'overdue')`,
    [id],
  );
  if (!['active', 'traced', 'located'].includes(theft.state)) assert.deepEqual(tasks, [], theft.state);
}
