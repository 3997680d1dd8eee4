import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before } from 'node:test';
import type { Country } from '../../src/country/country.ts';
import { Refused } from '../../src/faults/fault.ts';
import { importList, type ListImport, type ListResult } from '../../src/reference/import.ts';
import type { KindName } from '../../src/reference/kinds.ts';
import { KINDS } from '../../src/reference/kinds.ts';
import type { Row } from '../../src/stores/analytics.ts';
import { openStore, type Store } from '../../src/stores/store.ts';
import { parsed } from '../country/base.ts';
import { embeddedDatabase } from '../servers/embedded.ts';

/** The country of these tests, whose limits bite nowhere unless a test says otherwise. */
export const LENIENT: Country = (() => {
  const country = parsed();
  const free = { sizeVariationAbsolute: -1, sizeVariationPercent: 0 };
  const names = Object.keys(country.import.lists);
  const lists = Object.fromEntries(names.map((name) => [name, free])) as Country['import']['lists'];
  return { ...country, import: { ...country.import, quarantined: 0.9, lists } };
})();

/** One store for a file of tests, with a folder for its inputs. */
export function ground(): {
  readonly store: () => Store;
  /** Writes a file of these lines and gives its path. */
  readonly file: (name: string, lines: readonly string[]) => string;
  /** Imports lines as a list under the lenient country. */
  readonly take: (kind: KindName, lines: readonly string[], more?: Partial<ListImport>) => Promise<ListResult>;
  /** Empties a list, for the next test. */
  readonly clear: (kind: KindName) => Promise<void>;
  readonly rows: (sql: string) => Promise<readonly Row[]>;
} {
  let folder = '';
  let store: Store | undefined;
  let count = 0;
  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'ceir-reference-'));
    store = await openStore({ folder: path.join(folder, 'data'), registry: await embeddedDatabase() });
  });
  after(async () => {
    await store?.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const opened = (): Store => {
    if (store === undefined) throw new Error('the store is not open');
    return store;
  };
  const file = (name: string, lines: readonly string[]): string => {
    count += 1;
    const name_ = path.join(folder, `${count}-${name}`);
    writeFileSync(name_, lines.map((line) => `${line}\n`).join(''));
    return name_;
  };
  return {
    store: opened,
    file,
    take: async (kind, lines, more) => {
      const files = [file(`${kind}.csv`, lines)];
      return (await importList(opened(), { kind, files, country: LENIENT, ...more })).result;
    },
    clear: async (kind) => {
      await opened().analytics.everywhere(`TRUNCATE TABLE ${KINDS[kind].table}`);
      await opened().registry.query('DELETE FROM list_version WHERE kind = $1', [kind]);
    },
    rows: (sql) => opened().analytics.gather(sql),
  };
}

/** The refusal an import ends with. @throws when it ends well. */
export async function refusalOf(act: Promise<unknown>): Promise<Refused> {
  try {
    await act;
  } catch (error) {
    if (error instanceof Refused) return error;
    throw error;
  }
  throw new Error('it was not refused');
}
