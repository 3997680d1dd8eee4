import { type Fault, Refused } from '../../faults/fault.ts';

/** Identifiers that one bulk check may have. */
export const MOST_LINES = 1_000_000;

/** Bytes that a file of so many may have: 30 for each line. */
export const MOST_BYTES = 30 * MOST_LINES;

/** Lines of a part, which is done at one go. */
const PART = 10_000;

/** A part of a file: its bytes, and the number of its first line. */
export type Part = { readonly first: number; readonly text: string };

/** A file of identifiers, a line each, as parts. */
export type Parted = { readonly lines: number; readonly parts: readonly Buffer[] };

const size = (message: string): Refused => {
  const remedy = `Give 1 to ${MOST_LINES.toLocaleString('en')} identifiers, one on each line.`;
  return new Refused([{ code: 'BULK_SIZE', message, remedy } satisfies Fault]);
};

/**
 * Cuts a file into parts of whole lines. Each begins with the number of its first line, so that a part can be done without
 * those before it. @throws Refused BULK_SIZE
 */
export function partsOf(file: Buffer): Parted {
  const parts: Buffer[] = [];
  let [start, at, lines] = [0, 0, 0];
  while (at < file.length) {
    const end = file.indexOf(10, at);
    at = end < 0 ? file.length : end + 1;
    lines += 1;
    if (lines > MOST_LINES) throw size('The file has too many lines.');
    if (lines % PART !== 0 && at < file.length) continue;
    parts.push(partOf(file.subarray(start, at), parts.length * PART + 1));
    start = at;
  }
  if (lines === 0) throw size('There are no identifiers.');
  return { lines, parts };
}

function partOf(bytes: Buffer, first: number): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(first);
  return Buffer.concat([head, bytes]);
}

/** Reads a part. */
export const readPart = (bytes: Buffer): Part => ({ first: bytes.readUInt32BE(0), text: bytes.toString('utf8', 4) });
