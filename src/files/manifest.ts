import path from 'node:path';
import { writeWhole } from './whole.ts';

/** One file of a folder of output. */
export type ManifestEntry = {
  /** Path within the folder, with `/`. */
  readonly file: string;
  /** Rows without the header line. */
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
};

/** What the whole folder came from; further keys are kept as they are. */
export type ManifestHead = {
  /** Number of the run. */
  readonly run: number;
  /** SHA-256 of the country file. */
  readonly country: string;
  readonly [key: string]: string | number | boolean | null;
};

/** Writes `manifest.json` into a folder, its files sorted by path, so that a receiver can check what it got. */
export async function writeManifest(
  folder: string,
  entries: readonly ManifestEntry[],
  head: ManifestHead,
): Promise<void> {
  const files = entries
    .map(({ file, rows, bytes, sha256 }) => ({ file, rows, bytes, sha256 }))
    .sort((a, b) => (a.file < b.file ? -1 : 1));
  const text = `${JSON.stringify({ ...head, files }, undefined, 2)}\n`;
  await writeWhole(path.join(folder, 'manifest.json'), (sink) => sink.write(text));
}
