import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Country } from '../../src/country/country.ts';
import { Refused } from '../../src/faults/fault.ts';
import { importList, type ListImport, type ListResult } from '../../src/reference/import.ts';
import { KINDS, type KindName } from '../../src/reference/kinds.ts';
import type { Row } from '../../src/stores/analytics.ts';
import { parsed } from '../country/base.ts';
import type { Ground } from '../stores/ground.ts';

/** The country of these tests, whose limits bite nowhere unless a test says otherwise. */
export const LENIENT: Country = (() => {
  const country = parsed();
  const free = { sizeVariationAbsolute: -1, sizeVariationPercent: 0 };
  const lists = { ...country.import.lists };
  for (const name of Object.keys(lists) as (keyof typeof lists)[]) lists[name] = free;
  return { ...country, import: { ...country.import, quarantined: 0.9, lists } };
})();

/** What tests of lists do with a store. */
export type Hands = {
  /** Writes a file of these lines and gives its path. */
  readonly file: (name: string, content: readonly string[] | Buffer) => string;
  /** Imports lines as a list under the lenient country. */
  readonly take: (kind: KindName, lines: readonly string[] | Buffer, more?: Partial<ListImport>) => Promise<ListResult>;
  /** Empties a list, for the next test. */
  readonly clear: (kind: KindName) => Promise<void>;
  /** The rows of one whole table, or of all shards of a spread one. */
  readonly rows: (kind: KindName, sql: string) => Promise<readonly Row[]>;
};

/** The hands for the store of a group of tests. */
export function handsOn(ground: Ground): Hands {
  let count = 0;
  const file: Hands['file'] = (name, content) => {
    count += 1;
    const full = path.join(ground.folder(), `${count}-${name}`);
    writeFileSync(full, Buffer.isBuffer(content) ? content : content.map((line) => `${line}\n`).join(''));
    return full;
  };
  return {
    file,
    take: async (kind, lines, more) => {
      const files = [file(`${kind}.csv`, lines)];
      return (await importList(ground.store(), { kind, files, country: LENIENT, ...more })).result;
    },
    clear: async (kind) => {
      await ground.store().analytics.everywhere(`TRUNCATE TABLE ${KINDS[kind].table}`);
      await ground.store().registry.query('DELETE FROM list_version WHERE kind = $1', [kind]);
    },
    rows: (kind, sql) => {
      const { analytics } = ground.store();
      const spread = KINDS[kind].columns.some(({ name }) => name === 'imei');
      return spread ? analytics.gather(sql) : analytics.home.query(sql);
    },
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
