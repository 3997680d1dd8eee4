import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import {
  changeRoles,
  createAccount,
  disableAccount,
  enableAccount,
  type NewAccount,
  rolesOf,
} from '../../src/access/accounts/account.ts';
import { listEvents } from '../../src/access/accounts/event.ts';
import { actorOf, listOrganisations, organisationOf } from '../../src/access/accounts/find.ts';
import { listAccounts } from '../../src/access/accounts/list.ts';
import {
  assignBrands,
  createOrganisation,
  disableOrganisation,
  type NewOrganisation,
  ownNetworks,
} from '../../src/access/accounts/organisation.ts';
import { type PrivilegedAct, privileged } from '../../src/access/accounts/privileged.ts';
import type { Actor, Role } from '../../src/access/actor.ts';
import { approve, propose } from '../../src/access/approval.ts';
import type { Registry } from '../../src/stores/registry.ts';
import { freshRegistry } from '../office.ts';
import { AUTHORITY, later, type Office, officeOf, POLICY, refusedBy, somebody } from './desk.ts';

let registry: Registry;
let office: Office;
let admin: Actor;
let approver: Actor;

before(async () => {
  registry = await freshRegistry();
  office = officeOf(registry);
  admin = await somebody(office, { roles: ['admin'] });
  approver = await somebody(office, { roles: ['approver'] });
});

const creating = (wanted: NewOrganisation, actor = admin) =>
  office((desk) => createOrganisation(desk, wanted), { actor });
const making = (wanted: Partial<NewAccount>, actor = admin) =>
  office(
    (desk) =>
      createAccount(desk, {
        organisation: admin.organisation?.id ?? '',
        kind: 'person',
        login: 'new@authority.example',
        name: 'New Person',
        roles: [],
        ...wanted,
      }),
    { actor },
  );
const roles = (account: string, wanted: readonly Role[], approval?: string) =>
  office((desk) => changeRoles(desk, { account, roles: wanted, approval }), { actor: admin });
const approved = async (act: PrivilegedAct): Promise<string> => {
  const { id } = await office((desk) => propose(desk, { ...privileged(act), reason: 'new duties' }), { actor: admin });
  await office((desk) => approve(desk, id), { actor: approver });
  return id;
};
const rolesNow = async (account: string) => (await office((desk) => actorOf(desk, account)))?.roles;

test('an organisation has the scope of its kind and no other', async () => {
  const { id } = await creating({ kind: 'operator', name: ' Alfa Mobile ', operator: 'alfa' });
  const { organisation } = await office((desk) => organisationOf(desk, id));
  assert.deepEqual(organisation, { id, kind: 'operator', name: 'Alfa Mobile', operator: 'alfa' });
  for (const wrong of [
    { kind: 'operator', name: 'Nobody Mobile', operator: 'zulu' },
    { kind: 'operator', name: 'Nobody Mobile' },
    { kind: 'dealer', name: 'A Dealer', operator: 'alfa' },
    { kind: 'dealer', name: 'A Dealer', unit: 'north' },
    { kind: 'police', name: 'Police', unit: ' ' },
    { kind: 'dealer', name: 'A Dealer', brands: ['acme'] },
    { kind: 'dealer', name: 'x' },
    { kind: 'dealer', name: 'bell\u0007' },
  ] as const)
    await assert.rejects(creating(wrong), refusedBy('ACCESS_ORGANISATION'), JSON.stringify(wrong));
  await assert.rejects(
    creating({ kind: 'operator', name: 'Alfa Mobile', operator: 'alfa' }),
    refusedBy('ACCESS_TAKEN'),
  );
  await assert.rejects(creating(AUTHORITY, approver), refusedBy('ACCESS_ROLE'));
});

test('operators have the networks of the country file, others none', () => {
  const of = { id: 'x', kind: 'operator', name: 'Bravo', operator: 'bravo' } as const;
  assert.deepEqual(ownNetworks({ policy: POLICY }, { id: 'x', roles: ['operator'], organisation: of }), [
    '99902',
    '999031',
  ]);
  assert.deepEqual(ownNetworks({ policy: POLICY }, admin), []);
});

