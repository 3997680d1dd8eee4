import type { Op } from './fold.ts';

/** One change of a list, as followers read it. */
export type Change = {
  /** Its number in the list, from 1, without gaps. */
  readonly seq: number;
  readonly op: Op;
  /** The 14 digits as a number; -1 where the identifier is no IMEI, so that no network can ask for it. */
  readonly imei: number;
  /** Digits as numbers, 0 where the list has none. */
  readonly imsi: number;
  readonly msisdn: number;
  readonly reasons: string;
};

/** The engine's numbers of the column `op`, from 1. */
const OPS: readonly Op[] = ['add', 'remove', 'update'];
/** Bytes of a record: imei, imsi, msisdn as UInt64, reason UInt32, block date UInt16 (days since 1970), op and amnesty UInt8, little-endian. */
export const RECORD = 32;
/** Where in a record the number of its reasons stands. */
export const REASON_AT = 24;

/** The engine's columns of a record, for its RowBinary format; `reasons` are the texts that are numbered from 0. */
export const recordColumns = (reasons: string): string =>
  `imei, imsi, msisdn, toUInt32(indexOf(${reasons}, toString(reasons)) - 1), block_date, toUInt8(op), toUInt8(amnesty)`;

/** A change to be written as a record without the engine; `imei` is -1 where there is nothing to be known of it. */
export type Fact = Pick<Change, 'op' | 'imei' | 'imsi' | 'msisdn'> & {
  /** The number of its reasons. */
  readonly reason: number;
  /** Days since 1970. */
  readonly day: number;
};

/** The record of a change, as the engine would write it. */
export function recordOf({ op, imei, imsi, msisdn, reason, day }: Fact): Buffer {
  const record = Buffer.alloc(RECORD);
  record.writeBigUInt64LE(imei < 0 ? NO_KEY : BigInt(imei), 0);
  record.writeBigUInt64LE(BigInt(imsi), 8);
  record.writeBigUInt64LE(BigInt(msisdn), 16);
  record.writeUInt32LE(reason, REASON_AT);
  record.writeUInt16LE(day, 28);
  record.writeUInt8(OPS.indexOf(op) + 1, 30);
  return record;
}

/** A key that is no IMEI's. */
const NO_KEY = 1n << 63n;

const NO_IMEI = 0x8000_0000;

const number = (block: Buffer, at: number): number =>
  block.readUInt32LE(at + 4) * 0x1_0000_0000 + block.readUInt32LE(at);

/** The change that a record tells. */
export function changeOf(
  block: Buffer,
  at: number,
  of: { readonly seq: number; readonly reasons: readonly string[] },
): Change {
  return {
    seq: of.seq,
    op: OPS[block.readUInt8(at + 30) - 1] ?? 'update',
    imei: block.readUInt32LE(at + 4) >= NO_IMEI ? -1 : number(block, at),
    imsi: number(block, at + 8),
    msisdn: number(block, at + 16),
    reasons: of.reasons[block.readUInt32LE(at + REASON_AT)] ?? '',
  };
}
