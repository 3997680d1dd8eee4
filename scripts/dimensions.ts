// Writes docs/dimensions.md from the catalogue of dimensions.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe } from '../src/detection/describe.ts';

const docs = path.join(import.meta.dirname, '../docs');
mkdirSync(docs, { recursive: true });
writeFileSync(path.join(docs, 'dimensions.md'), describe());
