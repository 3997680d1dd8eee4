import type { Fault } from '../faults/fault.ts';
import type { Ask } from '../stores/registry.ts';
import type { KeyRing } from '../vault/ring.ts';
import { byClass } from '../vault/ring.ts';
import { isRepeated, isRow } from './sign_in/pattern.ts';

/**
 * The secrets of the demonstration, which everybody can read here: no register in production starts on one of them, and
 * nobody may choose one as a password.
 */
export const DEMO_SECRETS = {
  /** Of all accounts of the demonstration. */
  password: 'demonstration-of-openceir',
  /** Of the client at a provider of identities. */
  provider: 'demonstration-provider-secret',
} as const;

/** Values that examples, packages and tired people use; all in lower case. */
const DEFAULTS: Readonly<Record<string, string>> = {
  [DEMO_SECRETS.password]: 'of the demonstration',
  [DEMO_SECRETS.provider]: 'of the demonstration',
  '0123456789abcdef0123456789abcdef': 'of examples',
  '00112233445566778899aabbccddeeff': 'of examples',
  '000102030405060708090a0b0c0d0e0f': 'of examples',
  '2b7e151628aed2a6abf7158809cf4f3c': 'of the standard that describes AES (FIPS 197)',
  deadbeefdeadbeefdeadbeefdeadbeef: 'of examples',
  ...Object.fromEntries(
    ['changeme', 'change-me', 'changeit', 'change-this-secret', 'replace-me', 'your-secret-here', 'not-a-secret'].map(
      (word) => [word, 'that stands in place of one'],
    ),
  ),
  ...Object.fromEntries(
    ['secret', 'password', 'example', 'default', 'test', 'demo', 'postgres', 'ceir', 'openceir', 'admin', 'root'].map(
      (word) => [word, 'that is tried first'],
    ),
  ),
};

/** Whether everybody can know a text. */
export const isDefault = (text: string): boolean => Object.hasOwn(DEFAULTS, text.trim().toLowerCase());

/** A secret as the register is about to use it. */
export type Secret = {
  /** What the message calls it: the variable or file that it comes from. */
  readonly name: string;
  /** A key as its bytes, anything else as the text that it is. */
  readonly value: string | Buffer;
};

/** Whether this is a register that real people depend on. */
export const isProduction = (env: Readonly<Record<string, string | undefined>>): boolean =>
  env['CEIR_MODE']?.trim().toLowerCase() === 'production';

/** The keys of the vault as secrets; those destroyed are none. */
export function ringSecrets(ring: KeyRing): readonly Secret[] {
  const sealing = Object.values(
    byClass((kind) =>
      ring.sealing[kind].flatMap(({ key, version }) =>
        key === undefined ? [] : [{ name: `vault key of ${kind}, version ${version}`, value: key }],
      ),
    ),
  );
  const signing = ring.signing.flatMap(({ kid, d }) =>
    d === undefined ? [] : [{ name: `signing key ${kid}`, value: Buffer.from(d, 'base64url') }],
  );
  return [{ name: 'vault key of pseudonyms', value: ring.pseudonym }, ...sealing.flat(), ...signing];
}

/** Why secrets must not be used in production: known to everybody, too short, or of a pattern. None is repeated. */
export function secretFaults(secrets: readonly Secret[]): readonly Fault[] {
  return secrets.flatMap(({ name, value }) => {
    const why = weakness(value);
    return why === undefined ? [] : [defaultFault(`${name} ${why}`, 'Make one at random, and keep it from others.')];
  });
}

const defaultFault = (what: string, remedy: string): Fault => ({
  code: 'ACCESS_DEFAULT_SECRET',
  message: `In production mode ${what}.`,
  remedy,
});

/** Bytes of the shortest key, and characters of the shortest word; ours. */
const SHORTEST = { bytes: 16, characters: 12 };

function weakness(value: string | Buffer): string | undefined {
  const text = typeof value === 'string' ? value.trim() : value.toString('latin1');
  const known = [text, Buffer.from(text, 'latin1').toString('hex')].map((form) => form.toLowerCase());
  const about = known.filter(isDefault).map((form) => DEFAULTS[form])[0];
  if (about !== undefined) return `is a value ${about}`;
  const [least, unit] = typeof value === 'string' ? [SHORTEST.characters, 'characters'] : [SHORTEST.bytes, 'bytes'];
  if (text.length < least) return `has less than ${least} ${unit}`;
  const forms = [text, ...(/^(?:[0-9a-f]{2})+$/i.test(text) ? [Buffer.from(text, 'hex').toString('latin1')] : [])];
  return forms.some((form) => isRepeated(form) || isRow(form)) ? 'is a pattern that can be guessed' : undefined;
}

/** Why the register must not start: in production mode each weak secret, and enabled accounts of the demonstration. */
export async function startFaults(
  { query }: { readonly query: Ask },
  { production, secrets }: { readonly production: boolean; readonly secrets: readonly Secret[] },
): Promise<readonly Fault[]> {
  if (!production) return [];
  const [row] = await query<{ count: number }>(
    'SELECT count(*)::int AS count FROM account WHERE demo AND disabled IS NULL',
  );
  const demo = row?.count ?? 0;
  const what = `there are ${demo} accounts of the demonstration, whose password everybody can read`;
  const accounts = demo === 0 ? [] : [defaultFault(what, 'Use a fresh register, or shut these accounts out.')];
  return [...secretFaults(secrets), ...accounts];
}
