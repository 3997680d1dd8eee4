import type { Brand } from '../faults/brand.ts';

/** A country by its two letters (ISO 3166-1 alpha-2), in upper case. */
export type CountryCode = Brand<string, 'CountryCode'>;

/** The codes that are officially assigned, by their first letter. */
const ASSIGNED: Readonly<Record<string, string>> = {
  A: 'DEFGILMOQRSTUWXZ',
  B: 'ABDEFGHIJLMNOQRSTVWYZ',
  C: 'ACDFGHIKLMNORUVWXYZ',
  D: 'EJKMOZ',
  E: 'CEGHRST',
  F: 'IJKMOR',
  G: 'ABDEFGHILMNPQRSTUWY',
  H: 'KMNRTU',
  I: 'DELMNOQRST',
  J: 'EMOP',
  K: 'EGHIMNPRWYZ',
  L: 'ABCIKRSTUVY',
  M: 'ACDEFGHKLMNOPQRSTUVWXYZ',
  N: 'ACEFGILOPRUZ',
  O: 'M',
  P: 'AEFGHKLMNRSTWY',
  Q: 'A',
  R: 'EOSUW',
  S: 'ABCDEGHIJKLMNORSTVXYZ',
  T: 'CDFGHJKLMNORTVWZ',
  U: 'AGMSYZ',
  V: 'ACEGINU',
  W: 'FS',
  Y: 'ET',
  Z: 'AMW',
};

/** All officially assigned codes, in alphabetical order. */
export const COUNTRY_CODES: readonly CountryCode[] = Object.entries(ASSIGNED).flatMap(([first, seconds]) =>
  [...seconds].map((second) => `${first}${second}` as CountryCode),
);

const KNOWN: ReadonlySet<string> = new Set(COUNTRY_CODES);

/** Reads two letters in any case; undefined when no country has them. */
export function parseCountryCode(text: string): CountryCode | undefined {
  const code = text.trim().toUpperCase();
  return KNOWN.has(code) ? (code as CountryCode) : undefined;
}
