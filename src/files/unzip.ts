import { Readable } from 'node:stream';
import zlib from 'node:zlib';
import { type Entry, fromRandomAccessReaderPromise, RandomAccessReader, type ZipFile } from 'yauzl';
import { archiveFault, type SourceFile, truncatedFile } from './source.ts';
import { type Chunks, through } from './through.ts';

/** The one member of a zip archive, and where its packed bytes lie. */
export type Member = {
  readonly name: string;
  readonly start: number;
  readonly packed: number;
  readonly size: number;
  readonly crc: number;
  readonly deflated: boolean;
};

const NAMED = 10;
const STORED = 0;
const DEFLATED = 8;

/** Lets the zip reader read through our open file, so that closing waits for its reads. */
class Reader extends RandomAccessReader {
  readonly #file: SourceFile;

  constructor(file: SourceFile) {
    super();
    this.#file = file;
  }

  override read(...[buffer, offset, length, position, done]: Parameters<RandomAccessReader['read']>): void {
    // The library's callback takes the number of bytes as a second argument, which its types leave out.
    const report: (error: Error | null, bytes?: number) => void = done;
    this.#file.readAt(position, length).then(
      (bytes) => report(null, bytes.copy(buffer, offset)),
      (error: unknown) => report(error instanceof Error ? error : new Error(String(error))),
    );
  }

  override _readStreamForRange(): Readable {
    return Readable.from([]); // member data is read by unzip() below
  }
}

/** Finds the one regular file of a zip archive; any other number of them, or one that cannot be read, is refused. */
export async function memberOf(file: SourceFile): Promise<Member> {
  const zip = await damaged(file, () =>
    fromRandomAccessReaderPromise(new Reader(file), file.seen.size, { autoClose: false }),
  );
  const members: Entry[] = [];
  await damaged(file, async () => {
    for await (const entry of zip.eachEntry()) {
      if (!entry.fileName.endsWith('/')) members.push(entry);
      if (members.length > NAMED) break;
    }
  });
  const [only, another] = members;
  if (only === undefined || another !== undefined) throw notOne(file.path, members);
  refuseUnreadable(file.path, only);
  return { ...(await place(file, zip, only)), name: only.fileName };
}

async function place(file: SourceFile, zip: ZipFile, entry: Entry): Promise<Omit<Member, 'name'>> {
  const header = await damaged(file, () => zip.readLocalFileHeaderPromise(entry, { minimal: true }));
  return {
    start: header.fileDataStart,
    packed: entry.compressedSize,
    size: entry.uncompressedSize,
    crc: entry.crc32,
    deflated: entry.compressionMethod === DEFLATED,
  };
}

function notOne(file: string, members: readonly Entry[]): Error {
  const remedy = 'Pack exactly one CSV file into each archive, without folders or hidden files.';
  if (members.length === 0) return archiveFault(file, 'The archive holds no file.', remedy);
  const names = members.slice(0, NAMED).map((entry) => entry.fileName);
  const more = members.length > NAMED ? ' and more' : '';
  const count = members.length > NAMED ? `more than ${NAMED}` : String(members.length);
  return archiveFault(file, `The archive holds ${count} files instead of one: ${names.join(', ')}${more}.`, remedy);
}

function refuseUnreadable(file: string, entry: Entry): void {
  const unixType = (entry.externalFileAttributes >>> 28) & 0xf;
  const madeOnUnix = entry.versionMadeBy >> 8 === 3;
  if (madeOnUnix && unixType !== 0 && unixType !== 8) {
    throw archiveFault(
      file,
      `${entry.fileName} in the archive is a link or a device, no file.`,
      'Pack the file itself.',
    );
  }
  if (entry.isEncrypted()) {
    throw archiveFault(file, `${entry.fileName} in the archive is encrypted.`, 'Pack it without a password.');
  }
  if (entry.compressionMethod !== STORED && entry.compressionMethod !== DEFLATED) {
    const message = `${entry.fileName} is packed by method ${entry.compressionMethod}, which is not read here.`;
    throw archiveFault(file, message, 'Pack it by the usual method (deflate).');
  }
}

/** The zip reader's errors are plain ones; its refusals of whole archives are told apart from damage by their words. */
async function damaged<T>(file: SourceFile, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof Error) || error.constructor !== Error || 'code' in error) throw error;
    if (/multi-disk|strong encryption|relative path|absolute path|invalid characters/.test(error.message)) {
      throw archiveFault(file.path, `The archive cannot be read: ${error.message}.`, 'Pack one CSV file, plainly.');
    }
    throw truncatedFile(file.path, `The zip archive is cut short or damaged: ${error.message}`);
  }
}

/** Unpacks a member as it is read; at the end its length and its CRC-32 must be the ones stated. */
export function unzip(file: SourceFile, member: Member): { readonly chunks: Chunks; readonly consumed: () => number } {
  let position = 0;
  async function* packed(): AsyncGenerator<Buffer> {
    for (; position < member.packed; ) {
      const chunk = await file.readAt(member.start + position, Math.min(1 << 18, member.packed - position));
      position += chunk.length;
      yield chunk;
    }
  }
  async function* chunks(): AsyncGenerator<Buffer> {
    let [size, crc] = [0, 0];
    const inflate = zlib.createInflateRaw({ chunkSize: 1 << 18 });
    for await (const chunk of member.deflated ? through(packed(), inflate) : packed()) {
      size += chunk.length;
      crc = zlib.crc32(chunk, crc);
      if (size > member.size) break;
      yield chunk;
    }
    const stated = size === member.size && crc === member.crc;
    if (!stated) throw truncatedFile(file.path, `${member.name} does not unpack to the size and checksum stated.`);
  }
  // The whole file counts as consumed with the member's last byte: what lies around it is a few bytes.
  const consumed = (): number =>
    member.packed === 0 ? file.seen.size : Math.round((position / member.packed) * file.seen.size);
  return { chunks: chunks(), consumed };
}
