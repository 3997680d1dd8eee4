import type { Brand } from '../faults/brand.ts';
import { fail, ok, type Result } from '../faults/result.ts';
import { DECIMAL, HEXADECIMAL, scan } from './digits.ts';
import type { DigitFault, LengthFault, RangeFault } from './fault.ts';

/** Electronic Serial Number of an old CDMA or TDMA device: 32 bits, kept as 8 hexadecimal digits in upper case. */
export type Esn = Brand<string, 'Esn'>;

/** Why a text is no ESN. */
export type EsnFault = LengthFault | DigitFault | RangeFault;

/** Parses 8 hexadecimal digits, or 11 decimal ones: 3 for the maker's 8 bits and 8 for the 24 bits of the unit. */
export function parseEsn(text: string): Result<Esn, EsnFault> {
  const scanned = scan(text, { alphabet: HEXADECIMAL, lengths: [8, 11], separators: ' -' });
  if (!scanned.ok) return scanned;
  if (scanned.value.length === 8) return ok(scanned.value as Esn);
  const decimal = scan(text, { alphabet: DECIMAL, lengths: [11], separators: ' -' });
  if (!decimal.ok) return decimal;
  const maker = Number(decimal.value.slice(0, 3));
  const unit = Number(decimal.value.slice(3));
  if (maker > 0xff) return fail({ kind: 'range', at: 1, digits: 3, max: 0xff });
  if (unit > 0xffffff) return fail({ kind: 'range', at: 4, digits: 8, max: 0xffffff });
  return ok((hex(maker, 2) + hex(unit, 6)) as Esn);
}

/** The 11 decimal digits that are printed: maker and unit apart. */
export const writeEsnDecimal = (esn: Esn): string =>
  Number.parseInt(esn.slice(0, 2), 16).toString().padStart(3, '0') +
  Number.parseInt(esn.slice(2), 16).toString().padStart(8, '0');

/**
 * Whether it is a pseudo-ESN: maker 0x80, and 24 bits hashed from an MEID (3GPP2 C.S0072). Many devices share one, so
 * it never identifies a device alone.
 */
export const isPseudoEsn = (esn: Esn): boolean => esn.startsWith('80');

const hex = (value: number, digits: number): string => value.toString(16).toUpperCase().padStart(digits, '0');
