#!/usr/bin/env node
// Runs the TypeScript sources as they are: one program, no build that could be stale (decisions/001).
import { register } from 'tsx/esm/api';

register();
await import('../src/cli/main.ts');
