import { createWriteStream } from 'node:fs';
import { open, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Refused } from '../../faults/fault.ts';
import { errorCode, fullFault } from '../../files/errno.ts';
import { newFile } from '../memory/folder.ts';
import { ask, type Centre, Unreachable } from './client.ts';
import { type Opening, readOpening, readRecords } from './record.ts';

/** A snapshot is a file of the lists and, behind it, one record: what it stands at. This header tells where that begins. */
export const FILE_LENGTH = 'x-file-length';

/** A snapshot on the disk, under a name that the lists' folder can take into use. */
export type Fetched = { readonly built: string; readonly opening: Opening; readonly etag: string };

/** Where a snapshot is put, and the one that is held already, of which no other bytes would come. */
export type FetchInto = { readonly folder: string; readonly held?: string; readonly signal?: AbortSignal };

/** What a download began with, for going on after a break. */
type Begun = { readonly etag: string; readonly length: number; readonly file: number };

/**
 * Fetches the snapshot of the centre into a node's folder, or what is missing of one that was begun. Undefined: the
 * centre has none yet, or the part is kept for the next time.
 * @throws Unreachable, or Refused when it is cut or altered, or the disk is full
 */
export async function fetchSnapshot(centre: Centre, { folder, held, signal }: FetchInto): Promise<Fetched | undefined> {
  const [part, note] = [path.join(folder, 'snapshot.part'), path.join(folder, 'snapshot.json')];
  const begun = await begunOf(note);
  const had = begun === undefined ? 0 : await sizeOf(part);
  const headers = {
    ...(begun === undefined || had === 0 ? {} : { range: `bytes=${had}-`, 'if-range': begun.etag }),
    ...(held === undefined ? {} : { 'if-none-match': held }),
  };
  const response = await ask(centre, { path: '/v1/snapshot', headers, ...(signal === undefined ? {} : { signal }) });
  const { statusCode = 0 } = response;
  if (statusCode === 416) await Promise.all([part, note].map((file) => rm(file, { force: true })));
  if (statusCode !== 200 && statusCode !== 206) {
    response.destroy();
    if ([304, 416, 503].includes(statusCode)) return undefined;
    throw new Unreachable(`HTTP_${statusCode}`);
  }
  const now = toldBy(response.headers, statusCode === 206 ? had : 0);
  try {
    if (statusCode === 200) await writeFile(note, JSON.stringify(now));
    const sink = createWriteStream(part, { flags: statusCode === 206 ? 'a' : 'w', mode: 0o600 });
    await pipeline(response, sink);
  } catch (error) {
    const fault = fullFault(part, error);
    if (fault !== undefined) throw new Refused([fault]);
    throw error instanceof Unreachable ? error : new Unreachable(errorCode(error) ?? 'CUT', { cause: error });
  }
  if ((await sizeOf(part)) < now.length) return undefined;
  const opening = await split(part, now);
  const built = await newFile(folder);
  await rename(part, built);
  await rm(note, { force: true });
  return { built, opening, etag: now.etag };
}

function toldBy(headers: NodeJS.Dict<string | string[]>, had: number): Begun {
  const { etag } = headers;
  const length = had + Number(headers['content-length']);
  const file = Number(headers[FILE_LENGTH]);
  if (typeof etag !== 'string' || !(file > 0 && length > file)) throw new Unreachable('NO_SNAPSHOT');
  return { etag, length, file };
}

async function begunOf(note: string): Promise<Begun | undefined> {
  try {
    const { etag, length, file } = JSON.parse(await readFile(note, 'utf8')) as Partial<Begun>;
    if (typeof etag !== 'string' || typeof length !== 'number' || typeof file !== 'number') return undefined;
    return { etag, length, file };
  } catch {
    return undefined;
  }
}

const sizeOf = (file: string): Promise<number> =>
  stat(file).then(
    ({ size }) => size,
    () => 0,
  );

/** Takes the record off the end. The file itself is checked when it is taken into use. */
async function split(part: string, { length, file }: Begun): Promise<Opening> {
  const handle = await open(part);
  let opening: Opening | undefined;
  try {
    for await (const bytes of readRecords(handle, file)) {
      opening = readOpening(bytes);
      break;
    }
  } finally {
    await handle.close();
  }
  if (opening === undefined || (await sizeOf(part)) !== length) {
    await rm(part, { force: true });
    const message = 'The snapshot of the centre was cut or altered on its way, and is not used.';
    throw new Refused([{ code: 'FEED_DAMAGED', message, remedy: 'Nothing: the node fetches it again.' }]);
  }
  await truncate(part, file);
  return opening;
}
