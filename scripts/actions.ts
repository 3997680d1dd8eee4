// Writes docs/access.md from the table of actions.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describeAccess } from '../src/access/describe.ts';

writeFileSync(path.join(import.meta.dirname, '../docs/access.md'), describeAccess());
