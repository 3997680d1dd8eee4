import type { Fault } from '../../faults/fault.ts';
import { fail, ok, type Result } from '../../faults/result.ts';
import { recordEvent } from '../accounts/event.ts';
import { actorOf } from '../accounts/find.ts';
import { loginKey, plainLogin } from '../accounts/login.ts';
import type { Actor } from '../actor.ts';
import type { Desk } from '../desk.ts';
import { type Attempt, countFailure, forgetFailures, sourceKey, waitOf } from './attempt.ts';
import { hashPassword, isPassword, type StoredPassword } from './password.ts';
import { isRecoveryCode, spendRecoveryCode } from './recovery.ts';
import { type Method, openSession, type SignedIn } from './session.ts';
import { spendStep, stepOf } from './totp.ts';

/** What somebody shows who signs in with what the register keeps. */
export type Shown = {
  readonly login: string;
  readonly password: string;
  /** The code of now, or one for recovery; empty for accounts of the demonstration. */
  readonly code: string;
  /** The network address that it comes from. */
  readonly source: string;
  /** The token that the browser has already. */
  readonly replaces?: string | undefined;
};

type Found = {
  readonly id: string;
  readonly demo: boolean;
  readonly stored: StoredPassword | undefined;
  readonly secret: string | undefined;
};

/**
 * Signs in by password and second factor. Whatever is wrong, the answer is ACCESS_SIGN_IN after the same work, also when
 * there is no such account; after too many failures ACCESS_WAIT. A refusal is a value and not thrown, because what was
 * counted has to stay: commit.
 */
export async function signInByPassword(desk: Desk, shown: Shown): Promise<Result<SignedIn, Fault>> {
  const cost = desk.policy.access.signIn.passwordCost;
  const attempt = { login: loginKey(desk.vault, plainLogin(shown.login)), source: sourceKey(desk.vault, shown.source) };
  const found = await accountFor(desk, attempt.login);
  // The work comes before anything is locked; many guesses at once are still answered one after the other.
  const isRight = await isPassword(shown.password, found?.stored, cost);
  const wait = await waitOf(desk, attempt);
  if (wait !== undefined) return heldOff(desk, { attempt, account: found?.id, wait });
  const method = isRight && found !== undefined ? await secondFactor(desk, found, shown.code) : undefined;
  const actor = method === undefined || found === undefined ? undefined : await actorOf(desk, found.id);
  if (method === undefined || actor === undefined)
    return refused(desk, { attempt, account: found?.id, why: isRight ? 'factor or account' : 'login or password' });
  await forgetFailures(desk, attempt);
  if (found?.stored !== undefined && found.stored.cost !== cost) await setPassword(desk, actor.id, shown.password);
  return ok(await openSession(desk, { kind: 'staff', actor, method, replaces: shown.replaces }));
}

type Row = {
  readonly id: string;
  readonly demo: boolean;
  readonly cost: number | null;
  readonly salt: Buffer | null;
  readonly hash: Buffer | null;
  readonly secret: Buffer | null;
};

async function accountFor({ query, vault }: Desk, login: string): Promise<Found | undefined> {
  const [row] = await query<Row>(
    `SELECT a.id, a.demo, p.cost, p.salt, p.hash, t.secret FROM account a
     LEFT JOIN password p ON p.account = a.id
     LEFT JOIN totp t ON t.account = a.id AND t.confirmed IS NOT NULL AND t.removed IS NULL
     WHERE a.login = $1 AND a.kind = 'person'`,
    [login],
  );
  if (row === undefined) return undefined;
  const { cost, salt, hash } = row;
  return {
    id: row.id,
    demo: row.demo,
    stored: cost === null || salt === null || hash === null ? undefined : { cost, salt, hash },
    secret: row.secret === null ? undefined : vault.open('account', row.secret),
  };
}

/** By what the second factor was shown; it is used up by that. */
async function secondFactor(desk: Desk, { id, demo, secret }: Found, code: string): Promise<Method | undefined> {
  if (demo) return 'demo';
  if (isRecoveryCode(code)) return (await spendRecoveryCode(desk, { account: id, code })) ? 'recovery' : undefined;
  const step = secret === undefined ? undefined : stepOf(secret, code, desk.now);
  return step !== undefined && (await spendStep(desk, id, step)) ? 'password' : undefined;
}

async function refused(
  desk: Desk,
  { attempt, account, why }: { readonly attempt: Attempt; readonly account: string | undefined; readonly why: string },
): Promise<Result<never, Fault>> {
  await countFailure(desk, attempt);
  await recordEvent(desk, { event: 'sign_in.failed', account, detail: { why, source: attempt.source } });
  return fail(SIGN_IN_FAULT);
}

/** What comes too early is not judged, and makes the wait no longer. */
async function heldOff(
  desk: Desk,
  { attempt, account, wait }: { readonly attempt: Attempt; readonly account: string | undefined; readonly wait: Fault },
): Promise<Result<never, Fault>> {
  await recordEvent(desk, { event: 'sign_in.held_off', account, detail: { source: attempt.source } });
  return fail(wait);
}

/** The one answer to all that fails. */
export const SIGN_IN_FAULT: Fault = {
  code: 'ACCESS_SIGN_IN',
  message: 'The sign-in failed.',
  remedy: 'Look at what was entered, and use a code that was not used yet.',
};

/**
 * Keeps a password, in the place of the one before. It was judged already, or is that of the demonstration, whose accounts
 * need no more to sign in.
 */
export async function setPassword({ query, policy, now }: Desk, account: string, password: string): Promise<void> {
  const { cost, salt, hash } = await hashPassword(password, policy.access.signIn.passwordCost);
  await query(
    `INSERT INTO password (account, cost, salt, hash, set) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (account) DO UPDATE
       SET cost = excluded.cost, salt = excluded.salt, hash = excluded.hash, set = excluded.set`,
    [account, cost, salt, hash, now],
  );
}

/**
 * Whether it is the own password of who is signed in already, asked before the means to sign in are changed. Failures are
 * counted as those of signing in. A refusal is a value: commit. Faults: ACCESS_SIGN_IN, ACCESS_WAIT.
 */
export async function ownPassword(
  desk: Desk,
  { password, source }: Pick<Shown, 'password' | 'source'>,
): Promise<Result<Actor, Fault>> {
  const [row] = await desk.query<{ login: string }>('SELECT login FROM account WHERE id::text = $1', [desk.actor.id]);
  const attempt = { login: row?.login ?? 'none', source: sourceKey(desk.vault, source) };
  const found = await accountFor(desk, attempt.login);
  const isRight = await isPassword(password, found?.stored, desk.policy.access.signIn.passwordCost);
  const wait = await waitOf(desk, attempt);
  if (wait !== undefined) return heldOff(desk, { attempt, account: found?.id, wait });
  if (!isRight) return refused(desk, { attempt, account: found?.id, why: 'own password' });
  return ok(desk.actor);
}
