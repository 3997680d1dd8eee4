import { type ActionName, reaches } from '../access/actions.ts';
import type { Organisation } from '../access/actor.ts';
import type { Desk } from '../access/desk.ts';
import { isUuid } from '../access/uuid.ts';
import { refused, unknown } from './refusal.ts';

/** The organisation that the actor acts for. @throws Refused REGISTRATION_UNKNOWN when it acts for none */
export function organisationOf({ actor }: Pick<Desk, 'actor'>): Organisation {
  if (actor.organisation === undefined) throw unknown('organisation');
  return actor.organisation;
}

/** Brands are compared without regard to case and outer blanks. */
export const foldBrand = (brand: string): string => brand.normalize('NFKC').trim().replace(/\s+/g, ' ').toLowerCase();

/** Whether an organisation acts for a brand; one without any acts for none. */
export const actsFor = ({ brands = [] }: Pick<Organisation, 'brands'>, brand: string): boolean =>
  brands.some((one) => foldBrand(one) === foldBrand(brand));

/** Refuses a brand that the organisation does not act for. @throws Refused REGISTRATION_BRAND */
export function demandBrand(organisation: Pick<Organisation, 'brands' | 'name'>, brand: string): void {
  if (actsFor(organisation, brand)) return;
  const remedy = 'Ask the regulator to enter the brand for your organisation, with the maker’s authorisation.';
  throw refused('REGISTRATION_BRAND', `${organisation.name} does not act for the brand ${brand}.`, remedy);
}

/** What is looked for: a row of a table by its id, which the actor has to reach by an act. */
export type Wanted = {
  readonly table: string;
  /** The columns, as SQL. */
  readonly columns: string;
  readonly id: string;
  /** As a person calls it, for the refusal. */
  readonly noun: string;
  readonly action: ActionName;
  /** Locked until the commit. */
  readonly lock?: true;
};

/** To whom a row belongs, as columns of it that its `columns` have to name. */
export type Owned = { readonly organisation?: string | null; readonly person?: string | null };

/** A row that the actor reaches. @throws Refused REGISTRATION_UNKNOWN, also where it is there and belongs to others */
export async function rowOf<Row extends Owned & object>(desk: Desk, wanted: Wanted): Promise<Row> {
  const { table, columns, id, noun, action, lock } = wanted;
  if (!isUuid(id)) throw unknown(noun);
  const text = `SELECT ${columns} FROM ${table} WHERE id = $1${lock === true ? ' FOR UPDATE' : ''}`;
  const [row] = await desk.query<Row>(text, [id]);
  if (row === undefined) throw unknown(noun);
  const belonging = { organisation: row.organisation ?? undefined, person: row.person ?? undefined };
  if (!reaches(desk.actor, action, belonging)) throw unknown(noun);
  return row;
}
