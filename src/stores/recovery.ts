import type { Analytics } from './analytics.ts';
import type { Registry } from './registry.ts';
import { table } from './schema.ts';

/** One partition of an official table, to be replaced whole by what stands in a staging table. */
export type Move = {
  readonly table: string;
  /** Engine expression of the partition: `(202609, 'alfa')`, `'stolen'`, `tuple()`. */
  readonly partition: string;
  /** The staging table, on every shard that the official one is on. */
  readonly from: string;
};

/** All staging tables, and nothing else, begin so. */
export const STAGING = 'staging_';

const shardsOf = (analytics: Analytics, name: string) =>
  table(name).placement === 'home' ? [analytics.home] : analytics.shards;

/** Carries out moves. Each may be done again without harm, so that a crash between two is made good by repeating all. */
export async function carryOut(analytics: Analytics, moves: readonly Move[]): Promise<void> {
  for (const move of moves) {
    for (const shard of shardsOf(analytics, move.table)) {
      await shard.run(`ALTER TABLE ${move.table} REPLACE PARTITION ${move.partition} FROM ${move.from}`);
    }
  }
}

/** Removes staging tables whose name begins with `prefix`; by default all. */
export async function dropStaging(analytics: Analytics, prefix = STAGING): Promise<void> {
  for (const shard of analytics.shards) {
    const sql = `SELECT name FROM system.tables WHERE database = currentDatabase() AND startsWith(name, '${prefix}')`;
    for (const { name } of await shard.query<{ name: string }>(sql))
      await shard.run(`DROP TABLE IF EXISTS ${name} SYNC`);
  }
}

/**
 * Makes whole what a crash left: a run past its point of no return is completed, an earlier one is undone.
 * Only an owner of the stores may call it, before it starts runs of its own.
 */
export async function recover(registry: Registry, analytics: Analytics): Promise<void> {
  const cut = await registry.query<{ number: number; status: string; moves: Move[] }>(
    `SELECT number, status, moves FROM run WHERE status IN ('running', 'publishing') ORDER BY number`,
  );
  for (const run of cut) {
    if (run.status === 'publishing') await carryOut(analytics, run.moves);
    else await analytics.home.run(`ALTER TABLE quarantine DROP PARTITION ${run.number}`);
    const status = run.status === 'publishing' ? 'done' : 'undone';
    await registry.query('UPDATE run SET status = $2, ended = now() WHERE number = $1', [run.number, status]);
  }
  await dropStaging(analytics);
}
