import { after } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { ROLES, type Role } from '../../src/access/actor.ts';
import type { Caller } from '../../src/api/caller.ts';
import { type Checking, checkingBy } from '../../src/api/check/checking.ts';
import type { House } from '../../src/api/house.ts';
import { LIMIT_CLASSES, LIMITS, type Limits } from '../../src/api/limits.ts';
import type { Route } from '../../src/api/route.ts';
import { makeApi } from '../../src/api/server.ts';
import type { Answer } from '../../src/decisions/core/question.ts';
import { vaultOf } from '../../src/vault/seal.ts';
import { signerOf } from '../../src/vault/signing.ts';
import { POLICY } from '../access/desk.ts';
import { freshRegistry } from '../office.ts';
import { memoryKeys } from '../vault/memory.ts';

/** So much that no test meets a limit that it does not mean to. */
const PLENTY = { most: 1_000_000, windowMs: 60_000 };
export const NO_LIMITS: Limits = {
  ...LIMITS,
  rates: Object.fromEntries(
    LIMIT_CLASSES.map((name) => [name, { account: PLENTY, address: PLENTY }]),
  ) as unknown as Limits['rates'],
  failures: PLENTY,
};

/** The account of tests that has just one role; its token is {@link tokenOf}. */
export const accountOf = (role: Role): string =>
  `00000000-0000-4000-8000-${String(ROLES.indexOf(role)).padStart(12, '0')}`;
export const tokenOf = (role: Role): string => `token-of-one-who-is-${role}`;

const callerOf = (token: string): Caller | undefined => {
  const role = ROLES.find((one) => tokenOf(one) === token);
  return role && { actor: { id: accountOf(role), roles: [role] }, account: accountOf(role), by: 'bearer' };
};

/** A public check in whose lists nothing is, and whose one model is of TAC 35693803. */
export const CLEAR: Checking = checkingBy({
  decide: async (questions) => questions.map(() => PERMITTED),
  aspects: () => ({ inUse: false, registered: false, duplicate: false, until: '', why: '' }),
  models: (tac) => (tac === 35_693_803 ? { make: 'Acme', model: 'One', approved: true } : undefined),
  reasons: () => [],
  today: () => '2026-10-20',
});
const PERMITTED: Answer = {
  status: 'permitted',
  step: 'default',
  reason: '',
  list: '',
  level: 'none',
  exception: '',
  intended: 'permitted',
  by: 'local',
};

/** A register of tests: a real registry, whose clock stands still, and one account of each role. */
export async function openHouse(given: Partial<House> = {}): Promise<House> {
  const keys = memoryKeys();
  return {
    registry: given.registry ?? (await freshRegistry()),
    vault: vaultOf(keys),
    signer: signerOf(keys, 'test'),
    policy: POLICY,
    clock: () => new Date('2026-10-20T12:00:00Z'),
    publicUrl: 'https://ceir.example',
    authenticate: async (shown) => (shown.kind === 'bearer' ? callerOf(shown.token) : undefined),
    checking: CLEAR,
    limits: NO_LIMITS,
    ...given,
  };
}

/** A server of tests that listens. */
export type Api = { readonly app: FastifyInstance; readonly url: string };

/** Opens one; whoever did closes it. */
export async function startApi(house: House, routes?: readonly Route[]): Promise<Api> {
  const app = await makeApi({ house, ...(routes === undefined ? {} : { routes }) });
  return { app, url: await app.listen({ host: '127.0.0.1', port: 0 }) };
}

/** Opens one for all tests of a file; not to be called within a test. */
export async function openApi(house: House, routes?: readonly Route[]): Promise<Api> {
  const api = await startApi(house, routes);
  after(() => api.app.close());
  return api;
}

/** How a test asks: by whom, with which headers and body. */
export type Ask = {
  readonly as?: Role;
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
};

/** What came back. */
export type Back = { readonly status: number; readonly headers: Headers; readonly text: string; readonly json: Json };
type Json = { readonly [key: string]: Json } & readonly Json[] & string & number & boolean;

/** Asks over HTTP. */
export async function ask(url: string, method: string, { as, key, headers = {}, body }: Ask = {}): Promise<Back> {
  const all = {
    ...(as === undefined ? {} : { authorization: `Bearer ${tokenOf(as)}` }),
    ...(key === undefined ? {} : { 'idempotency-key': key }),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...headers,
  };
  const sent = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
  const response = await fetch(url, { method, headers: all, ...sent, redirect: 'manual' });
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '') && text !== '';
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: (isJson ? JSON.parse(text) : undefined) as Json,
  };
}
