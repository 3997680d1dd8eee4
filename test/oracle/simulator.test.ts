import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { Day, Month } from '../../src/calendar/day.ts';
import { type Country, parseCountry } from '../../src/country/country.ts';
import { DIMENSIONS } from '../../src/detection/catalogue.ts';
import { parseRange } from '../../src/files/name.ts';
import { isKindName } from '../../src/reference/kinds.ts';
import { type Summary, simulate } from '../../src/simulator/simulate.ts';
import { openStore, type Store } from '../../src/stores/store.ts';
import { embeddedDatabase } from '../servers/embedded.ts';
import { agree } from './compare.ts';
import { type Duck, openDuck, READ_LISTS, readWorld } from './duck.ts';
import { importWorld } from './import.ts';
import { tripletsByDefinition, tripletsStored } from './stored.ts';
import type { Feed, World } from './world.ts';

/** The simulated files as the readers here take them; lists that no dimension reads are left out. */
function worldOf({ operatorFiles, eventFiles, lists, cells, firstDay }: Summary): World {
  const feed =
    (events: boolean) =>
    (one: { operator: string; file: string }): Feed => {
      const range = parseRange(one.file);
      assert.ok(range.ok);
      return { ...one, from: range.value.start, to: range.value.end, events };
    };
  const files = Object.entries({ ...lists, cells }).flatMap(([kind, file]) =>
    isKindName(kind) && READ_LISTS.includes(kind) ? [{ kind, file, date: firstDay }] : [],
  );
  return { feeds: [...operatorFiles.map(feed(false)), ...eventFiles.map(feed(true))], lists: files };
}

suite('a second engine agrees to the row on a simulated country under its own conditions', () => {
  let folder: string;
  let store: Store;
  let duck: Duck;
  let country: Country;
  let lastDay: Day;
  before(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'ceir-simulated-'));
    const options = { devices: 500, months: 2, seed: 5, firstMonth: 202401 as Month };
    const summary = await simulate(path.join(folder, 'country'), options);
    const parsed = parseCountry(readFileSync(summary.country, 'utf8'), summary.country, DIMENSIONS);
    assert.ok(parsed.ok);
    country = parsed.value;
    lastDay = summary.lastDay;
    const opening = openStore({ folder: path.join(folder, 'store'), registry: await embeddedDatabase() });
    [store, duck] = await Promise.all([opening, openDuck()]);
    const world = worldOf(summary);
    await Promise.all([importWorld(store, world, country), readWorld(duck, world)]);
  });
  after(async () => {
    duck?.close();
    await store?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('in its triplets', async () => {
    const triplets = await tripletsStored(store.analytics);
    assert.deepEqual(triplets, await tripletsByDefinition(duck));
    assert.ok(triplets.length > 1000, 'the country was imported');
  });

  test('in what every condition matches', async () => {
    const sizes: Record<string, number> = {};
    for (const { label, dimensions } of country.conditions) {
      sizes[label] = await agree(duck, store.analytics, { condition: { dimensions }, country, day: lastDay });
    }
    const matching = Object.values(sizes).filter((size) => size > 0);
    assert.ok(matching.length > 8, `most conditions have cases: ${JSON.stringify(sizes)}`);
  });
});
