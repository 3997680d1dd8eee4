import { Refused } from '../../faults/fault.ts';
import { demand } from '../actions.ts';
import type { Actor, Organisation } from '../actor.ts';
import type { Desk } from '../desk.ts';
import { recordEvent } from './event.ts';
import { organisationOf } from './find.ts';

/** An organisation as it is entered. */
export type NewOrganisation = Omit<Organisation, 'id'>;

/** Enters an organisation. @throws Refused ACCESS_ROLE, ACCESS_ORGANISATION, ACCESS_TAKEN. */
export async function createOrganisation(desk: Desk, given: NewOrganisation): Promise<{ readonly id: string }> {
  demand(desk.actor, 'organisation.create');
  const wanted = { ...given, name: given.name.trim(), unit: given.unit?.trim() };
  const fault = unfit(desk, wanted);
  if (fault !== undefined) throw refusal(fault.message, fault.field);
  const [row] = await desk.query<{ id: string }>(
    `INSERT INTO organisation (kind, name, operator, unit, created, created_by) VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (name) DO NOTHING RETURNING id`,
    [wanted.kind, wanted.name, wanted.operator ?? null, wanted.unit ?? null, desk.now, desk.actor.id],
  );
  if (row === undefined) {
    const message = `There is an organisation ${JSON.stringify(wanted.name)} already.`;
    throw new Refused([{ code: 'ACCESS_TAKEN', message, remedy: 'Use it, or write another name.', field: 'name' }]);
  }
  await addBrands(desk, row.id, brandsOf(wanted.brands ?? []));
  await recordEvent(desk, { event: 'organisation.created', organisation: row.id, detail: { kind: wanted.kind } });
  return row;
}

type Unfit = { readonly message: string; readonly field: string };

function unfit({ policy }: Desk, { kind, name, operator, unit, brands = [] }: NewOrganisation): Unfit | undefined {
  if (name.length < 2 || name.length > 128 || /\p{Cc}/u.test(name))
    return {
      message: `A name of ${name.length} characters is not one of 2 to 128 that can be printed.`,
      field: 'name',
    };
  const known = policy.operators.map(({ id }) => id);
  if (kind === 'operator' && !known.includes(operator ?? ''))
    return {
      message: `${operator ?? 'Nothing'} is no operator of the country file: ${known.join(', ')}.`,
      field: 'operator',
    };
  if (kind !== 'operator' && operator !== undefined)
    return { message: `A ${kind} is no operator of the country file.`, field: 'operator' };
  if (unit !== undefined && (kind !== 'police' || unit === '' || unit.length > 64))
    return { message: 'A unit of 1 to 64 characters is of police only.', field: 'unit' };
  if (brands.length > 0 && kind !== 'maker' && kind !== 'importer')
    return { message: `A ${kind} acts for no brands.`, field: 'brands' };
  return undefined;
}

const refusal = (message: string, field: string): Refused =>
  new Refused([{ code: 'ACCESS_ORGANISATION', message, remedy: 'Correct what is entered.', field }]);

const brandsOf = (brands: readonly string[]): readonly string[] =>
  [...new Set(brands.map((brand) => brand.trim().toLowerCase()))].filter((brand) => brand !== '');

const addBrands = ({ query, now, actor }: Desk, organisation: string, brands: readonly string[]): Promise<unknown> =>
  query(
    `INSERT INTO organisation_brand (organisation, brand, granted, granted_by)
     SELECT $1, brand, $3, $4 FROM unnest($2::text[]) AS brand ON CONFLICT DO NOTHING`,
    [organisation, brands, now, actor.id],
  );

/**
 * Says for which brands a maker or importer acts from now on; those not named are ended.
 * @throws Refused ACCESS_ROLE, ACCESS_ORGANISATION.
 */
export async function assignBrands(
  desk: Desk,
  { organisation: id, brands: given }: { readonly organisation: string; readonly brands: readonly string[] },
): Promise<Organisation> {
  demand(desk.actor, 'brand.assign');
  const { organisation } = await organisationOf(desk, id);
  const brands = brandsOf(given);
  const fault = unfit(desk, { ...organisation, brands });
  if (fault !== undefined) throw refusal(fault.message, fault.field);
  await desk.query(
    `UPDATE organisation_brand SET closed = $3, closed_by = $4
     WHERE organisation = $1 AND closed IS NULL AND brand <> ALL($2::text[])`,
    [id, brands, desk.now, desk.actor.id],
  );
  await addBrands(desk, id, brands);
  await recordEvent(desk, { event: 'organisation.brands', organisation: id, detail: { brands } });
  return (await organisationOf(desk, id)).organisation;
}

/**
 * Shuts an organisation and all its accounts out; their sessions end at once.
 * @throws Refused ACCESS_ROLE, ACCESS_ORGANISATION.
 */
export async function disableOrganisation(
  desk: Desk,
  { organisation: id, reason }: { readonly organisation: string; readonly reason: string },
): Promise<void> {
  demand(desk.actor, 'organisation.disable');
  const { disabled } = await organisationOf(desk, id);
  if (desk.actor.organisation?.id === id) throw refusal('It is the organisation of who asks.', 'organisation');
  if (disabled) return;
  await desk.query('UPDATE organisation SET disabled = $2 WHERE id = $1', [id, desk.now]);
  await desk.query(
    `UPDATE session SET ended = $2 WHERE ended IS NULL AND account IN (SELECT id FROM account WHERE organisation = $1)`,
    [id, desk.now],
  );
  await recordEvent(desk, { event: 'organisation.disabled', organisation: id, detail: { reason } });
}

/** The networks whose data an actor may have, as MCC and MNC in one; of operators their own, of others none. */
export function ownNetworks({ policy }: Pick<Desk, 'policy'>, { organisation }: Actor): readonly string[] {
  const operator = policy.operators.find(({ id }) => id === organisation?.operator);
  return operator?.plmns.map(({ mcc, mnc }) => `${mcc}${mnc}`) ?? [];
}
