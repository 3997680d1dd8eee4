import { type Fault, Refused } from '../../faults/fault.ts';
import { fail, ok, type Result } from '../../faults/result.ts';
import { changeRoles, createAccount } from '../accounts/account.ts';
import { recordEvent } from '../accounts/event.ts';
import { actorOf, lockAccount } from '../accounts/find.ts';
import { loginKey, plainLogin } from '../accounts/login.ts';
import { demandApproval, isPrivileged } from '../accounts/privileged.ts';
import { demand } from '../actions.ts';
import { type Role, SYSTEM } from '../actor.ts';
import type { Desk } from '../desk.ts';
import { sourceKey } from './attempt.ts';
import { SIGN_IN_FAULT } from './local.ts';
import type { Identity } from './oidc.ts';
import { openSession, type SignedIn } from './session.ts';

/** Who somebody is at a provider; the subject as it is there. */
export type Subject = Pick<Identity, 'issuer' | 'subject'>;

/** The subject as it is kept, and as it is proposed. */
export const subjectKey = ({ vault }: Pick<Desk, 'vault'>, { issuer, subject }: Subject): string =>
  vault.pseudonym('person', `${issuer} ${subject}`);

/**
 * Lets an identity of the provider sign in with an account; a privileged one by two.
 * @throws Refused ACCESS_ROLE, ACCESS_ACCOUNT, ACCESS_TAKEN, ACCESS_PROPOSAL.
 */
export async function linkIdentity(
  desk: Desk,
  {
    account: id,
    approval,
    ...identity
  }: Subject & { readonly account: string; readonly approval?: string | undefined },
): Promise<void> {
  demand(desk.actor, 'account.link');
  const account = await lockAccount(desk, id);
  const subject = subjectKey(desk, identity);
  const act = { act: 'link', account: id, issuer: identity.issuer, subject } as const;
  if (isPrivileged(account.roles)) await demandApproval(desk, act, approval);
  await insertLink(desk, { account: id, issuer: identity.issuer, subject });
}

async function insertLink(
  desk: Desk,
  { account, issuer, subject }: { readonly account: string; readonly issuer: string; readonly subject: string },
): Promise<void> {
  const rows = await desk.query(
    `INSERT INTO identity_link (issuer, subject, account, created, created_by) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (issuer, subject) WHERE removed IS NULL DO NOTHING RETURNING id`,
    [issuer, subject, account, desk.now, desk.actor.id],
  );
  if (rows.length === 0) {
    const message = 'This identity signs in with an account already.';
    throw new Refused([{ code: 'ACCESS_TAKEN', message, remedy: 'End that link first.', field: 'subject' }]);
  }
  await recordEvent(desk, { event: 'account.linked', account, detail: { issuer } });
}

/** Ends a link. @throws Refused ACCESS_ROLE. */
export async function unlinkIdentity(desk: Desk, identity: Subject): Promise<void> {
  demand(desk.actor, 'account.link');
  const rows = await desk.query<{ account: string }>(
    'UPDATE identity_link SET removed = $3 WHERE issuer = $1 AND subject = $2 AND removed IS NULL RETURNING account',
    [identity.issuer, subjectKey(desk, identity), desk.now],
  );
  for (const { account } of rows)
    await recordEvent(desk, { event: 'account.unlinked', account, detail: { issuer: identity.issuer } });
}

/**
 * Signs in who the provider knows. Nobody gets an account by that, unless the country file says which of the provider's
 * claims give which roles; the roles of such an account are at each sign-in what the claims say. A refusal is a value:
 * commit. Fault: ACCESS_SIGN_IN.
 */
export async function signInByIdentity(
  desk: Desk,
  {
    identity,
    source,
    replaces,
  }: {
    readonly identity: Identity;
    readonly source: string;
    readonly replaces?: string | undefined;
  },
): Promise<Result<SignedIn, Fault>> {
  const account = await accountOf({ ...desk, actor: SYSTEM }, identity);
  const actor = account === undefined ? undefined : await actorOf(desk, account);
  if (actor !== undefined && actor.roles.length > 0)
    return ok(await openSession(desk, { kind: 'staff', actor, method: 'provider', replaces }));
  const why = account === undefined ? 'unknown to the register' : 'account or roles';
  await recordEvent(desk, {
    event: 'sign_in.failed',
    account,
    detail: { why, issuer: identity.issuer, source: sourceKey(desk.vault, source) },
  });
  return fail(SIGN_IN_FAULT);
}

