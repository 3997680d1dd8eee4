import { createHash, createHmac, generateKeyPairSync, randomBytes } from 'node:crypto';
import { DATA_CLASSES, type DataClass } from './vault.ts';

/** One version of a class's key. */
export type SealingKey = {
  readonly version: number;
  readonly made: Date;
  /** 32 bytes; absent once it was destroyed. */
  readonly key?: Buffer;
};

/** A key that signs, or did. */
export type SigningKey = {
  /** Its thumbprint (RFC 7638). */
  readonly kid: string;
  readonly made: Date;
  /** The public half, Ed25519, base64url. */
  readonly x: string;
  /** The private half; absent once another took its place. */
  readonly d?: string;
};

/**
 * All secrets of a register.
 *
 * The key of pseudonyms has no versions. Pseudonyms are what cases, pairs and accounts are joined by, and what they were
 * made of is not kept: under a new key no old row would meet a new one, and nobody could write the old ones anew. Whoever
 * has to change it (because it leaked) gives up those joins.
 */
export type KeyRing = {
  /** 32 bytes. */
  readonly pseudonym: Buffer;
  /** Oldest first; the last is the one to seal under. */
  readonly sealing: Readonly<Record<DataClass, readonly SealingKey[]>>;
  /** Oldest first; the last is the one to sign with. */
  readonly signing: readonly SigningKey[];
};

/** The same record for every class. */
export const byClass = <T>(make: (kind: DataClass) => T): Readonly<Record<DataClass, T>> => ({
  contact: make('contact'),
  identity: make('identity'),
  proof: make('proof'),
  trace: make('trace'),
  account: make('account'),
});

/** A ring of random keys, the first version of each. */
export const freshRing = (made: Date): KeyRing => ({
  pseudonym: randomBytes(32),
  sealing: byClass(() => [{ version: 1, made, key: randomBytes(32) }]),
  signing: [freshSigning(made)],
});

/** The ring with a new version in each of the classes. */
export const rotated = (ring: KeyRing, classes: readonly DataClass[], made: Date): KeyRing => ({
  ...ring,
  sealing: byClass((kind) => {
    const old = ring.sealing[kind];
    return classes.includes(kind)
      ? [...old, { version: newest(ring, kind).version + 1, made, key: randomBytes(32) }]
      : old;
  }),
});

/** The ring with a new key to sign with. Of those before only the public halves stay: what they signed can be verified. */
export const resigned = (ring: KeyRing, made: Date): KeyRing => ({
  ...ring,
  signing: [...ring.signing.map(({ d: _, ...open }) => open), freshSigning(made)],
});

/** The ring without the key of a version, whose place stays. */
export const destroyed = (ring: KeyRing, gone: KeyName): KeyRing => ({
  ...ring,
  sealing: byClass((kind) =>
    ring.sealing[kind].map(({ key, ...place }) =>
      key === undefined || (kind === gone.class && place.version === gone.version) ? place : { ...place, key },
    ),
  ),
});

/** Names one version of a class's key. */
export type KeyName = { readonly class: DataClass; readonly version: number };

/** The key to seal under. */
export function newest(ring: KeyRing, kind: DataClass): SealingKey {
  const key = ring.sealing[kind].at(-1);
  if (key === undefined) throw new Error(`the ring has no key of the class ${kind}`);
  return key;
}

/** Tells keys apart without telling anything of them: 32 hexadecimal digits. */
export const fingerprint = (key: Buffer): string =>
  createHmac('sha256', key).update('ceir fingerprint of a key').digest('hex').slice(0, 32);

function freshSigning(made: Date): SigningKey {
  const { d, x } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  if (d === undefined || x === undefined) throw new Error('no Ed25519 key was made');
  return { kid: thumbprint(x), made, x, d };
}

/** RFC 7638 §3, of an Ed25519 key. */
const thumbprint = (x: string): string =>
  createHash('sha256')
    .update(JSON.stringify({ crv: 'Ed25519', kty: 'OKP', x }))
    .digest('base64url');

type Written = {
  readonly format: 1;
  readonly pseudonym: string;
  readonly sealing: readonly {
    readonly class: string;
    readonly version: number;
    readonly made: string;
    readonly key?: string;
  }[];
  readonly signing: readonly { readonly kid: string; readonly made: string; readonly x: string; readonly d?: string }[];
};

/** The ring as its file has it. */
export function writeRing(ring: KeyRing): string {
  const written: Written = {
    format: 1,
    pseudonym: ring.pseudonym.toString('hex'),
    sealing: DATA_CLASSES.flatMap((kind) =>
      ring.sealing[kind].map(({ version, made, key }) => ({
        class: kind,
        version,
        made: made.toISOString(),
        ...(key === undefined ? {} : { key: key.toString('hex') }),
      })),
    ),
    signing: ring.signing.map((one) => ({ ...one, made: one.made.toISOString() })),
  };
  return `${JSON.stringify(written, undefined, 2)}\n`;
}

/** Reads what {@link writeRing} wrote. @throws Error that says what is wrong, without any of the secrets. */
export function readRing(text: string): KeyRing {
  const written = parsed(text);
  const sealing = byClass((kind) => {
    const keys = written.sealing.filter((one) => one.class === kind).map(sealingOf);
    if (keys.some(({ version }, at) => version !== at + 1))
      throw new Error(`the versions of ${kind} are not 1, 2, 3 …`);
    if (keys.at(-1)?.key === undefined) throw new Error(`there is no key to seal ${kind} under`);
    return keys;
  });
  const signing = written.signing.map((one) => ({ ...one, made: dateOf(one.made) }));
  if (signing.at(-1)?.d === undefined) throw new Error('there is no key to sign with');
  if (signing.some(({ kid, x }) => kid !== thumbprint(x))) throw new Error('a kid is not that of its key');
  return { pseudonym: keyOf(written.pseudonym), sealing, signing };
}

function parsed(text: string): Written {
  let written: unknown;
  try {
    written = JSON.parse(text);
  } catch {
    throw new Error('it is no JSON'); // the parser's own words quote the text
  }
  if (typeof written !== 'object' || written === null || !('format' in written) || written.format !== 1)
    throw new Error('it is not of format 1');
  const { pseudonym, sealing, signing } = written as Partial<Written>;
  if (typeof pseudonym !== 'string' || !Array.isArray(sealing) || !Array.isArray(signing))
    throw new Error('pseudonym, sealing or signing is missing');
  return written as Written;
}

const sealingOf = ({ version, made, key }: Written['sealing'][number]): SealingKey => ({
  version,
  made: dateOf(made),
  ...(key === undefined ? {} : { key: keyOf(key) }),
});

function dateOf(text: string): Date {
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) throw new Error('made is no time');
  return date;
}

/** Keys that somebody typed are no keys: of 32 random bytes fewer than 16 different ones never happen. */
function keyOf(text: unknown): Buffer {
  if (typeof text !== 'string' || !/^[0-9a-f]{64}$/.test(text)) throw new Error('a key is not 64 hexadecimal digits');
  const key = Buffer.from(text, 'hex');
  if (new Set(key).size < 16) throw new Error('a key is not random');
  return key;
}
