// Writes docs/codes.md from the table of codes.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe } from '../src/faults/describe.ts';

const docs = path.join(import.meta.dirname, '../docs');
mkdirSync(docs, { recursive: true });
writeFileSync(path.join(docs, 'codes.md'), describe());
