import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { Country } from '../../src/country/country.ts';
import { CATALOGUE } from '../../src/detection/catalogue.ts';
import { importOperator } from '../../src/observations/import.ts';
import { importList } from '../../src/reference/import.ts';
import { openStore, type Store } from '../../src/stores/store.ts';
import { embeddedDatabase } from '../servers/embedded.ts';
import { actual, DEFINITIONS, differences, expected } from './compare.ts';
import { countryWith, OPERATORS } from './country.ts';
import { type Duck, openDuck, readWorld } from './duck.ts';
import { COMBINED, DATES, SINGLE } from './uses.ts';
import { type World, writeWorld } from './world.ts';

const NAMED = SINGLE.map((use, at) => [`c${at}_${/is: (\w+)/.exec(use)?.[1]}`, `[${use}]`] as const);

/** Imports every file of a world, lists first, in the order in which they were sent. */
async function importWorld(store: Store, world: World, country: Country): Promise<void> {
  const sent = world.lists.toSorted((a, b) => (a.date < b.date ? -1 : 1));
  for (const { kind, file, date } of sent) await importList(store, { kind, files: [file], country, date });
  for (const { id } of OPERATORS) {
    const files = world.feeds.filter(({ operator }) => operator === id).map(({ file }) => file);
    await importOperator(store, { country, operator: id, files: files.slice(0, 2) });
    await importOperator(store, { country, operator: id, files: files.slice(2) });
  }
}

suite('a second engine, from the definitions alone, agrees to the row', () => {
  const country = countryWith(CATALOGUE, [...NAMED, ...COMBINED]);
  let folder: string;
  let store: Store;
  let duck: Duck;
  before(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'ceir-oracle-'));
    const world = writeWorld(path.join(folder, 'feeds'), 20_240_229);
    console.time('open'); [store, duck] = await Promise.all([openStore({ folder: path.join(folder, 'store'), registry: await embeddedDatabase() }), openDuck()]);
    console.timeEnd('open'); console.time('import'); await Promise.all([importWorld(store, world, country), readWorld(duck, world)]); console.timeEnd('import');
  });
  after(async () => {
    duck?.close();
    await store?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('every dimension of the catalogue has a definition and a use here', () => {
    const names = CATALOGUE.map(({ name }) => name);
    assert.deepEqual(Object.keys(DEFINITIONS).sort(), [...names].sort());
    assert.deepEqual(names.filter((name) => !SINGLE.some((use) => use.includes(`is: ${name} `) || use.includes(`is: ${name},`))), []);
  });

  for (const { label, dimensions } of country.conditions) {
    test(`${label} ${dimensions.length > 1 ? dimensions.map(({ is, not }) => (not ? `not ${is}` : is)).join(' and ') : ''}`, async () => {
      let most = 0;
      for (const day of DATES.filter((d) => d >= (process.env['ODAY'] ?? ''))) {
        const mine = await expected(duck, { dimensions }, day);
        const theirs = await actual(store.analytics, { condition: { dimensions }, country, day });
        assert.deepEqual(differences(mine, theirs), [], `on ${day}`);
        most = Math.max(most, mine.size);
      }
      assert.ok(most > 0, 'the world has cases of it');
    });
  }
});
