import assert from 'node:assert/strict';
import { test } from 'node:test';
import { appendRead } from '../../src/access/log.ts';
import { citizen } from '../../src/access/sign_in/proof.ts';
import { openSession } from '../../src/access/sign_in/session.ts';
import { applyRetention } from '../../src/vault/retention.ts';
import { POLICY } from '../access/desk.ts';
import { type Asking, askingBy, member, openStaffed, refusal, signedIn } from './staff.ts';

const policy = { ...POLICY, access: { ...POLICY.access, readQuota: { perDay: 3, alarmAt: 0.5 } } };
const staffed = await openStaffed({ policy });
const { house, office } = staffed;
const auditor = await signedIn(staffed, await member(staffed, { roles: ['auditor'] }));
const admin = await signedIn(staffed, await member(staffed, { roles: ['admin'] }));
const police = await member(staffed, { kind: 'police', name: 'Police of the North', roles: ['police'] });

const read = (more: Partial<Parameters<typeof appendRead>[1]>): Promise<void> =>
  office(
    (desk) =>
      appendRead(desk, {
        action: 'theft.read',
        purpose: 'to call the owner',
        subject: 'x',
        fields: ['msisdn'],
        ...more,
      }),
    { actor: police.actor },
  );
const page = async (by: Asking, path: string, method = 'GET', body?: object) => {
  const back = await by(method, path, body === undefined ? {} : { body });
  assert.equal(back.status, 200, back.text);
  return { items: back.json['items'] as unknown as readonly Record<string, unknown>[], next: back.json['next'] };
};

test('the auditor finds readings by who, whose and in which case, a page at a time', async () => {
  for (const name of ['theft:1', 'theft:2', 'theft:1']) await read({ case: name, subject: '35693803564380' });
  const find = (body: object) => page(auditor, '/v1/audit/readings', 'POST', body);
  const [first] = (await find({ case: 'theft:1', limit: 1 })).items;
  assert.deepEqual(
    [first?.['actor'], first?.['purpose'], first?.['subject'], first?.['fields']],
    [police.actor.id, 'to call the owner', '35693803564380', ['msisdn']],
  );
  assert.match(String(first?.['hash']), /^[0-9a-f]{64}$/);
  const { next } = await find({ case: 'theft:1', limit: 1 });
  const rest = await find({ case: 'theft:1', limit: 1, cursor: String(next) });
  assert.deepEqual([rest.items[0]?.['case'], rest.next], ['theft:1', null]);
  assert.ok(Number(rest.items[0]?.['number']) < Number(first?.['number']));
  assert.equal((await find({ actor: police.actor.id, subject: '35693803564380' })).items.length, 3);
  const moved = await auditor('POST', '/v1/audit/readings', { body: { case: 'theft:2', cursor: next } });
  assert.deepEqual(refusal(moved), [400, 'API_CURSOR']);
  assert.deepEqual(refusal(await admin('POST', '/v1/audit/readings', { body: {} })), [403, 'ACCESS_ROLE']);
});

test('a citizen is told which authority opened the own data, not who, nor what a trace is looked for', async () => {
  const person = house.vault.pseudonym('msisdn', '41791234567');
  const { token } = await office((desk) =>
    openSession(desk, { kind: 'citizen', actor: citizen(person), method: 'code' }),
  );
  const asks = askingBy(staffed, { authorization: `Bearer ${token}` });
  const [theft] = await house.registry.query<{ id: string }>(
    `INSERT INTO theft (reference, state, since, party, reporter, kind, country, day, mode, kill_switch, opened)
     VALUES ('T-000000001', 'draft', $1, 'owner', $2, 'lost', 'CH', '2026-06-01', 'block', 'unknown', $1) RETURNING id`,
    [house.clock(), person],
  );
  const own = `theft:${theft?.id}`;
  await read({ subject: person, action: 'pair.read' });
  await read({ case: own });
  await read({ case: own, action: 'trace.read' });
  await read({ case: 'theft:of-another' });
  const { items } = await page(asks, '/v1/audit/own');
  assert.deepEqual(
    items.map((item) => [item['action'], item['organisation'], item['case']]),
    [
      ['theft.read', 'Police of the North', own],
      ['pair.read', 'Police of the North', null],
    ],
  );
  assert.ok(!JSON.stringify(items).includes(police.actor.id) && !JSON.stringify(items).includes('owner'));
  const first = await page(asks, '/v1/audit/own?limit=1');
  assert.equal((await page(asks, `/v1/audit/own?limit=1&cursor=${first.next}`)).items[0]?.['action'], 'pair.read');
  assert.deepEqual(refusal(await admin('GET', '/v1/audit/own')), [403, 'ACCESS_ROLE']);
});

