import assert from 'node:assert/strict';
import { type Actor, type Organisation, type Role, SYSTEM } from '../../src/access/actor.ts';
import type { Day } from '../../src/calendar/day.ts';
import type { CaseDesk } from '../../src/cases/desk.ts';
import type { Sightings, Subscriber } from '../../src/cases/sightings.ts';
import type { Report } from '../../src/cases/thefts/report.ts';
import type { Policy } from '../../src/country/country.ts';
import type { FaultCode } from '../../src/faults/codes.ts';
import { Refused } from '../../src/faults/fault.ts';
import type { Imei } from '../../src/identifiers/imei.ts';
import type { Imsi } from '../../src/identifiers/imsi.ts';
import type { CountryCode } from '../../src/identifiers/iso3166.ts';
import type { Msisdn } from '../../src/identifiers/msisdn.ts';
import type { Registry } from '../../src/stores/registry.ts';
import { vaultOf } from '../../src/vault/seal.ts';
import { BASE, parsed } from '../country/base.ts';
import { memoryKeys } from '../vault/memory.ts';

export const NOW = new Date('2026-06-10T10:00:00Z');

/** A moment so many days after now. */
export const later = (days: number): Date => new Date(NOW.getTime() + days * 86_400_000);

export const day = (text: string): Day => text as Day;
export const YESTERDAY = day('2026-06-09');

/** The country of these tests: two units of the police, and a national level that is written to. */
export const POLICY: Policy = parsed(`${BASE}theft:
  legal_basis: 'Act, section 12'
  notify: national@police.example
  units:
    - { id: north, name: Police of the North, stations: [Port Street], bring_to: Port Street 1, notify: north@police.example }
    - { id: south, name: Police of the South, stations: [Hill Road] }
appeals:
  stops_clock: [stolen]
  overturn: { window_days: 90, minimum: 3, limit: 0.5 }
  notify: rules@authority.example
`);

const vault = vaultOf(memoryKeys());

export const imei = (serial: number, tac = '35209900'): Imei => `${tac}${String(serial).padStart(6, '0')}` as Imei;
export const imsi = (serial: number, plmn = '99901'): Imsi => `${plmn}${String(serial).padStart(10, '0')}` as Imsi;
export const msisdn = (serial: number): Msisdn => `4179${String(serial).padStart(7, '0')}` as Msisdn;

let people = 0;
const uuid = (kind: string): string => {
  people += 1;
  return `00000000-0000-4000-${kind}-${String(people).padStart(12, '0')}`;
};

/** A body of such staff. */
export const body = (kind: Organisation['kind'], more: Partial<Organisation> = {}): Organisation => ({
  id: uuid('8000'),
  kind,
  name: `${kind} ${people}`,
  ...more,
});

/** Somebody on the staff of a body. */
export const staff = (role: Role, organisation: Organisation): Actor => ({
  id: uuid('9000'),
  roles: [role],
  organisation,
});

export const NORTH = body('police', { unit: 'north' });
export const NORTHERN = staff('police', NORTH);
export const SOUTHERN = staff('police', body('police', { unit: 'south' }));
export const NATIONAL = staff('police', body('police'));
export const ALFA = body('operator', { operator: 'alfa' });
export const CLERK = staff('operator', ALFA);
export const DEALER = staff('dealer', body('dealer'));
export const AUTHORITY = body('regulator');
export const ANALYST = staff('analyst', AUTHORITY);
export const APPROVER = staff('approver', AUTHORITY);
export const SECOND = staff('approver', AUTHORITY);

/** A citizen who is signed in by a number. */
export const citizen = (number: Msisdn): Actor => ({ id: vault.pseudonym('msisdn', number), roles: ['citizen'] });

/** What was seen by whom, in memory: a key a line. */
export type Seen = Sightings & { see(imei: Imei, by: Subscriber, on?: Day): void };

export function sightings(): Seen {
  const seen: { readonly imei: Imei; readonly who: string; readonly on: Day }[] = [];
  const nameOf = (by: Subscriber): string => ('msisdn' in by ? by.msisdn : by.imsi);
  return {
    see: (imei, by, on = day('2026-05-01')) => seen.push({ imei, who: nameOf(by), on }),
    seenWith: (imei, by, before) =>
      Promise.resolve(seen.some((one) => one.imei === imei && one.who === nameOf(by) && one.on < before)),
    inUse: (imei, before) => Promise.resolve(seen.some((one) => one.imei === imei && one.on < before)),
  };
}

export type At = { readonly actor?: Actor; readonly now?: Date; readonly policy?: Policy };

/** Carries an act out at a desk, in a transaction of its own. */
export type Office = {
  readonly registry: Registry;
  readonly seen: Seen;
  act<T>(work: (desk: CaseDesk) => Promise<T>, at?: At): Promise<T>;
};

export function officeOf(registry: Registry): Office {
  const seen = sightings();
  return {
    registry,
    seen,
    act: (work, { actor = SYSTEM, now = NOW, policy = POLICY } = {}) =>
      registry.transaction((query) => work({ query, vault, policy, actor, now, sightings: seen })),
  };
}

/** A report of yesterday's theft; its contact is the number of a serial. */
export const report = (of: number, more: Partial<Report> = {}): Report => ({
  imeis: [imei(of)],
  kind: 'stolen',
  country: 'CH' as CountryCode,
  day: YESTERDAY,
  station: 'Port Street',
  make: 'Acme',
  contact: { msisdn: msisdn(of) },
  killSwitch: 'unknown',
  mode: 'block',
  ...more,
});

/** For `assert.rejects`: refused with this code. */
export const refusedBy =
  (code: FaultCode) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof Refused, String(error));
    assert.equal(error.faults[0]?.code, code, error.message);
    return true;
  };

/** What networks are told: list, IMEI and reasons of each entry. */
export const entries = async ({ registry }: Office, of?: Imei): Promise<readonly string[]> =>
  (
    await registry.query<{ text: string }>(
      `SELECT list || ' ' || imei || ' ' || reasons AS text FROM control_entry WHERE $1::text IS NULL OR imei = $1 ORDER BY 1`,
      [of ?? null],
    )
  ).map(({ text }) => text);

/** The templates of the notices about a case, in order. */
export const told = async ({ registry }: Office, theft: { readonly id: string }): Promise<readonly string[]> =>
  (
    await registry.query<{ template: string }>('SELECT template FROM notice WHERE case_id = $1 ORDER BY id', [
      `theft:${theft.id}`,
    ])
  ).map(({ template }) => template);
