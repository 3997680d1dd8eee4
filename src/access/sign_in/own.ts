import type { Fault } from '../../faults/fault.ts';
import { ok, type Result } from '../../faults/result.ts';
import { recordEvent } from '../accounts/event.ts';
import { demand } from '../actions.ts';
import type { Desk } from '../desk.ts';
import { ownPassword, setPassword } from './local.ts';
import { judgePassword } from './password.ts';
import { newRecoveryCodes } from './recovery.ts';
import { endSessions } from './session.ts';
import { confirmTotp, offerTotp, type TotpOffer } from './totp.ts';

/** The own password as it is, and from where it comes. Whoever only has somebody's open page does not know it. */
type Proved = { readonly password: string; readonly source: string };

/**
 * Changes the own password; other sessions end. A refusal is a value: commit. Faults: ACCESS_SIGN_IN, ACCESS_WAIT,
 * ACCESS_PASSWORD. @throws Refused ACCESS_ROLE.
 */
export async function changeOwnPassword(
  desk: Desk,
  { fresh, stays, ...proved }: Proved & { readonly fresh: string; readonly stays: string },
): Promise<Result<void, Fault>> {
  demand(desk.actor, 'account.own');
  const owner = await ownPassword(desk, proved);
  if (!owner.ok) return owner;
  const judged = judgePassword(fresh, { min: desk.policy.access.signIn.passwordMin, login: '' });
  if (!judged.ok) return judged;
  await setPassword(desk, desk.actor.id, judged.value);
  await endSessions(desk, { account: desk.actor.id }, stays);
  await recordEvent(desk, { event: 'account.password', account: desk.actor.id });
  return ok(undefined);
}

/** Begins another second factor; the present one counts until {@link confirmTotp}. Faults as `changeOwnPassword`. */
export async function replaceOwnTotp(desk: Desk, proved: Proved): Promise<Result<TotpOffer, Fault>> {
  demand(desk.actor, 'account.own');
  const owner = await ownPassword(desk, proved);
  return owner.ok ? ok(await offerTotp(desk, { account: desk.actor.id, label: 'account' })) : owner;
}

/** Makes the begun second factor the own one. @throws Refused ACCESS_ROLE, ACCESS_FACTOR. */
export async function confirmOwnTotp(desk: Desk, code: string): Promise<void> {
  demand(desk.actor, 'account.own');
  await confirmTotp(desk, { account: desk.actor.id, code });
}

/** Ten new codes for recovery in the place of those before. Faults as `changeOwnPassword`. */
export async function replaceOwnRecoveryCodes(desk: Desk, proved: Proved): Promise<Result<readonly string[], Fault>> {
  demand(desk.actor, 'account.own');
  const owner = await ownPassword(desk, proved);
  return owner.ok ? ok(await newRecoveryCodes(desk, desk.actor.id)) : owner;
}
