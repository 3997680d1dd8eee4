import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { type KeyRing, newest } from './ring.ts';
import { DATA_CLASSES, type DataClass, type Domain, type Vault } from './vault.ts';

const FORMAT = 1;
/** Format, class and version: what tells a seal's key. */
export const HEADER = 6;
const NONCE = 12;
const TAG = 16;

/** The first bytes of every seal under a version of a class's key. */
export function headerOf(kind: DataClass, version: number): Buffer {
  const header = Buffer.alloc(HEADER);
  header.writeUInt8(FORMAT, 0);
  header.writeUInt8(DATA_CLASSES.indexOf(kind) + 1, 1);
  header.writeUInt32BE(version, 2);
  return header;
}

const associated = (kind: DataClass, header: Buffer): Buffer => Buffer.concat([Buffer.from(`ceir ${kind} `), header]);

function seal(ring: KeyRing, kind: DataClass, text: string): Buffer {
  const { version, key } = newest(ring, kind);
  if (key === undefined) throw new Error(`the newest key of ${kind} was destroyed`);
  const header = headerOf(kind, version);
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(associated(kind, header));
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([header, nonce, body, cipher.getAuthTag()]);
}

function open(ring: KeyRing, kind: DataClass, sealed: Buffer): string | undefined {
  if (sealed.length < HEADER + NONCE + TAG || sealed.readUInt8(0) !== FORMAT) throw new Error('the bytes are no seal');
  const header = sealed.subarray(0, HEADER);
  const version = header.readUInt32BE(2);
  if (!header.equals(headerOf(kind, version))) throw new Error(`the seal is not of the class ${kind}`);
  const held = ring.sealing[kind].find((one) => one.version === version);
  if (held === undefined) throw new Error(`the seal is under version ${version} of ${kind}, which is not on the ring`);
  if (held.key === undefined) return undefined;
  const nonce = sealed.subarray(HEADER, HEADER + NONCE);
  const cipher = createDecipheriv('aes-256-gcm', held.key, nonce, { authTagLength: TAG });
  cipher.setAAD(associated(kind, header)).setAuthTag(sealed.subarray(-TAG));
  return Buffer.concat([cipher.update(sealed.subarray(HEADER + NONCE, -TAG)), cipher.final()]).toString('utf8');
}

/**
 * The vault over a ring of keys, which is asked for at each use: it may have been changed by another process.
 *
 * Seals are AES-256-GCM (NIST SP 800-38D) with 96 random bits as the nonce, which allows 2³² seals under one key (§8.3);
 * class and version are authenticated with them. Pseudonyms are HMAC-SHA-256, cut to 128 bits, under a key for each domain
 * that HKDF derives (RFC 5869).
 */
export function vaultOf(keys: { ring(): KeyRing }): Vault {
  const derived = new Map<string, Buffer>();
  const domainKey = (secret: Buffer, domain: Domain): Buffer => {
    const key = derived.get(domain) ?? Buffer.from(hkdfSync('sha256', secret, '', `ceir pseudonym ${domain}`, 32));
    derived.set(domain, key);
    return key;
  };
  return {
    seal: (kind, text) => seal(keys.ring(), kind, text),
    open: (kind, sealed) => open(keys.ring(), kind, sealed),
    pseudonym: (domain, text) =>
      createHmac('sha256', domainKey(keys.ring().pseudonym, domain)).update(text, 'utf8').digest('hex').slice(0, 32),
  };
}
