import { readFileSync } from 'node:fs';
import path from 'node:path';

/** Rows of a vector file: `#` lines are comments, columns stand between ` | `. Blanks at a row's start are kept. */
export function rows(name: string): string[][] {
  const text = readFileSync(path.join(import.meta.dirname, '../vectors', name), 'utf8');
  const found = text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => (line.startsWith('| ') ? ` ${line}` : line).split(' | '));
  if (found.length === 0) throw new Error(`${name} holds no vectors.`);
  return found;
}
