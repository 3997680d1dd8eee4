import assert from 'node:assert/strict';
import { createAccount } from '../../src/access/accounts/account.ts';
import { actorOf } from '../../src/access/accounts/find.ts';
import { createOrganisation, type NewOrganisation } from '../../src/access/accounts/organisation.ts';
import { type Actor, type Role, SYSTEM } from '../../src/access/actor.ts';
import type { Desk } from '../../src/access/desk.ts';
import type { Policy } from '../../src/country/country.ts';
import type { FaultCode } from '../../src/faults/codes.ts';
import { type Fault, Refused } from '../../src/faults/fault.ts';
import type { Result } from '../../src/faults/result.ts';
import type { Registry } from '../../src/stores/registry.ts';
import { vaultOf } from '../../src/vault/seal.ts';
import { parsed } from '../country/base.ts';
import { memoryKeys } from '../vault/memory.ts';

export const NOW = new Date('2026-06-01T10:00:00Z');

/** A moment so many seconds after now. */
export const later = (seconds: number): Date => new Date(NOW.getTime() + seconds * 1000);

const base = parsed();

/** The country of these tests; passwords cost little work in it. */
export const POLICY: Policy = {
  ...base,
  access: { ...base.access, signIn: { ...base.access.signIn, passwordCost: 4, failures: 3, addressFailures: 8 } },
};

export type At = { readonly actor?: Actor; readonly now?: Date; readonly policy?: Policy };

/** Carries an act out at a desk, in a transaction of its own. */
export type Office = <T>(act: (desk: Desk) => Promise<T>, at?: At) => Promise<T>;

/** The office of a register with a vault of its own. */
export function officeOf(registry: Registry): Office {
  const vault = vaultOf(memoryKeys());
  return (act, { actor = SYSTEM, now = NOW, policy = POLICY } = {}) =>
    registry.transaction((query) => act({ query, vault, policy, actor, now }));
}

/** Has as many connections open as acts are to run at once, so that none of them has ended before the last begins. */
export async function ready(office: Office, acts: number): Promise<void> {
  let waiting = 0;
  let open: () => void = () => undefined;
  const all = new Promise<void>((resolve) => {
    open = resolve;
  });
  const wait = async (): Promise<void> => {
    waiting += 1;
    if (waiting === acts) open();
    await all;
  };
  await Promise.all(Array.from({ length: acts }, () => office(wait)));
}

export const AUTHORITY: NewOrganisation = { kind: 'regulator', name: 'Communications Authority' };

let people = 0;

/** Somebody of an organisation, who can act at once. */
export async function somebody(
  office: Office,
  {
    roles,
    login,
    ...organisation
  }: Partial<NewOrganisation> & { readonly roles: readonly Role[]; readonly login?: string },
): Promise<Actor> {
  people += 1;
  return office(async (desk) => {
    const { id } = await createOrganisation(desk, { ...AUTHORITY, name: `Office ${people}`, ...organisation });
    const name = { login: login ?? `person${people}@office.example`, name: `Person ${people}` };
    const account = await createAccount(desk, { organisation: id, kind: 'person', ...name, roles });
    const actor = await actorOf(desk, account.id);
    assert.ok(actor);
    return actor;
  });
}

/** For `assert.rejects`: refused with this code. */
export const refusedBy =
  (code: FaultCode) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof Refused, String(error));
    assert.equal(error.faults[0]?.code, code, error.message);
    return true;
  };

/** The code of what was refused as a value. */
export const codeOf = (result: Result<unknown, Fault>): FaultCode | 'ok' => (result.ok ? 'ok' : result.fault.code);

/** The value of what was not refused. */
export function taken<T>(result: Result<T, Fault>): T {
  assert.ok(result.ok, result.ok ? '' : result.fault.message);
  return result.value;
}
