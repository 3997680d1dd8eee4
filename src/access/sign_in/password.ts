import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { Fault } from '../../faults/fault.ts';
import { fail, ok, type Result } from '../../faults/result.ts';
import { isDefault } from '../secrets.ts';
import { COMMON } from './common.ts';
import { isRepeated, isRow } from './pattern.ts';

/** A password as it is kept. */
export type StoredPassword = { readonly cost: number; readonly salt: Buffer; readonly hash: Buffer };

const BYTES = 32;

// RFC 7914; r and p as OWASP's Password Storage Cheat Sheet gives them for N = 2^15. The cost is the country's.
const settings = (cost: number): ScryptOptions => ({ N: 2 ** cost, r: 8, p: 3, maxmem: 2 ** cost * 8 * 256 });

const derive: (password: string, salt: Buffer, bytes: number, options: ScryptOptions) => Promise<Buffer> =
  promisify(scrypt);

const plain = (password: string): string => password.normalize('NFKC');

/** Hashes a password with a salt of its own. `cost` is the exponent of scrypt's N. */
export async function hashPassword(password: string, cost: number): Promise<StoredPassword> {
  const salt = randomBytes(16);
  return { cost, salt, hash: await derive(plain(password), salt, BYTES, settings(cost)) };
}

/**
 * Whether it is the password; with nothing stored, false after the same work, so that the time taken does not tell whether
 * there is such an account.
 */
export async function isPassword(password: string, stored: StoredPassword | undefined, cost: number): Promise<boolean> {
  const { cost: work, salt, hash } = stored ?? { cost, salt: Buffer.alloc(16), hash: Buffer.alloc(BYTES) };
  const found = await derive(plain(password.slice(0, 4 * MOST)), salt, BYTES, settings(work));
  return timingSafeEqual(found, hash) && stored !== undefined;
}

/** More characters than these are no password; hashing them would be work for nothing. */
const MOST = 256;

/**
 * Whether a password may be chosen: long enough, and nothing that is tried first (NIST SP 800-63B §5.1.1.2; no rules on
 * kinds of characters, as there). Fault: ACCESS_PASSWORD.
 */
export function judgePassword(
  password: string,
  { min, login }: { readonly min: number; readonly login: string },
): Result<string, Fault> {
  const found = plain(password);
  const length = [...found].length;
  if (length < min) return fail(fault(`The password has ${length} characters.`, `Choose one of ${min} or more.`));
  if (found.length > MOST) return fail(fault('The password is too long.', `Choose one of at most ${MOST} characters.`));
  const lower = found.toLowerCase();
  const [name = lower] = login.split('@');
  if (isKnown(lower) || isDefault(found) || (name.length > 3 && strip(lower) === strip(name)))
    return fail(
      fault('The password is one of those that are tried first.', 'Choose several words that do not belong together.'),
    );
  return ok(found);
}

const fault = (message: string, remedy: string): Fault => ({
  code: 'ACCESS_PASSWORD',
  message,
  remedy,
  field: 'password',
});

/** A known word, also with digits and signs before and behind, or one piece over and over, or a row of neighbours. */
const isKnown = (lower: string): boolean =>
  BARE.has(strip(lower)) || BARE.has(strip(unleet(lower))) || isRepeated(lower) || isRow(lower);

const strip = (text: string): string => text.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '');

const BARE: ReadonlySet<string> = new Set([...COMMON].map(strip));

const LEET: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
};

// Digits at the end are digits; within a word they stand for letters.
const unleet = (text: string): string =>
  text.replace(/[^\p{L}]+$/u, '').replace(/[013457@$]/g, (sign) => LEET[sign] ?? sign);
