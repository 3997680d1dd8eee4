// The whole suite in one process. Each file becomes a suite of its own, so that its hooks hold for its tests alone.
import { readdirSync } from 'node:fs';
import { suite } from 'node:test';

const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' }).sort();
for (const name of files.filter((file) => file.endsWith('.test.ts'))) {
  suite(name, async () => {
    await import(`./${name}`);
  });
}
