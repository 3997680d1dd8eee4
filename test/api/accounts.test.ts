import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { actorOf } from '../../src/access/accounts/find.ts';
import type { Role } from '../../src/access/actor.ts';
import { ask } from './ground.ts';
import { type Asking, member, openStaffed, refusal, signedIn } from './staff.ts';

const staffed = await openStaffed();
const { url, house, office } = staffed;
const admin = await signedIn(staffed, await member(staffed, { roles: ['admin'] }));
let names = 0;

/** Enters an organisation; gives its id. */
async function organisation(wanted: object): Promise<string> {
  names += 1;
  const back = await admin('POST', '/v1/organisations', { body: { name: `Organisation ${names}`, ...wanted } });
  assert.equal(back.status, 201, back.text);
  return String(back.json['id']);
}
const authority = await organisation({ kind: 'regulator', name: 'Authority' });

const making = (more: object) => {
  names += 1;
  const wanted = { organisation: authority, kind: 'person', login: `new${names}@authority.example`, name: 'New One' };
  return admin('POST', '/v1/accounts', { body: { ...wanted, roles: ['analyst'], ...more } });
};
async function account(more: object = {}): Promise<string> {
  const back = await making(more);
  assert.equal(back.status, 201, back.text);
  return String(back.json['id']);
}
const rolesNow = async (id: string): Promise<readonly Role[] | undefined> =>
  (await office((desk) => actorOf(desk, id)))?.roles;

test('organisations are entered, listed in pages, given brands and shut out', async () => {
  const importer = await organisation({ kind: 'importer', brands: ['Acme'] });
  await organisation({ kind: 'importer' });
  const listed = (cursor?: string) =>
    admin('GET', `/v1/organisations?kind=importer&limit=1${cursor === undefined ? '' : `&cursor=${cursor}`}`);
  const first = await listed();
  assert.deepEqual([first.json['items']?.[0]?.['id'], first.json['items']?.[0]?.['brands']], [importer, ['acme']]);
  const second = await listed(String(first.json['next']));
  assert.notEqual(second.json['items']?.[0]?.['id'], importer);
  const other = await admin('GET', `/v1/organisations?cursor=${first.json['next']}`);
  assert.deepEqual(refusal(other), [400, 'API_CURSOR'], 'it is of another list');
  const brands = await admin('PUT', `/v1/organisations/${importer}/brands`, { body: { brands: ['Bolt', 'acme'] } });
  assert.deepEqual(brands.json['brands'], ['acme', 'bolt']);
  const shut = { body: { reason: 'bankrupt' } };
  assert.equal((await admin('POST', `/v1/organisations/${importer}/disable`, shut)).status, 204);
  assert.equal((await listed()).json['items']?.[0]?.['disabled'], true);
});

test('an organisation that cannot be as it is given is refused', async () => {
  const entering = (body: object) => admin('POST', '/v1/organisations', { body });
  assert.deepEqual(refusal(await entering({ kind: 'regulator', name: 'Authority' })), [409, 'ACCESS_TAKEN']);
  const unknown = await entering({ kind: 'operator', name: 'Nobody', operator: 'nobody' });
  assert.deepEqual([...refusal(unknown), unknown.json['pointer']], [422, 'ACCESS_ORGANISATION', '/operator']);
  const none = await admin('PUT', `/v1/organisations/${crypto.randomUUID()}/brands`, { body: { brands: [] } });
  assert.deepEqual(refusal(none), [422, 'ACCESS_ORGANISATION']);
});

test('an account is made with what is asked for, and with nothing that is not', async () => {
  const id = await account({ login: 'Ada@Authority.example' });
  assert.deepEqual(await rolesNow(id), ['analyst']);
  assert.deepEqual(refusal(await making({ login: 'ada@authority.example' })), [409, 'ACCESS_TAKEN']);
  assert.deepEqual(refusal(await making({ roles: ['police'] })), [422, 'ACCESS_ACCOUNT']);
  assert.deepEqual(refusal(await making({ roles: ['admin'] })), [422, 'ACCESS_ACCOUNT']);
  assert.deepEqual(refusal(await making({ organisation: crypto.randomUUID() })), [422, 'ACCESS_ORGANISATION']);
  for (const more of [{ demo: true }, { provisioned: true }, { roles: ['system'] }, { id: crypto.randomUUID() }])
    assert.deepEqual(refusal(await making(more)), [400, 'API_FORM'], JSON.stringify(more));
});

