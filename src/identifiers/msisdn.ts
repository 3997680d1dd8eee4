import {
  type CountryCode,
  getCountries,
  getCountryCallingCode,
  isSupportedCountry,
  type PhoneNumber,
  parsePhoneNumberFromString,
  validatePhoneNumberLength,
} from 'libphonenumber-js/max';
import type { Brand } from '../faults/brand.ts';
import { fail, ok, type Result } from '../faults/result.ts';
import { DECIMAL, scan } from './digits.ts';
import type { DigitFault, IdentifierFault, LengthFault } from './fault.ts';

/** A telephone number in international digits without plus, as operators' files and lists carry it (ITU-T E.164 §6). */
export type Msisdn = Brand<string, 'Msisdn'>;

/** Why a text is no MSISDN. No fault repeats the number. */
export type MsisdnFault =
  | LengthFault
  | DigitFault
  | Extract<IdentifierFault, { readonly kind: 'calling-code' | 'trunk' | 'plan' }>;

const LENGTHS = [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

/**
 * Parses international digits with or without plus, as machines write them. The calling code must exist and the length
 * fit its numbering plan; whether the number was ever given out is not asked, since plans change faster than tables.
 */
export function parseMsisdn(text: string): Result<Msisdn, MsisdnFault> {
  const body = text.trim();
  const plus = body.startsWith('+');
  // A blank in the plus's place keeps the places of the digits for the fault.
  const scanned = scan(plus ? text.replace('+', ' ') : text, { alphabet: DECIMAL, lengths: LENGTHS });
  if (!scanned.ok) return scanned;
  const read = readNumber(`+${scanned.value}`);
  if (!read.ok) return read;
  return read.value === scanned.value ? read : fail({ kind: 'trunk' });
}

/** The country in which a number without calling code is dialled: a region of ISO 3166 or a calling code. */
export type Dialling = { readonly region: string } | { readonly callingCode: string };

/**
 * Parses a number as a person in the country writes it: national or international, with blanks, hyphens, brackets. An
 * unknown region or calling code is a fault of kind `calling-code`.
 */
export function parseDialled(text: string, dialling: Dialling): Result<Msisdn, MsisdnFault> {
  const scanned = scan(text.trimStart().startsWith('+') ? text.replace('+', ' ') : text, {
    alphabet: DECIMAL,
    lengths: [...LENGTHS, 16, 17, 18, 19, 20],
    separators: ' -().',
  });
  if (!scanned.ok) return scanned;
  if (!isDialling(dialling)) return fail({ kind: 'calling-code' });
  return readNumber(text.trim(), dialling);
}

/** `+923001234567`: the form that people dial anywhere (ITU-T E.123 without blanks). */
export const writeMsisdn = (msisdn: Msisdn): string => `+${msisdn}`;

/** The calling code at the head of the number, such as `92`. */
export const callingCodeOf = (msisdn: Msisdn): string => known(msisdn).countryCallingCode;

/** The ISO 3166 region it belongs to; undefined for satellite and global networks, and where a shared code leaves it open. */
export const regionOf = (msisdn: Msisdn): string | undefined => known(msisdn).country;

/** Whether the numbering plan as known today gives out such numbers; a sharper test than parsing, and sooner outdated. */
export const isAllotted = (msisdn: Msisdn): boolean => known(msisdn).isValid();

/** Calling codes of countries; global networks have some too, but nobody dials within them. */
const CALLING_CODES: ReadonlySet<string> = new Set(getCountries().map((region) => getCountryCallingCode(region)));

const isDialling = (dialling: Dialling): boolean =>
  'region' in dialling ? isSupportedCountry(dialling.region) : CALLING_CODES.has(dialling.callingCode);

function readNumber(text: string, dialling?: Dialling): Result<Msisdn, MsisdnFault> {
  const options = { ...defaults(dialling), extract: false };
  const number = parsePhoneNumberFromString(text, options);
  if (number?.isPossible() === true) return ok(number.number.slice(1) as Msisdn);
  const reason = validatePhoneNumberLength(text, options);
  if (reason === 'INVALID_COUNTRY') return fail({ kind: 'calling-code' });
  return fail({ kind: 'plan', digits: text.replace(/[^0-9]/g, '').length });
}

function defaults(dialling: Dialling | undefined): { defaultCountry?: CountryCode; defaultCallingCode?: string } {
  if (dialling === undefined) return {};
  return 'region' in dialling
    ? { defaultCountry: dialling.region as CountryCode }
    : { defaultCallingCode: dialling.callingCode };
}

function known(msisdn: Msisdn): PhoneNumber {
  const number = parsePhoneNumberFromString(`+${msisdn}`, { extract: false });
  if (number === undefined)
    throw new Error('A parsed MSISDN no longer parses: the numbering tables changed in between.');
  return number;
}
