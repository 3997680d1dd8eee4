import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server';
import { isoCBOR } from '@simplewebauthn/server/helpers';

/** A passkey in software, as a browser would ask it. What it says of itself can be made wrong. */
export type Authenticator = {
  readonly id: string;
  /** Uses since it was made; told with each answer. */
  counter: number;
  register(asked: Asked): RegistrationResponseJSON;
  assert(asked: Asked): AuthenticationResponseJSON;
};

/** What the page asks, and from where. */
export type Asked = {
  readonly challenge: string;
  readonly origin: string;
  /** Its owner was verified, by a finger or a PIN. */
  readonly isVerified?: boolean;
};

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');
const sha256 = (bytes: string | Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

const PRESENT = 0x01;
const VERIFIED = 0x04;
const ATTESTED = 0x40;

function clientData(type: 'webauthn.create' | 'webauthn.get', { challenge, origin }: Asked): Buffer {
  return Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }));
}

/** Web Authentication §6.1. */
function authenticatorData(
  { origin, isVerified = true }: Asked,
  { counter, attested }: { readonly counter: number; readonly attested?: Uint8Array },
): Buffer {
  const flags = PRESENT | (isVerified ? VERIFIED : 0) | (attested === undefined ? 0 : ATTESTED);
  const count = Buffer.alloc(4);
  count.writeUInt32BE(counter);
  return Buffer.concat([sha256(new URL(origin).hostname), Buffer.from([flags]), count, attested ?? Buffer.alloc(0)]);
}

/** The public key as COSE has it (RFC 9053 §7.1): EC2, ES256, P-256. */
function coseKey(key: KeyObject): Uint8Array {
  const { x = '', y = '' } = key.export({ format: 'jwk' });
  const part = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64url'));
  return isoCBOR.encode(
    new Map<number, number | Uint8Array>([
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, part(x)],
      [-3, part(y)],
    ]),
  );
}

/** Makes a passkey. */
export function newAuthenticator(): Authenticator {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const raw = randomBytes(32);
  const id = base64(raw);
  const shell = { id, rawId: id, type: 'public-key', clientExtensionResults: {} } as const;
  return {
    id,
    counter: 0,
    register(asked) {
      const attested = Buffer.concat([Buffer.alloc(16), Buffer.from([0, raw.length]), raw, coseKey(publicKey)]);
      const authData = new Uint8Array(authenticatorData(asked, { counter: this.counter, attested }));
      const attestation = new Map<string, string | Map<string, never> | Uint8Array>([
        ['fmt', 'none'],
        ['attStmt', new Map<string, never>()],
        ['authData', authData],
      ]);
      const client = clientData('webauthn.create', asked);
      const response = { clientDataJSON: base64(client), attestationObject: base64(isoCBOR.encode(attestation)) };
      return { ...shell, response: { ...response, transports: ['internal'] } };
    },
    assert(asked) {
      this.counter += 1;
      const data = authenticatorData(asked, { counter: this.counter });
      const client = clientData('webauthn.get', asked);
      const signature = sign('sha256', Buffer.concat([data, sha256(client)]), privateKey);
      const response = {
        clientDataJSON: base64(client),
        authenticatorData: base64(data),
        signature: base64(signature),
      };
      return { ...shell, response };
    },
  };
}
