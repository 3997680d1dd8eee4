import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe } from 'node:test';
import { openStore, type Places, type Store } from '../../src/stores/store.ts';
import { startClickHouse } from '../servers/clickhouse.ts';
import { embeddedDatabase } from '../servers/embedded.ts';
import { freshDatabase, startPostgres15, withoutPostgres15 } from '../servers/postgres.ts';

/** A store that is open while a group of tests runs, with a folder for their files. */
export type Ground = { readonly store: () => Store; readonly folder: () => string };

type Placing = { readonly places: Omit<Places, 'folder'>; readonly stop: () => Promise<void> };

/** The store as it is by default: the engine in a child process, PostgreSQL from the package. */
const embedded = async (): Promise<Placing> => ({
  places: { registry: await embeddedDatabase() },
  stop: () => Promise.resolve(),
});

/** The store of a country that has outgrown a machine: two ClickHouse servers, PostgreSQL 15 as Debian ships it. */
async function servers(): Promise<Placing> {
  const [clickhouse, postgres] = await Promise.all([startClickHouse({ shards: 2 }), startPostgres15()]);
  return {
    places: { analytics: clickhouse.urls.join(','), registry: await freshDatabase(postgres) },
    stop: async () => {
      await Promise.all([clickhouse.stop(), postgres.stop()]);
    },
  };
}

function ground(place: () => Promise<Placing>): Ground {
  let opened: { store: Store; folder: string; stop: () => Promise<void> } | undefined;
  before(async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'ceir-test-'));
    const { places, stop } = await place();
    opened = { store: await openStore({ folder: path.join(folder, 'data'), ...places }), folder, stop };
  });
  after(async () => {
    await opened?.store.close();
    await opened?.stop();
    if (opened !== undefined) rmSync(opened.folder, { recursive: true, force: true });
  });
  const the = () => {
    if (opened === undefined) throw new Error('the store is not open');
    return opened;
  };
  return { store: () => the().store, folder: () => the().folder };
}

/** Runs the same tests on the embedded store and on real servers. */
export function onEveryStore(name: string, tests: (ground: Ground) => void): void {
  describe(`${name}, embedded`, () => tests(ground(embedded)));
  describe(`${name}, on two ClickHouse servers and PostgreSQL 15`, { skip: withoutPostgres15 }, () =>
    tests(ground(servers)),
  );
}

/** Runs tests on the embedded store. */
export function onStore(name: string, tests: (ground: Ground) => void): void {
  describe(name, () => tests(ground(embedded)));
}