test('accounts are listed to who says what for, which is recorded', async () => {
  const dealers = await organisation({ kind: 'dealer' });
  const ids = [
    await account({ organisation: dealers, roles: ['dealer'], login: 'till-1@dealer.example', name: 'One' }),
    await account({ organisation: dealers, roles: ['dealer'], login: 'till-2@dealer.example', name: 'Two' }),
  ];
  const list = (query: string, headers: Readonly<Record<string, string>> = { 'x-purpose': 'yearly%20review' }) =>
    admin('GET', `/v1/accounts?organisation=${dealers}${query}`, { headers });
  assert.deepEqual(refusal(await list('', {})), [400, 'READ_PURPOSE']);
  const first = await list('&limit=1');
  const { id, login, name, roles, disabled } = first.json['items']?.[0] ?? assert.fail();
  assert.deepEqual([id, login, name, roles, disabled], [ids[0], 'till-1@dealer.example', 'One', ['dealer'], false]);
  const second = await list(`&limit=1&cursor=${first.json['next']}`);
  assert.equal(second.json['items']?.[0]?.['id'], ids[1]);
  const read = await house.registry.query<{ purpose: string }>('SELECT purpose FROM access_log WHERE subject = $1', [
    `accounts of organisation ${dealers}`,
  ]);
  assert.deepEqual(
    read.map(({ purpose }) => purpose),
    ['yearly review', 'yearly review'],
  );
});

test('an account is shut out and let in again', async () => {
  const one = await member(staffed, { roles: ['analyst'] });
  const asks = await signedIn(staffed, one);
  const turn = (way: 'disable' | 'enable', body: object) =>
    admin('POST', `/v1/accounts/${one.actor.id}/${way}`, { body });
  assert.equal((await turn('disable', { reason: 'on leave' })).status, 204);
  assert.equal((await asks('GET', '/v1/session')).status, 401);
  assert.equal((await turn('enable', {})).status, 204);
  assert.equal((await (await signedIn(staffed, one))('GET', '/v1/session')).status, 200);
  const none = await admin('POST', `/v1/accounts/${crypto.randomUUID()}/enable`, { body: {} });
  assert.deepEqual(refusal(none), [422, 'ACCESS_ACCOUNT']);
});

/** Proposes an act on an account, and has another admin approve it; gives the approval. */
async function approved(by: Asking, id: string, act: object): Promise<string> {
  const proposal = await admin('POST', `/v1/accounts/${id}/proposals`, {
    body: { reason: 'to share the work', ...act },
  });
  assert.equal(proposal.status, 201, proposal.text);
  const back = await by('POST', `/v1/proposals/${proposal.json['id']}/approve`);
  assert.deepEqual([back.status, back.json['state']], [200, 'approved']);
  return String(proposal.json['id']);
}

test('nobody becomes approver by one person alone', async () => {
  const second = await signedIn(staffed, await member(staffed, { roles: ['admin'] }));
  const id = await account();
  const roles = ['analyst', 'approver'];
  const change = (body: object) => admin('PUT', `/v1/accounts/${id}/roles`, { body });
  assert.deepEqual(refusal(await change({ roles })), [409, 'ACCESS_PROPOSAL']);
  const approval = await approved(second, id, { act: 'roles', roles });
  assert.deepEqual(refusal(await change({ roles: ['admin'], approval })), [409, 'ACCESS_PROPOSAL'], 'of other roles');
  assert.equal((await change({ roles, approval })).status, 204);
  assert.deepEqual(await rolesNow(id), roles);
  assert.equal((await change({ roles: ['analyst'] })).status, 204, 'fewer rights take one person');
  assert.deepEqual(refusal(await change({ roles, approval })), [409, 'STATE_MOVE'], 'it is used up');
});

test('an identity of the provider is linked to a privileged account by two, and ended by one', async () => {
  const second = await signedIn(staffed, await member(staffed, { roles: ['admin'] }));
  const { actor } = await member(staffed, { roles: ['approver'] });
  const identity = { issuer: 'https://id.authority.example', subject: 'ada' };
  const link = (body: object) =>
    admin('POST', `/v1/accounts/${actor.id}/identities`, { body: { ...identity, ...body } });
  assert.deepEqual(refusal(await link({})), [409, 'ACCESS_PROPOSAL']);
  const approval = await approved(second, actor.id, { act: 'link', ...identity });
  const proposals = await admin('GET', '/v1/proposals');
  assert.ok(!proposals.text.includes('"ada"'), 'proposed by its pseudonym');
  assert.equal((await link({ approval })).status, 204);
  const plain = await account();
  const taken = await admin('POST', `/v1/accounts/${plain}/identities`, { body: identity });
  assert.deepEqual(refusal(taken), [409, 'ACCESS_TAKEN']);
  assert.equal((await admin('POST', '/v1/identities/unlink', { body: identity })).status, 204);
  assert.equal((await admin('POST', `/v1/accounts/${plain}/identities`, { body: identity })).status, 204);
});

