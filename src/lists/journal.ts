import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { Refused } from '../faults/fault.ts';
import { errorCode } from '../files/errno.ts';
import { writeWhole } from '../files/whole.ts';
import { CONTROL_LISTS, type OfficeList, officeList } from './offices/office.ts';
import { type Change, changeOf, REASON_AT, RECORD } from './record.ts';
import { LISTS, type List } from './target.ts';

/** A list of a feed: of runs, or of offices. `operator` is '' where the list is common to all. */
export type FeedKey = { readonly list: List | OfficeList; readonly operator: string };

/** Changes of one list by one run, as one file that appears whole: its numbers are `from` to `from + count - 1`. */
export type Segment = FeedKey & { readonly file: string; readonly from: number; readonly count: number };

/** What the first line of a segment says. */
type Head = {
  readonly format: typeof FORMAT;
  /** 0 where offices made the changes. */
  readonly run: number;
  /** When it was written, ISO 8601. */
  readonly at: string;
  /** The texts that the records' reason numbers point to. */
  readonly reasons: readonly string[];
};

const FORMAT = 'ceir-changes-1';
const DIGEST = 32;

const idOf = ({ list, operator }: FeedKey): string => (operator === '' ? list : `${list}@${operator}`);

const nameOf = (segment: Omit<Segment, 'file'>): string =>
  `${idOf(segment)}-${String(segment.from).padStart(15, '0')}-${segment.count}.changes`;

const NAMES = [...LISTS, ...CONTROL_LISTS.map(officeList)];
const NAME = /^([a-z_]+)(?:@([a-z0-9_]+))?-(\d{15})-(\d+)\.changes$/;

function segmentOf(folder: string, name: string): Segment | undefined {
  const [, list, operator = '', from, count] = NAME.exec(name) ?? [];
  const known = NAMES.find((one) => one === list);
  if (known === undefined) return undefined;
  return { file: path.join(folder, name), list: known, operator, from: Number(from), count: Number(count) };
}

/** The segments of a folder by list, each in order; where several were joined, the one that has all. An absent folder has none. */
export async function segmentsIn(folder: string): Promise<ReadonlyMap<string, readonly Segment[]>> {
  return (await sortedOut(folder)).segments;
}

/** The segments of a folder whose changes all stand in another one, too. */
export async function joinedIn(folder: string): Promise<readonly Segment[]> {
  return (await sortedOut(folder)).joined;
}

