import type { Country } from '../../src/country/country.ts';
import { importOperator } from '../../src/observations/import.ts';
import { importList } from '../../src/reference/import.ts';
import type { Store } from '../../src/stores/store.ts';
import type { World } from './world.ts';

/** Imports every file of a country: lists in the order in which they were sent, then each operator's files in two runs. */
export async function importWorld(store: Store, world: World, country: Country): Promise<void> {
  const sent = world.lists.toSorted((a, b) => (a.date < b.date ? -1 : 1));
  for (const { kind, file, date } of sent) await importList(store, { kind, files: [file], country, date });
  for (const { id } of country.operators) {
    const files = world.feeds.filter(({ operator }) => operator === id).map(({ file }) => file);
    const first = Math.floor(files.length / 2);
    await importOperator(store, { country, operator: id, files: files.slice(0, first) });
    await importOperator(store, { country, operator: id, files: files.slice(first) });
  }
}
