import type { Actor, Organisation, Role } from '../../src/access/actor.ts';
import { SYSTEM } from '../../src/access/actor.ts';
import type { Desk } from '../../src/access/desk.ts';
import { type Day, parseDay } from '../../src/calendar/day.ts';
import type { Country } from '../../src/country/country.ts';
import { type Fault, Refused } from '../../src/faults/fault.ts';
import { type Imei, writeImei15 } from '../../src/identifiers/imei.ts';
import type { Tac } from '../../src/identifiers/tac.ts';
import type { Knowledge, Known, Model } from '../../src/registration/knowledge.ts';
import type { Registry } from '../../src/stores/registry.ts';
import { freshRing } from '../../src/vault/ring.ts';
import { vaultOf } from '../../src/vault/seal.ts';
import { BASE, parsed } from '../country/base.ts';
import { freshRegistry } from '../office.ts';

export const NOW = new Date('2026-11-10T10:00:00Z');

export const day = (text: string): Day => {
  const found = parseDay(text);
  if (!found.ok) throw new Error(`${text} is no day`);
  return found.value;
};

/** A country whose file has this section of registration besides. */
export const country = (registration = '{}', more = ''): Country =>
  parsed(`${BASE}registration: ${registration}\n${more}`);

let organisations = 0;

export const organisation = (kind: Organisation['kind'], more: Partial<Organisation> = {}): Organisation => {
  organisations += 1;
  const id = `00000000-0000-4000-8000-${String(organisations).padStart(12, '0')}`;
  return { id, kind, name: `${kind} ${organisations}`, ...more };
};

export const staff = (role: Role, of?: Organisation): Actor => {
  organisations += 1;
  const id = `00000000-0000-4000-9000-${String(organisations).padStart(12, '0')}`;
  return { id, roles: [role], organisation: of };
};

export const CUSTOMS = staff('customs', organisation('customs'));
export const ANALYST = staff('analyst', organisation('regulator'));
export const APPROVER = staff('approver', organisation('regulator'));

/** An importer of the brands that the models of {@link TACS} are of. */
export const importer = (brands: readonly string[] = ['acme']): Actor =>
  staff('importer', organisation('importer', { brands }));

/** TACs of models: two slots, one slot, and one of another brand. */
export const TACS = {
  dual: '35000001' as Tac,
  single: '35000002' as Tac,
  other: '35000003' as Tac,
  fresh: '35000004' as Tac,
};

const model = (more: Partial<Model>): Model => ({
  manufacturer: 'Acme Inc',
  brand: 'Acme',
  model: 'One',
  deviceType: 'Smartphone',
  slots: 1,
  ...more,
});

const MODELS: ReadonlyMap<Tac, Model> = new Map([
  [TACS.dual, model({ model: 'Two', slots: 2 })],
  [TACS.single, model({})],
  [TACS.other, model({ manufacturer: 'Other Inc', brand: 'Other', model: 'Three' })],
]);

/** What lists and networks know in a test: the models above, and what is given of IMEIs. */
export const knowing = (
  known: ReadonlyMap<Imei, Partial<Known>> = new Map(),
  used: ReadonlySet<string> = new Set(),
): Knowledge => ({
  usedWith: async (imeis, number) => imeis.some((imei) => used.has(`${imei} ${number}`)),
  models: async (tacs) => new Map([...MODELS].filter(([tac]) => tacs.includes(tac))),
  known: async (imeis) =>
    new Map(
      imeis.flatMap((imei) => {
        const its = known.get(imei);
        return its === undefined ? [] : [[imei, { seen: false, stolen: false, barred: false, ...its }] as const];
      }),
    ),
});

export const imeiOf = (tac: Tac, serial: number): Imei => `${tac}${String(serial).padStart(6, '0')}` as Imei;
export const printed = (tac: Tac, serial: number): string => writeImei15(imeiOf(tac, serial));

/** A register with what acts are carried out by, each within a transaction of its own. */
export type Office = {
  readonly registry: Registry;
  readonly vault: Desk['vault'];
  act<T>(
    actor: Actor,
    act: (desk: Desk) => Promise<T>,
    at?: { readonly now?: Date; readonly policy?: Country },
  ): Promise<T>;
};

export async function openOffice(policy: Country = country()): Promise<Office> {
  const registry = await freshRegistry();
  const ring = freshRing(NOW);
  const vault = vaultOf({ ring: () => ring });
  return {
    registry,
    vault,
    act: (actor, act, { now = NOW, policy: other = policy } = {}) =>
      registry.transaction((query) => act({ query, vault, policy: other, actor, now })),
  };
}

export { SYSTEM };

/** The faults by which an act is refused. @throws what else it throws, and an Error when it is not refused */
export async function refusal(act: Promise<unknown>): Promise<readonly Fault[]> {
  try {
    await act;
  } catch (error) {
    if (error instanceof Refused) return error.faults;
    throw error;
  }
  throw new Error('it was not refused');
}

export const codes = async (act: Promise<unknown>): Promise<readonly string[]> =>
  (await refusal(act)).map(({ code }) => code);
