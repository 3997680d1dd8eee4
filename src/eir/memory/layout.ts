/** IMEIs are numbers of 14 digits (3GPP TS 23.003 §6.2.1), below this. */
export const IMEI_END = 1e14;

/** Subscriber numbers, IMSI (3GPP TS 23.003 §2.2) and MSISDN (ITU-T E.164 §6) alike, have up to 15 digits. */
export const SUBSCRIBER_END = 1e15;

/** Serial numbers of one TAC (3GPP TS 23.003 §6.2.1: 6 digits). */
export const SERIALS = 1_000_000;

/** A word of the base: 20 bits of serial number above 12 bits of class. */
export const CODE_BITS = 12;
export const CODE_MASK = 0xfff;

/** The class of a word that has no room for its class, which then stands in the side table. */
export const ESCAPE = 0xfff;

/** Class indexes are below this: 17 bits beside the upper 15 of an IMEI, less one value for an empty slot. */
export const CLASS_END = (1 << 17) - 1;

/** A TAC with fewer identifiers than this is kept in the hash: a line of the directory would cost more than it saves. */
export const TAC_LEAST = 4;

/** Slots of open addressing taken, at most. */
export const LOAD = { directory: 0.5, hash: 0.7, side: 0.5, overlay: 0.5 } as const;

export const TWO_32 = 2 ** 32;

/** The upper bits of a number below 2^53, whose lower 32 are `value >>> 0`. */
export const highOf = (value: number): number => (value / TWO_32) | 0;

/** Spreads the two halves of an identifier over 32 bits. */
export function spread(low: number, high: number): number {
  let mixed = Math.imul(low ^ Math.imul(high, 0x9e3779b1), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 13)) >>> 0;
}

/** Spreads a TAC over 32 bits. */
export const spreadTac = (tac: number): number => Math.imul(tac, 0x9e3779b1) >>> 0;

/** Slots for a number of keys; never full, so that each search ends. */
export const slotsFor = (keys: number, load: number): number => Math.ceil(keys / load) + 1;

/** @throws RangeError when it is no IMEI of 14 digits: whoever reads lists checks them first. */
export function checkImei(imei: number): void {
  if (!(Number.isInteger(imei) && imei >= 0 && imei < IMEI_END)) throw new RangeError(`${imei} is no IMEI.`);
}

/** @throws RangeError when it is no number of 15 digits. The number is not told: it is personal. */
export function checkSubscriber(number: number): void {
  if (!(Number.isInteger(number) && number >= 0 && number < SUBSCRIBER_END)) {
    throw new RangeError('An IMSI or MSISDN is no number of up to 15 digits.');
  }
}
