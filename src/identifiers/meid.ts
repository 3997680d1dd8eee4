import { createHash } from 'node:crypto';
import type { Brand } from '../faults/brand.ts';
import { fail, ok, type Result } from '../faults/result.ts';
import { DECIMAL, HEXADECIMAL, scan } from './digits.ts';
import type { Esn } from './esn.ts';
import type { CheckFault, DigitFault, IdentifierFault, LengthFault, RangeFault } from './fault.ts';
import type { Imei } from './imei.ts';
import { luhnDigit } from './luhn.ts';

/**
 * Mobile Equipment Identifier: 56 bits, kept as 14 hexadecimal digits in upper case: region, maker and unit (3GPP2
 * S.R0048). The check digit is not part of it.
 */
export type Meid = Brand<string, 'Meid'>;

/** An MEID as it was written: hexadecimal or decimal, with or without check digit. */
export type MeidReading = { readonly meid: Meid; readonly form: 'hex14' | 'hex15' | 'dec18' | 'dec19' };

/** Why a text is no MEID. */
export type MeidFault =
  | LengthFault
  | DigitFault
  | CheckFault
  | RangeFault
  | Extract<IdentifierFault, { readonly kind: 'region' }>;

const FORM = { alphabet: HEXADECIMAL, lengths: [14, 15, 18, 19], separators: ' -' };

/** Parses 14 hexadecimal digits, 15 with check digit, 18 decimal ones (10 for 32 bits, 8 for 24), or 19 with theirs. */
export function parseMeid(text: string): Result<MeidReading, MeidFault> {
  const scanned = scan(text, FORM);
  if (!scanned.ok) return scanned;
  return scanned.value.length < 18 ? readHexadecimal(scanned.value) : readDecimal(text);
}

/**
 * The check digit of the hexadecimal form: Luhn in base 16, or in base 10 when all 14 digits are decimal, as the same
 * digits are then an IMEI's too.
 */
export const meidCheckDigit = (meid: Meid): string => luhnDigit(meid, isDecimal(meid) ? 10 : 16);

/** The decimal form, 18 digits. */
export const writeMeidDecimal = (meid: Meid): string =>
  Number.parseInt(meid.slice(0, 8), 16).toString().padStart(10, '0') +
  Number.parseInt(meid.slice(8), 16).toString().padStart(8, '0');

/** The check digit of the decimal form: Luhn in base 10 over its 18 digits. */
export const meidDecimalCheckDigit = (meid: Meid): string => luhnDigit(writeMeidDecimal(meid));

/** The pseudo-ESN: 0x80 and the last 24 bits of the SHA-1 of the MEID's 7 octets (3GPP2 C.S0072). Many MEIDs share one. */
export const pesnOf = (meid: Meid): Esn =>
  `80${createHash('sha1').update(Buffer.from(meid, 'hex')).digest('hex').slice(-6).toUpperCase()}` as Esn;

/** The IMEI of a device that carries one number for both worlds: the same 14 digits, when all are decimal. */
export const imeiOfMeid = (meid: Meid): Imei | undefined => (isDecimal(meid) ? (String(meid) as Imei) : undefined);

function readHexadecimal(digits: string): Result<MeidReading, MeidFault> {
  const meid = mint(digits.slice(0, 14));
  if (!meid.ok) return meid;
  if (digits.length === 14) return ok({ meid: meid.value, form: 'hex14' });
  const expected = meidCheckDigit(meid.value);
  const found = digits.slice(14);
  return found === expected ? ok({ meid: meid.value, form: 'hex15' }) : fail({ kind: 'check', expected, found });
}

function readDecimal(text: string): Result<MeidReading, MeidFault> {
  const scanned = scan(text, { ...FORM, alphabet: DECIMAL, lengths: [18, 19] });
  if (!scanned.ok) return scanned;
  const digits = scanned.value;
  const high = Number(digits.slice(0, 10));
  const low = Number(digits.slice(10, 18));
  if (high > 0xffffffff) return fail({ kind: 'range', at: 1, digits: 10, max: 0xffffffff });
  if (low > 0xffffff) return fail({ kind: 'range', at: 11, digits: 8, max: 0xffffff });
  const expected = luhnDigit(digits.slice(0, 18));
  const found = digits.slice(18);
  if (found !== '' && found !== expected) return fail({ kind: 'check', expected, found });
  const meid = mint((high.toString(16).padStart(8, '0') + low.toString(16).padStart(6, '0')).toUpperCase());
  return meid.ok ? ok({ meid: meid.value, form: found === '' ? 'dec18' : 'dec19' }) : meid;
}

/** Regions from A0 on are the MEID's own; lower ones are the IMEI's, shared only when every digit is decimal. */
function mint(hex: string): Result<Meid, MeidFault> {
  if (hex < 'A' && !isDecimal(hex)) return fail({ kind: 'region', region: hex.slice(0, 2) });
  return ok(hex as Meid);
}

const isDecimal = (hex: string): boolean => /^[0-9]+$/.test(hex);
