import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import { DIMENSIONS } from '../../src/detection/catalogue.ts';
import { importOperator } from '../../src/observations/import.ts';
import { openStore, type Store } from '../../src/stores/store.ts';
import { embeddedDatabase } from '../servers/embedded.ts';
import { agree, DEFINITIONS } from './compare.ts';
import { countryWith } from './country.ts';
import { type Duck, openDuck, readWorld } from './duck.ts';
import { importWorld } from './import.ts';
import { eventsByDefinition, eventsStored, tripletsByDefinition, tripletsStored } from './stored.ts';
import { COMBINED, DATES, SINGLE } from './uses.ts';
import { type World, writeWorld } from './world.ts';

const NAMED = SINGLE.map((use, at) => [`c${at}_${/is: (\w+)/.exec(use)?.[1]}`, `[${use}]`] as const);

suite('a second engine, from the definitions alone, agrees to the row', () => {
  const country = countryWith(DIMENSIONS, [...NAMED, ...COMBINED]);
  let folder: string;
  let store: Store;
  let duck: Duck;
  let world: World;
  before(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'ceir-oracle-'));
    world = writeWorld(path.join(folder, 'feeds'), 20_240_229);
    const opening = openStore({ folder: path.join(folder, 'store'), registry: await embeddedDatabase() });
    [store, duck] = await Promise.all([opening, openDuck()]);
    await Promise.all([importWorld(store, world, country), readWorld(duck, world)]);
  });
  after(async () => {
    duck?.close();
    await store?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('every dimension of the catalogue has a definition and a use here', () => {
    const names = DIMENSIONS.map(({ name }) => name);
    assert.deepEqual(Object.keys(DEFINITIONS).sort(), [...names].sort());
    const used = new Set(NAMED.flatMap(([, use]) => /is: (\w+)/.exec(use)?.[1] ?? []));
    assert.deepEqual([...used].sort(), [...names].sort());
  });

  test('what is stored is what the rows say when grouped, and what is not a row is put aside', async () => {
    assert.deepEqual(await tripletsStored(store.analytics), await tripletsByDefinition(duck));
    assert.deepEqual(await eventsStored(store.analytics), await eventsByDefinition(duck));
    const [bad] = await duck.rows('SELECT (SELECT count(*) FROM raw) - (SELECT count(*) FROM good) AS n');
    const [aside] = await store.analytics.home.query<{ n: string }>(
      "SELECT count() AS n FROM quarantine WHERE file LIKE '%.csv%'",
    );
    assert.equal(Number(aside?.n), Number(bad?.['n']));
    assert.ok(Number(bad?.['n']) > 30, 'the world has rows that are none');
  });

  for (const [at, { label, dimensions }] of country.conditions.entries()) {
    const words = dimensions.map(({ is, not }) => (not ? `not ${is}` : is)).join(' and ');
    test(`${label}: ${words}`, async () => {
      const isFirst = country.conditions.findIndex(({ dimensions: [use] }) => use?.is === dimensions[0]?.is) === at;
      const days = DATES.filter((_day, nth) => (isFirst ? nth !== at % 3 : nth === at % 3));
      const sizes = [];
      for (const day of days)
        sizes.push(await agree(duck, store.analytics, { condition: { dimensions }, country, day }));
      assert.ok(
        sizes.some((size) => size > 0),
        'the world has cases of it',
      );
    });
  }

  test('all files of an operator again, in one run and the other way round, change nothing', async () => {
    const files = world.feeds.filter(({ operator }) => operator === 'alfa').map(({ file }) => file);
    await importOperator(store, { country, operator: 'alfa', files: files.toReversed() });
    assert.deepEqual(await tripletsStored(store.analytics), await tripletsByDefinition(duck));
    assert.deepEqual(await eventsStored(store.analytics), await eventsByDefinition(duck));
  });
});
