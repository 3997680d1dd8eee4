import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { disableAccount, enableAccount } from '../../src/access/accounts/account.ts';
import { disableOrganisation } from '../../src/access/accounts/organisation.ts';
import type { Actor } from '../../src/access/actor.ts';
import { citizen } from '../../src/access/sign_in/proof.ts';
import {
  csrfOf,
  endSession,
  endSessions,
  isCsrf,
  openSession,
  type SignedIn,
  sessionOf,
} from '../../src/access/sign_in/session.ts';
import { sweepSignIns } from '../../src/access/sign_in/sweep.ts';
import type { Registry } from '../../src/stores/registry.ts';
import { freshRegistry } from '../office.ts';
import { later, NOW, type Office, officeOf, somebody } from './desk.ts';

let registry: Registry;
let office: Office;
let actor: Actor;

before(async () => {
  registry = await freshRegistry();
  office = officeOf(registry);
  actor = await somebody(office, { roles: ['analyst'] });
});

const opened = (of = actor, kind: 'staff' | 'citizen' | 'machine' = 'staff', replaces?: string): Promise<SignedIn> =>
  office((desk) => openSession(desk, { kind, actor: of, method: 'password', replaces }));
const found = (token: string, seconds = 0) => office((desk) => sessionOf(desk, token), { now: later(seconds) });

test('a token is 256 random bits, of which only a hash is kept', async () => {
  const [one, other] = [await opened(), await opened()];
  assert.match(one.token, /^[\w-]{43}$/);
  assert.notEqual(one.token, other.token);
  const rows = await registry.query<{ row: string }>('SELECT session::text AS row FROM session');
  const text = rows.map(({ row }) => row).join();
  for (const form of [one.token, Buffer.from(one.token, 'base64url').toString('hex')]) assert.ok(!text.includes(form));
  assert.deepEqual(await found(one.token), actor);
  for (const none of ['', 'x', `${one.token}x`, one.token.toLowerCase()]) assert.equal(await found(none), undefined);
});

test('a session ends without acts, and at the latest after its time altogether', async () => {
  const idle = await opened();
  assert.ok(await found(idle.token, 29 * 60));
  assert.ok(await found(idle.token, 58 * 60), 'an act begins the time anew');
  assert.equal(await found(idle.token, 88 * 60), undefined);
  const busy = await opened();
  for (let minutes = 20; minutes < 12 * 60; minutes += 20)
    assert.ok(await found(busy.token, minutes * 60), `${minutes}`);
  assert.equal(await found(busy.token, 12 * 3600), undefined);
  assert.deepEqual(busy.expires, later(12 * 3600));
});

test('a citizen’s is shorter, and a machine’s token has no idle time', async () => {
  const person = await opened(citizen('0123456789abcdef0123456789abcdef'), 'citizen');
  assert.deepEqual(await found(person.token, 14 * 60), { id: '0123456789abcdef0123456789abcdef', roles: ['citizen'] });
  assert.equal(await found(person.token, 29 * 60), undefined);
  const machine = await opened(actor, 'machine');
  assert.ok(await found(machine.token, 10 * 60 - 1));
  assert.equal(await found(machine.token, 10 * 60), undefined);
});

test('a sign-in ends the session that the browser had', async () => {
  const planted = await opened();
  const fresh = await opened(actor, 'staff', planted.token);
  assert.equal(await found(planted.token), undefined);
  assert.ok(await found(fresh.token));
});

test('signing out ends one session, or all but one', async () => {
  const person = await somebody(office, { roles: ['analyst'] });
  const [one, two, three] = [await opened(person), await opened(person), await opened(person)];
  await office((desk) => endSession(desk, one.token));
  assert.equal(await found(one.token), undefined);
  assert.equal(await office((desk) => endSessions(desk, { account: person.id }, two.token)), 1);
  assert.deepEqual([await found(two.token), await found(three.token)], [person, undefined]);
  assert.equal(await office((desk) => endSessions(desk, { account: person.id })), 1);
  const some = 'fedcba9876543210fedcba9876543210';
  const citizens = await opened(citizen(some), 'citizen');
  assert.equal(await office((desk) => endSessions(desk, { person: some })), 1);
  assert.equal(await found(citizens.token), undefined);
});

test('roles are those of now; a shut-out account or organisation acts no more', async () => {
  const person = await somebody(office, { roles: ['analyst'] });
  const session = await opened(person);
  await registry.query('UPDATE account_role SET revoked = now() WHERE account = $1', [person.id]);
  assert.deepEqual((await found(session.token))?.roles, []);
  await office((desk) => disableAccount(desk, { account: person.id, reason: 'left' }));
  assert.equal(await found(session.token), undefined);
  await office((desk) => enableAccount(desk, { account: person.id }));
  assert.equal(await found(session.token), undefined, 'who is let in again signs in again');
  const dealer = await somebody(office, { kind: 'dealer', roles: ['dealer'] });
  const open = await opened(dealer);
  await office((desk) => disableOrganisation(desk, { organisation: dealer.organisation?.id ?? '', reason: 'ended' }));
  assert.equal(await found(open.token), undefined);
});

test('the mark of a page belongs to its session', async () => {
  const [one, other] = [await opened(), await opened()];
  assert.ok(isCsrf(one.token, csrfOf(one.token)));
  for (const wrong of ['', csrfOf(other.token), one.token]) assert.ok(!isCsrf(one.token, wrong));
});

test('what signing in left behind is swept, and what is in use stays', async () => {
  const session = await opened();
  const { session: early = 0 } = await office((desk) => sweepSignIns(desk));
  assert.equal(early, 0);
  assert.ok(await found(session.token));
  const swept = await office((desk) => sweepSignIns(desk), { now: new Date(NOW.getTime() + 40 * 86_400_000) });
  assert.ok((swept['session'] ?? 0) > 5);
  const rows = await registry.query('SELECT FROM session');
  assert.equal(rows.length, 0);
});
