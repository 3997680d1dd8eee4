import { demand } from '../actions.ts';
import type { Role } from '../actor.ts';
import type { Desk } from '../desk.ts';
import { recordRead } from '../log.ts';

/** An account as an admin sees it. */
export type ListedAccount = {
  readonly id: string;
  readonly organisation: string;
  readonly kind: 'person' | 'machine';
  /** Undefined once the key it was sealed under was destroyed. */
  readonly login: string | undefined;
  readonly name: string | undefined;
  readonly roles: readonly Role[];
  readonly created: Date;
  readonly disabled: boolean;
  readonly demo: boolean;
};

type Row = Omit<ListedAccount, 'login' | 'name'> & {
  readonly number: string;
  readonly login_sealed: Buffer;
  readonly name_sealed: Buffer;
};

/** What is listed: of one organisation or of all; a page of `limit` after the place `after`. */
export type AccountPage = {
  readonly organisation?: string;
  readonly after?: string;
  readonly limit: number;
  readonly purpose: string;
};

/**
 * Accounts in the order in which they were made, a page at a time; `next` is the `after` of the following page. Logins
 * and names are personal data: each page is one recorded reading.
 * @throws Refused ACCESS_ROLE, READ_PURPOSE, READ_QUOTA.
 */
export async function listAccounts(
  desk: Desk,
  { organisation, after, limit, purpose }: AccountPage,
): Promise<{ readonly accounts: readonly ListedAccount[]; readonly next: string | undefined }> {
  demand(desk.actor, 'account.read');
  const subject = organisation === undefined ? 'accounts' : `accounts of organisation ${organisation}`;
  await recordRead(desk, { action: 'account.read', purpose, subject, fields: ['login', 'name'] });
  const rows = await desk.query<Row>(
    `SELECT number, id, organisation, kind, login_sealed, name_sealed, created, disabled IS NOT NULL AS disabled, demo,
       ARRAY(SELECT role FROM account_role r WHERE r.account = a.id AND r.revoked IS NULL ORDER BY r.id) AS roles
     FROM account a WHERE ($1::uuid IS NULL OR organisation = $1) AND ($2::bigint IS NULL OR number > $2)
     ORDER BY number LIMIT $3`,
    [organisation ?? null, after ?? null, limit],
  );
  return {
    accounts: rows.map(({ number: _, login_sealed, name_sealed, ...row }) => ({
      ...row,
      login: desk.vault.open('account', login_sealed),
      name: desk.vault.open('account', name_sealed),
    })),
    next: rows.length < limit ? undefined : rows.at(-1)?.number,
  };
}