test('the auditor reads what happened to accounts and sign-ins', async () => {
  const { items } = await page(auditor, `/v1/audit/events?event=sign_in.done&account=${police.actor.id}`);
  assert.deepEqual(items, []);
  await signedIn(staffed, police);
  const [done] = (await page(auditor, `/v1/audit/events?event=sign_in.done&account=${police.actor.id}`)).items;
  assert.deepEqual([done?.['account'], done?.['detail']], [police.actor.id, { method: 'password' }]);
  const first = await page(auditor, '/v1/audit/events?limit=2');
  const second = await page(auditor, `/v1/audit/events?limit=2&cursor=${first.next}`);
  assert.ok(Number(second.items[0]?.['number']) < Number(first.items[1]?.['number']));
  assert.deepEqual(refusal(await admin('GET', '/v1/audit/events')), [403, 'ACCESS_ROLE']);
});

test('who reads more than the quota is refused, and the auditor is told, once a day', async () => {
  const { actor, ...one } = await member(staffed, { roles: ['admin'] });
  const asks = await signedIn(staffed, { actor, ...one });
  const list = () => asks('GET', '/v1/accounts', { headers: { 'x-purpose': 'review' } });
  const told = async (): Promise<readonly unknown[]> =>
    (await page(auditor, '/v1/alarms')).items.filter((alarm) => alarm['actor'] === actor.id).map(({ kind }) => kind);
  for (let n = 0; n < 3; n += 1) assert.equal((await list()).status, 200);
  assert.deepEqual(await told(), ['read_quota'], 'at half of it');
  for (let n = 0; n < 2; n += 1) assert.deepEqual(refusal(await list()), [429, 'READ_QUOTA']);
  assert.deepEqual(await told(), ['read_refused', 'read_quota']);
  const rows = await house.registry.query('SELECT 1 FROM access_log WHERE actor = $1', [actor.id]);
  assert.equal(rows.length, 3, 'what was refused was not read');
});

test('alarms come in pages, and are for approvers, admins and auditors', async () => {
  const by = await signedIn(staffed, await member(staffed, { roles: ['approver'] }));
  const first = await page(by, '/v1/alarms?limit=1');
  const second = await page(by, `/v1/alarms?limit=1&cursor=${first.next}`);
  assert.deepEqual([first.items[0]?.['kind'], second.items[0]?.['kind']], ['read_refused', 'read_quota']);
  const analyst = await signedIn(staffed, await member(staffed, { roles: ['analyst'] }));
  assert.deepEqual(refusal(await analyst('GET', '/v1/alarms')), [403, 'ACCESS_ROLE']);
});

test('what was deleted is told with its proof, a page at a time', async () => {
  const asks = await signedIn(staffed, await member(staffed, { roles: ['analyst'] }));
  await house.registry.query(`INSERT INTO attempt (subject, last) VALUES ('of long ago', '2000-01-01')`);
  const old = { table: 'attempt', key: 'subject', class: 'account', due: 't.last < $1' } as const;
  for (const rules of [[old], []])
    await office(({ query, now }) => applyRetention({ query, now, policy }, { dryRun: false, limit: 10, rules }));
  const first = await page(asks, '/v1/deletions?limit=1');
  const second = await page(asks, `/v1/deletions?limit=1&cursor=${first.next}`);
  assert.deepEqual([first.items[0]?.['rules'], second.next], [[], null]);
  const [rule] = (second.items[0]?.['rules'] ?? []) as readonly Record<string, unknown>[];
  assert.deepEqual([rule?.['table'], rule?.['how'], rule?.['rows']], ['attempt', 'deleted', 1]);
  assert.match(String(rule?.['sha256']), /^[0-9a-f]{64}$/);
  const out = await signedIn(staffed, police);
  assert.deepEqual(refusal(await out('GET', '/v1/deletions')), [403, 'ACCESS_ROLE']);
});

test('the log is verified, also against heads that were kept elsewhere', async () => {
  const verify = (body: object) => auditor('POST', '/v1/audit/verify', { body });
  const [head, again] = [await auditor('POST', '/v1/audit/head'), await auditor('POST', '/v1/audit/head')];
  assert.equal(head.status, 200, head.text);
  assert.equal(again.json['token'], head.json['token'], 'a head is signed once');
  const kept = { heads: [String(head.json['token'])] };
  const whole = await verify(kept);
  assert.deepEqual(
    [whole.json['whole'], whole.json['fault'], whole.json['checkpoints'], whole.json['head']?.['hash']],
    [true, null, 2, head.json['hash']],
  );
  const forged = await verify({ heads: [...kept.heads, 'a.b.c'] });
  assert.deepEqual([...refusal(forged), forged.json['pointer']], [422, 'SIGNED_FORM', '/heads/1']);
  await house.registry.transaction(async (query) => {
    await query('ALTER TABLE access_log DISABLE TRIGGER access_log_stays');
    await query(`UPDATE access_log SET purpose = 'none of your business' WHERE number = 2`);
    await query('ALTER TABLE access_log ENABLE TRIGGER access_log_stays');
  });
  const broken = await verify({});
  assert.deepEqual([broken.status, broken.json['whole'], broken.json['fault']?.['number']], [200, false, 2]);
  const out = await signedIn(staffed, police);
  assert.deepEqual(refusal(await out('POST', '/v1/audit/verify', { body: {} })), [403, 'ACCESS_ROLE']);
});
