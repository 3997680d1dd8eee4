#!/usr/bin/env node
// Runs the TypeScript sources as they are: one program, no build that could be stale (decisions/001). Newer versions of
// Node take the types off by themselves, in half the time, but not from what is installed as a dependency.
if (!process.features.typescript || import.meta.dirname.includes('node_modules')) {
  const { register } = await import('tsx/esm/api');
  register();
}
await import('../src/cli/main.ts');
