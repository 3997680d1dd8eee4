import { AVP_FLAG, type Entry, entryByCode } from './dictionary.ts';
import { RESULT, type Wrong } from './result.ts';
import { leastValue } from './value.ts';

/** One AVP as it came: its code, vendor and flags, and its value, which is a view of the message. */
export type Avp = {
  readonly code: number;
  readonly vendor: number;
  readonly flags: number;
  readonly value: Buffer;
  /** The whole AVP with header, without padding. */
  readonly whole: Buffer;
};

/** The length with padding to a multiple of four (RFC 6733 §4.1). */
export const padded = (length: number): number => (length + 3) & ~3;

const PADDING = [0, 1, 2, 3].map((count) => Buffer.alloc(count));
const pad = (length: number): Buffer => PADDING[padded(length) - length] ?? Buffer.alloc(0);

/** An AVP as it came, padded with zeros. */
export const repeatAvp = ({ whole }: Avp): Buffer => Buffer.concat([whole, pad(whole.length)]);

const headerBytes = (flags: number): number => ((flags & AVP_FLAG.VENDOR) === 0 ? 8 : 12);

/** Writes an AVP with its padding. */
export function writeAvp({ code, vendor, must }: Pick<Entry, 'code' | 'vendor' | 'must'>, value: Buffer): Buffer {
  const start = headerBytes(must);
  const bytes = Buffer.alloc(padded(start + value.length));
  bytes.writeUInt32BE(code, 0);
  bytes.writeUInt32BE(must * 0x1000000 + start + value.length, 4);
  if (start === 12) bytes.writeUInt32BE(vendor, 8);
  value.copy(bytes, start);
  return bytes;
}

/**
 * An AVP whose length is wrong: as much of its header as there is, filled with zeros, and the least value of its type. Its
 * length is that of what is shown: else the answer would be as broken as the request (RFC 6733 §7.1.5,
 * DIAMETER_INVALID_AVP_LENGTH).
 */
function broken(bytes: Buffer, at: number): Wrong {
  const rest = bytes.subarray(at);
  const flags = rest.length > 4 ? rest.readUInt8(4) : 0;
  const head = Buffer.alloc(headerBytes(flags));
  rest.copy(head, 0, 0, head.length);
  const vendor = head.length === 12 ? head.readUInt32BE(8) : 0;
  const entry = rest.length < head.length ? undefined : entryByCode(head.readUInt32BE(0), vendor);
  const whole = entry === undefined ? head : Buffer.concat([head, leastValue(entry)]);
  whole.writeUIntBE(whole.length, 5, 3);
  return { result: RESULT.INVALID_AVP_LENGTH, failed: Buffer.concat([whole, pad(whole.length)]) };
}

/** What reading AVPs found: those that are whole, up to the first that is not. */
export type Split = { readonly avps: readonly Avp[]; readonly wrong?: Wrong };

/**
 * Cuts bytes into AVPs, no more than `most`. The padding of the last one may be missing, as some stacks leave it out at
 * the end of a grouped AVP.
 */
export function splitAvps(bytes: Buffer, most: number): Split {
  const avps: Avp[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (avps.length >= most) return { avps, wrong: { result: RESULT.UNABLE_TO_COMPLY } };
    if (bytes.length - at < 8) return { avps, wrong: broken(bytes, at) };
    const flags = bytes.readUInt8(at + 4);
    const length = bytes.readUIntBE(at + 5, 3);
    const start = headerBytes(flags);
    if (length < start || at + length > bytes.length) return { avps, wrong: broken(bytes, at) };
    const whole = bytes.subarray(at, at + length);
    const vendor = start === 12 ? whole.readUInt32BE(8) : 0;
    avps.push({ code: whole.readUInt32BE(0), vendor, flags, value: whole.subarray(start), whole });
    at += padded(length);
  }
  return { avps };
}
