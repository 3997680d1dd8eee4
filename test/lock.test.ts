import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

type Entry = {
  readonly version?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly optional?: boolean;
  readonly os?: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
};

const read = (name: string): unknown => JSON.parse(readFileSync(new URL(`../${name}`, import.meta.url), 'utf8'));
const manifest = read('package.json') as Entry;
const { packages } = read('package-lock.json') as { readonly packages: Readonly<Record<string, Entry>> };
const entries = Object.entries(packages);

/** The places where a package looks for another, nearest first, as Node resolves them. */
function places(parent: string, name: string): readonly string[] {
  const here = parent === '' ? `node_modules/${name}` : `${parent}/node_modules/${name}`;
  const above = parent.lastIndexOf('/node_modules/');
  if (parent === '') return [here];
  return [here, ...places(above < 0 ? '' : parent.slice(0, above), name)];
}

test('the lock file names every dependency, also those of other platforms', () => {
  assert.ok(entries.length > 100, 'the lock file was read');
  const absent = entries.flatMap(([parent, entry]) =>
    Object.keys({ ...entry.dependencies, ...entry.devDependencies, ...entry.optionalDependencies })
      .filter((name) => places(parent, name).every((place) => packages[place] === undefined))
      .map((name) => `${parent} wants ${name}: run node scripts/lock.js`),
  );
  assert.deepEqual(absent, []);
});

test('the lock file is of this package.json', () => {
  const root = packages[''];
  assert.deepEqual(root?.dependencies, manifest.dependencies);
  assert.deepEqual(root?.devDependencies, manifest.devDependencies);
});

test('only optional packages of named platforms may lack a checksum', () => {
  const unchecked = entries.filter(([place, entry]) => place !== '' && entry.integrity === undefined);
  assert.deepEqual(
    unchecked.filter(([, entry]) => entry.optional !== true || entry.os === undefined).map(([place]) => place),
    [],
  );
});

test('the lock file binds nobody to one registry', () => {
  assert.deepEqual(
    entries.filter(([, entry]) => entry.resolved !== undefined).map(([place]) => `${place}: run node scripts/lock.js`),
    [],
  );
});
