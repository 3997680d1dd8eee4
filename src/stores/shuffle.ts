import type { Analytics } from './analytics.ts';
import { shardOf } from './schema.ts';

/**
 * Inserts what `select` yields on every shard into the table `into`, each row on the shard its `imei` belongs to.
 * With one shard no row leaves the engine; with several they pass through this process, so that the engines need not
 * know each other.
 */
export async function spread(analytics: Analytics, select: string, into: string): Promise<void> {
  const { shards } = analytics;
  if (shards.length === 1) return analytics.home.run(`INSERT INTO ${into} ${select}`);
  for (const source of shards) {
    for (const target of shards) {
      const share = `SELECT * FROM (${select}) WHERE ${shardOf(shards.length)} = ${target.number}`;
      if (source === target) await target.run(`INSERT INTO ${into} ${share}`);
      else await target.load(into, 'Native', source.stream(share, 'Native'));
    }
  }
}

/** Inserts what `select` yields on every shard into a table of the home shard. */
export async function bringHome(analytics: Analytics, select: string, into: string): Promise<void> {
  for (const source of analytics.shards) {
    if (source === analytics.home) await source.run(`INSERT INTO ${into} ${select}`);
    else await analytics.home.load(into, 'Native', source.stream(select, 'Native'));
  }
}
