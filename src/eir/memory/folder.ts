import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Fault } from '../../faults/fault.ts';
import { asideOf, sweep } from '../../files/aside.ts';
import { errorCode } from '../../files/errno.ts';
import { type Image, load } from './load.ts';

/** Files kept: the newest, and the one before should the newest be damaged. */
const KEPT = 2;

const NAME = /^lists-(\d{12})\.eir$/;

const nameOf = (number: number): string => `lists-${String(number).padStart(12, '0')}.eir`;

/** A loaded file and its name. */
export type Opened = {
  readonly file: string;
  readonly image: Image;
  /** Why newer files were not used. */
  readonly refused: readonly Fault[];
};

/**
 * The newest file of a folder that is whole; undefined with the reasons where there is none. Before a file is read, its
 * bytes are told.
 */
export async function openLatest(
  folder: string,
  told: (bytes: number) => void = () => undefined,
): Promise<Opened | { readonly file?: never; readonly refused: readonly Fault[] }> {
  const refused: Fault[] = [];
  for (const number of (await numbersIn(folder)).reverse()) {
    const file = path.join(folder, nameOf(number));
    const loaded = await load(file, told);
    if (loaded.ok) return { file, image: loaded.value, refused };
    refused.push(loaded.fault);
  }
  return { refused };
}

/** A name for a file to be built in a folder, which is made where it is not there. What dead processes left goes. */
export async function newFile(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  await sweep(folder);
  return asideOf(path.join(folder, 'lists.eir'));
}

/**
 * Makes a file that was built under {@link newFile} the newest of its folder; it should have been loaded once, so that
 * what the disk did to it is known. Older ones go, but for the newest of them and the one in `use`.
 * @returns its name
 */
export async function publish(built: string, use?: string): Promise<string> {
  const folder = path.dirname(built);
  const numbers = await numbersIn(folder);
  const file = path.join(folder, nameOf((numbers.at(-1) ?? 0) + 1));
  await rename(built, file);
  await flushFolder(folder);
  const old = numbers
    .slice(0, Math.max(0, numbers.length - KEPT + 1))
    .map((number) => path.join(folder, nameOf(number)));
  for (const name of old) if (name !== use) await rm(name, { force: true });
  return file;
}

async function numbersIn(folder: string): Promise<number[]> {
  const names = await readdir(folder).catch(() => []);
  return names
    .map((name) => Number(NAME.exec(name)?.[1] ?? -1))
    .filter((number) => number >= 0)
    .sort((a, b) => a - b);
}

/** Makes a rename lasting. Some file systems (of networks above all) cannot flush a folder, and need not. */
async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder);
  try {
    await handle.sync();
  } catch (error) {
    if (!['EINVAL', 'EPERM', 'ENOTSUP', 'EISDIR'].includes(errorCode(error) ?? '')) throw error;
  } finally {
    await handle.close();
  }
}
