import { machineByCertificate } from '../access/sign_in/machine.ts';
import { isCsrf, sessionOf } from '../access/sign_in/session.ts';
import type { Policy } from '../country/country.ts';
import { type Fault, Refused } from '../faults/fault.ts';
import type { Caller, Credentials } from './caller.ts';
import type { House } from './house.ts';

/**
 * Finds out who shows credentials: the token of a session, as a header or as a cookie, or the certificate of a machine. A
 * cookie goes along with whatever a browser sends, also from other pages: its writes must show that they come from ours.
 * @throws Refused API_ORIGIN
 */
export const authenticateBy =
  (policy: Policy): House['authenticate'] =>
  async (shown, { query, now }) => {
    const actor =
      shown.kind === 'certificate'
        ? await machineByCertificate({ query }, shown.fingerprint)
        : await sessionOf({ query, policy, now }, shown.token);
    if (actor === undefined) return undefined;
    demandOrigin(shown);
    return { actor, account: actor.id, by: shown.kind } satisfies Caller;
  };

function demandOrigin(shown: Credentials): void {
  if (shown.kind !== 'cookie' || !shown.isWrite) return;
  if (shown.csrf === undefined || !isCsrf(shown.token, shown.csrf)) throw new Refused([ORIGIN]);
}

const ORIGIN: Fault = {
  code: 'API_ORIGIN',
  message: 'The header X-CSRF-Token is missing, or is not that of the session.',
  remedy: 'Send what the sign-in answered with each write.',
};
