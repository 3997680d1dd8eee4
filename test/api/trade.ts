import type { Actor, Organisation } from '../../src/access/actor.ts';
import type { House } from '../../src/api/house.ts';
import type { Country } from '../../src/country/country.ts';
import type { Analytics } from '../../src/stores/analytics.ts';
import { importer, NOW, organisation, staff, TACS } from '../registration/office.ts';
import type { Back } from './ground.ts';
import { type PeopleHouse, peopleHouse } from './people.ts';

const MODELS = [
  { tac: Number(TACS.dual), manufacturer: 'Acme Inc', brand: 'Acme', model: 'Two', slots: 2 },
  { tac: Number(TACS.single), manufacturer: 'Acme Inc', brand: 'Acme', model: 'One', slots: 1 },
].map((model) => ({ ...model, other: '', deviceType: 'Smartphone' }));

/** A store of two models, in whose networks a number was used with the IMEIs that end in its last six digits. */
const analytics = {
  analytics: {
    home: { query: async (sql: string) => MODELS.filter(({ tac }) => sql.includes(String(tac))) },
    shards: [
      {
        number: 0,
        query: async (sql: string) => {
          const [, dialled] = /msisdn = (\d+)/.exec(sql) ?? [];
          const [, imeis = ''] = /imei IN \(([\d, ]+)\)/.exec(sql) ?? [];
          return dialled !== undefined && imeis.split(', ').some((imei) => imei.slice(-6) === dialled.slice(-6))
            ? [{ used: 1 }]
            : [];
        },
      },
    ],
  } as unknown as Analytics,
} as unknown as NonNullable<House['analytics']>;

/** A register of the trade. */
export type TradeHouse = PeopleHouse & {
  /** Enters the body that somebody is on the staff of, so that it can be found. */
  readonly enter: (actor: Actor) => Promise<Actor>;
  readonly importer: Actor;
  /** Another importer, to whom nothing of the first belongs. */
  readonly rival: Actor;
  readonly dealer: Actor;
  /** Sends a file of identifiers. */
  readonly send: (actor: Actor, path: string, file: string) => Promise<Back>;
};

/** Opens one for all tests of a file; not to be called within a test. */
export async function tradeHouse(policy: Country): Promise<TradeHouse> {
  const people = await peopleHouse({ policy: { ...policy, callingCodes: ['41'] }, analytics, clock: () => NOW });
  const enter = async (actor: Actor): Promise<Actor> => {
    const { id, kind, name, brands = [] } = actor.organisation as Organisation;
    await people.act(async ({ query, now }) => {
      await query(`INSERT INTO organisation (id, kind, name, created, created_by) VALUES ($1, $2, $3, $4, 'test')`, [
        ...[id, kind, name, now],
      ]);
      for (const brand of brands)
        await query(
          `INSERT INTO organisation_brand (organisation, brand, granted, granted_by) VALUES ($1, $2, $3, 'test')`,
          [id, brand, now],
        );
    });
    return actor;
  };
  return {
    ...people,
    enter,
    importer: await enter(importer()),
    rival: await enter(importer()),
    dealer: await enter(staff('dealer', organisation('dealer'))),
    send: (actor, path, file) => people.post(actor, path, file, { 'content-type': 'text/csv' }),
  };
}

/** What somebody is told, without what is of the one request. */
export const plain = ({ text }: Back): string => text.replace(/"requestId":"[^"]+"/, '');

/** An id that nothing has. */
export const NONE = '00000000-0000-4000-8000-00000000dead';
