import { createLocalJWKSet, errors, importJWK, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import type { Fault } from '../faults/fault.ts';
import { fail, ok, type Result } from '../faults/result.ts';
import type { Keys } from './keyfile.ts';

/** Public keys as others fetch them (RFC 7517), Ed25519 (RFC 8037). */
export type PublicKeys = {
  readonly keys: readonly {
    readonly kty: 'OKP';
    readonly crv: 'Ed25519';
    readonly x: string;
    readonly kid: string;
    readonly alg: 'EdDSA';
    readonly use: 'sig';
  }[];
};

/** For how long something signed is valid, and from when. */
export type Validity = {
  /** Without it, for ever. */
  readonly seconds?: number | undefined;
  /** When it is signed; the clock's time where it is left out. */
  readonly at?: Date | undefined;
};

/** Signs what others shall believe without asking us: certificates, heads of logs, results of bulk checks. */
export type Signer = {
  /** Of the key that signs now. */
  readonly kid: string;
  /**
   * A compact JWS with `typ` (`<type>+jwt`), `kid`, `iss` (the register's name), `iat`, and `exp` where it ends. Claims of
   * these names are overwritten.
   */
  sign(type: string, claims: object, validity?: Validity): Promise<string>;
  /** All public keys that ever signed. */
  keys(): PublicKeys;
};

const typeOf = (type: string): string => `${type}+jwt`;

/** The signer of a register, under its name. */
export function signerOf(keys: Pick<Keys, 'ring'>, register: string): Signer {
  const current = () => {
    const key = keys.ring().signing.at(-1);
    if (key?.d === undefined) throw new Error('the ring has no key to sign with');
    return { ...key, d: key.d };
  };
  return {
    get kid() {
      return current().kid;
    },
    sign: async (type, claims, { seconds, at = new Date() } = {}) => {
      const { kid, x, d } = current();
      const key = await importJWK({ kty: 'OKP', crv: 'Ed25519', x, d }, 'EdDSA');
      const iat = Math.floor(at.getTime() / 1000);
      const ends = seconds === undefined ? {} : { exp: iat + seconds };
      const payload = { ...claims, iss: register, iat, ...ends };
      return new SignJWT(payload).setProtectedHeader({ alg: 'EdDSA', typ: typeOf(type), kid }).sign(key);
    },
    keys: () => publicKeys(keys),
  };
}

/** All public keys of a ring. */
export const publicKeys = (keys: Pick<Keys, 'ring'>): PublicKeys => ({
  keys: keys.ring().signing.map(({ kid, x }) => ({ kty: 'OKP', crv: 'Ed25519', x, kid, alg: 'EdDSA', use: 'sig' })),
});

/**
 * What a text says that one of the keys signed as being of this type; not what anybody else signed, of another type, or
 * no longer valid. Faults: SIGNED_FORM, SIGNED_KEY, SIGNED_EXPIRED.
 */
export async function verifySigned(
  token: string,
  keys: PublicKeys,
  type: string,
  now: Date,
): Promise<Result<Readonly<JWTPayload>, Fault>> {
  const options = { algorithms: ['EdDSA'], typ: typeOf(type), currentDate: now };
  try {
    const set = createLocalJWKSet({ keys: keys.keys.map((key) => ({ ...key })) });
    return ok((await jwtVerify(token, set, options)).payload);
  } catch (error) {
    if (error instanceof errors.JWTExpired) return fail(EXPIRED);
    if (error instanceof errors.JWKSNoMatchingKey) return fail(UNKNOWN_KEY);
    if (error instanceof errors.JOSEError) return fail(formFault(type));
    throw error;
  }
}

const EXPIRED: Fault = {
  code: 'SIGNED_EXPIRED',
  message: 'What was signed is no longer valid.',
  remedy: 'Ask for a new one.',
};

const UNKNOWN_KEY: Fault = {
  code: 'SIGNED_KEY',
  message: 'It was signed by a key that is not known here.',
  remedy: 'Fetch the register’s keys again; if it stays unknown, do not believe it.',
};

const formFault = (type: string): Fault => ({
  code: 'SIGNED_FORM',
  message: `This is no signed text of the type ${type}, or it was altered.`,
  remedy: 'Do not believe it; ask the register itself.',
});
