import type { Fault } from '../faults/fault.ts';
import { fail, ok, type Result } from '../faults/result.ts';
import type { Ask } from '../stores/registry.ts';
import { type PublicKeys, type Signer, verifySigned } from '../vault/signing.ts';
import { broken, type Head, headOf, type Walked, walkLog } from './chain.ts';
import type { Desk } from './desk.ts';

const TYPE = 'access-head';

/** A head of the log that was signed. */
export type Checkpoint = Head & {
  readonly at: Date;
  /** What an auditor keeps elsewhere: a compact JWS of type `access-head`. */
  readonly token: string;
};

/**
 * Signs where the log of readings ends and keeps that. Whoever has a copy of the token elsewhere will see if rows up to it
 * are ever altered or cut off, even by somebody who can write the whole database. A head is signed once.
 */
export async function signHead({ query, now }: Pick<Desk, 'query' | 'now'>, signer: Signer): Promise<Checkpoint> {
  const head = await headOf(query);
  const token = await signer.sign(TYPE, head, { at: now });
  const [kept] = await query<{ at: Date; token: string }>(
    `WITH fresh AS (
       INSERT INTO access_checkpoint (number, hash, at, token) VALUES ($1, decode($2, 'hex'), $3, $4)
       ON CONFLICT (number) DO NOTHING RETURNING at, token
     ) SELECT at, token FROM fresh UNION ALL SELECT at, token FROM access_checkpoint WHERE number = $1 LIMIT 1`,
    [head.number, head.hash, now, token],
  );
  return { ...head, at: kept?.at ?? now, token: kept?.token ?? token };
}

/** The head that a token vouches for. Faults: SIGNED_FORM, SIGNED_KEY. */
export async function readHead(token: string, keys: PublicKeys, now: Date): Promise<Result<Head, Fault>> {
  const read = await verifySigned(token.trim(), keys, TYPE, now);
  if (!read.ok) return read;
  const { number, hash } = read.value;
  if (typeof number === 'number' && typeof hash === 'string') return ok({ number, hash });
  return fail({
    code: 'SIGNED_FORM',
    message: 'The signed head of a log has no number and hash.',
    remedy: 'Use one that ceir audit-log head wrote.',
  });
}

/** What a log is held against. */
export type Verifying = {
  /** The register's public keys. */
  readonly keys: PublicKeys;
  /** Heads that were kept elsewhere. */
  readonly kept: readonly Head[];
  readonly now: Date;
  readonly onProgress?: ((done: number, of: number) => void) | undefined;
};

/** A log that was walked, and how many checkpoints it was held against. */
export type Verified = Walked & { readonly checkpoints: number };

/** Walks the whole log: against itself, against every checkpoint of the register, against heads kept elsewhere. */
export async function verifyLog(query: Ask, { keys, kept, now, onProgress }: Verifying): Promise<Verified> {
  const rows = await query<{ number: string; hash: string; token: string }>(
    `SELECT number::text AS number, encode(hash, 'hex') AS hash, token FROM access_checkpoint ORDER BY access_checkpoint.number`,
  );
  const signed: Head[] = [...kept];
  let forged: Walked['fault'];
  for (const row of rows) {
    const read = await readHead(row.token, keys, now);
    if (read.ok) signed.push(read.value);
    else forged ??= broken(Number(row.number), 'has a checkpoint that the register did not sign');
  }
  const walked = await walkLog(query, { signed, onProgress });
  const first = [walked.fault, forged].filter((one) => one !== undefined).sort((a, b) => a.number - b.number)[0];
  return { head: walked.head, checkpoints: signed.length, ...(first === undefined ? {} : { fault: first }) };
}
