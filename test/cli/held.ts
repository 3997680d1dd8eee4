import { openStore } from '../../src/stores/store.ts';

export type Held = {
  /** Rows of triplets, by operator. */
  readonly triplets: Readonly<Record<string, number>>;
  readonly runs: readonly string[];
  readonly staging: readonly unknown[];
};

/** What a data folder holds once it is opened. */
export async function held(of: string): Promise<Held> {
  const store = await openStore({ folder: of });
  try {
    const counts = 'SELECT operator, count() AS count FROM triplet GROUP BY operator ORDER BY operator';
    const rows = await store.analytics.home.query<{ operator: string; count: string }>(counts);
    const runs = await store.registry.query<{ status: string }>('SELECT status FROM run ORDER BY number');
    const staging = `SELECT name FROM system.tables WHERE database = currentDatabase() AND startsWith(name, 'staging_')`;
    return {
      triplets: Object.fromEntries(rows.map(({ operator, count }) => [operator, Number(count)])),
      runs: runs.map(({ status }) => status),
      staging: await store.analytics.home.query(staging),
    };
  } finally {
    await store.close();
  }
}

/** The words of an import of operator data, whose answer a script reads. */
export const importWords = (file: string, operator: string, data: string): readonly string[] => [
  'import',
  'operator',
  file,
  '--operator',
  operator,
  '--data',
  data,
  '--json',
];
