// One process for the whole suite (decisions/001): every file named here or found beside this one is imported once.
import { readdirSync } from 'node:fs';

for (const name of readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' }).sort()) {
  if (name.endsWith('.test.ts')) await import(`./${name}`);
}
