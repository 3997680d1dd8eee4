import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose';
import { PROBLEMS, type Problem } from '../../codecs/sbi/problem.ts';

/** Whose access tokens hold (3GPP TS 29.510 §6.3.5.2.4 `AccessTokenClaims`, TS 33.501 §13.4.1). */
export type TokenRules = {
  /** The NRF's public keys: PEM of a key or certificate, or the JSON of a JWK set (RFC 7517). */
  readonly keys: string;
  /** The NRF's instance id as the tokens name it in `iss`; any where it is not told. */
  readonly issuer?: string;
  /** Our instance id: a token is for it, or for the type 5G_EIR. */
  readonly instance: string;
  /** How far the clocks may be apart. */
  readonly toleranceSeconds?: number;
};

/** Signatures that prove the NRF's private key; shared secrets (HS*) and `none` do not. */
const ALGORITHMS = ['ES256', 'ES384', 'ES512', 'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'EdDSA'];
const SCOPE = 'n5g-eir-eic';
/** Tokens remembered, good and bad, and verifications at once; both bounded, since anybody can send tokens. */
const REMEMBERED = 4096;
const VERIFYING = 256;
/** Longer ones are no tokens of an NRF. */
const LONGEST = 8192;
/** How long a bad token is remembered, so that sending it again costs nothing. */
const BAD_MS = 10_000;

/** What is known of a token; `problem` undefined for one that holds. */
export type Finding = { readonly problem: Problem | undefined; readonly untilMs: number };

/** The last token of a connection (the whole header), which is as a rule the next one too. */
export type TokenSeat = { token: string; finding: Finding | undefined };

/** Checks access tokens. */
export type Tokens = {
  /** The refusal, undefined where the token holds, a promise where its signature has yet to be verified. */
  check(header: string | undefined, seat: TokenSeat, nowMs: number): Problem | undefined | Promise<Problem | undefined>;
};

function keyOf(keys: string): KeyObject | ReturnType<typeof createLocalJWKSet> {
  if (!keys.trimStart().startsWith('{')) return createPublicKey(keys);
  return createLocalJWKSet(JSON.parse(keys) as JSONWebKeySet);
}

const hasScope = ({ scope }: JWTPayload & { readonly scope?: unknown }): boolean =>
  typeof scope === 'string' && scope.split(' ').includes(SCOPE);

/** An audience is the type of the producer, or a list of instances (TS 29.510 §6.3.5.2.4). */
const rulesOf = ({ issuer, instance, toleranceSeconds }: TokenRules) => ({
  algorithms: ALGORITHMS,
  audience: ['5G_EIR', instance],
  clockTolerance: toleranceSeconds ?? 5,
  requiredClaims: ['iss', 'sub', 'aud', 'scope', 'exp'],
  ...(issuer === undefined ? {} : { issuer }),
});

/** A map of the newest entries: when it is full the oldest go. */
function remember(known: Map<string, Finding>, hash: string, finding: Finding): void {
  if (known.size >= REMEMBERED) {
    const [oldest] = known.keys();
    if (oldest !== undefined) known.delete(oldest);
  }
  known.set(hash, finding);
}

/** @throws where the keys cannot be read. */
export function makeTokens(rules: TokenRules): Tokens {
  const key = keyOf(rules.keys);
  const claims = rulesOf(rules);
  const known = new Map<string, Finding>();
  const verifying = new Map<string, Promise<Finding>>();

  const verify = async (token: string): Promise<Finding> => {
    const bad = { problem: PROBLEMS.tokenInvalid, untilMs: Date.now() + BAD_MS };
    try {
      const { payload } =
        typeof key === 'function' ? await jwtVerify(token, key, claims) : await jwtVerify(token, key, claims);
      const untilMs = ((payload.exp ?? 0) + claims.clockTolerance) * 1000;
      return { problem: hasScope(payload) ? undefined : PROBLEMS.tokenScope, untilMs };
    } catch (fault) {
      // A key of another type than the token's algorithm is told by a TypeError, or by a DOMException of Web Cryptography.
      if (fault instanceof errors.JOSEError || fault instanceof TypeError || fault instanceof DOMException) return bad;
      throw fault;
    }
  };

  const later = async (hash: string, token: string, seat: TokenSeat): Promise<Problem | undefined> => {
    const running = verifying.get(hash) ?? verify(token.slice(7).trim()).finally(() => verifying.delete(hash));
    verifying.set(hash, running);
    const finding = await running;
    remember(known, hash, finding);
    Object.assign(seat, { token, finding });
    return finding.problem;
  };

  const look = (token: string, seat: TokenSeat, nowMs: number): Problem | undefined | Promise<Problem | undefined> => {
    const hash = createHash('sha256').update(token).digest('base64');
    const finding = known.get(hash);
    if (finding !== undefined && finding.untilMs > nowMs) {
      Object.assign(seat, { token, finding });
      return finding.problem;
    }
    known.delete(hash);
    if (verifying.size >= VERIFYING && !verifying.has(hash)) return PROBLEMS.congestion;
    return later(hash, token, seat);
  };

  return {
    check: (header, seat, nowMs) => {
      if (header === undefined) return PROBLEMS.tokenMissing;
      const { finding } = seat;
      if (finding !== undefined && finding.untilMs > nowMs && header === seat.token) return finding.problem;
      if (header.length > LONGEST || header.slice(0, 7).toLowerCase() !== 'bearer ') return PROBLEMS.tokenInvalid;
      return look(header, seat, nowMs);
    },
  };
}
