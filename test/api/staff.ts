import assert from 'node:assert/strict';
import type { NewOrganisation } from '../../src/access/accounts/organisation.ts';
import { type Actor, type Role, SYSTEM } from '../../src/access/actor.ts';
import { csrfOf } from '../../src/access/sign_in/session.ts';
import { authenticateBy } from '../../src/api/authenticate.ts';
import { SESSION_COOKIE } from '../../src/api/caller.ts';
import type { House } from '../../src/api/house.ts';
import { NOW, type Office, POLICY, somebody } from '../access/desk.ts';
import { invited, PASSWORD, shownCode } from '../access/person.ts';
import { ask, type Back, openApi, openHouse } from './ground.ts';

/** A register that is asked over HTTP by people who sign in, and whose clock is set by hand. */
export type Staffed = {
  readonly house: House;
  readonly url: string;
  /** Acts as the register itself, or as somebody, without HTTP. */
  readonly office: Office;
  /** Lets so many seconds pass. */
  readonly pass: (seconds: number) => void;
};

/** Opens one; not to be called within a test. */
export async function openStaffed(given: Partial<House> = {}): Promise<Staffed> {
  let now = NOW;
  const policy = given.policy ?? POLICY;
  const house = await openHouse({ policy, clock: () => now, authenticate: authenticateBy(policy), ...given });
  const office: Office = (act, at = {}) => {
    const { actor = SYSTEM, now: when = now } = at;
    return house.registry.transaction((query) => act({ query, vault: house.vault, policy, actor, now: when }));
  };
  const { url } = await openApi(house);
  const pass = (seconds: number): void => {
    now = new Date(now.getTime() + seconds * 1000);
  };
  return { house, url, office, pass };
}

let people = 0;

/** Somebody who can sign in by password and second factor. */
export type Member = { readonly actor: Actor; readonly login: string; readonly secret: string };

/** Makes one, in an organisation of its own. */
export async function member(
  { office }: Staffed,
  wanted: Partial<NewOrganisation> & { readonly roles: readonly Role[] },
): Promise<Member> {
  people += 1;
  const login = `member${people}@office.example`;
  const actor = await somebody(office, { ...wanted, login });
  const { secret } = await invited(office, actor);
  return { actor, login, secret };
}

/** What a sign-in by password sends. */
export const shownBy = ({ house }: Staffed, { login, secret }: Member) => ({
  login,
  password: PASSWORD,
  code: shownCode(secret, house.clock()),
});

/** How somebody asks who is signed in. */
export type Asking = (
  method: string,
  path: string,
  more?: { readonly body?: unknown; readonly key?: string; readonly headers?: Readonly<Record<string, string>> },
) => Promise<Back>;

/** Asks by a token; each write has a key of its own. */
export const askingBy =
  ({ url }: Pick<Staffed, 'url'>, headers: Readonly<Record<string, string>>): Asking =>
  (method, path, { body, key = crypto.randomUUID(), headers: more = {} } = {}) =>
    ask(`${url}${path}`, method, { key, headers: { ...headers, ...more }, body });

/** Asks as somebody who has signed in, by the token that the answer told. */
export async function signedIn(staffed: Staffed, who: Member): Promise<Asking> {
  staffed.pass(30); // the code of the step before may be used up
  const { status, json, text } = await ask(`${staffed.url}/v1/session`, 'POST', { body: shownBy(staffed, who) });
  assert.equal(status, 200, text);
  return askingBy(staffed, { authorization: `Bearer ${json['token']}` });
}

/** The token in the cookie that an answer sets. */
export function cookieIn({ headers }: Back, name = SESSION_COOKIE): string {
  const line = headers.getSetCookie().find((one) => one.startsWith(`${name}=`)) ?? assert.fail('no cookie is set');
  return line.slice(name.length + 1).split(';')[0] ?? '';
}

/** What a page of ours sends with each write of a session. */
export const ourPage = (token: string) => ({ cookie: `${SESSION_COOKIE}=${token}`, 'x-csrf-token': csrfOf(token) });

/** Status and code of a refusal. */
export const refusal = ({ status, json }: Back): readonly [number, unknown] => [status, json?.['code']];

/** All that tells one refusal from another: not the id of the request, nor the time. */
export function plain({ status, headers, json }: Back) {
  const { requestId: _, ...problem } = json as unknown as Record<string, unknown>;
  const names = [...headers.keys()].filter((name) => !['date', 'x-request-id', 'content-length'].includes(name));
  return { status, names, problem };
}
