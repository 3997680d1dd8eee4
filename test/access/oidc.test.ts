import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { changeRoles } from '../../src/access/accounts/account.ts';
import { createOrganisation } from '../../src/access/accounts/organisation.ts';
import type { Actor } from '../../src/access/actor.ts';
import {
  askProvider,
  beginProviderSignIn,
  openProvider,
  type Provider,
  type ProviderPlace,
  takeFlow,
} from '../../src/access/sign_in/oidc.ts';
import { linkIdentity, signInByIdentity, unlinkIdentity } from '../../src/access/sign_in/provider_account.ts';
import { sessionOf } from '../../src/access/sign_in/session.ts';
import type { OidcPolicy } from '../../src/country/sign_in.ts';
import type { Registry } from '../../src/stores/registry.ts';
import { freshRegistry } from '../office.ts';
import { freePort, type Server, serverFolder, startServer } from '../servers/process.ts';
import { signInAtProvider } from './browser.ts';
import { AUTHORITY, codeOf, later, type Office, officeOf, POLICY, ready, refusedBy, somebody, taken } from './desk.ts';

const REDIRECT = 'http://127.0.0.1:1/v1/session/provider';
const SECRET = 'a secret of this test alone';
const RULES = [
  { value: 'ceir-analysts', role: 'analyst', organisation: AUTHORITY.name },
  { value: 'ceir-auditors', role: 'auditor', organisation: AUTHORITY.name },
  { value: 'ceir-police', role: 'police', organisation: 'National Police' },
] as const;

let registry: Registry;
let office: Office;
let server: Server;
let oidc: OidcPolicy;
let provider: Provider;
/** The same provider in a country whose file says what its claims give. */
let giving: Provider;

