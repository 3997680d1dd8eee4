import { readFileSync } from 'node:fs';
import path from 'node:path';

/** The program's version: whoever works on the same stores must have the same tables. */
export const VERSION = (
  JSON.parse(readFileSync(path.join(import.meta.dirname, '../../package.json'), 'utf8')) as { readonly version: string }
).version;
