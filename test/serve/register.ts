// A register as it is served, in a process of its own, with one officer of the police: for the test that kills it, and for the
// bench of thefts. Words: folder, the nodes file or '', the registry's URL or ''. Tells where it is reached, and the officer's
// token.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pino } from 'pino';
import { createAccount } from '../../src/access/accounts/account.ts';
import { actorOf } from '../../src/access/accounts/find.ts';
import { createOrganisation } from '../../src/access/accounts/organisation.ts';
import { SYSTEM } from '../../src/access/actor.ts';
import type { Desk } from '../../src/access/desk.ts';
import { openSession } from '../../src/access/sign_in/session.ts';
import { LIMITS } from '../../src/api/limits.ts';
import { parseCountry } from '../../src/country/country.ts';
import { DIMENSIONS } from '../../src/detection/catalogue.ts';
import { parseNodes } from '../../src/eir/centre/nodes.ts';
import { startServing } from '../../src/serve/serve.ts';
import { COUNTRY_FILE } from '../../src/simulator/country.ts';
import { serveStore } from '../../src/stores/store.ts';

/** What the process tells once it serves. */
export type Served = { readonly url: string; readonly centre: string; readonly token: string };

const [folder = '', file = '', registry = ''] = process.argv.slice(2);
const nodes = file === '' ? undefined : parseNodes(readFileSync(file, 'utf8'), file);
// Nobody's day has so many thefts, and no address so many requests.
const text = COUNTRY_FILE.replace('theft:\n', 'theft:\n  reports_per_account: 1000000\n');
const country = parseCountry(text, 'country.yaml', DIMENSIONS);
if (nodes?.ok === false || !country.ok) throw new Error('the files of the bench are wrong');
const store = await serveStore({
  folder: path.join(folder, 'data'),
  ...(registry === '' ? {} : { registry }),
});
const PLENTY = { most: 1_000_000, windowMs: 60_000 };
const here = { host: '127.0.0.1', port: 0 };
const serving = await startServing({
  store,
  country: country.value,
  listen: here,
  feed: path.join(folder, 'feed'),
  centre: nodes === undefined ? undefined : { ...here, nodes: nodes.value },
  channels: () => [],
  logger: pino({ level: 'silent' }),
  production: false,
  limits: {
    ...LIMITS,
    rates: { ...LIMITS.rates, write: { account: PLENTY, address: PLENTY } },
  },
});
async function officer(desk: Desk): Promise<{ readonly id: string }> {
  const { id: organisation } = await createOrganisation(desk, { kind: 'police', name: 'Police', unit: 'north' });
  const named = { login: 'officer@police.example', name: 'Officer' };
  return createAccount(desk, { organisation, kind: 'person', ...named, roles: ['police'] });
}

const token = await store.registry.transaction(async (query) => {
  const { vault, policy } = serving.house;
  const desk = { query, vault, policy, actor: SYSTEM, now: new Date() };
  // Started again on the same registry, it is the same officer: idempotency keys are an account's own.
  const [known] = await query<{ id: string }>('SELECT id FROM account');
  const account = known ?? (await officer(desk));
  const actor = await actorOf({ query }, account.id);
  if (actor === undefined) throw new Error('an account without an actor');
  return (await openSession(desk, { kind: 'staff', actor, method: 'password' })).token;
});
process.send?.({ url: serving.url, centre: `http://${serving.centre}`, token } satisfies Served);
process.on('disconnect', () => process.exit(0));
