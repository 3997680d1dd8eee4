import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Desk } from '../../src/access/desk.ts';
import { checkDevice } from '../../src/devices/checks.ts';
import type { Device } from '../../src/devices/device.ts';
import { deviceOf } from '../../src/devices/enter.ts';
import { closeFinding, FINDING, findingsOf, listFindings, recordFindings } from '../../src/devices/finding.ts';
import { pairsOf } from '../../src/devices/pairs/pair.ts';
import { pair } from '../../src/devices/pairs/pairing.ts';
import { associate, associationsOf, devicesOfPerson } from '../../src/devices/persons/association.ts';
import { DISPUTANTS, DISPUTE } from '../../src/devices/persons/dispute.ts';
import {
  type Couple,
  fallDue,
  isDisputed,
  listDisputes,
  openDispute,
  settleDispute,
} from '../../src/devices/persons/disputing.ts';
import { Refused } from '../../src/faults/fault.ts';
import { eventsFrom } from '../../src/states/machine.ts';
import { freshRegistry } from '../office.ts';
import { reachable, walks } from '../states/walk.ts';
import { CITIZEN, daysAgo, imei, imsi, NOW, office, POLICY, VAULT } from './desk.ts';

const registry = await freshRegistry();
const { act, cross } = office(registry);
const refused = (code: string) => (error: unknown) =>
  error instanceof Refused && error.faults.some((fault) => fault.code === code);
const ANN = VAULT.pseudonym('person', 'ann');
const OFFICE = ['office'] as const;

let next = 0;
const inAnnsName = (): Promise<{ readonly device: Device; readonly association: string }> => {
  next += 1;
  return act(
    async (desk) => {
      const device = await deviceOf(desk, imei(next));
      const made = await associate(desk, { device, person: ANN, basis: 'import', proof: `p-${next}`, at: daysAgo(9) });
      return { device, association: made.id };
    },
    {
      policy: {
        ...POLICY,
        devices: { ...POLICY.devices, associations: { devicesPerPerson: 99, personsPerDevice: 1 } },
      },
    },
  );
};
const paired = (): ReturnType<typeof pair> => {
  next += 1;
  return act((desk) =>
    pair(desk, { of: { imei: imei(next) }, imsi: imsi(next), operator: 'alfa', reason: 'baseline', at: daysAgo(9) }),
  );
};
const dispute = (of: Parameters<typeof openDispute>[1]['of'], statement?: string) =>
  act((desk) => openDispute(desk, { of, statement }), { actor: CITIZEN });
const disputed = (couple: Couple): Promise<boolean> => act((desk) => isDisputed(desk, couple));

test('every state of a dispute can be reached, and each of the undecided can be decided by an office', () => {
  const states = reachable(DISPUTE, ['open']);
  assert.deepEqual([...states].sort(), Object.keys(DISPUTE.states).sort());
  for (const state of ['open', 'in_review', 'overdue'] as const)
    assert.deepEqual(
      eventsFrom(DISPUTE, state, ['office']).filter((event) => event !== 'take'),
      ['uphold', 'reject'],
    );
  for (const state of ['upheld', 'rejected', 'withdrawn'] as const) assert.deepEqual(eventsFrom(DISPUTE, state), []);
});

test('the clock decides nothing, and who disputes cannot decide either', () => {
  fc.assert(
    fc.property(walks(DISPUTE, DISPUTANTS), (steps) => {
      for (const { to, role } of steps) {
        if (to === 'upheld' || to === 'rejected') assert.equal(role, 'office');
        if (role === 'clock') assert.equal(to, 'overdue');
      }
    }),
  );
});

test('while somebody says that a device is not his, nothing may be decided against the couple', async () => {
  const { device, association } = await inAnnsName();
  const couple = { device, person: ANN };
  assert.equal(await disputed(couple), false);
  const opened = await dispute({ association }, 'I never had such a telephone.');
  assert.deepEqual(
    [opened.state, opened.opener, opened.device, opened.due],
    ['open', CITIZEN.id, device.id, daysAgo(-POLICY.devices.disputeDays)],
  );
  assert.equal(await disputed(couple), true);
  assert.equal(await disputed({ device, person: VAULT.pseudonym('person', 'bob') }), false);
  await assert.rejects(dispute({ association }), refused('DISPUTE_OPEN'));
  const shown = await act((desk) => devicesOfPerson(desk, { person: ANN }));
  assert.ok(shown.find((one) => one.association === association)?.disputed);
  const [row] = await registry.query<{ text: string }>('SELECT q::text AS text FROM device_dispute q WHERE id = $1', [
    opened.id,
  ]);
  assert.ok(row && !row.text.includes('never') && !row.text.includes(Buffer.from('never').toString('hex')));
});

test('upheld, the couple ends as if it had never been', async () => {
  const { device, association } = await inAnnsName();
  const { id } = await dispute({ association });
  const settle = (event: 'take' | 'uphold', reason?: string) =>
    act((desk) => settleDispute(desk, id, { event, roles: OFFICE, reason }));
  await settle('take');
  await assert.rejects(settle('uphold'), refused('DEVICE_REASON'));
  const { dispute: settled, toPlace } = await settle('uphold', 'no such sale is known');
  assert.deepEqual([settled.state, settled.outcome?.reason, toPlace], ['upheld', 'no such sale is known', []]);
  assert.deepEqual(await act((desk) => associationsOf(desk, device)), []);
  assert.equal(await disputed({ device, person: ANN }), false);
  const [row] = await registry.query(
    'SELECT happened_from = happened_to AS never FROM device_association WHERE id = $1',
    [association],
  );
  assert.deepEqual(row, { never: true });
  await assert.rejects(settle('uphold', 'once more'), refused('STATE_MOVE'));
  await assert.rejects(dispute({ association }), refused('PAIR_ENDED'));
});

