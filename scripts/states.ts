// Writes docs/states.md from the state machines.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describeStates } from '../src/serve/states.ts';

writeFileSync(path.join(import.meta.dirname, '../docs/states.md'), describeStates());