before(async () => {
  registry = await freshRegistry();
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}`;
  server = await startServer({
    folder: await serverFolder('provider'),
    command: [
      process.execPath,
      '--import',
      import.meta.resolve('tsx'),
      path.join(import.meta.dirname, 'provider.ts'),
      String(port),
      REDIRECT,
    ],
    signal: 'TERM',
    ready: async () => (await fetch(`${issuer}/.well-known/openid-configuration`)).ok,
  });
  oidc = { issuer, clientId: 'openceir', scope: 'openid email groups' };
  provider = taken(await openProvider({ policy: oidc, redirect: REDIRECT, secret: SECRET }));
  giving = { ...provider, policy: { ...oidc, provision: { claim: 'groups', rules: RULES } } };
  const policy = { ...POLICY, access: { ...POLICY.access, oidc: giving.policy } };
  const plain = officeOf(registry);
  office = (act, at) => plain(act, { policy, ...at });
  await office((desk) => createOrganisation(desk, AUTHORITY));
});
after(() => server.stop());

/** Goes to the provider and comes back with its answer. */
async function sent(login: string, at = provider): Promise<{ readonly secret: string; readonly url: string }> {
  const { url, secret } = await office((desk) => beginProviderSignIn(desk, at));
  return { secret, url: await signInAtProvider(url, { login, until: REDIRECT }) };
}

async function asked(login: string, at = provider) {
  const answer = await sent(login, at);
  await office((desk) => takeFlow(desk, answer.secret));
  return taken(await askProvider(at, answer));
}

const signed = async (login: string, at = provider) => {
  const identity = await asked(login, at);
  return office((desk) => signInByIdentity(desk, { identity, source: '192.0.2.8' }), {
    actor: { id: 'nobody', roles: [] },
  });
};
const rolesOf = async (login: string, at = giving) => taken(await signed(login, at)).actor.roles;
const linking = (account: Actor, subject: string, actor?: Actor) =>
  office(
    (desk) => linkIdentity(desk, { account: account.id, issuer: oidc.issuer, subject }),
    actor === undefined ? {} : { actor },
  );

test('who an admin linked signs in; whoever else the provider knows does not', async () => {
  assert.equal(codeOf(await signed('ada')), 'ACCESS_SIGN_IN');
  const actor = await somebody(office, { roles: ['analyst'] });
  const admin = await somebody(office, { roles: ['admin'] });
  await linking(actor, 'ada', admin);
  const { token, actor: found } = taken(await signed('ada'));
  assert.deepEqual([found, await office((desk) => sessionOf(desk, token))], [actor, actor]);
  await assert.rejects(
    linking(await somebody(office, { roles: ['analyst'] }), 'ada', admin),
    refusedBy('ACCESS_TAKEN'),
  );
  await assert.rejects(linking(actor, 'eve', actor), refusedBy('ACCESS_ROLE'));
  await assert.rejects(
    linking(await somebody(office, { roles: ['approver'] }), 'eve', admin),
    refusedBy('ACCESS_PROPOSAL'),
  );
  await office((desk) => unlinkIdentity(desk, { issuer: oidc.issuer, subject: 'ada' }), { actor: admin });
  assert.equal(codeOf(await signed('ada')), 'ACCESS_SIGN_IN');
});

test('an answer is redeemed once, in time, by the browser that began', async () => {
  const { secret, url } = await sent('bob');
  const other = await office((desk) => beginProviderSignIn(desk, provider));
  assert.equal(
    codeOf(await askProvider(provider, { secret: other.secret, url })),
    'ACCESS_PROVIDER',
    'of another browser',
  );
  const forged = new URL(url);
  forged.searchParams.set('state', 'x');
  assert.equal(codeOf(await askProvider(provider, { secret, url: forged.href })), 'ACCESS_PROVIDER');
  await assert.rejects(
    office((desk) => takeFlow(desk, secret), { now: later(600) }),
    refusedBy('ACCESS_SESSION'),
  );
  await office((desk) => takeFlow(desk, secret));
  await assert.rejects(
    office((desk) => takeFlow(desk, secret)),
    refusedBy('ACCESS_SESSION'),
  );
  assert.equal(taken(await askProvider(provider, { secret, url })).subject, 'bob');
  assert.equal(codeOf(await askProvider(provider, { secret, url })), 'ACCESS_PROVIDER', 'the code was used');
});

test('an answer of refusal, or of another code, is none', async () => {
  const { secret, url } = await sent('bob');
  const state = new URL(url).searchParams.get('state') ?? '';
  const refused = `${REDIRECT}?${new URLSearchParams({ error: 'access_denied', state, iss: oidc.issuer })}`;
  assert.equal(codeOf(await askProvider(provider, { secret, url: refused })), 'ACCESS_PROVIDER');
  const other = `${REDIRECT}?${new URLSearchParams({ code: 'another', state, iss: oidc.issuer })}`;
  assert.equal(codeOf(await askProvider(provider, { secret, url: other })), 'ACCESS_PROVIDER');
  const elsewhere = new URL(url);
  elsewhere.searchParams.set('iss', 'https://id.elsewhere.example');
  assert.equal(codeOf(await askProvider(provider, { secret, url: elsewhere.href })), 'ACCESS_PROVIDER');
});

test('where the country file says so, claims make an account and give its roles at each sign-in', async () => {
  assert.equal(codeOf(await signed('cy', giving)), 'ACCESS_SIGN_IN', 'no claim gives anything');
  assert.equal(codeOf(await signed('cy+strangers', giving)), 'ACCESS_SIGN_IN');
  assert.deepEqual(await rolesOf('dee+ceir-analysts+strangers'), ['analyst']);
  const { actor } = taken(await signed('dee+ceir-analysts+strangers', giving));
  assert.equal(actor.organisation?.name, AUTHORITY.name);
  const again = taken(await signed('dee+ceir-analysts+strangers', giving));
  assert.equal(again.actor.id, actor.id);
  assert.deepEqual(await rolesOf('flo+ceir-auditors+ceir-analysts'), ['auditor'], 'an auditor has no other role');
});

test('claims that are lost take the roles; what two persons gave stays as long as any claim does', async () => {
  const login = 'gil+ceir-analysts';
  const { actor } = taken(await signed(login, giving));
  await office((desk) => changeRoles(desk, { account: actor.id, roles: ['analyst', 'approver'] }));
  assert.deepEqual(await rolesOf(login), ['analyst', 'approver']);
  const identity = await asked(login, giving);
  const lost = await office((desk) =>
    signInByIdentity(desk, { identity: { ...identity, values: [] }, source: '192.0.2.8' }),
  );
  assert.equal(codeOf(lost), 'ACCESS_SIGN_IN');
  assert.deepEqual(await rolesOf(login), ['analyst'], 'approver is not given back by a claim');
});

test('to be called like somebody gives no right to that account', async () => {
  const admin = await somebody(office, { roles: ['admin'], login: 'hal@authority.example' });
  const { actor } = taken(await signed('hal+ceir-analysts', giving));
  assert.notEqual(actor.id, admin.id);
  assert.deepEqual(actor.roles, ['analyst']);
});

test('a rule of an organisation that the register does not have gives nothing', async () => {
  assert.equal(codeOf(await signed('ivy+ceir-police', giving)), 'ACCESS_SIGN_IN');
});

test('two first sign-ins of one person at once make one account', async () => {
  const identity = await asked('jo+ceir-analysts', giving);
  await ready(office, 3);
  const both = await Promise.all(
    [1, 2, 3].map(() => office((desk) => signInByIdentity(desk, { identity, source: '192.0.2.8' }))),
  );
  assert.equal(new Set(both.map((one) => taken(one).actor.id)).size, 1);
});

test('a provider without TLS elsewhere, one that is not there, or another secret is refused', async () => {
  const opening = (more: Partial<ProviderPlace> & { readonly issuer?: string }) =>
    openProvider({
      policy: { ...oidc, issuer: more.issuer ?? oidc.issuer },
      redirect: REDIRECT,
      secret: SECRET,
      ...more,
    });
  assert.equal(codeOf(await opening({ issuer: 'http://id.authority.example' })), 'ACCESS_PROVIDER');
  assert.equal(codeOf(await opening({ issuer: `http://127.0.0.1:${await freePort()}` })), 'ACCESS_PROVIDER');
  const wrong = taken(await opening({ secret: 'another secret' }));
  assert.equal(codeOf(await askProvider(wrong, await sent('kim', wrong))), 'ACCESS_PROVIDER');
});
