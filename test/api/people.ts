import type { Actor } from '../../src/access/actor.ts';
import { SYSTEM } from '../../src/access/actor.ts';
import type { Desk } from '../../src/access/desk.ts';
import type { Caller } from '../../src/api/caller.ts';
import type { House } from '../../src/api/house.ts';
import type { Msisdn } from '../../src/identifiers/msisdn.ts';
import { POLICY } from '../cases/desk.ts';
import { ask, type Back, openApi, openHouse } from './ground.ts';

/** A number that can be dialled in the country of these tests. */
export const number = (of: number): Msisdn => `4179${String(of).padStart(7, '0')}` as Msisdn;

/** A register to which anybody can be let in, and how somebody asks it. */
export type PeopleHouse = {
  readonly house: House;
  readonly url: string;
  /** The citizen who is signed in by the number of a serial. */
  readonly citizen: (of: number) => Actor;
  readonly post: (
    actor: Actor,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<Back>;
  readonly get: (actor: Actor, path: string, headers?: Readonly<Record<string, string>>) => Promise<Back>;
  /** Acts at a desk of the register in a transaction of its own; as the register itself unless somebody is named. */
  readonly act: <T>(work: (desk: Desk) => Promise<T>, actor?: Actor) => Promise<T>;
};

let keys = 0;

/** Opens one for all tests of a file; not to be called within a test. */
export async function peopleHouse(given: Partial<House> = {}): Promise<PeopleHouse> {
  const people = new Map<string, Actor>();
  const house = await openHouse({
    policy: { ...POLICY, callingCodes: ['41'] },
    authenticate: async (shown): Promise<Caller | undefined> => {
      const actor = shown.kind === 'bearer' ? people.get(shown.token) : undefined;
      return actor && { actor, account: actor.id, by: 'bearer' };
    },
    ...given,
  });
  const { url } = await openApi(house);
  const as = (actor: Actor): Readonly<Record<string, string>> => {
    people.set(`token-of-${actor.id}`, actor);
    return { authorization: `Bearer token-of-${actor.id}` };
  };
  const { registry, vault, policy } = house;
  return {
    house,
    url,
    citizen: (of) => ({ id: vault.pseudonym('msisdn', number(of)), roles: ['citizen'] }),
    post: (actor, path, body, headers = {}) => {
      keys += 1;
      const rest = body === undefined ? {} : { body };
      return ask(`${url}${path}`, 'POST', {
        headers: { ...as(actor), ...headers },
        key: `key-of-people-${keys}`,
        ...rest,
      });
    },
    get: (actor, path, headers = {}) => ask(`${url}${path}`, 'GET', { headers: { ...as(actor), ...headers } }),
    act: (work, actor = SYSTEM) =>
      registry.transaction((query) => work({ query, vault, policy, actor, now: house.clock() })),
  };
}

/** A list in an answer. */
export const listOf = (json: Back['json'] | undefined): readonly Back['json'][] => [...(json ?? [])];
