import type { Brand } from '../faults/brand.ts';
import { ok, type Result } from '../faults/result.ts';
import { HEXADECIMAL, scan } from './digits.ts';
import type { DigitFault, LengthFault } from './fault.ts';

/** An EUI-48 (MAC address) or EUI-64: 12 or 16 hexadecimal digits in upper case, without separators (IEEE 802). */
export type Mac = Brand<string, 'Mac'>;

/** Why a text is no MAC address. */
export type MacFault = LengthFault | DigitFault;

/** Parses 12 or 16 hexadecimal digits, bare or with hyphens, colons or dots anywhere between them. */
export function parseMac(text: string): Result<Mac, MacFault> {
  const scanned = scan(text, { alphabet: HEXADECIMAL, lengths: [12, 16], separators: '-:.' });
  return scanned.ok ? ok(scanned.value as Mac) : scanned;
}

/** `AC-DE-48-23-45-67`: the form of IEEE 802. */
export const writeMac = (mac: Mac): string => mac.match(/../g)?.join('-') ?? '';

/** How long it is. */
export const euiOf = (mac: Mac): 'EUI-48' | 'EUI-64' => (mac.length === 12 ? 'EUI-48' : 'EUI-64');

/** I/G bit, the first octet's lowest: set for a group of stations; such an address never names one device. */
export const isGroup = (mac: Mac): boolean => (firstOctet(mac) & 0x01) !== 0;

/** U/L bit, the second lowest: set when it was chosen locally, as phones do anew for each network; unique nowhere else. */
export const isLocal = (mac: Mac): boolean => (firstOctet(mac) & 0x02) !== 0;

/** The first 24 bits: who the IEEE gave the block to, or the parent of a smaller block (MA-L; MA-M and MA-S lie within). */
export const ouiOf = (mac: Mac): string => mac.slice(0, 6);

const firstOctet = (mac: Mac): number => Number.parseInt(mac.slice(0, 2), 16);
