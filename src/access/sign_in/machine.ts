import { decodeProtectedHeader, errors, importJWK, type JWK, type JWTPayload, jwtVerify } from 'jose';
import type { Fault } from '../../faults/fault.ts';
import { fail, ok, type Result } from '../../faults/result.ts';
import { recordEvent } from '../accounts/event.ts';
import { actorOf } from '../accounts/find.ts';
import { algorithmOf, plainFingerprint } from '../accounts/machine.ts';
import type { Actor } from '../actor.ts';
import type { Desk } from '../desk.ts';
import { sourceKey } from './attempt.ts';
import { SIGN_IN_FAULT } from './local.ts';
import { openSession, type SignedIn } from './session.ts';

/**
 * The machine that shows this certificate (its SHA-256), which TLS has verified already (RFC 8705 §2.2); undefined when
 * none has it. It needs no token: each connection shows it.
 */
export async function machineByCertificate(desk: Pick<Desk, 'query'>, fingerprint: string): Promise<Actor | undefined> {
  const [row] = await desk.query<{ account: string }>(
    'SELECT account FROM machine_certificate WHERE fingerprint = $1 AND removed IS NULL',
    [plainFingerprint(fingerprint)],
  );
  return row === undefined ? undefined : actorOf(desk, row.account);
}

/** Seconds for which an assertion may be good. */
const MOST_SECONDS = 300;
/** Seconds by which the machine's clock may be ahead or behind. */
const TOLERANCE = 30;

type Key = { readonly account: string; readonly jwk: JWK };

/**
 * Gives a machine a short token for an assertion that it signed (RFC 7523 §3, private_key_jwt): issuer and subject are its
 * account, the audience is ours, good for five minutes at most, with an id that is used once. A refusal is a value: commit.
 * Fault: ACCESS_SIGN_IN, whatever is wrong.
 */
export async function signInByAssertion(
  desk: Desk,
  { assertion, audience, source }: { readonly assertion: string; readonly audience: string; readonly source: string },
): Promise<Result<SignedIn, Fault>> {
  const key = await keyFor(desk, assertion);
  const claims = key === undefined ? undefined : await verified(desk, { assertion, audience, key });
  const isFresh = key !== undefined && claims !== undefined && (await spend(desk, key.account, claims));
  const actor = key !== undefined && isFresh ? await actorOf(desk, key.account) : undefined;
  if (actor !== undefined) return ok(await openSession(desk, { kind: 'machine', actor, method: 'assertion' }));
  const why = key === undefined ? 'key' : claims === undefined ? 'assertion' : isFresh ? 'account' : 'used already';
  const detail = { why, source: sourceKey(desk.vault, source) };
  await recordEvent(desk, { event: 'sign_in.failed', account: key?.account, detail });
  return fail(SIGN_IN_FAULT);
}

async function keyFor({ query }: Desk, assertion: string): Promise<Key | undefined> {
  const kid = keyIdOf(assertion);
  if (kid === undefined) return undefined;
  const [row] = await query<Key>('SELECT account, jwk FROM machine_key WHERE kid = $1 AND removed IS NULL', [kid]);
  return row;
}

function keyIdOf(assertion: string): string | undefined {
  try {
    return decodeProtectedHeader(assertion).kid;
  } catch {
    return undefined; // no token at all
  }
}

type Claims = JWTPayload & { readonly jti: string; readonly exp: number };

async function verified(
  desk: Desk,
  { assertion, audience, key }: { readonly assertion: string; readonly audience: string; readonly key: Key },
): Promise<Claims | undefined> {
  const algorithm = algorithmOf(key.jwk) ?? '';
  try {
    const { payload } = await jwtVerify(assertion, await importJWK(key.jwk, algorithm), {
      algorithms: [algorithm],
      audience,
      issuer: key.account,
      subject: key.account,
      currentDate: desk.now,
      clockTolerance: TOLERANCE,
      maxTokenAge: MOST_SECONDS,
      requiredClaims: ['exp', 'iat', 'jti'],
    });
    const { jti, exp = Infinity, iat = 0 } = payload;
    const isShort = exp - iat <= MOST_SECONDS;
    return isShort && typeof jti === 'string' && jti !== '' && jti.length <= 256 ? { ...payload, jti, exp } : undefined;
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined;
    throw error;
  }
}

/** Uses an assertion up: true once. */
async function spend({ query }: Desk, account: string, { jti, exp }: Claims): Promise<boolean> {
  const rows = await query(
    `INSERT INTO machine_assertion (account, jti, expires) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING jti`,
    [account, jti, new Date((exp + TOLERANCE) * 1000)],
  );
  return rows.length === 1;
}
