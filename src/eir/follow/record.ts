import type { FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { LINE_LIMIT, type Stand, standOf } from './wire.ts';

// A journal is records one after the other: length and CRC-32 of what follows, four bytes each, little-endian, then as
// many bytes. The first record says where the journal begins; each other is a line of the stream as it came.
const HEAD = 8;
const BLOCK = 1 << 20;

/** Where a journal begins: what the lists stood at. */
export type Opening = { readonly stand: Stand };

/** The version of what follows an opening; of another one nothing is read. */
const VERSION = 2;

/** The head of a record, to be written before its bytes. */
export function headOf(bytes: Buffer): Buffer {
  const head = Buffer.alloc(HEAD);
  head.writeUInt32LE(bytes.length, 0);
  head.writeUInt32LE(crc32(bytes), 4);
  return head;
}

/** The first record of a journal. */
export function openingRecord({ stand }: Opening): Buffer {
  const bytes = Buffer.from(`${JSON.stringify({ version: VERSION, stand })}\n`);
  return Buffer.concat([headOf(bytes), bytes]);
}

/** Reads what {@link openingRecord} wrote; undefined where it is something else. */
export function readOpening(bytes: Buffer): Opening | undefined {
  try {
    const { version, stand } = JSON.parse(bytes.toString()) as Partial<Opening & { readonly version: number }>;
    return version !== VERSION || stand === undefined ? undefined : { stand: standOf(stand) };
  } catch {
    return undefined;
  }
}

/** The records of a file from a place on, up to the first that is torn or damaged. */
export async function* readRecords(handle: FileHandle, from = 0): AsyncGenerator<Buffer> {
  let [held, at] = [Buffer.alloc(0), from];
  for (;;) {
    const length = held.length < HEAD ? 0 : held.readUInt32LE(0);
    if (length > LINE_LIMIT) return;
    if (held.length >= HEAD && held.length >= HEAD + length) {
      const bytes = held.subarray(HEAD, HEAD + length);
      if (crc32(bytes) !== held.readUInt32LE(4)) return;
      yield bytes;
      held = held.subarray(HEAD + length);
      continue;
    }
    const wanted = Math.max(BLOCK, HEAD + length - held.length);
    const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(wanted), 0, wanted, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    held = Buffer.concat([held, buffer.subarray(0, bytesRead)]);
  }
}
