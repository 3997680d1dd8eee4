import { openProvider, type Provider } from '../access/sign_in/oidc.ts';
import type { OidcPolicy } from '../country/sign_in.ts';
import type { Fault } from '../faults/fault.ts';
import type { Result } from '../faults/result.ts';

/** Where the provider of identities sends people back to; with the public address before it, it is entered there. */
export const PROVIDER_PATH = '/v1/session/provider';

/**
 * The provider of the country file. It is asked to describe itself when it is first needed, and once; where it cannot be
 * reached, again the next time: what it is down for must not keep the register from starting. Fault: ACCESS_PROVIDER.
 */
export function providerAt({
  policy,
  publicUrl,
  secret,
}: {
  readonly policy: OidcPolicy;
  readonly publicUrl: string;
  readonly secret?: string | undefined;
}): () => Promise<Result<Provider, Fault>> {
  let asked: Promise<Result<Provider, Fault>> | undefined;
  return async () => {
    asked ??= openProvider({ policy, redirect: `${publicUrl}${PROVIDER_PATH}`, secret });
    const found = await asked;
    if (!found.ok) asked = undefined;
    return found;
  };
}
