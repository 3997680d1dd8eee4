import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import fc from 'fast-check';
import type { HeavyName } from '../../src/access/actions/heavy.ts';
import type { Actor } from '../../src/access/actor.ts';
import {
  approve,
  approvedFor,
  decline,
  expireProposals,
  listProposals,
  propose,
  useApproval,
  withdraw,
} from '../../src/access/approval.ts';
import { canonical, hashOf, type Payload, PROPOSAL } from '../../src/access/proposal.ts';
import { advance } from '../../src/states/machine.ts';
import type { Registry } from '../../src/stores/registry.ts';
import { freshRegistry } from '../office.ts';
import { later, type Office, officeOf, ready, refusedBy, somebody } from './desk.ts';

let registry: Registry;
let office: Office;
let analyst: Actor;
let approver: Actor;
let other: Actor;
let third: Actor;

before(async () => {
  registry = await freshRegistry();
  office = officeOf(registry);
  analyst = await somebody(office, { roles: ['analyst'] });
  approver = await somebody(office, { roles: ['approver'] });
  other = await somebody(office, { roles: ['approver'] });
  third = await somebody(office, { roles: ['approver'] });
});

const PAYLOAD = { imei: '35693803564380', until: null, more: [1, true] } as const;
const proposed = async (kind: HeavyName = 'golden', actor = analyst): Promise<string> =>
  (
    await office(
      (desk) => propose(desk, { kind, subject: 'imei:35693803564380', payload: PAYLOAD, reason: 'a minister’s' }),
      { actor },
    )
  ).id;
const use = (id: string, more: { kind?: HeavyName; subject?: string; payload?: Payload } = {}, now?: Date) =>
  office((desk) => useApproval(desk, { id, kind: 'golden', subject: 'imei:35693803564380', ...more }), {
    actor: approver,
    ...(now === undefined ? {} : { now }),
  });
const approving = (id: string, actor: Actor, now?: Date) =>
  office((desk) => approve(desk, id), { actor, ...(now === undefined ? {} : { now }) });

test('what one proposed and another approved is used once, with the payload that was approved', async () => {
  const id = await proposed();
  assert.equal(await office((desk) => approvedFor(desk, id, 'golden')), undefined);
  assert.equal((await approving(id, approver)).state, 'approved');
  assert.equal((await office((desk) => approvedFor(desk, id, 'golden')))?.id, id);
  assert.equal(await office((desk) => approvedFor(desk, id, 'mass_effect')), undefined);
  const used = await use(id, { payload: { more: [1, true], until: null, imei: '35693803564380' } });
  assert.deepEqual([used.state, used.payload, used.approvers], ['used', PAYLOAD, [approver.id]]);
  await assert.rejects(use(id), refusedBy('STATE_MOVE'));
});

test('the proposer does not approve, whatever the roles, nor does who is not an approver', async () => {
  const id = await proposed('golden', approver);
  await assert.rejects(approving(id, approver), refusedBy('ACCESS_SECOND_PERSON'));
  await assert.rejects(approving(id, analyst), refusedBy('ACCESS_ROLE'));
  const admin = await somebody(office, { roles: ['admin'] });
  await assert.rejects(approving(id, admin), refusedBy('ACCESS_ROLE'));
  await assert.rejects(use(id), refusedBy('STATE_MOVE'));
});

test('the table itself refuses one person for both', async () => {
  const id = await proposed();
  const forged = registry.query(
    `INSERT INTO proposal_vote (proposal, proposer, approver, approves, at) VALUES ($1, $2, $2, true, now())`,
    [id, analyst.id],
  );
  await assert.rejects(forged, /proposal_vote/);
  const disguised = registry.query(
    `INSERT INTO proposal_vote (proposal, proposer, approver, approves, at) VALUES ($1, 'x', $2, true, now())`,
    [id, analyst.id],
  );
  await assert.rejects(disguised, /foreign key/);
  await approving(id, approver);
  await assert.rejects(registry.query('DELETE FROM proposal_vote'), /append-only/);
});

test('an order of a court takes two approvers, each another', async () => {
  const id = await proposed('unblock_by_order');
  assert.equal((await approving(id, approver)).state, 'open');
  await assert.rejects(approving(id, approver), refusedBy('ACCESS_SECOND_PERSON'));
  await assert.rejects(use(id, { kind: 'unblock_by_order' }), refusedBy('STATE_MOVE'));
  assert.equal((await approving(id, other)).state, 'approved');
  await assert.rejects(approving(id, third), refusedBy('STATE_MOVE'));
  assert.equal((await use(id, { kind: 'unblock_by_order' })).state, 'used');
});

test('who may not propose a kind does not', async () => {
  await assert.rejects(proposed('privileged_account', approver), refusedBy('ACCESS_ROLE'));
  const dealer = await somebody(office, { kind: 'dealer', roles: ['dealer'] });
  await assert.rejects(proposed('golden', dealer), refusedBy('ACCESS_ROLE'));
});

test('nobody approves what is about the own account', async () => {
  const admin = await somebody(office, { roles: ['admin'] });
  const { id } = await office(
    (desk) =>
      propose(desk, {
        kind: 'privileged_account',
        subject: `account:${approver.id}`,
        payload: {},
        reason: 'new' + ' duties',
      }),
    { actor: admin },
  );
  await assert.rejects(approving(id, approver), refusedBy('ACCESS_SECOND_PERSON'));
  assert.equal((await approving(id, other)).state, 'approved');
});

