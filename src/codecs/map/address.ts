import { half } from './digits.ts';

/** Subsystem numbers (ITU-T Q.713 §3.4.2.2, TS 23.003). */
export const SSN = { none: 0, management: 1, vlr: 7, msc: 8, eir: 9, sgsn: 149 } as const;

/** An SCCP address as it lies in the input (ITU-T Q.713 §3.4); one object is filled again and again. */
export type Address = {
  /** Signalling point code of 14 bits; -1 where there is none. */
  pointCode: number;
  /** Subsystem number; -1 where there is none. */
  ssn: number;
  /** Where the octet of the subsystem number is; -1 where there is none. */
  ssnAt: number;
  /** Routing indicator: true on subsystem number, false on global title. */
  bySsn: boolean;
  /** Digits of the global title: where their octets begin, and how many there are; 0 where there is no title. */
  digitsAt: number;
  digits: number;
};

export const address = (): Address => ({
  pointCode: -1,
  ssn: -1,
  ssnAt: -1,
  bySsn: false,
  digitsAt: 0,
  digits: 0,
});

/** Octets before the digits by the global title indicator (§3.4.2.3): nature; type; type, plan; type, plan, nature. */
const BEFORE_DIGITS = [0, 1, 1, 2, 3];

/**
 * How many digits a global title has: told by the odd/even bit of the nature (0001) or by the encoding scheme (0011, 0100;
 * 1 is odd, 2 even, others are not BCD). For 0010, whose encoding is national, pairs of digits are taken for granted (ours).
 */
function countDigits(indicator: number, before: number, octets: number): number {
  const odd = indicator === 1 ? before >> 7 : indicator === 2 ? 0 : (before & 0xf) === 1 ? 1 : 0;
  if (indicator > 2 && (before & 0xf) !== 1 && (before & 0xf) !== 2) return 0;
  return Math.max(0, octets * 2 - odd);
}

/** Reads an address. Answers whether it is one: parts that its indicator tells of must be there. Never throws. */
export function readAddress(bytes: Buffer, start: number, end: number, into: Address): boolean {
  if (end <= start) return false;
  const indicator = bytes[start] ?? 0;
  const title = (indicator >> 2) & 0xf;
  into.bySsn = (indicator & 0x40) !== 0;
  into.pointCode = -1;
  into.ssn = -1;
  into.ssnAt = -1;
  into.digits = 0;
  let at = start + 1;
  if ((indicator & 1) !== 0) {
    if (at + 2 > end) return false;
    into.pointCode = ((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8)) & 0x3fff;
    at += 2;
  }
  if ((indicator & 2) !== 0) {
    if (at >= end) return false;
    into.ssn = bytes[at] ?? 0;
    into.ssnAt = at;
    at += 1;
  }
  const before = BEFORE_DIGITS[title];
  if (before === undefined || at + before > end) return false;
  if (title === 0) return true;
  into.digitsAt = at + before;
  into.digits = countDigits(title, bytes[title === 1 ? at : at + 1] ?? 0, end - into.digitsAt);
  return true;
}

/** The digit of a global title at `index`; above 9 where it is none. */
export const titleDigit = (bytes: Buffer, { digitsAt }: Address, index: number): number => half(bytes, digitsAt, index);