test('brands are assigned from now on; what they were stays on record', async () => {
  const { id } = await creating({ kind: 'importer', name: 'Importer', brands: [' Acme', 'acme', 'Zenith'] });
  const brandsOf = async () => (await office((desk) => organisationOf(desk, id))).organisation.brands;
  assert.deepEqual(await brandsOf(), ['acme', 'zenith']);
  await office((desk) => assignBrands(desk, { organisation: id, brands: ['Zenith', 'Nadir'] }), {
    actor: admin,
    now: later(5),
  });
  assert.deepEqual(await brandsOf(), ['nadir', 'zenith']);
  const rows = await registry.query<{ brand: string; closed: Date | null }>(
    'SELECT brand, closed FROM organisation_brand WHERE organisation = $1 ORDER BY brand',
    [id],
  );
  assert.deepEqual(
    rows.map(({ brand, closed }) => [brand, closed?.getTime()]),
    [
      ['acme', later(5).getTime()],
      ['nadir', undefined],
      ['zenith', undefined],
    ],
  );
  const dealer = await creating({ kind: 'dealer', name: 'Dealer without brands' });
  await assert.rejects(
    office((desk) => assignBrands(desk, { organisation: dealer.id, brands: ['acme'] }), { actor: admin }),
    refusedBy('ACCESS_ORGANISATION'),
  );
});

test('an account has roles of its organisation; an auditor has no other, and a machine is not privileged', async () => {
  for (const [wanted, kind] of [
    [['police'], 'person'],
    [['auditor', 'analyst'], 'person'],
    [['analyst', 'analyst'], 'person'],
  ] as const)
    await assert.rejects(making({ roles: wanted, kind }), refusedBy('ACCESS_ACCOUNT'), wanted.join());
  await assert.rejects(making({ roles: ['approver'], kind: 'machine' }), refusedBy('ACCESS_ACCOUNT'));
  for (const login of ['x', 'two words', 'bell\u0007@x', 'x'.repeat(255)])
    await assert.rejects(making({ login }), refusedBy('ACCESS_ACCOUNT'), login);
  await assert.rejects(making({ name: ' ' }), refusedBy('ACCESS_ACCOUNT'));
  await assert.rejects(making({ organisation: 'none' }), refusedBy('ACCESS_ORGANISATION'));
  await assert.rejects(making({}, approver), refusedBy('ACCESS_ROLE'));
  assert.deepEqual(rolesOf('dealer'), ['dealer']);
});

test('a login is one, however it is written', async () => {
  await making({ login: 'Ada@Authority.example ' });
  await assert.rejects(making({ login: 'ada@authority.EXAMPLE' }), refusedBy('ACCESS_TAKEN'));
});

test('neither login nor name stands readable in the tables', async () => {
  await making({ login: 'visible@authority.example', name: 'Visible Name' });
  const rows = await registry.query<{ row: string }>(
    `SELECT (a.*)::text || encode(login_sealed || name_sealed, 'escape') AS row
     FROM account a UNION ALL SELECT (e.*)::text FROM access_event e`,
  );
  assert.ok(rows.length > 3);
  for (const { row } of rows) assert.doesNotMatch(row, /visible/i);
});

test('nobody becomes approver or admin by one person alone', async () => {
  await assert.rejects(making({ login: 'p1@x.example', roles: ['approver'] }), refusedBy('ACCESS_ACCOUNT'));
  await assert.rejects(making({ login: 'p1@x.example', demo: true }), refusedBy('ACCESS_ACCOUNT'));
  await assert.rejects(making({ login: 'p1@x.example', provisioned: true }), refusedBy('ACCESS_ACCOUNT'));
  const { id } = await making({ login: 'p1@x.example', roles: ['analyst'] });
  await assert.rejects(roles(id, ['analyst', 'admin']), refusedBy('ACCESS_PROPOSAL'));
  const other = await approved({ act: 'roles', account: id, roles: ['analyst', 'approver'] });
  await assert.rejects(roles(id, ['analyst', 'admin'], other), refusedBy('ACCESS_PROPOSAL'));
  const fit = await approved({ act: 'roles', account: id, roles: ['admin', 'analyst'] });
  await roles(id, ['analyst', 'admin'], fit);
  assert.deepEqual(await rolesNow(id), ['analyst', 'admin']);
  await roles(id, ['analyst']);
  await assert.rejects(roles(id, ['analyst', 'admin'], fit), refusedBy('STATE_MOVE'));
});

