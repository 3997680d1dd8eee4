import { createAccount } from '../access/accounts/account.ts';
import { actorOf } from '../access/accounts/find.ts';
import { createOrganisation, type NewOrganisation } from '../access/accounts/organisation.ts';
import { type Actor, type Role, SYSTEM } from '../access/actor.ts';
import type { Desk } from '../access/desk.ts';
import { DEMO_SECRETS } from '../access/secrets.ts';
import { setPassword } from '../access/sign_in/local.ts';
import { addDays, type Day } from '../calendar/day.ts';
import { sightingsOf } from '../cases/sightings.ts';
import { reportTheft } from '../cases/thefts/office.ts';
import { confirmTheft } from '../cases/thefts/police.ts';
import type { Report } from '../cases/thefts/report.ts';
import type { Country } from '../country/country.ts';
import { type Imei, imeiFromKey } from '../identifiers/imei.ts';
import type { CountryCode } from '../identifiers/iso3166.ts';
import type { Msisdn } from '../identifiers/msisdn.ts';
import type { Store } from '../stores/store.ts';
import type { Vault } from '../vault/vault.ts';

/** An account of the demonstration; all have the password `DEMO_SECRETS.password` and need no second factor. */
export type DemoAccount = { readonly login: string; readonly roles: readonly Role[]; readonly organisation: string };

/** A case of the demonstration. */
export type DemoCase = { readonly reference: string; readonly imei: string; readonly what: string };

/** What a demonstration's register begins with. */
export type Demo = { readonly accounts: readonly DemoAccount[]; readonly cases: readonly DemoCase[] };

type Staff = readonly [login: string, roles: readonly Role[]];

/** Each office with its staff. */
const OFFICES: readonly (readonly [NewOrganisation, readonly Staff[]])[] = [
  [
    { kind: 'regulator', name: 'Meridia Communications Authority' },
    [
      ['analyst@authority.example', ['analyst']],
      ['approver@authority.example', ['approver']],
      ['second@authority.example', ['approver']],
      ['admin@authority.example', ['admin']],
      ['auditor@authority.example', ['auditor']],
    ],
  ],
  [{ kind: 'police', name: 'Police of the North', unit: 'north' }, [['officer@north.police.example', ['police']]]],
  [{ kind: 'police', name: 'National Police' }, [['officer@police.example', ['police']]]],
  [{ kind: 'customs', name: 'Customs of Meridia' }, [['officer@customs.example', ['customs']]]],
  [{ kind: 'importer', name: 'Harbour Imports', brands: ['acme'] }, [['clerk@importer.example', ['importer']]]],
  [{ kind: 'maker', name: 'Acme Telephones', brands: ['acme'] }, [['clerk@maker.example', ['maker']]]],
  [{ kind: 'lab', name: 'Meridia Test House' }, [['engineer@lab.example', ['lab']]]],
  [{ kind: 'dealer', name: 'Corner Phones' }, [['clerk@dealer.example', ['dealer']]]],
];

type Making = { readonly store: Store; readonly vault: Vault; readonly country: Country; readonly day: Day };

const desk = ({ vault, country }: Making, query: Desk['query'], actor: Actor): Desk => ({
  query,
  vault,
  policy: country,
  actor,
  now: new Date(),
});

async function office(making: Making, of: NewOrganisation, staff: readonly Staff[]): Promise<readonly DemoAccount[]> {
  return making.store.registry.transaction(async (query) => {
    const at = desk(making, query, SYSTEM);
    const { id: organisation } = await createOrganisation(at, of);
    const made: DemoAccount[] = [];
    for (const [login, roles] of staff) {
      const account = { organisation, kind: 'person', login, name: login, roles, demo: true } as const;
      const { id } = await createAccount(at, account);
      await setPassword(at, id, DEMO_SECRETS.password);
      made.push({ login, roles, organisation: of.name });
    }
    return made;
  });
}

type Used = { readonly imei: Imei; readonly msisdn: Msisdn; readonly operator: string };

