import type { Day } from '../../calendar/day.ts';
import type { Condition } from '../../country/condition.ts';
import type { Builder } from '../../eir/memory/build.ts';
import { reasonOf } from '../../notices/reasons.ts';
import { type Analytics, literal, type Shard } from '../../stores/analytics.ts';
import { isImei, OPEN_DAY, validOn } from '../../stores/schema.ts';
import { ASPECTS } from './aspects.ts';

/** Of what aspects are made. */
export type Ground = { readonly conditions: readonly Condition[]; readonly day: Day };

const list = (texts: readonly string[]): string => `[${texts.map(literal).join(', ')}]`;

/**
 * Engine query: each identifier that is known of, with its aspects as bits and its announced blocks, in the order of
 * identifiers. What is announced stands as an open standing whose block date lies ahead.
 */
function surveyOf({ conditions, day }: Ground): string {
  const duplicates = conditions.filter((one) => reasonOf(one) === 'duplicate').map(({ label }) => label);
  const open = `closed = 0 AND ended = toDate('${OPEN_DAY}')`;
  const reason = `transform(toString(condition), ${list(conditions.map(({ label }) => label))}, ${list(conditions.map((one) => one.reason))}, '')`;
  const known =
    conditions.length === 0 ? '' : ` AND toString(condition) IN ${list(conditions.map(({ label }) => label))}`;
  const parts = [
    `SELECT DISTINCT imei, ${ASPECTS.inUse} AS bit, '' AS said FROM triplet WHERE ${isImei()}`,
    `SELECT DISTINCT imei, ${ASPECTS.inUse}, '' FROM seen_before WHERE ${isImei()}`,
    `SELECT imei, ${ASPECTS.registered}, '' FROM registration
      WHERE closed = 0 AND ${validOn(day)} AND lower(toString(status)) IN ('', 'whitelist') AND ${isImei()}`,
    ...(duplicates.length === 0
      ? []
      : [
          `SELECT imei, ${ASPECTS.duplicate}, '' FROM standing
            WHERE ${open} AND toString(condition) IN ${list(duplicates)} AND ${isImei()}`,
        ]),
    ...(known === ''
      ? []
      : [
          `SELECT imei, ${ASPECTS.announced}, concat(toString(block_date), ' ', ${reason}) FROM standing
            WHERE ${open}${known} AND effect = 'blocked' AND block_date > toDate('${day}') AND block_date < toDate('${OPEN_DAY}') AND ${isImei()}`,
        ]),
  ];
  return `SELECT imei, toUInt8(groupBitOr(bit)) AS bits, arrayStringConcat(arraySort(groupUniqArrayIf(said, said != '')), '|') AS all
    FROM (${parts.join(' UNION ALL ')}) GROUP BY imei ORDER BY imei`;
}

/** Adds all that a shard knows to a file of aspects. */
async function addShard(shard: Shard, sql: string, builder: Builder): Promise<void> {
  let rest = Buffer.alloc(0);
  for await (const chunk of shard.stream(sql, 'RowBinary')) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    rest = Buffer.from(bytes.subarray(addRows(bytes, builder)));
  }
  if (rest.length > 0) throw new Error('The engine ended amid a row.');
}

/** IMEI (UInt64), bits (UInt8), and a text behind its length: the bytes of whole rows that were added. */
function addRows(bytes: Buffer, builder: Builder): number {
  let at = 0;
  for (;;) {
    if (at + 10 > bytes.length) return at;
    const [length, start] = lengthAt(bytes, at + 9);
    if (start + length > bytes.length || start === 0) return at;
    const imei = bytes.readUInt32LE(at + 4) * 2 ** 32 + bytes.readUInt32LE(at);
    builder.add(imei, builder.classOf(bytes.readUInt8(at + 8), bytes.toString('utf8', start, start + length)));
    at = start + length;
  }
}

/** A length of one to three bytes (LEB128) and where its text begins; 0 where it is cut. */
function lengthAt(bytes: Buffer, at: number): readonly [length: number, start: number] {
  let length = 0;
  for (let byte = 0; byte < 4; byte += 1) {
    if (at + byte >= bytes.length) return [0, 0];
    const value = bytes.readUInt8(at + byte);
    length |= (value & 127) << (7 * byte);
    if (value < 128) return [length, at + byte + 1];
  }
  throw new Error('The engine gave a text that is too long.');
}

/** Adds everything that analytics knows of identifiers to a file of aspects. */
export async function survey({ shards }: Pick<Analytics, 'shards'>, ground: Ground, builder: Builder): Promise<void> {
  for (const shard of shards) await addShard(shard, surveyOf(ground), builder);
}