test('roles are taken by one person, at once, and what they were stays on record', async () => {
  const person = await somebody(office, { roles: ['approver', 'analyst'] });
  await roles(person.id, ['analyst']);
  assert.deepEqual(await rolesNow(person.id), ['analyst']);
  await roles(person.id, []);
  assert.deepEqual(await rolesNow(person.id), []);
  const [row] = await registry.query<{ count: number }>(
    'SELECT count(*)::int AS count FROM account_role WHERE account = $1 AND revoked_by = $2',
    [person.id, admin.id],
  );
  assert.equal(row?.count, 2);
  const { events } = await office((desk) => listEvents(desk, { account: person.id, event: 'account.roles', limit: 9 }));
  assert.deepEqual(events[0]?.detail, { from: ['analyst'], to: [] });
});

test('a shut-out account acts no more; a privileged one is let in again by two', async () => {
  const person = await somebody(office, { roles: ['approver'] });
  const shutting = () =>
    office((desk) => disableAccount(desk, { account: person.id, reason: 'left the office' }), { actor: admin });
  await shutting();
  await shutting();
  assert.equal(await rolesNow(person.id), undefined);
  const opening = (approval?: string) =>
    office((desk) => enableAccount(desk, { account: person.id, approval }), { actor: admin });
  await assert.rejects(opening(), refusedBy('ACCESS_PROPOSAL'));
  await opening(await approved({ act: 'enable', account: person.id }));
  assert.deepEqual(await rolesNow(person.id), ['approver']);
  const analyst = await somebody(office, { roles: ['analyst'] });
  await office((desk) => disableAccount(desk, { account: analyst.id, reason: 'on leave' }), { actor: admin });
  await office((desk) => enableAccount(desk, { account: analyst.id }), { actor: admin });
  assert.deepEqual(await rolesNow(analyst.id), ['analyst']);
  await assert.rejects(
    office((desk) => disableAccount(desk, { account: 'none', reason: 'x' }), { actor: admin }),
    refusedBy('ACCESS_ACCOUNT'),
  );
});

test('an organisation that is shut out takes its accounts with it, but nobody shuts out the own one', async () => {
  const dealer = await somebody(office, { kind: 'dealer', roles: ['dealer'] });
  const shutting = (organisation: string) =>
    office((desk) => disableOrganisation(desk, { organisation, reason: 'licence ended' }), { actor: admin });
  await shutting(dealer.organisation?.id ?? '');
  assert.equal(await rolesNow(dealer.id), undefined);
  await assert.rejects(shutting(admin.organisation?.id ?? ''), refusedBy('ACCESS_ORGANISATION'));
});

test('organisations and accounts are listed a page at a time, each once; names only on record', async () => {
  const organisations: string[] = [];
  for (let after: string | undefined; ; ) {
    const page = await office((desk) =>
      listOrganisations(desk, { limit: 2, ...(after === undefined ? {} : { after }) }),
    );
    organisations.push(...page.organisations.map(({ id }) => id));
    after = page.next;
    if (after === undefined) break;
  }
  const [count] = await registry.query<{ o: number; a: number }>(
    'SELECT (SELECT count(*)::int FROM organisation) AS o, (SELECT count(*)::int FROM account) AS a',
  );
  assert.deepEqual([organisations.length, new Set(organisations).size], [count?.o, count?.o]);
  const names: (string | undefined)[] = [];
  for (let after: string | undefined; ; ) {
    const at = { limit: 5, purpose: 'yearly review', ...(after === undefined ? {} : { after }) };
    const page = await office((desk) => listAccounts(desk, at), { actor: admin });
    names.push(...page.accounts.map(({ name }) => name));
    after = page.next;
    if (after === undefined) break;
  }
  assert.equal(names.length, count?.a);
  assert.ok(names.includes('Visible Name'));
  const readings = await registry.query(`SELECT FROM access_log WHERE action = 'account.read' AND actor = $1`, [
    admin.id,
  ]);
  assert.equal(readings.length, Math.floor((count?.a ?? 0) / 5) + 1);
  const silent = office((desk) => listAccounts(desk, { limit: 5, purpose: ' ' }), { actor: admin });
  await assert.rejects(silent, refusedBy('READ_PURPOSE'));
  await assert.rejects(
    office((desk) => listAccounts(desk, { limit: 5, purpose: 'curious' }), { actor: approver }),
    refusedBy('ACCESS_ROLE'),
  );
});

test('events stay as they were written', async () => {
  await assert.rejects(registry.query('DELETE FROM access_event'), /append-only/);
  await assert.rejects(registry.query(`UPDATE access_event SET event = 'x'`), /append-only/);
});