async function accountOf(desk: Desk, identity: Identity): Promise<string | undefined> {
  const subject = subjectKey(desk, identity);
  const known = await linked(desk, identity.issuer, subject);
  if (known !== undefined) {
    if (known.provisioned) await follow(desk, known.account, identity);
    return known.account;
  }
  const rights = await rightsOf(desk, identity);
  if (rights === undefined || rights.roles.length === 0 || identity.login === undefined) return undefined;
  // Two first sign-ins of one person at once make one account.
  await desk.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 4))', [subject]);
  const meanwhile = await linked(desk, identity.issuer, subject);
  if (meanwhile !== undefined) return meanwhile.account;
  const login = await freeLogin(desk, identity.login, subject);
  const { id } = await createAccount(desk, {
    ...rights,
    kind: 'person',
    login,
    name: identity.login,
    provisioned: true,
  });
  await insertLink(desk, { account: id, issuer: identity.issuer, subject });
  return id;
}

/**
 * The login of an account that is made. A login that is taken belongs to somebody whom the provider did not make; being
 * called alike gives no right to that account.
 */
async function freeLogin({ query, vault }: Desk, login: string, subject: string): Promise<string> {
  const wished = plainLogin(login);
  const isFit = /^[^\s\p{Cc}]{3,254}$/u.test(wished);
  const rows = isFit ? await query('SELECT FROM account WHERE login = $1', [loginKey(vault, wished)]) : [{}];
  return rows.length === 0 ? wished : `provider-${subject}`;
}

async function linked(
  { query }: Desk,
  issuer: string,
  subject: string,
): Promise<{ readonly account: string; readonly provisioned: boolean } | undefined> {
  const [row] = await query<{ account: string; provisioned: boolean }>(
    `SELECT l.account, a.provisioned FROM identity_link l JOIN account a ON a.id = l.account
     WHERE l.issuer = $1 AND l.subject = $2 AND l.removed IS NULL`,
    [issuer, subject],
  );
  return row;
}

type Rights = { readonly organisation: string; readonly roles: readonly Role[] };

/** What the claims give, in the organisation of the first rule that holds; a rule of another one gives nothing more. */
async function rightsOf({ query, policy }: Desk, { values }: Identity): Promise<Rights | undefined> {
  const rules = policy.access.oidc?.provision?.rules.filter(({ value }) => values.includes(value)) ?? [];
  const [first] = rules;
  if (first === undefined) return undefined;
  const [row] = await query<{ id: string }>('SELECT id FROM organisation WHERE name = $1 AND disabled IS NULL', [
    first.organisation,
  ]);
  if (row === undefined) return undefined;
  const roles = rules.filter(({ organisation }) => organisation === first.organisation).map(({ role }) => role);
  const isAuditor = roles.includes('auditor');
  // An auditor has no other role: the one that changes nothing goes first.
  return { organisation: row.id, roles: isAuditor ? ['auditor'] : [...new Set(roles)] };
}

/** Gives a provisioned account the roles of its claims. What two persons gave it is not taken, nor given, by a claim. */
async function follow(desk: Desk, account: string, identity: Identity): Promise<void> {
  const { roles, organisation } = await lockAccount(desk, account);
  const rights = await rightsOf(desk, identity);
  const said = rights?.organisation === organisation ? rights.roles : [];
  const kept = said.length === 0 || said.includes('auditor') ? [] : roles.filter((role) => isPrivileged([role]));
  const wanted = [...said, ...kept];
  if (wanted.length === roles.length && wanted.every((role) => roles.includes(role))) return;
  await changeRoles(desk, { account, roles: wanted });
}
