import path from 'node:path';
import zlib from 'node:zlib';
import { errorCode } from './errno.ts';
import { archiveFault, changedFile, type SourceFile, truncatedFile } from './source.ts';
import { type Chunks, through } from './through.ts';
import { memberOf, unzip } from './unzip.ts';
import { unzstd, ZSTD_MAGIC } from './zstd.ts';

/** Reads on into `target` from `offset`, and says how many bytes came; 0 at the end of the content. */
export type Pull = (target: Buffer, offset: number) => Promise<number>;

/** The content of a file, unpacked as it is pulled. */
export type Content = {
  /** The file's path, with `!member` behind it for an archive. */
  readonly name: string;
  readonly pull: Pull;
  /** Bytes of the source file behind what was pulled so far. */
  readonly consumed: () => number;
  /** Ends the unpacking, also in the middle. */
  readonly close: () => Promise<void>;
};

type Packing = 'plain' | 'zip' | 'gzip' | 'zstd';

/** Packings that are known for what they are, and not read. */
const FOREIGN: readonly (readonly [name: string, magic: string])[] = [
  ['xz', 'fd377a585a00'],
  ['bzip2', '425a68'],
  ['7-Zip', '377abcaf271c'],
  ['RAR', '526172211a07'],
  ['LZ4', '04224d18'],
  ['an older Zstandard', '27b52ffd'],
];

/** Opens the content of a file, packed or not, by its first bytes; a name that promises otherwise is refused. */
export async function openContent(file: SourceFile): Promise<Content> {
  const packing = recognise(file, await file.readAt(0, 8));
  if (packing === 'plain') {
    return { name: file.path, pull: (target, at) => file.read(target, at), consumed: () => file.position, close };
  }
  if (packing === 'zip') {
    const member = await guarded(file, () => memberOf(file));
    const unzipping = unzip(file, member);
    const name = `${file.path}!${member.name}`;
    return { name, ...fromChunks(unzipping.chunks, file), consumed: unzipping.consumed };
  }
  const chunks = packing === 'gzip' ? gunzip(file) : unzstd(file.path, file.chunks());
  return { name: file.path, ...fromChunks(chunks, file), consumed: () => file.position };
}

const close = async (): Promise<void> => undefined;

function recognise(file: SourceFile, head: Buffer): Packing {
  const packing = byMagic(head);
  const promised = path.extname(file.path).toLowerCase();
  if (packing !== 'plain' || !['.zip', '.gz', '.zst'].includes(promised)) {
    const foreign = FOREIGN.find(([, magic]) => head.toString('hex').startsWith(magic));
    if (foreign === undefined) return packing;
    const remedy = 'Send the file plain, or packed as zip, gzip or Zstandard.';
    throw archiveFault(file.path, `The file is packed as ${foreign[0]}, which is not read here.`, remedy);
  }
  if (head.length < 4) throw truncatedFile(file.path, `The ${promised} file ends after ${head.length} bytes.`);
  const remedy = 'Send it again, or rename it if it is plain text.';
  throw archiveFault(file.path, `The file is named ${promised}, but its content is not.`, remedy);
}

function byMagic(head: Buffer): Packing {
  if (head.length >= 2 && head.readUInt16BE(0) === 0x1f8b) return 'gzip';
  if (head.length < 4) return 'plain';
  const magic = head.readUInt32LE(0);
  if (magic === ZSTD_MAGIC || (magic & 0xfffffff0) >>> 0 === 0x184d2a50) return 'zstd';
  // A member's header, the end of an empty archive, or the mark of an archive in several parts.
  return [0x04034b50, 0x06054b50, 0x08074b50].includes(magic) ? 'zip' : 'plain';
}

/** Unpacks gzip members one after the other; only zeros may follow the last. */
async function* gunzip(file: SourceFile): AsyncGenerator<Buffer> {
  const engine = zlib.createGunzip({ chunkSize: 1 << 18 });
  yield* through(file.chunks(), engine);
  for (let at = engine.bytesWritten; at < file.seen.size; at += 1 << 20) {
    const rest = await file.readAt(at, 1 << 20);
    if (rest.some((byte) => byte !== 0)) {
      throw truncatedFile(file.path, 'The gzip file goes on after its end with something that is not gzip.');
    }
  }
}

/** Turns chunks into pulls; what did not fit into one pull comes with the next. */
function fromChunks(chunks: Chunks, file: SourceFile): Pick<Content, 'pull' | 'close'> {
  const iterator = chunks[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);
  const pull: Pull = async (target, offset) => {
    while (rest.length === 0) {
      const next = await guarded(file, () => iterator.next());
      if (next.done === true) return 0;
      rest = next.value;
    }
    const copied = rest.copy(target, offset);
    rest = rest.subarray(copied);
    return copied;
  };
  return {
    pull,
    close: async () => {
      await iterator.return?.();
    },
  };
}

/** Turns a decompressor's errors into the refusal of a damaged file, unless the file was changed under our hands. */
async function guarded<T>(file: SourceFile, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(await file.unchanged())) throw changedFile(file.path);
    const code = errorCode(error) ?? '';
    if (!/^Z_(DATA|BUF|STREAM|NEED)|^ZSTD_|^ERR_STREAM_PUSH_AFTER_EOF/.test(code)) throw error;
    const reason = code === 'Z_BUF_ERROR' ? 'ends too early' : 'is damaged';
    throw truncatedFile(file.path, `The packed file ${reason} and cannot be unpacked to its end.`);
  }
}
