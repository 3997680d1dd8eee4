import { Refused } from '../../faults/fault.ts';
import type { Actor } from '../actor.ts';
import type { Desk } from '../desk.ts';
import { isUuid } from '../uuid.ts';
import type { Channel } from './code.ts';
import { openSession, type SignedIn } from './session.ts';

/**
 * Uses a proof up, in the transaction of the act that it is for: whose number or address it was, as a pseudonym.
 * @throws Refused ACCESS_PROOF when it was used, is too old, or was given for another purpose.
 */
export async function useProof(
  { query, now }: Pick<Desk, 'query' | 'now'>,
  { proof, purpose }: { readonly proof: string; readonly purpose: string },
): Promise<{ readonly person: string; readonly channel: Channel }> {
  const [row] = isUuid(proof)
    ? await query<{ person: string; channel: Channel }>(
        `UPDATE contact_proof SET used = $3 WHERE id = $1 AND purpose = $2 AND used IS NULL AND expires > $3
         RETURNING person, channel`,
        [proof, purpose, now],
      )
    : [];
  if (row !== undefined) return row;
  const message = 'The proof was used, is too old, or was given for something else.';
  throw new Refused([{ code: 'ACCESS_PROOF', message, remedy: 'Ask for a code, and prove it again.', field: 'proof' }]);
}

/** Who acts with a proved number or address: a citizen needs no account. */
export const citizen = (person: string): Actor => ({ id: person, roles: ['citizen'] });

/** The purpose of a code by which citizens sign in. */
export const SIGN_IN = 'sign_in';

/** Signs a citizen in by a proof for {@link SIGN_IN}. @throws Refused ACCESS_PROOF. */
export async function signInCitizen(
  desk: Desk,
  { proof, replaces }: { readonly proof: string; readonly replaces?: string | undefined },
): Promise<SignedIn> {
  const { person } = await useProof(desk, { proof, purpose: SIGN_IN });
  return openSession(desk, { kind: 'citizen', actor: citizen(person), method: 'code', replaces });
}
