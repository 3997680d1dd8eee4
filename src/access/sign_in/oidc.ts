import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  ClientSecretBasic,
  type Configuration,
  calculatePKCECodeChallenge,
  discovery,
  fetchUserInfo,
  None,
} from 'openid-client';
import type { OidcPolicy } from '../../country/sign_in.ts';
import { type Fault, Refused } from '../../faults/fault.ts';
import { fail, ok, type Result } from '../../faults/result.ts';
import type { Desk } from '../desk.ts';
import { derived, hashToken, newToken } from './token.ts';

/** A provider of identities, as it described itself, and where it is to send people back to. */
export type Provider = {
  readonly client: Configuration;
  readonly policy: OidcPolicy;
  readonly redirect: string;
};

/** How the register is known to the provider. */
export type ProviderPlace = {
  readonly policy: OidcPolicy;
  /** The address of our page that takes the answer, as it is entered at the provider. */
  readonly redirect: string;
  /** Without it the client is public, and held by PKCE alone. */
  readonly secret?: string | undefined;
};

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Asks the provider for its description (OpenID Connect Discovery 1.0). One without TLS is taken on this machine only.
 * Fault: ACCESS_PROVIDER.
 */
export async function openProvider({ policy, redirect, secret }: ProviderPlace): Promise<Result<Provider, Fault>> {
  const issuer = new URL(policy.issuer);
  if (issuer.protocol !== 'https:' && !LOOPBACK.includes(issuer.hostname))
    return fail(providerFault(`${issuer.hostname} is asked without TLS`, 'Let issuer begin with https.'));
  const execute = issuer.protocol === 'https:' ? [] : [allowInsecureRequests];
  try {
    const trust = secret === undefined ? None() : ClientSecretBasic(secret);
    const client = await discovery(issuer, policy.clientId, undefined, trust, { execute, timeout: 10 });
    return ok({ client, policy, redirect });
  } catch (error) {
    return fail(providerFault(whyOf(error), 'Look at issuer, and whether the provider can be reached.'));
  }
}

const providerFault = (why: string, remedy: string): Fault => ({
  code: 'ACCESS_PROVIDER',
  message: `The provider of identities cannot be used: ${why}.`,
  remedy,
});

/** The kind of failure, without what the provider wrote: that may hold personal data. */
const whyOf = (error: unknown): string =>
  error instanceof Error ? ('code' in error ? String(error.code) : error.name) : 'unknown';

const MINUTES = 10;

/**
 * Begins a sign-in at the provider: authorization code with PKCE (RFC 7636). The secret is for the browser to keep, in a
 * cookie of its own; state, nonce and verifier are made of it, so that nobody can be signed in with another's answer.
 */
export async function beginProviderSignIn(
  desk: Pick<Desk, 'query' | 'now'>,
  provider: Provider,
): Promise<{ readonly url: string; readonly secret: string }> {
  const secret = newToken();
  await desk.query('INSERT INTO identity_flow (hash, expires) VALUES ($1, $2)', [
    hashToken(secret),
    new Date(desk.now.getTime() + MINUTES * 60_000),
  ]);
  const url = buildAuthorizationUrl(provider.client, {
    redirect_uri: provider.redirect,
    scope: provider.policy.scope,
    state: derived(secret, 'state'),
    nonce: derived(secret, 'nonce'),
    code_challenge: await calculatePKCECodeChallenge(derived(secret, 'verifier')),
    code_challenge_method: 'S256',
  });
  return { url: url.href, secret };
}

/**
 * Ends the waiting for an answer: each sign-in has one. Do it in a transaction of its own, before {@link askProvider}, which
 * must hold none open. @throws Refused ACCESS_SESSION.
 */
export async function takeFlow({ query, now }: Pick<Desk, 'query' | 'now'>, secret: string): Promise<void> {
  const rows = await query('DELETE FROM identity_flow WHERE hash = $1 AND expires > $2 RETURNING expires', [
    hashToken(secret),
    now,
  ]);
  if (rows.length > 0) return;
  const message = 'No sign-in at the provider was begun here, or it took too long.';
  throw new Refused([{ code: 'ACCESS_SESSION', message, remedy: 'Begin it again.' }]);
}

/** Who somebody is, as the provider says. */
export type Identity = {
  readonly issuer: string;
  readonly subject: string;
  /** The values of the claim that gives roles; none where the country file asks for none. */
  readonly values: readonly string[];
  /** For an account that is made: an electronic address, or another name of the person. */
  readonly login: string | undefined;
};

/**
 * Redeems the answer that came to our page: the provider is asked for the tokens, and the signed one is verified with
 * state, nonce and verifier. Asks over the network; call it outside of transactions. Fault: ACCESS_PROVIDER.
 */
export async function askProvider(
  { client, policy }: Provider,
  { secret, url }: { readonly secret: string; readonly url: string },
): Promise<Result<Identity, Fault>> {
  try {
    const tokens = await authorizationCodeGrant(client, new URL(url), {
      expectedState: derived(secret, 'state'),
      expectedNonce: derived(secret, 'nonce'),
      pkceCodeVerifier: derived(secret, 'verifier'),
      idTokenExpected: true,
    });
    const claims = tokens.claims();
    if (claims === undefined) return fail(providerFault('no identity was given', 'Let scope contain openid.'));
    const isWhole = policy.provision === undefined || policy.provision.claim in claims;
    const more = isWhole ? {} : await fetchUserInfo(client, tokens.access_token, claims.sub);
    return ok(identityOf({ ...more, ...claims }, policy));
  } catch (error) {
    return fail(providerFault(whyOf(error), 'Begin the sign-in again.'));
  }
}

function identityOf(
  claims: Readonly<Record<string, unknown>> & { readonly iss: string; readonly sub: string },
  { provision }: OidcPolicy,
): Identity {
  const given = provision === undefined ? [] : [claims[provision.claim]].flat();
  const isMail = typeof claims['email'] === 'string' && claims['email_verified'] === true;
  const login = isMail ? claims['email'] : claims['preferred_username'];
  return {
    issuer: claims.iss,
    subject: claims.sub,
    values: given.filter((value) => typeof value === 'string'),
    login: typeof login === 'string' ? login : undefined,
  };
}
