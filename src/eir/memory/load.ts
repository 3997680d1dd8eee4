import { type FileHandle, open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import type { Fault } from '../../faults/fault.ts';
import { fail, ok, type Result } from '../../faults/result.ts';
import { deniedFault, errorCode } from '../../files/errno.ts';
import type { About, ClassLine } from './build.ts';
import { HEAD_BYTES, readHead, type Section, type SectionName } from './image.ts';

/** Read at a time: small enough that no answer waits long, as checksums are made in between. */
const PIECE = 1 << 20;

/** Reads on their way at once. */
const AHEAD = 4;

/** A file of the lists in memory, whole and checked. */
export type Image = {
  readonly memory: SharedArrayBuffer;
  readonly about: About;
  /** The classes from index 1 on. */
  readonly classes: readonly ClassLine[];
};

/** Gives the words of a section of a loaded file. */
export function sectionsOf(memory: SharedArrayBuffer): (name: SectionName) => Uint32Array {
  const head = readHead(Buffer.from(Buffer.from(memory, 0, HEAD_BYTES)));
  if ('wrong' in head) throw new Error(`This memory holds no lists: ${head.wrong}.`);
  return (name) => {
    const section = head.sections.find((one) => one.name === name);
    return section === undefined ? new Uint32Array() : new Uint32Array(memory, section.offset, section.length >>> 2);
  };
}

/**
 * Loads a file of the lists without holding up the process. What is damaged in any byte is refused. Before memory is taken,
 * the bytes of it are told.
 */
export async function load(
  file: string,
  told: (bytes: number) => void = () => undefined,
): Promise<Result<Image, Fault>> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file);
    return await read(handle, file, told);
  } catch (error) {
    const fault = deniedFault(file, error) ?? missing(file, error) ?? unreadable(file, error);
    if (fault === undefined) throw error;
    return fail(fault);
  } finally {
    await handle?.close();
  }
}

const missing = (file: string, error: unknown): Fault | undefined =>
  errorCode(error) === 'ENOENT'
    ? { code: 'FILE_MISSING', file, message: `There is no file ${file}.`, remedy: 'Let the node fetch the lists.' }
    : undefined;

const unreadable = (file: string, error: unknown): Fault | undefined =>
  errorCode(error) === 'EIO' || errorCode(error) === 'EISDIR' ? damaged(file, 'the system cannot read it') : undefined;

const damaged = (file: string, wrong: string): Fault => ({
  code: 'EIR_MEMORY_DAMAGED',
  file,
  message: `The lists in ${file} are not used: ${wrong}.`,
  remedy:
    'Nothing, while the node has an older file: it asks for what came since. Without one it asks for a new snapshot.',
});

async function read(handle: FileHandle, file: string, told: (bytes: number) => void): Promise<Result<Image, Fault>> {
  const { size } = await handle.stat();
  const first = Buffer.alloc(HEAD_BYTES);
  if ((await handle.read(first, 0, HEAD_BYTES, 0)).bytesRead < HEAD_BYTES) {
    return fail(damaged(file, 'it is shorter than its head'));
  }
  const head = readHead(first);
  if ('wrong' in head) return fail(damaged(file, head.wrong));
  if (head.length !== size) return fail(damaged(file, `it has ${size} bytes instead of ${head.length}`));
  told(size);
  const memory = new SharedArrayBuffer(size);
  const bytes = Buffer.from(memory);
  bytes.set(first);
  const wrong = await fill(handle, bytes, head.sections);
  if (wrong !== undefined) return fail(damaged(file, wrong));
  const json = (name: SectionName): unknown => {
    const section = head.sections.find((one) => one.name === name);
    const { offset = 0, length = 0 } = section ?? {};
    return JSON.parse(bytes.toString('utf8', offset, offset + length));
  };
  // The checksums are right: this is what the builder wrote.
  return ok({ memory, about: json('about') as About, classes: json('classes') as readonly ClassLine[] });
}

/** One piece to be read, and the section it is of. */
type Piece = { readonly section: Section; readonly from: number; readonly to: number };

function* pieces(sections: readonly Section[]): Generator<Piece> {
  for (const section of sections) {
    const end = section.offset + section.length;
    for (let from = section.offset; from < end; from += PIECE) yield { section, from, to: Math.min(end, from + PIECE) };
  }
}

/** Reads all sections, some pieces ahead of the checksum; tells what is wrong, if anything is. */
async function fill(handle: FileHandle, bytes: Buffer, sections: readonly Section[]): Promise<string | undefined> {
  const source = pieces(sections);
  const ahead: { readonly piece: Piece; readonly done: Promise<boolean> }[] = [];
  const start = (): void => {
    const { value } = source.next();
    if (!value) return;
    const done = readPiece(handle, bytes, value);
    done.catch(() => undefined); // told when its turn comes; an earlier failure may come before
    ahead.push({ piece: value, done });
  };
  for (let count = 0; count < AHEAD; count += 1) start();
  const sums = new Map<Section, number>();
  let short = false;
  for (let next = ahead.shift(); next !== undefined; next = ahead.shift()) {
    const { section, from, to } = next.piece;
    short ||= !(await next.done);
    sums.set(section, crc32(bytes.subarray(from, to), sums.get(section) ?? 0));
    start();
  }
  if (short) return 'it was cut short while it was read';
  const wrong = sections.find((section) => (sums.get(section) ?? 0) !== section.checksum);
  return wrong === undefined ? undefined : `the checksum of its section '${wrong.name}' is wrong`;
}

async function readPiece(handle: FileHandle, bytes: Buffer, { from, to }: Piece): Promise<boolean> {
  for (let at = from; at < to; ) {
    const { bytesRead } = await handle.read(bytes, at, to - at, at);
    if (bytesRead === 0) return false;
    at += bytesRead;
  }
  return true;
}