/** Devices that one subscriber each used lately: whose thefts can be reported. */
async function usedDevices({ store, day }: Making, most: number): Promise<readonly Used[]> {
  const rows = await store.analytics.home.query<{ imei: string; msisdn: string; operator: string }>(
    `SELECT t.imei AS imei, max(t.msisdn) AS msisdn, max(toString(t.operator)) AS operator FROM triplet AS t
    WHERE t.imei < 100000000000000 AND t.msisdn != 0 AND t.month = ${Number(addDays(day, -1).slice(0, 7).replace('-', ''))}
    GROUP BY t.imei HAVING uniqExact(t.msisdn) = 1 ORDER BY sipHash64(t.imei) LIMIT ${most}`,
  );
  return rows.map(({ imei, msisdn, operator }) => ({
    imei: imeiFromKey(BigInt(imei)),
    msisdn: msisdn as Msisdn,
    operator,
  }));
}

const report = ({ imei, msisdn }: Used, day: Day, more: Partial<Report> = {}): Report => ({
  imeis: [imei],
  kind: 'stolen',
  country: 'CH' as CountryCode,
  day,
  place: 'Harbour district',
  station: 'Port Street',
  killSwitch: 'on',
  mode: 'block',
  owner: { name: 'Ada Example' },
  contact: { msisdn, language: 'en' },
  ...more,
});

/** Who of an organisation of the demonstration acts. */
async function actorBy({ store }: Making, role: Role, unit: string | undefined): Promise<Actor> {
  const [row] = await store.registry.query<{ id: string }>(
    `SELECT a.id FROM account AS a JOIN account_role AS r ON r.account = a.id JOIN organisation AS o ON o.id = a.organisation
    WHERE a.demo AND r.role = $1 AND ($2::text IS NULL OR o.operator = $2 OR o.unit = $2) ORDER BY a.created LIMIT 1`,
    [role, unit ?? null],
  );
  const actor = row && (await actorOf(store.registry, row.id));
  if (actor === undefined) throw new Error(`The demonstration has nobody who is ${role}.`);
  return actor;
}

/** Reports of thefts as they come in: by the police, and by an operator for its subscriber, once confirmed and once not. */
async function thefts(making: Making): Promise<readonly DemoCase[]> {
  const { store, country, day } = making;
  const sightings = sightingsOf(store.analytics, { days: country.theft.pastUseDays });
  const used = await usedDevices(making, 4);
  const police = await actorBy(making, 'police', 'north');
  const cases: DemoCase[] = [];
  for (const [at, device] of used.entries()) {
    const byPolice = at % 2 === 0;
    const actor = byPolice ? police : await actorBy(making, 'operator', device.operator);
    const shown = byPolice
      ? { report: report(device, day, { complaint: `N-${100 + at}`, ...(at === 2 ? { mode: 'recovery' } : {}) }) }
      : { report: report(device, day), proof: { kind: 'subscriber', msisdn: device.msisdn } as const };
    const theft = await store.registry.transaction(async (query) => {
      const opened = await reportTheft({ ...desk(making, query, actor), sightings }, shown);
      if (at !== 1) return opened;
      return confirmTheft(desk(making, query, police), { id: opened.id, complaint: `N-${100 + at}` });
    });
    const by = byPolice ? 'the police' : 'its operator';
    cases.push({
      reference: theft.reference,
      imei: device.imei,
      what: `reported by ${by}, ${theft.state.replaceAll('_', ' ')}`,
    });
  }
  return cases;
}

/** Fills a fresh register with the offices of a country, their staff, and cases of devices that its networks saw. */
export async function seedDemo(making: Making): Promise<Demo> {
  const operators = making.country.operators.map(
    ({ id, name }) =>
      [{ kind: 'operator', name, operator: id }, [[`clerk@${id}.example`, ['operator']]]] as const satisfies [
        NewOrganisation,
        readonly Staff[],
      ],
  );
  const accounts: DemoAccount[] = [];
  for (const [of, staff] of [...OFFICES, ...operators]) accounts.push(...(await office(making, of, staff)));
  return { accounts, cases: await thefts(making) };
}