test('another kind, subject or payload is not what was approved', async () => {
  const id = await proposed();
  await approving(id, approver);
  await assert.rejects(use(id, { kind: 'baseline' }), refusedBy('ACCESS_PROPOSAL'));
  await assert.rejects(use(id, { subject: 'imei:35693803564381' }), refusedBy('ACCESS_PROPOSAL'));
  await assert.rejects(use(id, { payload: { ...PAYLOAD, until: 1 } }), refusedBy('ACCESS_PROPOSAL'));
  for (const none of ['', 'x', '00000000-0000-0000-0000-000000000000'])
    await assert.rejects(use(none), refusedBy('ACCESS_PROPOSAL'));
  await registry.query(`UPDATE proposal SET payload = '{"imei":"1"}' WHERE id = $1`, [id]);
  await assert.rejects(use(id), /altered/);
});

test('an act that fails uses no approval up', async () => {
  const id = await proposed();
  await approving(id, approver);
  const failing = office(async (desk) => {
    await useApproval(desk, { id, kind: 'golden', subject: 'imei:35693803564380' });
    throw new Error('the act failed');
  });
  await assert.rejects(failing, /the act failed/);
  assert.equal((await use(id)).state, 'used');
});

test('of two who use an approval at once, one does', async () => {
  const id = await proposed();
  await approving(id, approver);
  await ready(office, 3);
  const outcomes = await Promise.allSettled([use(id), use(id), use(id)]);
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
});

test('of two who approve at once, each counts', async () => {
  const id = await proposed('unblock_by_order');
  await Promise.all([approving(id, approver), approving(id, other)]);
  assert.equal((await office((desk) => approvedFor(desk, id, 'unblock_by_order')))?.approvers.length, 2);
});

test('its time over, it is neither approved nor used, before the clock came round and after', async () => {
  const [open, approved] = [await proposed(), await proposed()];
  await approving(approved, approver);
  const then = later(7 * 86_400);
  await assert.rejects(approving(open, approver, then), refusedBy('STATE_MOVE'));
  await assert.rejects(use(approved, {}, then), refusedBy('STATE_MOVE'));
  assert.equal(await office((desk) => approvedFor(desk, approved, 'golden'), { now: then }), undefined);
  assert.ok((await office((desk) => expireProposals(desk), { now: later(7 * 86_400 - 1) })) === 0);
  assert.ok((await office((desk) => expireProposals(desk), { now: then })) >= 2);
  await assert.rejects(use(approved), refusedBy('STATE_MOVE'));
});

test('its proposer withdraws it, nobody else; another person declines it, with a reason, approved or not', async () => {
  const withdrawn = await proposed();
  await assert.rejects(
    office((desk) => withdraw(desk, withdrawn), { actor: approver }),
    refusedBy('STATE_ROLE'),
  );
  assert.equal((await office((desk) => withdraw(desk, withdrawn), { actor: analyst })).state, 'withdrawn');
  await assert.rejects(approving(withdrawn, approver), refusedBy('STATE_MOVE'));
  const declined = await proposed();
  await approving(declined, approver);
  const declining = (actor: Actor, reason = 'no ground for it') =>
    office((desk) => decline(desk, { id: declined, reason }), { actor });
  await assert.rejects(declining(analyst), refusedBy('ACCESS_ROLE'));
  await assert.rejects(declining(approver, ' '), refusedBy('ACCESS_REASON'));
  assert.equal((await declining(approver)).state, 'declined');
  await assert.rejects(use(declined), refusedBy('STATE_MOVE'));
});

test('a proposal has a reason', async () => {
  await assert.rejects(
    office((desk) => propose(desk, { kind: 'golden', subject: 'imei:1', payload: null, reason: '  ' }), {
      actor: analyst,
    }),
    refusedBy('ACCESS_REASON'),
  );
});

test('proposals are listed a page at a time, each once', async () => {
  const seen: string[] = [];
  let after: string | undefined;
  do {
    const page = await office((desk) => listProposals(desk, { limit: 3, ...(after === undefined ? {} : { after }) }), {
      actor: analyst,
    });
    assert.ok(page.proposals.length <= 3);
    seen.push(...page.proposals.map(({ id }) => id));
    after = page.next;
  } while (after !== undefined);
  const [row] = await registry.query<{ count: number }>('SELECT count(*)::int AS count FROM proposal');
  assert.deepEqual([seen.length, new Set(seen).size], [row?.count, row?.count]);
  const used = await office((desk) => listProposals(desk, { state: 'used', limit: 50 }), { actor: analyst });
  assert.ok(used.proposals.length > 0 && used.proposals.every(({ state }) => state === 'used'));
});

test('equal payloads have one text, however their keys are ordered; what is used, declined or withdrawn stays so', () => {
  const payload = fc.jsonValue({ maxDepth: 3 }).map((value): Payload => JSON.parse(JSON.stringify(value)));
  fc.assert(
    fc.property(payload, (value) => {
      const text = canonical(value);
      assert.deepEqual(JSON.parse(text), value);
      assert.equal(canonical(turned(value)), text);
    }),
  );
  assert.equal(hashOf('abc'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  for (const state of ['used', 'withdrawn', 'declined', 'expired'] as const)
    for (const { event, who } of PROPOSAL.moves) assert.ok(!advance(PROPOSAL, state, { event, roles: who }).ok);
});

/** The same with the keys of all maps in the opposite order. */
function turned(value: Payload): Payload {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(turned);
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, part]) => [key, turned(part)]),
  );
}
