import assert from 'node:assert/strict';
import path from 'node:path';
import { after, test } from 'node:test';
import { linkIdentity } from '../../src/access/sign_in/provider_account.ts';
import { FLOW_COOKIE } from '../../src/api/cookie.ts';
import { PROVIDER_PATH, providerAt } from '../../src/api/provider.ts';
import { signInAtProvider } from '../access/browser.ts';
import { POLICY } from '../access/desk.ts';
import { freePort, serverFolder, startServer } from '../servers/process.ts';
import { ask, type Back, openApi } from './ground.ts';
import { askingBy, cookieIn, member, openStaffed, ourPage, refusal } from './staff.ts';

const publicUrl = 'http://127.0.0.1:1'; // what comes there we bring to where the server listens
const port = await freePort();
const issuer = `http://127.0.0.1:${port}`;
const oidc = { issuer, clientId: 'openceir', scope: 'openid email groups' };
const policy = { ...POLICY, access: { ...POLICY.access, oidc } };
const provider = providerAt({ policy: oidc, publicUrl, secret: 'a secret of this test alone' });
const staffed = await openStaffed({ policy, publicUrl, provider });
const { url, office } = staffed;

const begin = (): Promise<Back> => ask(`${url}${PROVIDER_PATH}`, 'POST');
assert.deepEqual(refusal(await begin()), [502, 'ACCESS_PROVIDER'], 'it is not there yet');
const server = await startServer({
  folder: await serverFolder('provider'),
  command: [
    process.execPath,
    '--import',
    import.meta.resolve('tsx'),
    path.join(import.meta.dirname, '../access/provider.ts'),
    String(port),
    `${publicUrl}${PROVIDER_PATH}`,
  ],
  signal: 'TERM',
  ready: async () => (await fetch(`${issuer}/.well-known/openid-configuration`)).ok,
});
after(() => server.stop());

/** The browser comes back to us from the provider. */
const answered = (secret: string, address: string, headers: Readonly<Record<string, string>> = {}): Promise<Back> =>
  ask(address.replace(publicUrl, url), 'GET', { headers: { cookie: `${FLOW_COOKIE}=${secret}`, ...headers } });

/** Goes to the provider and comes back with its answer. */
async function sent(login: string): Promise<{ readonly secret: string; readonly address: string }> {
  const begun = await begin();
  assert.equal(begun.status, 200, begun.text);
  assert.match(
    begun.headers.getSetCookie().join(),
    /^__Host-ceir-flow=[\w-]{43}; Max-Age=600; Path=\/; Secure; HttpOnly; SameSite=Lax$/,
  );
  const address = await signInAtProvider(String(begun.json['url']), { login, until: publicUrl });
  return { secret: cookieIn(begun, FLOW_COOKIE), address };
}

test('who an admin linked comes back from the provider signed in, by a cookie', async () => {
  const { actor } = await member(staffed, { roles: ['analyst'] });
  await office((desk) => linkIdentity(desk, { account: actor.id, issuer, subject: 'ada' }));
  const { secret, address } = await sent('ada');
  const back = await answered(secret, `${address}&session_state=of-some-providers`);
  assert.deepEqual([back.status, back.headers.get('location'), back.text], [303, '/', '']);
  assert.equal(back.headers.get('cache-control'), 'no-store');
  const who = await askingBy(staffed, ourPage(cookieIn(back)))('GET', '/v1/session');
  assert.deepEqual([who.json['account'], who.json['roles']], [actor.id, ['analyst']]);
});

test('whoever else the provider knows is not signed in', async () => {
  const { secret, address } = await sent('bob');
  const back = await answered(secret, address);
  assert.deepEqual([...refusal(back), back.headers.getSetCookie()], [401, 'ACCESS_SIGN_IN', []]);
});

test('an answer is taken once, from the browser that began', async () => {
  const { actor } = await member(staffed, { roles: ['analyst'] });
  await office((desk) => linkIdentity(desk, { account: actor.id, issuer, subject: 'cy' }));
  const mine = await sent('cy');
  const other = await sent('cy');
  assert.deepEqual(refusal(await answered('', mine.address)), [401, 'ACCESS_SESSION']);
  assert.deepEqual(refusal(await answered(other.secret, mine.address)), [502, 'ACCESS_PROVIDER']);
  assert.equal((await answered(mine.secret, mine.address)).status, 303);
  assert.deepEqual(refusal(await answered(mine.secret, mine.address)), [401, 'ACCESS_SESSION']);
});

test('who declines at the provider is not signed in', async () => {
  const { secret, address } = await sent('dee');
  const state = new URL(address).searchParams.get('state') ?? '';
  const declined = `${publicUrl}${PROVIDER_PATH}?${new URLSearchParams({ error: 'access_denied', state, iss: issuer })}`;
  assert.deepEqual(refusal(await answered(secret, declined)), [502, 'ACCESS_PROVIDER']);
});

const without = await openApi({ ...staffed.house, provider: undefined });
test('a country without a provider has none', async () => {
  const back = await ask(`${without.url}${PROVIDER_PATH}`, 'POST');
  assert.deepEqual(refusal(back), [404, 'API_UNKNOWN']);
});