test('a pair that is not somebody’s is released at the networks', async () => {
  const { pair: made } = await paired();
  const couple = { imei: imei(next), imsi: imsi(next) };
  const byKey = { imei: couple.imei, imsi: VAULT.pseudonym('imsi', couple.imsi) };
  const { id } = await dispute({ pair: made.id });
  assert.equal(await disputed(byKey), true);
  assert.ok((await act((desk) => pairsOf(desk, { id: made.device })))[0]?.disputed);
  const act1 = { event: 'uphold', roles: OFFICE, reason: 'the number was never his' } as const;
  const { toPlace } = await act((desk) => settleDispute(desk, id, act1));
  assert.deepEqual(
    toPlace.map(({ act: what, holder }) => [what, holder]),
    [['release', `pair:${made.id}`]],
  );
  assert.equal(await disputed(byKey), false);
  assert.deepEqual(await act((desk) => pairsOf(desk, { id: made.device })), []);
});

test('rejected or withdrawn, the couple stays, and may be disputed anew', async () => {
  const { device, association } = await inAnnsName();
  const { id } = await dispute({ association });
  const by = (roles: readonly ('person' | 'office')[], event: 'reject' | 'withdraw', of: string) =>
    act((desk) => settleDispute(desk, of, { event, roles, reason: 'an invoice in the name' }));
  await assert.rejects(by(['person'], 'reject', id), refused('STATE_ROLE'));
  await by(OFFICE, 'reject', id);
  assert.equal((await act((desk) => associationsOf(desk, device))).length, 1);
  const { id: anew } = await dispute({ association });
  await by(['person'], 'withdraw', anew);
  assert.equal(await disputed({ device, person: ANN }), false);
});

test('a dispute that nobody decides in time still protects, and is listed for the offices', async () => {
  const { device, association } = await inAnnsName();
  const { id } = await dispute({ association });
  const later = { now: new Date(NOW.getTime() + POLICY.devices.disputeDays * 86_400_000) };
  assert.ok((await act((desk) => fallDue(desk), later)) >= 1);
  assert.equal(await act((desk) => fallDue(desk), later), 0);
  assert.equal(await disputed({ device, person: ANN }), true);
  const overdue = await act((desk) => listDisputes(desk, { state: 'overdue', limit: 100 }));
  assert.ok(overdue.some((one) => one.id === id));
  const [first] = await act((desk) => listDisputes(desk, { limit: 1 }));
  const rest = await act((desk) => listDisputes(desk, { limit: 100, after: first?.number, opener: CITIZEN.id }));
  assert.ok(first !== undefined && !rest.some((one) => one.id === first.id) && rest.some((one) => one.id === id));
});

test('of two offices that decide at once one wins', async () => {
  const { association } = await inAnnsName();
  const { id } = await dispute({ association });
  const settle = (event: 'uphold' | 'reject') => (desk: Desk) =>
    settleDispute(desk, id, { event, roles: OFFICE, reason: 'looked into' });
  const [, other] = await cross(settle('reject'), settle('uphold'));
  assert.ok(other.status === 'rejected' && refused('STATE_MOVE')(other.reason));
});

test('a finding is found once, and closed with a reason by an office', async () => {
  const device = await act((desk) => deviceOf(desk, imei(500)));
  const identifiers = [1, 2].map((slot) => ({ kind: 'imei', imei: imei(500), slot }) as const);
  const found = checkDevice({ id: device.id, identifiers }, new Map(), { whole: false });
  const record = () => act((desk) => recordFindings(desk, device.id, { found, source: 'test', batch: 'b1' }));
  const [finding] = await record();
  assert.ok(finding);
  assert.deepEqual(await record(), []);
  const close = (event: 'explain' | 'confirm', explanation: string, as = {}) =>
    act((desk) => closeFinding(desk, finding.id, { event, explanation }), as);
  await assert.rejects(close('explain', 'it is so', { actor: CITIZEN }), refused('STATE_ROLE'));
  await assert.rejects(close('explain', ' '), refused('DEVICE_REASON'));
  const closed = await close('explain', 'its maker gives one IMEI to both');
  assert.deepEqual([closed.state, closed.closed?.explanation], ['explained', 'its maker gives one IMEI to both']);
  await assert.rejects(close('confirm', 'it is so'), refused('STATE_MOVE'));
  assert.deepEqual(await record(), [], 'what was explained is not found again');
  assert.deepEqual(
    (await act((desk) => findingsOf(desk, device))).map(({ batch }) => batch),
    ['b1'],
  );
  const listed = await act((desk) => listFindings(desk, { state: 'explained', kind: finding.kind, limit: 9 }));
  assert.deepEqual(
    listed.map(({ id }) => id),
    [finding.id],
  );
  assert.deepEqual(await act((desk) => listFindings(desk, { after: finding.id, limit: 9 })), []);
  assert.deepEqual([...reachable(FINDING, ['open'])].sort(), Object.keys(FINDING.states).sort());
});
