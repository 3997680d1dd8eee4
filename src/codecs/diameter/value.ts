import type { Entry, ValueType } from './dictionary.ts';
import { RESULT } from './result.ts';

/** Octets a host or realm may have (RFC 6733 §4.3.1: an FQDN in US-ASCII); underscores are in names of the field. */
const NAME_OCTETS = new Set(Buffer.from('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._'));

/** A table of 256: 1 for an octet that a host or realm may have. */
export const NAME_OCTET: Uint8Array = Uint8Array.from({ length: 256 }, (_, octet) => (NAME_OCTETS.has(octet) ? 1 : 0));

/** Longest host or realm (RFC 1035 §2.3.4). */
export const NAME_BYTES = 255;

const isName = (value: Buffer): boolean =>
  value.length > 0 && value.length <= NAME_BYTES && value.every((octet) => NAME_OCTET[octet] === 1);

/** Octets of an address by its family (RFC 6733 §4.3.1, IANA address family numbers): IPv4 and IPv6. */
const FAMILY: Readonly<Record<number, number>> = { 1: 4, 2: 16 };

const utf8 = new TextDecoder('utf-8', { fatal: true });

function isUtf8(value: Buffer): boolean {
  if (value.every((octet) => octet < 0x80)) return true;
  try {
    utf8.decode(value);
    return true;
  } catch {
    return false;
  }
}

function addressFault(value: Buffer): number {
  if (value.length < 2) return RESULT.INVALID_AVP_LENGTH;
  const length = FAMILY[value.readUInt16BE(0)];
  if (length === undefined) return 0; // other families exist, and the address is never used
  return value.length === 2 + length ? 0 : RESULT.INVALID_AVP_LENGTH;
}

function enumeratedFault(value: Buffer, { values }: Entry): number {
  if (value.length !== 4) return RESULT.INVALID_AVP_LENGTH;
  return values === undefined || values.includes(value.readInt32BE(0)) ? 0 : RESULT.INVALID_AVP_VALUE;
}

const FAULTS: Readonly<Record<ValueType, (value: Buffer, entry: Entry) => number>> = {
  OctetString: () => 0,
  UTF8String: (value) => (isUtf8(value) ? 0 : RESULT.INVALID_AVP_VALUE),
  DiameterIdentity: (value) => (isName(value) ? 0 : RESULT.INVALID_AVP_VALUE),
  Unsigned32: (value) => (value.length === 4 ? 0 : RESULT.INVALID_AVP_LENGTH),
  Enumerated: enumeratedFault,
  Address: addressFault,
  Grouped: () => 0,
};

/** The result code that a value deserves; 0 where it is good. What a grouped AVP carries is looked at elsewhere. */
export const valueFault = (value: Buffer, entry: Entry): number => FAULTS[entry.type](value, entry);

/**
 * The smallest value of each type in octets, filled with zeros where an AVP is shown as missing (RFC 6733 §7.1.5). Text of
 * no length would be allowed, but readers of captures take it for a defect.
 */
const LEAST: Readonly<Record<ValueType, number>> = {
  OctetString: 1,
  UTF8String: 1,
  DiameterIdentity: 1,
  Unsigned32: 4,
  Enumerated: 4,
  Address: 6,
  Grouped: 0,
};

/** The value with which a missing AVP is shown. */
export const leastValue = ({ type }: Entry): Buffer => Buffer.alloc(LEAST[type]);
