import { type Fault, Refused } from '../../faults/fault.ts';
import type { Actor, Organisation, Role } from '../actor.ts';
import type { Desk } from '../desk.ts';
import { isUuid } from '../uuid.ts';

type Asking = Pick<Desk, 'query'>;

type OrganisationRow = {
  readonly id: string;
  readonly kind: Organisation['kind'];
  readonly name: string;
  readonly operator: string | null;
  readonly unit: string | null;
  readonly brands: readonly string[];
  readonly disabled: Date | null;
};

const ORGANISATION = `o.id, o.kind, o.name, o.operator, o.unit, o.disabled,
  ARRAY(SELECT brand FROM organisation_brand b WHERE b.organisation = o.id AND b.closed IS NULL ORDER BY brand) AS brands`;

const organisationFrom = ({ id, kind, name, operator, unit, brands }: OrganisationRow): Organisation => ({
  id,
  kind,
  name,
  ...(operator === null ? {} : { operator }),
  ...(unit === null ? {} : { unit }),
  ...(kind === 'maker' || kind === 'importer' ? { brands } : {}),
});

/** An organisation, and whether it is shut out. @throws Refused ACCESS_ORGANISATION when there is none. */
export async function organisationOf(
  { query }: Asking,
  id: string,
): Promise<{ readonly organisation: Organisation; readonly disabled: boolean }> {
  const [row] = isUuid(id)
    ? await query<OrganisationRow>(`SELECT ${ORGANISATION} FROM organisation o WHERE id = $1`, [id])
    : [];
  if (row === undefined) throw new Refused([NO_ORGANISATION]);
  return { organisation: organisationFrom(row), disabled: row.disabled !== null };
}

/** Organisations in the order of entry, a page at a time; `next` is the `after` of the following page. */
export async function listOrganisations(
  { query }: Asking,
  page: { readonly kind?: Organisation['kind']; readonly after?: string; readonly limit: number },
): Promise<{
  readonly organisations: readonly (Organisation & { readonly disabled: boolean })[];
  readonly next: string | undefined;
}> {
  const rows = await query<OrganisationRow & { readonly number: string }>(
    `SELECT o.number, ${ORGANISATION} FROM organisation o
     WHERE ($1::text IS NULL OR o.kind = $1) AND ($2::bigint IS NULL OR o.number > $2) ORDER BY o.number LIMIT $3`,
    [page.kind ?? null, page.after ?? null, page.limit],
  );
  return {
    organisations: rows.map((row) => ({ ...organisationFrom(row), disabled: row.disabled !== null })),
    next: rows.length < page.limit ? undefined : rows.at(-1)?.number,
  };
}

/** An account as acts on it need it. */
export type AccountState = {
  readonly id: string;
  readonly organisation: string;
  readonly kind: 'person' | 'machine';
  readonly roles: readonly Role[];
  readonly disabled: boolean;
};

const ROLES = 'ARRAY(SELECT role FROM account_role r WHERE r.account = a.id AND r.revoked IS NULL ORDER BY r.id)';

/**
 * An account, locked until the transaction ends: of two who change it at once the second sees what the first did.
 * @throws Refused ACCESS_ACCOUNT when there is none.
 */
export async function lockAccount({ query }: Asking, id: string): Promise<AccountState> {
  if (!isUuid(id)) throw new Refused([NO_ACCOUNT]);
  await query('SELECT FROM account WHERE id = $1 FOR UPDATE', [id]);
  const [row] = await query<AccountState>(
    `SELECT id, organisation, kind, disabled IS NOT NULL AS disabled, ${ROLES} AS roles FROM account a WHERE id = $1`,
    [id],
  );
  if (row === undefined) throw new Refused([NO_ACCOUNT]);
  return row;
}

/** Who acts with an account; undefined when there is none, or it or its organisation is shut out. */
export async function actorOf({ query }: Asking, account: string): Promise<Actor | undefined> {
  const [row] = await query<OrganisationRow & { readonly roles: readonly Role[] }>(
    `SELECT ${ORGANISATION}, ${ROLES} AS roles FROM account a JOIN organisation o ON o.id = a.organisation
     WHERE a.id = $1 AND a.disabled IS NULL AND o.disabled IS NULL`,
    [account],
  );
  return row === undefined ? undefined : { id: account, roles: row.roles, organisation: organisationFrom(row) };
}

const NO_ORGANISATION: Fault = {
  code: 'ACCESS_ORGANISATION',
  message: 'There is no such organisation.',
  remedy: 'Name one of the register.',
  field: 'organisation',
};

const NO_ACCOUNT: Fault = {
  code: 'ACCESS_ACCOUNT',
  message: 'There is no such account.',
  remedy: 'Name one of the register.',
  field: 'account',
};
