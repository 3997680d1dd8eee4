import type { Shard } from './analytics.ts';

/**
 * Engine predicates on `imei` that share out all identifiers into ranges of the key, the order that tables stand in,
 * open at both ends, with `size` identifiers of the table `from` each (its rows are one an identifier). What is done
 * range by range needs memory for one of them, however large the country is.
 */
export async function slicesOf(shard: Shard, from: string, size: number): Promise<readonly string[]> {
  const bounds = await shard.query<{ imei: string }>(
    `SELECT imei FROM (SELECT imei, rowNumberInAllBlocks() AS n FROM (SELECT imei FROM ${from} ORDER BY imei))
    WHERE n > 0 AND n % ${size} = 0 SETTINGS max_threads = 1`,
  );
  const keys = bounds.map(({ imei }) => imei);
  return [...keys, undefined].map((to, at) => {
    const start = keys[at - 1];
    const ends = [start === undefined ? [] : [`imei >= ${start}`], to === undefined ? [] : [`imei < ${to}`]].flat();
    return ends.length === 0 ? '1' : ends.join(' AND ');
  });
}
