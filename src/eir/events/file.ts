import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Fault } from '../../faults/fault.ts';
import { fail, ok, type Result } from '../../faults/result.ts';
import type { Asker } from '../checker.ts';
import type { AnswerLine, Entry } from './record.ts';

// A file of checks: a line of JSON that says what it is; then blocks, each a line of JSON (how many records, their
// checksum, and what they point to that no block before has told) and the records; then a line that ends it with the
// checksum of all before. A file that was not ended is good up to its last whole block.
//
// A record has 32 bytes, little-endian: milliseconds since 1970 and IMEI as doubles (IMEI -1: none), the pseudonym of the
// IMSI as 64 bits (0: it was not told), the numbers of answer and asker and the flags as 16 bits each, 16 bits unused.
const FORMAT = 'ceir-checks-1';

/** Bytes of a record. */
export const RECORD_BYTES = 32;

/** Bytes of a line of JSON, at most. */
const LINE_LIMIT = 16 << 20;

/** What a file says of itself. */
export type ChecksHead = {
  readonly format: typeof FORMAT;
  readonly node: string;
  /** When it was begun, ISO 8601. */
  readonly began: string;
};

/** A block of records, and what they point to. */
export type Block = {
  readonly answers: readonly Entry<AnswerLine>[];
  readonly askers: readonly Entry<Asker>[];
  /** Whole records. */
  readonly records: Buffer;
};

export const writeHead = (node: string, began: Date): Buffer =>
  Buffer.from(`${JSON.stringify({ format: FORMAT, node, began: began.toISOString() } satisfies ChecksHead)}\n`);

/** Writes a block, as pieces that follow one another. */
export function writeBlock({ answers, askers, records }: Block): readonly [line: Buffer, records: Buffer] {
  const count = records.length / RECORD_BYTES;
  const line = JSON.stringify({ records: count, crc: crc32(records), answers, askers });
  return [Buffer.from(`${line}\n`), records];
}

/** The last line, of so many records and everything before it. */
export const writeEnd = (records: number, sha256: string): Buffer =>
  Buffer.from(`${JSON.stringify({ end: records, sha256 })}\n`);

/** A file as it was read. */
export type ChecksFile = {
  readonly head: ChecksHead;
  readonly blocks: readonly Block[];
  readonly records: number;
  /** Up to here everything is whole; the end line is not counted. */
  readonly bytes: number;
  /** Whether the end line is there and right. */
  readonly ended: boolean;
};

/** Reads as much of a file as is whole. A file without a right first line is none. */
export function readChecks(bytes: Buffer, file: string): Result<ChecksFile, Fault> {
  const first = lineAt(bytes, 0);
  const head = first?.value as ChecksHead | undefined;
  if (first === undefined || head?.format !== FORMAT || typeof head.node !== 'string') {
    return fail(damaged(file, 'it does not begin as such a file does'));
  }
  const blocks: Block[] = [];
  let [at, records] = [first.end, 0];
  for (;;) {
    const line = lineAt(bytes, at);
    if (line === undefined) break;
    if (isEnd(line.value)) {
      const sum = createHash('sha256').update(bytes.subarray(0, at)).digest('hex');
      const ended = line.value.end === records && line.value.sha256 === sum && line.end === bytes.length;
      return ok({ head, blocks, records, bytes: at, ended });
    }
    const block = blockAt(bytes, line);
    if (block === undefined) break;
    blocks.push(block);
    records += block.records.length / RECORD_BYTES;
    at = line.end + block.records.length;
  }
  return ok({ head, blocks, records, bytes: at, ended: false });
}

/** Why a file of checks is refused. */
export const damaged = (file: string, wrong: string): Fault => ({
  code: 'CHECKS_DAMAGED',
  file,
  message: `The checks in ${file} are not taken in: ${wrong}.`,
  remedy: 'Take the file again from the centre’s events folder; a node sends it whole.',
});

type Line = { readonly value: unknown; readonly end: number };

function lineAt(bytes: Buffer, from: number): Line | undefined {
  const end = bytes.indexOf(10, from);
  if (end < 0 || end - from > LINE_LIMIT) return undefined;
  try {
    return { value: JSON.parse(bytes.toString('utf8', from, end)), end: end + 1 };
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isEnd = (value: unknown): value is { readonly end: number; readonly sha256: string } =>
  isObject(value) && typeof value['end'] === 'number' && typeof value['sha256'] === 'string';

function blockAt(bytes: Buffer, { value, end }: Line): Block | undefined {
  if (!isObject(value)) return undefined;
  const { records: count, crc, answers, askers } = value;
  if (!Number.isSafeInteger(count) || !Array.isArray(answers) || !Array.isArray(askers)) return undefined;
  const last = end + Number(count) * RECORD_BYTES;
  if (Number(count) < 0 || last > bytes.length) return undefined;
  const records = bytes.subarray(end, last);
  if (crc32(records) !== crc) return undefined;
  return { answers: answers as Entry<AnswerLine>[], askers: askers as Entry<Asker>[], records };
}
