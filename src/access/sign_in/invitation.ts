import { type Fault, Refused } from '../../faults/fault.ts';
import { recordEvent } from '../accounts/event.ts';
import { lockAccount } from '../accounts/find.ts';
import { demandApproval, isPrivileged } from '../accounts/privileged.ts';
import { demand } from '../actions.ts';
import type { Desk } from '../desk.ts';
import { setPassword } from './local.ts';
import { judgePassword } from './password.ts';
import { newRecoveryCodes } from './recovery.ts';
import { endSessions } from './session.ts';
import { hashToken, newToken } from './token.ts';
import { confirmTotp, offerTotp, type TotpOffer } from './totp.ts';

/**
 * Gives an account new means to sign in: those before end at once, and whoever has the token chooses new ones. The token
 * is told once, to be brought to the person by another way. For a privileged account that takes two.
 * @throws Refused ACCESS_ROLE, ACCESS_ACCOUNT, ACCESS_PROPOSAL.
 */
export async function invite(
  desk: Desk,
  { account: id, approval }: { readonly account: string; readonly approval?: string | undefined },
): Promise<{ readonly token: string; readonly expires: Date }> {
  demand(desk.actor, 'account.invite');
  const account = await lockAccount(desk, id);
  if (account.kind === 'machine') throw new Refused([MACHINE]);
  if (isPrivileged(account.roles)) await demandApproval(desk, { act: 'invite', account: id }, approval);
  await desk.query('DELETE FROM password WHERE account = $1', [id]);
  await desk.query('DELETE FROM recovery_code WHERE account = $1', [id]);
  for (const table of ['totp', 'passkey'])
    await desk.query(`UPDATE ${table} SET removed = $2 WHERE account = $1 AND removed IS NULL`, [id, desk.now]);
  await desk.query('UPDATE invitation SET expires = $2 WHERE account = $1 AND expires > $2 AND used IS NULL', [
    id,
    desk.now,
  ]);
  await endSessions(desk, { account: id });
  const token = newToken();
  const expires = new Date(desk.now.getTime() + desk.policy.access.signIn.invitationHours * 3_600_000);
  await desk.query('INSERT INTO invitation (hash, account, created, created_by, expires) VALUES ($1, $2, $3, $4, $5)', [
    hashToken(token),
    id,
    desk.now,
    desk.actor.id,
    expires,
  ]);
  await recordEvent(desk, { event: 'account.invited', account: id });
  return { token, expires };
}

const MACHINE: Fault = {
  code: 'ACCESS_ACCOUNT',
  message: 'A machine has no password.',
  remedy: 'Enter its key or certificate.',
  field: 'account',
};

/**
 * The first step of who was invited: a password. The answer is the secret of the second factor; the invitation stays until
 * a code of it was shown, and may be begun anew.
 * @throws Refused ACCESS_INVITATION, ACCESS_PASSWORD.
 */
export async function takeInvitation(
  desk: Desk,
  { token, password }: { readonly token: string; readonly password: string },
): Promise<TotpOffer> {
  const account = await invited(desk, token);
  const [row] = await desk.query<{ login_sealed: Buffer }>('SELECT login_sealed FROM account WHERE id = $1', [account]);
  const login = row === undefined ? undefined : desk.vault.open('account', row.login_sealed);
  const judged = judgePassword(password, { min: desk.policy.access.signIn.passwordMin, login: login ?? '' });
  if (!judged.ok) throw new Refused([judged.fault]);
  await setPassword(desk, account, judged.value);
  return offerTotp(desk, { account, label: login ?? 'account' });
}

/**
 * The second step: a code of the second factor. The account can sign in from now on. The answer are the codes for its
 * recovery, told once.
 * @throws Refused ACCESS_INVITATION, ACCESS_FACTOR.
 */
export async function completeInvitation(
  desk: Desk,
  { token, code }: { readonly token: string; readonly code: string },
): Promise<readonly string[]> {
  const account = await invited(desk, token);
  await confirmTotp(desk, { account, code });
  await desk.query('UPDATE invitation SET used = $2 WHERE hash = $1', [hashToken(token), desk.now]);
  return newRecoveryCodes(desk, account);
}

/** Whose invitation it is; it is locked until the transaction ends. */
async function invited({ query, now }: Desk, token: string): Promise<string> {
  const [row] = await query<{ account: string }>(
    `SELECT i.account FROM invitation i JOIN account a ON a.id = i.account
     WHERE i.hash = $1 AND i.used IS NULL AND i.expires > $2 AND a.disabled IS NULL FOR UPDATE OF i`,
    [hashToken(token), now],
  );
  if (row !== undefined) return row.account;
  const message = 'The invitation was used, is too old or never was.';
  throw new Refused([{ code: 'ACCESS_INVITATION', message, remedy: 'Ask an admin for a new one.', field: 'token' }]);
}
