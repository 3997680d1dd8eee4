import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Fault, Refused } from '../faults/fault.ts';
import { errorCode } from '../files/errno.ts';
import { writeWhole } from '../files/whole.ts';

/** What a backup holds. */
export type Manifest = {
  readonly format: typeof FORMAT;
  /** The program's version that made it. */
  readonly version: string;
  /** When it was begun, ISO 8601: it can be brought back to this moment, or with an archive to any later one. */
  readonly at: string;
  /** The last run that the analytics store had. */
  readonly run: number;
  /** The files of keys without which it is of no use. */
  readonly keys: readonly string[];
  /** Each file with its size and SHA-256, by its path in the backup. */
  readonly files: Readonly<Record<string, readonly [bytes: number, sha256: string]>>;
};

const FORMAT = 'ceir-backup-1';
const NAME = 'manifest.json';

/** All regular files below a folder, as paths relative to it, sorted. */
export async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort();
}

async function sumOf(file: string): Promise<readonly [bytes: number, sha256: string]> {
  const hash = createHash('sha256');
  let bytes = 0;
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) {
      hash.update(chunk);
      bytes += chunk.length;
    }
  });
  return [bytes, hash.digest('hex')];
}

/** Ends a backup: without its manifest a folder is none. */
export async function writeManifest(folder: string, about: Omit<Manifest, 'format' | 'files'>): Promise<Manifest> {
  const files: Record<string, readonly [number, string]> = {};
  for (const name of await filesBelow(folder)) files[name] = await sumOf(path.join(folder, name));
  const manifest: Manifest = { format: FORMAT, ...about, files };
  await writeWhole(path.join(folder, NAME), (sink) => sink.write(`${JSON.stringify(manifest, null, 1)}\n`));
  return manifest;
}

const damaged = (folder: string, message: string): Fault => ({
  code: 'BACKUP_DAMAGED',
  file: folder,
  message,
  remedy: 'Take another backup: this one cannot be brought back.',
});

/** Reads a backup's manifest and holds every file against it. @throws Refused BACKUP_DAMAGED, with all that is wrong */
export async function verifyBackup(folder: string): Promise<Manifest> {
  let manifest: Manifest;
  try {
    manifest = JSON.parse(await readFile(path.join(folder, NAME), 'utf8')) as Manifest;
  } catch (error) {
    if (errorCode(error) !== 'ENOENT' && !(error instanceof SyntaxError)) throw error;
    throw new Refused([damaged(folder, 'There is no whole backup here: its manifest is missing or cut.')]);
  }
  if (manifest.format !== FORMAT) throw new Refused([damaged(folder, 'The backup is of another format.')]);
  const there = new Set((await filesBelow(folder)).filter((name) => name !== NAME));
  const faults: Fault[] = [];
  for (const [name, [bytes, sha256]] of Object.entries(manifest.files)) {
    if (!there.delete(name)) faults.push(damaged(folder, `The file ${name} is missing.`));
    else {
      const [size, sum] = await sumOf(path.join(folder, name));
      if (size !== bytes || sum !== sha256) faults.push(damaged(folder, `The file ${name} was altered.`));
    }
  }
  for (const name of there) faults.push(damaged(folder, `The file ${name} is none of the backup's.`));
  if (faults.length > 0) throw new Refused(faults);
  return manifest;
}
