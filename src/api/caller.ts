import type { FastifyRequest } from 'fastify';
import type { Actor } from '../access/actor.ts';

/** What a request shows of who asks. */
export type Credentials =
  | { readonly kind: 'bearer'; readonly token: string }
  /** `origin` is what the page sent in the header `X-CSRF-Token`, if any. */
  | { readonly kind: 'cookie'; readonly token: string; readonly csrf: string | undefined; readonly isWrite: boolean }
  /** SHA-256 of the client certificate that the TLS layer has verified, 64 hexadecimal digits. */
  | { readonly kind: 'certificate'; readonly fingerprint: string };

/** Who asks. */
export type Caller = {
  readonly actor: Actor;
  /** To whom idempotency keys and limits belong: the account, not the person's data. */
  readonly account: string;
  readonly by: Credentials['kind'] | 'none';
};

/** Whoever shows nothing. Only what is open to anybody is for them. */
export const NOBODY: Caller = { actor: { id: 'nobody', roles: [] }, account: 'nobody', by: 'none' };

/** The cookie that holds a session's token. The prefix binds it to this host and to TLS (RFC 6265bis §4.1.3). */
export const SESSION_COOKIE = '__Host-ceir';

const BEARER = /^Bearer ([A-Za-z0-9._~+/-]{16,4096}=*)$/i;
const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * What a request shows; undefined where it shows nothing, `malformed` where what it shows cannot be read. A token goes
 * before a cookie, and both before the certificate of the connection, which many requests may share.
 */
export function credentialsOf(request: FastifyRequest): Credentials | 'malformed' | undefined {
  const { authorization } = request.headers;
  if (authorization !== undefined) {
    const token = BEARER.exec(authorization)?.[1];
    return token === undefined ? 'malformed' : { kind: 'bearer', token };
  }
  const token = request.cookies[SESSION_COOKIE];
  if (token !== undefined) {
    const csrf = request.headers['x-csrf-token'];
    const isWrite = !SAFE.has(request.method);
    return { kind: 'cookie', token, csrf: typeof csrf === 'string' ? csrf : undefined, isWrite };
  }
  const fingerprint = fingerprintOf(request);
  return fingerprint === undefined ? undefined : { kind: 'certificate', fingerprint };
}

/** The certificate that the client proved in the TLS handshake; none where it was not verified. */
function fingerprintOf({ raw: { socket } }: FastifyRequest): string | undefined {
  if (!('getPeerX509Certificate' in socket) || !('authorized' in socket) || socket.authorized !== true)
    return undefined;
  const shown = typeof socket.getPeerX509Certificate === 'function' ? socket.getPeerX509Certificate() : undefined;
  return shown === undefined ? undefined : String(shown.fingerprint256).replaceAll(':', '').toLowerCase();
}