test('a machine has a key until it is ended, and a token for what it signs', async () => {
  const dealer = await organisation({ kind: 'dealer' });
  const id = await account({ organisation: dealer, kind: 'machine', roles: ['dealer'] });
  const keys = await generateKeyPair('EdDSA', { extractable: true });
  const enter = (jwk: object) => admin('POST', `/v1/accounts/${id}/keys`, { body: { jwk } });
  const leaked = await enter({ ...(await exportJWK(keys.privateKey)) });
  assert.deepEqual(refusal(leaked), [422, 'ACCESS_MACHINE']);
  const entered = await enter({ ...(await exportJWK(keys.publicKey)) });
  assert.equal(entered.status, 201, entered.text);
  const kid = String(entered.json['kid']);
  assert.deepEqual(refusal(await enter({ ...(await exportJWK(keys.publicKey)) })), [409, 'ACCESS_TAKEN']);
  const token = async () => {
    const iat = Math.floor(house.clock().getTime() / 1000);
    const assertion = await new SignJWT({ iat, exp: iat + 60, jti: crypto.randomUUID(), iss: id, sub: id })
      .setAudience(`${house.publicUrl}/v1/token`)
      .setProtectedHeader({ alg: 'EdDSA', kid })
      .sign(keys.privateKey);
    const client_assertion_type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
    const body = { grant_type: 'client_credentials', client_assertion_type, client_assertion: assertion };
    return ask(`${url}/v1/token`, 'POST', { body });
  };
  assert.equal((await token()).status, 200);
  assert.equal((await admin('POST', '/v1/credentials/end', { body: { kid } })).status, 204);
  assert.deepEqual(refusal(await token()), [401, 'ACCESS_SIGN_IN']);
});

test('a certificate is entered for a machine only, and ended', async () => {
  const dealer = await organisation({ kind: 'dealer' });
  const machine = await account({ organisation: dealer, kind: 'machine', roles: ['dealer'] });
  const fingerprint = Array.from({ length: 32 }, () => 'AB').join(':');
  const enter = (id: string, body: object = { fingerprint }) =>
    admin('POST', `/v1/accounts/${id}/certificates`, { body });
  assert.deepEqual(refusal(await enter(await account())), [422, 'ACCESS_ACCOUNT']);
  assert.deepEqual(refusal(await enter(machine, { fingerprint: 'abcd' })), [422, 'ACCESS_MACHINE']);
  assert.equal((await enter(machine)).status, 204);
  assert.deepEqual(refusal(await enter(machine)), [409, 'ACCESS_TAKEN']);
  assert.equal((await admin('POST', '/v1/credentials/end', { body: { fingerprint } })).status, 204);
  assert.equal((await enter(machine)).status, 204);
});

test('a proposal is declined by another, withdrawn by who proposed it, and decided by nobody alone', async () => {
  const second = await signedIn(staffed, await member(staffed, { roles: ['admin'] }));
  const analyst = await signedIn(staffed, await member(staffed, { roles: ['analyst'] }));
  const propose = async (): Promise<string> => {
    const body = { act: 'roles', roles: ['approver'], reason: 'to share the work' };
    return String((await admin('POST', `/v1/accounts/${await account()}/proposals`, { body })).json['id']);
  };
  const decide = (by: Asking, id: string, what: string, body?: object) =>
    by('POST', `/v1/proposals/${id}/${what}`, body === undefined ? {} : { body });
  const one = await propose();
  assert.deepEqual(refusal(await decide(admin, one, 'approve')), [403, 'ACCESS_SECOND_PERSON']);
  assert.deepEqual(refusal(await decide(analyst, one, 'approve')), [403, 'ACCESS_ROLE']);
  assert.deepEqual(refusal(await decide(second, one, 'withdraw')), [403, 'STATE_ROLE']);
  assert.deepEqual(refusal(await decide(second, one, 'decline', { reason: 'no' })), [422, 'ACCESS_REASON']);
  const declined = await decide(second, one, 'decline', { reason: 'not yet' });
  assert.deepEqual([declined.status, declined.json['state'], declined.json['approvers']], [200, 'declined', []]);
  assert.deepEqual(refusal(await decide(second, one, 'approve')), [409, 'STATE_MOVE']);
  const other = await propose();
  assert.equal((await decide(admin, other, 'withdraw')).json['state'], 'withdrawn');
  assert.deepEqual(refusal(await decide(second, crypto.randomUUID(), 'approve')), [409, 'ACCESS_PROPOSAL']);
  const listed = (query: string) => analyst('GET', `/v1/proposals?limit=1${query}`);
  const first = await listed('');
  assert.deepEqual([first.json['items']?.[0]?.['id'], first.json['items']?.[0]?.['needed']], [other, 1]);
  const next = await listed(`&cursor=${first.json['next']}`);
  assert.equal(next.json['items']?.[0]?.['id'], one);
  assert.equal((await listed('&state=declined')).json['items']?.[0]?.['id'], one);
  assert.deepEqual((await listed('&state=expired')).json, { items: [], next: null });
});
