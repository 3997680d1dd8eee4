import { calculateJwkThumbprint, importJWK, type JWK } from 'jose';
import { type Fault, Refused } from '../../faults/fault.ts';
import { demand } from '../actions.ts';
import type { Desk } from '../desk.ts';
import { recordEvent } from './event.ts';
import { lockAccount } from './find.ts';

/** The kinds of keys that are taken, with the algorithm that each signs by (RFC 7518, RFC 8037). */
const ALGORITHMS: Readonly<Record<string, string>> = { 'OKP Ed25519': 'EdDSA', 'EC P-256': 'ES256', RSA: 'PS256' };

/** By which algorithm a key signs; undefined for one that is not taken. A JWK does not choose it. */
export const algorithmOf = ({ kty, crv }: JWK): string | undefined =>
  ALGORITHMS[kty === 'RSA' ? 'RSA' : `${kty} ${crv}`];

/**
 * Enters the public key with which a machine signs its assertions. The answer is the key's id, which assertions name.
 * @throws Refused ACCESS_ROLE, ACCESS_ACCOUNT, ACCESS_MACHINE, ACCESS_TAKEN.
 */
export async function addMachineKey(
  desk: Desk,
  { account, jwk }: { readonly account: string; readonly jwk: JWK },
): Promise<{ readonly kid: string }> {
  await demandMachine(desk, account);
  const key = await publicKey(jwk);
  const kid = await calculateJwkThumbprint(key);
  const rows = await desk.query(
    `INSERT INTO machine_key (kid, account, jwk, created, created_by) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (kid) WHERE removed IS NULL DO NOTHING RETURNING id`,
    [kid, account, JSON.stringify(key), desk.now, desk.actor.id],
  );
  if (rows.length === 0) throw taken('key');
  await recordEvent(desk, { event: 'machine.added', account, detail: { kind: 'key', id: kid } });
  return { kid };
}

/** The public part alone, as far as it is one that is taken. */
async function publicKey(jwk: JWK): Promise<JWK> {
  const algorithm = algorithmOf(jwk);
  if (algorithm === undefined) throw unfit('The key is not taken.', 'Give one for Ed25519, P-256 or RSA, as JWK.');
  if (['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'].some((part) => part in jwk))
    throw unfit('The key is a private one, and no longer secret now.', 'Make another, and give its public part.');
  const { kty, crv, x, y, n, e } = jwk;
  const parts = Object.entries({ kty, crv, x, y, n, e }).filter(([, part]) => part !== undefined);
  const key: JWK = Object.fromEntries(parts);
  if (kty === 'RSA' && Buffer.from(n ?? '', 'base64url').length < 256)
    throw unfit('The RSA key has less than 2048 bits.', 'Give a longer one, or one for Ed25519.');
  const isKey = await importJWK(key, algorithm).then(
    () => true,
    () => false, // parts are missing, or make no key
  );
  if (!isKey) throw unfit('The parts of the JWK make no key.', 'Give the whole public key.');
  return key;
}

/**
 * Enters the certificate by which a machine is known in TLS: its SHA-256 as 64 hexadecimal digits, with colons or without.
 * @throws Refused ACCESS_ROLE, ACCESS_ACCOUNT, ACCESS_MACHINE, ACCESS_TAKEN.
 */
export async function addMachineCertificate(
  desk: Desk,
  { account, fingerprint }: { readonly account: string; readonly fingerprint: string },
): Promise<void> {
  await demandMachine(desk, account);
  const plain = plainFingerprint(fingerprint);
  if (!/^[0-9a-f]{64}$/.test(plain))
    throw unfit('The fingerprint has not 64 hexadecimal digits.', 'Give the SHA-256 of the certificate.');
  const rows = await desk.query(
    `INSERT INTO machine_certificate (fingerprint, account, created, created_by) VALUES ($1, $2, $3, $4)
     ON CONFLICT (fingerprint) WHERE removed IS NULL DO NOTHING RETURNING id`,
    [plain, account, desk.now, desk.actor.id],
  );
  if (rows.length === 0) throw taken('certificate');
  await recordEvent(desk, { event: 'machine.added', account, detail: { kind: 'certificate', id: plain } });
}

/** A fingerprint in its one writing. */
export const plainFingerprint = (text: string): string => text.replaceAll(':', '').toLowerCase();

/** Ends a key, by its id, or a certificate, by its fingerprint; what is none changes nothing. @throws Refused ACCESS_ROLE. */
export async function removeMachineCredential(
  desk: Desk,
  { kid = '', fingerprint = '' }: { readonly kid?: string; readonly fingerprint?: string },
): Promise<void> {
  demand(desk.actor, 'account.machine');
  const rows = await desk.query<{ account: string }>(
    `WITH keys AS (UPDATE machine_key SET removed = $3 WHERE kid = $1 AND removed IS NULL RETURNING account),
       certificates AS (UPDATE machine_certificate SET removed = $3 WHERE fingerprint = $2 AND removed IS NULL RETURNING account)
     SELECT account FROM keys UNION ALL SELECT account FROM certificates`,
    [kid, plainFingerprint(fingerprint), desk.now],
  );
  for (const { account } of rows) await recordEvent(desk, { event: 'machine.removed', account });
}

async function demandMachine(desk: Desk, id: string): Promise<void> {
  demand(desk.actor, 'account.machine');
  const { kind } = await lockAccount(desk, id);
  if (kind === 'machine') return;
  const message = 'The account is of a person, who signs in otherwise.';
  throw new Refused([
    { code: 'ACCESS_ACCOUNT', message, remedy: 'Make an account for the machine.', field: 'account' },
  ]);
}

const unfit = (message: string, remedy: string): Refused => refusal({ code: 'ACCESS_MACHINE', message, remedy });

const taken = (what: string): Refused =>
  refusal({ code: 'ACCESS_TAKEN', message: `The ${what} is of an account already.`, remedy: 'Make another one.' });

const refusal = (fault: Fault): Refused => new Refused([fault]);