async function sortedOut(folder: string) {
  const segments = new Map<string, Segment[]>();
  const joined: Segment[] = [];
  const all = (await namesIn(folder)).flatMap((name) => segmentOf(folder, name) ?? []);
  for (const segment of all.sort((a, b) => a.from - b.from || b.count - a.count)) {
    const before = segments.get(idOf(segment));
    const whole = before?.at(-1);
    if (before === undefined || whole === undefined) segments.set(idOf(segment), [segment]);
    else if (segment.from + segment.count <= whole.from + whole.count) joined.push(segment);
    else before.push(segment);
  }
  return { segments, joined };
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

/** The segments of one list, by the same name as in {@link segmentsIn}. */
export const segmentKey = idOf;

/** The number after which the next segment of a list begins; 0 while there is none. */
export function lastOf(segments: readonly Segment[] | undefined): number {
  const last = segments?.at(-1);
  return last === undefined ? 0 : last.from + last.count - 1;
}

/** What is written as one segment. `records` are in the engine's RowBinary, see {@link recordColumns}. */
export type Fresh = Omit<Segment, 'file'> & {
  readonly run: number;
  readonly reasons: readonly string[];
  readonly records: AsyncIterable<Buffer>;
};

/**
 * Writes a segment whole.
 * @throws Error when the records are not as many as told; nothing is written then.
 */
export async function writeSegment(folder: string, fresh: Fresh): Promise<void> {
  await mkdir(folder, { recursive: true });
  const { run, reasons, count, records } = fresh;
  const head: Head = { format: FORMAT, run, at: new Date().toISOString(), reasons };
  await writeWhole(path.join(folder, nameOf(fresh)), async (sink) => {
    const hash = createHash('sha256');
    const write = async (bytes: Buffer): Promise<void> => {
      hash.update(bytes);
      await sink.write(bytes);
    };
    await write(Buffer.from(`${JSON.stringify(head)}\n`));
    let bytes = 0;
    for await (const chunk of records) {
      bytes += chunk.length;
      await write(chunk);
    }
    if (bytes !== count * RECORD) throw new Error(`${idOf(fresh)}: ${bytes} bytes are not ${count} records`);
    await sink.write(hash.digest());
  });
}

const damaged = (file: string, message: string): Refused =>
  new Refused([
    {
      code: 'FEED_DAMAGED',
      file,
      message: `${path.basename(file)} ${message}.`,
      remedy: 'Remove the file and run ceir lists --feed again: it writes anew what the change log still has.',
    },
  ]);

/** @throws Refused FEED_DAMAGED when a segment is cut or altered. */
export async function verifySegment({ file, count }: Segment): Promise<void> {
  const { size } = await stat(file);
  const hash = createHash('sha256');
  if (size < DIGEST + count * RECORD) throw damaged(file, 'is shorter than its name says');
  for await (const chunk of createReadStream(file, { end: size - DIGEST - 1, highWaterMark: 1 << 20 })) {
    hash.update(chunk as Buffer);
  }
  const handle = await open(file);
  try {
    const told = Buffer.alloc(DIGEST);
    await handle.read(told, 0, DIGEST, size - DIGEST);
    if (!told.equals(hash.digest())) throw damaged(file, 'does not match its checksum');
  } finally {
    await handle.close();
  }
}

/** Reads a segment from number `from` on, in batches of at most `batch` changes. @throws Refused when the head is none. */
export async function* readSegment(segment: Segment, from: number, batch = 4096): AsyncGenerator<readonly Change[]> {
  const handle = await open(segment.file);
  try {
    const { head, at } = await readHead(handle, segment.file);
    const block = Buffer.alloc(batch * RECORD);
    for (let index = Math.max(0, from - segment.from); index < segment.count; index += batch) {
      const wanted = Math.min(batch, segment.count - index);
      const { bytesRead } = await handle.read(block, 0, wanted * RECORD, at + index * RECORD);
      if (bytesRead !== wanted * RECORD) throw damaged(segment.file, 'is shorter than its name says');
      const changes: Change[] = [];
      for (let place = 0; place < wanted; place += 1)
        changes.push(changeOf(block, place * RECORD, { seq: segment.from + index + place, reasons: head.reasons }));
      yield changes;
    }
  } finally {
    await handle.close();
  }
}

/**
 * Joins segments of one list that follow one another to one, written whole beside them.
 * @throws Refused FEED_DAMAGED when one is cut or altered; nothing is written then
 */
export async function joinSegments(folder: string, segments: readonly Segment[]): Promise<void> {
  const [first] = segments;
  if (first === undefined) return;
  const reasons = new Map<string, number>();
  const parts: Buffer[] = [];
  for (const segment of segments) {
    await verifySegment(segment);
    parts.push(await recordsOf(segment, reasons));
  }
  const count = segments.reduce((sum, one) => sum + one.count, 0);
  const { list, operator, from } = first;
  const records = (async function* () {
    yield* parts;
  })();
  await writeSegment(folder, { list, operator, from, run: 0, count, reasons: [...reasons.keys()], records });
}

/** All records of a segment, with the numbers of these reasons, to which its own are added. */
async function recordsOf({ file, count }: Segment, reasons: Map<string, number>): Promise<Buffer> {
  const handle = await open(file);
  try {
    const { head, at } = await readHead(handle, file);
    const block = Buffer.alloc(count * RECORD);
    await handle.read(block, 0, block.length, at);
    for (let place = 0; place < block.length; place += RECORD) {
      const text = head.reasons[block.readUInt32LE(place + REASON_AT)] ?? '';
      const number = reasons.get(text) ?? reasons.size;
      reasons.set(text, number);
      block.writeUInt32LE(number, place + REASON_AT);
    }
    return block;
  } finally {
    await handle.close();
  }
}

const HEAD_LIMIT = 16 << 20;

async function readHead(
  handle: Awaited<ReturnType<typeof open>>,
  file: string,
): Promise<{ readonly head: Head; readonly at: number }> {
  for (let size = 4096; size <= HEAD_LIMIT; size *= 8) {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(size), 0, size, 0);
    const end = buffer.subarray(0, bytesRead).indexOf(10);
    if (end >= 0) {
      const head: unknown = JSON.parse(buffer.toString('utf8', 0, end));
      if (isHead(head)) return { head, at: end + 1 };
    }
    if (bytesRead < size || end >= 0) break;
  }
  throw damaged(file, 'has no head that can be read');
}

function isHead(head: unknown): head is Head {
  return typeof head === 'object' && head !== null && 'format' in head && head.format === FORMAT && 'reasons' in head;
}

/** Removes the oldest segments of each list while more than `keep` changes of it would remain; gives how many went. */
export async function pruneSegments(folder: string, keep: number): Promise<number> {
  let gone = 0;
  for (const segments of (await segmentsIn(folder)).values()) {
    const last = lastOf(segments);
    for (const { file, from, count } of segments) {
      if (last - (from + count - 1) < keep) break;
      await rm(file, { force: true });
      gone += 1;
    }
  }
  return gone;
}
