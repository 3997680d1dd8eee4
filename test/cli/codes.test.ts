import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { FAULT_CODES } from '../../src/faults/codes.ts';
import { describe } from '../../src/faults/describe.ts';

const src = path.join(import.meta.dirname, '../../src');
const table = path.join('faults', 'codes.ts');
const sources = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && name !== table)
  .map((name) => readFileSync(path.join(src, name), 'utf8'));
const codes = Object.keys(FAULT_CODES);

test('docs/codes.md is what describe() writes', () => {
  const page = readFileSync(path.join(import.meta.dirname, '../../docs/codes.md'), 'utf8');
  assert.equal(page, describe(), 'write it again: node --import tsx scripts/codes.ts');
});

test('every code has a meaning of its own and is used somewhere', () => {
  assert.equal(new Set(Object.values(FAULT_CODES)).size, codes.length);
  const dead = codes.filter((code) => !sources.some((source) => source.includes(`'${code}'`)));
  assert.deepEqual(dead, []);
});

test('every code that is given to a fault is in the table', () => {
  const used = sources.flatMap((source) =>
    [...source.matchAll(/\bcode: '([A-Z][A-Z_]+)'/g)].map((match) => match[1] ?? ''),
  );
  assert.ok(used.length > 20);
  assert.deepEqual(
    used.filter((code) => !codes.includes(code)),
    [],
  );
});
