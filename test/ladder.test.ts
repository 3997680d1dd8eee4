import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

const src = path.join(import.meta.dirname, '../src');

/** Floors of ARCHITECTURE.md: a room may import from its own folder and from floors below, never across or up. */
const FLOORS: Readonly<Record<string, number>> = {
  faults: 0,
  calendar: 1,
  identifiers: 1,
  states: 1,
  files: 2,
  codecs: 2,
  simulator: 3,
  stores: 3,
  country: 4,
  vault: 4,
  access: 5,
  reference: 5,
  observations: 5,
  detection: 6,
  devices: 6,
  inbox: 6,
  notices: 6,
  decisions: 7,
  lists: 8,
  cases: 9,
  eir: 9,
  policy: 9,
  registration: 9,
  report: 9,
  api: 10,
  serve: 11,
  cli: 12,
};

const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
const importsOf = (file: string): string[] =>
  [...readFileSync(path.join(src, file), 'utf8').matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map((match) =>
    path.relative(src, path.resolve(src, path.dirname(file), match[1] ?? '')),
  );
const roomOf = (file: string): string => file.split(path.sep)[0] ?? '';

test('every folder under src is a room with a floor', () => {
  assert.ok(files.length > 20, 'the sources were found');
  const rooms = new Set(files.map(roomOf));
  assert.deepEqual(
    [...rooms].filter((room) => FLOORS[room] === undefined),
    [],
  );
});

test('imports between rooms run downwards only', () => {
  const upwards = files.flatMap((file) =>
    importsOf(file)
      .filter((target) => roomOf(target) !== roomOf(file))
      .filter((target) => (FLOORS[roomOf(target)] ?? Infinity) >= (FLOORS[roomOf(file)] ?? -1))
      .map((target) => `${file} → ${target}`),
  );
  assert.deepEqual(upwards, []);
});

test('the pure floors, the codecs and the decision core import no package that does I/O', () => {
  const impure = files
    .filter(
      (file) => (FLOORS[roomOf(file)] ?? 9) <= 1 || roomOf(file) === 'codecs' || file.startsWith('decisions/core/'),
    )
    .filter((file) => /from '(?:node:(?!crypto)|pg|chdb|@clickhouse)/.test(readFileSync(path.join(src, file), 'utf8')));
  assert.deepEqual(impure, []);
});

test('no file imports itself through others', () => {
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (file: string, trail: readonly string[]): void => {
    if (trail.includes(file)) circles.push([...trail.slice(trail.indexOf(file)), file].join(' → '));
    if (trail.includes(file) || done.has(file)) return;
    for (const target of importsOf(file)) visit(target, [...trail, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
  assert.deepEqual(circles, []);
});
