import { type Fault, Refused } from '../../faults/fault.ts';
import { demand } from '../actions.ts';
import type { Organisation, Role } from '../actor.ts';
import type { Desk } from '../desk.ts';
import { endSessions } from '../sign_in/session.ts';
import { recordEvent } from './event.ts';
import { lockAccount, organisationOf } from './find.ts';
import { loginKey, readLogin } from './login.ts';
import { demandApproval, isPrivileged, isRegister, PRIVILEGED } from './privileged.ts';

/** An account as it is made. Who has it chooses the means to sign in by an invitation, or signs in at the provider. */
export type NewAccount = {
  readonly organisation: string;
  readonly kind: 'person' | 'machine';
  /** An electronic address or another name, unique, whatever the case. */
  readonly login: string;
  readonly name: string;
  readonly roles: readonly Role[];
  /** Only the register itself makes such: they sign in without second factor. */
  readonly demo?: boolean;
  readonly provisioned?: boolean;
};

/**
 * Makes an account. It gets no privileged role so, except by the register itself: those are given afterwards, by two.
 * @throws Refused ACCESS_ROLE, ACCESS_ORGANISATION, ACCESS_ACCOUNT, ACCESS_TAKEN, ACCESS_PROPOSAL.
 */
export async function createAccount(desk: Desk, wanted: NewAccount): Promise<{ readonly id: string }> {
  demand(desk.actor, 'account.create');
  const { organisation } = await organisationOf(desk, wanted.organisation);
  demandFit(wanted, organisation);
  if (!isRegister(desk.actor)) demandPlain(wanted);
  const login = readLogin(wanted.login);
  const name = wanted.name.trim();
  if (name === '' || name.length > 200) throw new Refused([accountFault('The name is empty or too long.', 'name')]);
  const [row] = await desk.query<{ id: string }>(
    `INSERT INTO account (organisation, kind, login, login_sealed, name_sealed, demo, provisioned, created, created_by)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (login) DO NOTHING RETURNING id`,
    [
      wanted.organisation,
      wanted.kind,
      loginKey(desk.vault, login),
      desk.vault.seal('account', login),
      desk.vault.seal('account', name),
      wanted.demo ?? false,
      wanted.provisioned ?? false,
      desk.now,
      desk.actor.id,
    ],
  );
  if (row === undefined) throw new Refused([LOGIN_TAKEN]);
  await grant(desk, row.id, wanted.roles);
  const detail = { kind: wanted.kind, roles: wanted.roles };
  await recordEvent(desk, { event: 'account.created', account: row.id, organisation: wanted.organisation, detail });
  return row;
}

/** What nobody but the register itself decides: who is privileged, and who signs in otherwise than all others. */
function demandPlain({ roles, demo, provisioned }: NewAccount): void {
  const as = isPrivileged(roles)
    ? PRIVILEGED.join(' or ')
    : demo === true
      ? 'one for demonstration'
      : provisioned === true
        ? 'one of the provider'
        : undefined;
  if (as === undefined) return;
  const remedy = 'Make it with other roles, and propose the change of roles.';
  throw new Refused([accountFault(`An account is not made as ${as}.`, 'roles', remedy)]);
}

const LOGIN_TAKEN: Fault = {
  code: 'ACCESS_TAKEN',
  message: 'There is an account with this login already.',
  remedy: 'Use it, or choose another login.',
  field: 'login',
};

const accountFault = (message: string, field: string, remedy = 'Correct what is entered.'): Fault => ({
  code: 'ACCESS_ACCOUNT',
  message,
  remedy,
  field,
});

/** The roles that accounts of an organisation may have. */
export const rolesOf = (kind: Organisation['kind']): readonly Role[] =>
  kind === 'regulator' ? ['analyst', 'approver', 'admin', 'auditor'] : [kind];

function demandFit(
  { kind, roles }: { readonly kind: 'person' | 'machine'; readonly roles: readonly Role[] },
  organisation: Organisation,
): void {
  const possible = rolesOf(organisation.kind);
  const strange = roles.find((role) => !possible.includes(role));
  const why =
    strange !== undefined
      ? `${strange} is no role of a ${organisation.kind}: ${possible.join(', ')}.`
      : new Set(roles).size < roles.length
        ? 'A role is given twice.'
        : roles.includes('auditor') && roles.length > 1
          ? 'An auditor changes nothing, and so has no other role.'
          : kind === 'machine' && isPrivileged(roles)
            ? `A machine is not ${PRIVILEGED.join(' or ')}.`
            : undefined;
  if (why !== undefined) throw new Refused([accountFault(why, 'roles')]);
}

async function grant({ query, now, actor }: Desk, account: string, roles: readonly Role[]): Promise<void> {
  await query(
    `INSERT INTO account_role (account, role, granted, granted_by) SELECT $1, role, $3, $4
     FROM unnest($2::text[]) AS role ON CONFLICT DO NOTHING`,
    [account, roles, now, actor.id],
  );
}

/**
 * Gives an account exactly these roles. Who becomes approver or admin so needs the approval of a second person.
 * @throws Refused ACCESS_ROLE, ACCESS_ACCOUNT, ACCESS_PROPOSAL, STATE_MOVE.
 */
export async function changeRoles(
  desk: Desk,
  wanted: { readonly account: string; readonly roles: readonly Role[]; readonly approval?: string | undefined },
): Promise<void> {
  demand(desk.actor, 'account.roles');
  const account = await lockAccount(desk, wanted.account);
  demandFit({ ...wanted, kind: account.kind }, (await organisationOf(desk, account.organisation)).organisation);
  if (isPrivileged(wanted.roles.filter((role) => !account.roles.includes(role))))
    await demandApproval(desk, { act: 'roles', account: account.id, roles: wanted.roles }, wanted.approval);
  await desk.query(
    `UPDATE account_role SET revoked = $3, revoked_by = $4
     WHERE account = $1 AND revoked IS NULL AND role <> ALL($2::text[])`,
    [account.id, wanted.roles, desk.now, desk.actor.id],
  );
  await grant(desk, account.id, wanted.roles);
  const detail = { from: account.roles, to: wanted.roles };
  await recordEvent(desk, { event: 'account.roles', account: account.id, detail });
}

/** Shuts an account out; its sessions end at once. @throws Refused ACCESS_ROLE, ACCESS_ACCOUNT. */
export async function disableAccount(
  desk: Desk,
  { account: id, reason }: { readonly account: string; readonly reason: string },
): Promise<void> {
  demand(desk.actor, 'account.disable');
  const account = await lockAccount(desk, id);
  if (account.disabled) return;
  await desk.query('UPDATE account SET disabled = $2 WHERE id = $1', [id, desk.now]);
  await endSessions(desk, { account: id });
  await recordEvent(desk, { event: 'account.disabled', account: id, detail: { reason } });
}

/** Lets an account in again; a privileged one by two. @throws Refused ACCESS_ROLE, ACCESS_ACCOUNT, ACCESS_PROPOSAL. */
export async function enableAccount(
  desk: Desk,
  { account: id, approval }: { readonly account: string; readonly approval?: string | undefined },
): Promise<void> {
  demand(desk.actor, 'account.enable');
  const account = await lockAccount(desk, id);
  if (!account.disabled) return;
  if (isPrivileged(account.roles)) await demandApproval(desk, { act: 'enable', account: id }, approval);
  await desk.query('UPDATE account SET disabled = NULL WHERE id = $1', [id]);
  await recordEvent(desk, { event: 'account.enabled', account: id });
}
