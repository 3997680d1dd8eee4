import { suite } from 'node:test';
for (const name of ['cli/machine.test.ts', 'cli/usage.test.ts', 'cli/codes.test.ts']) suite(name, async () => { await import(`/work/main/test/${name}`); });
