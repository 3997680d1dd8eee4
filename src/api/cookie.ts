import { SESSION_COOKIE } from './caller.ts';

// Both names bind their cookie to this host, to TLS and to all of its addresses (RFC 6265bis §4.1.3).
const BOUND = 'Path=/; Secure; HttpOnly';

/** Has the browser keep a session until it ends; no page reads it, and no other site's page brings it along. */
export const sessionCookie = (token: string, seconds: number): string =>
  `${SESSION_COOKIE}=${token}; Max-Age=${seconds}; ${BOUND}; SameSite=Strict`;

/** Has the browser forget its session. */
export const NO_SESSION = `${SESSION_COOKIE}=; Max-Age=0; ${BOUND}; SameSite=Strict`;

/** The cookie that holds the secret of a sign-in that is under way at the provider. */
export const FLOW_COOKIE = '__Host-ceir-flow';

/** Has the browser keep such a secret. `Lax`: it must come along when the provider sends the browser back to us. */
export const flowCookie = (secret: string, seconds: number): string =>
  `${FLOW_COOKIE}=${secret}; Max-Age=${seconds}; ${BOUND}; SameSite=Lax`;
