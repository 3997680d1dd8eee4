import { Refused } from '../../faults/fault.ts';
import type { Actor, Role } from '../actor.ts';
import { useApproval } from '../approval.ts';
import type { Desk } from '../desk.ts';
import type { Payload } from '../proposal.ts';

/** The roles that can approve, or make others so: two persons give them. */
export const PRIVILEGED: readonly Role[] = ['approver', 'admin'];

/** Whether roles can approve, or make others so. */
export const isPrivileged = (roles: readonly Role[]): boolean => roles.some((role) => PRIVILEGED.includes(role));

/** Whether it is the register itself that acts: its clock, or whoever has its shell. */
export const isRegister = (actor: Actor): boolean => actor.roles.includes('system');

/** An act on an account that has a privileged role, or is to get one. */
export type PrivilegedAct =
  | { readonly act: 'roles'; readonly account: string; readonly roles: readonly Role[] }
  | { readonly act: 'invite' | 'enable'; readonly account: string }
  /** The subject as the vault's pseudonym of it. */
  | { readonly act: 'link'; readonly account: string; readonly issuer: string; readonly subject: string };

/** What has to be proposed for it. */
export const privileged = (
  act: PrivilegedAct,
): { readonly kind: 'privileged_account'; readonly subject: string; readonly payload: Payload } => ({
  kind: 'privileged_account',
  subject: `account:${act.account}`,
  payload: act.act === 'roles' ? { ...act, roles: [...act.roles].sort() } : act,
});

/**
 * Uses up the approval of a privileged act. The register itself needs none: that is whoever has its shell, and makes the
 * first accounts. @throws Refused ACCESS_PROPOSAL, STATE_MOVE.
 */
export async function demandApproval(desk: Desk, act: PrivilegedAct, approval: string | undefined): Promise<void> {
  if (isRegister(desk.actor)) return;
  if (approval !== undefined) {
    await useApproval(desk, { id: approval, ...privileged(act) });
    return;
  }
  const message = `«${act.act}» of an account that is, or becomes, ${PRIVILEGED.join(' or ')} takes two persons.`;
  const remedy = 'Propose it as privileged_account, and name the approval.';
  throw new Refused([{ code: 'ACCESS_PROPOSAL', message, remedy, field: 'approval' }]);
}
