import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';

/** Where results, generated files and stores of the benches are: not part of the repository. */
export const OUT = path.join(import.meta.dirname, 'out');

/** The program as a user calls it. */
export const CEIR = path.join(import.meta.dirname, '../bin/ceir.js');

let made = 0;

/** A new folder of this process's own, so that two benches at once do not meet. */
export function freshFolder(name: string): string {
  made += 1;
  const folder = path.join(OUT, `${name}-${process.pid}-${made}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
}
