import { type Day, today } from '../calendar/day.ts';
import { type Imei, imeiKey } from '../identifiers/imei.ts';
import type { Shard } from '../stores/analytics.ts';
import type { Ask } from '../stores/registry.ts';
import type { Work } from '../stores/run.ts';
import { OPEN_DAY, table } from '../stores/schema.ts';
import type { Store } from '../stores/store.ts';

/**
 * That the effect of a rule on an IMEI is held off. While an appeal is undecided, the clock of a block that had not come
 * stands still: `until` less `since` are the days by which it comes later. An appeal that succeeded holds it off for good
 * (`overturned`), and then ends an effect that is there already.
 */
export type Stay = {
  readonly imei: Imei;
  /** Label of the condition, or the reason of a hold. */
  readonly reason: string;
  readonly since: Day;
  /** That day not counted; undefined while it lasts. */
  readonly until: Day | undefined;
  readonly overturned: boolean;
};

/** All stays that move or hold off a block: those that last, and those that made its clock stand. */
export async function stays(query: Ask): Promise<readonly Stay[]> {
  const rows = await query<Omit<Stay, 'until'> & { until: Day | null }>(
    `SELECT imei, reason, to_char(since, 'YYYY-MM-DD') AS since, to_char(until, 'YYYY-MM-DD') AS until, overturned
     FROM stay WHERE until IS NULL OR (NOT overturned AND until > since) ORDER BY id`,
  );
  return rows.map(({ until, ...row }) => ({ ...row, until: until ?? undefined }));
}

/** The labels of the conditions that are paused now: too many of their decisions were overturned. */
export async function pausedRules(query: Ask): Promise<readonly string[]> {
  const rows = await query<{ rule: string }>('SELECT rule FROM rule_pause WHERE resumed IS NULL ORDER BY rule');
  return rows.map(({ rule }) => rule);
}

/** A stretch of days in which a rule was paused; `until` is not one of them, and undefined while it lasts. */
export type Pause = { readonly rule: string; readonly since: Day; readonly until: Day | undefined };

/**
 * All pauses of rules, also those that are over: blocks that a rule had set for a later day wait with it, and come later by
 * as many days.
 */
export async function pauses(query: Ask, timeZone: string): Promise<readonly Pause[]> {
  const rows = await query<{ rule: string; paused: Date; resumed: Date | null }>(
    'SELECT rule, paused, resumed FROM rule_pause ORDER BY id',
  );
  return rows.map(({ rule, paused, resumed }) => ({
    rule,
    since: today(timeZone, paused),
    until: resumed === null ? undefined : today(timeZone, resumed),
  }));
}

const lines = (rows: readonly object[]): Buffer => Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

async function fill(shard: Shard, name: string, columns: string, rows: readonly object[]): Promise<void> {
  await shard.run(`CREATE TABLE ${name} (${columns}) ENGINE = MergeTree ORDER BY tuple()`);
  if (rows.length > 0) await shard.load(name, 'JSONEachRow', once(lines(rows)));
}

/**
 * Lays out, for a run, what holds decisions off. Gives the engine query, per shard, that stands for the official standings
 * then; undefined where nothing holds any off.
 */
export async function stageStays(
  { registry, analytics }: Pick<Store, 'registry' | 'analytics'>,
  work: Work,
  timeZone: string,
): Promise<string | undefined> {
  const [stayed, paused] = [await stays(registry.query), await pauses(registry.query, timeZone)];
  if (stayed.length === 0 && paused.length === 0) return undefined;
  const names = { stays: work.scratch('stays'), pauses: work.scratch('pauses') };
  const ofStays = stayed.map(({ imei, reason, since, until = OPEN_DAY, overturned }) => ({
    imei: String(imeiKey(imei)),
    condition: reason,
    since,
    until,
    overturned,
  }));
  const ofPauses = paused.map(({ rule, since, until = OPEN_DAY }) => ({ condition: rule, since, until }));
  for (const shard of analytics.shards) {
    await fill(shard, names.stays, 'imei UInt64, condition String, since Date, until Date, overturned Bool', ofStays);
    await fill(shard, names.pauses, 'condition String, since Date, until Date', ofPauses);
  }
  return heldStandings(names);
}

/**
 * Engine query, per shard, with the columns of `standing`: what an appeal or a pause holds off is left out, and a block whose
 * clock stood comes later by as many days. A block that was there before stays, unless an appeal succeeded.
 */
function heldStandings(of: { readonly stays: string; readonly pauses: string }): string {
  const open = `toDate('${OPEN_DAY}')`;
  const pending = (one: string): string => `(s.effect = 'blocked' AND ${one}.1 <= s.block_date)`;
  const lasts = (held: string): string => `arrayExists(x -> x.2 = ${open} AND ${pending('x')}, ${held})`;
  const days = (held: string): string =>
    `arraySum(x -> if(x.2 != ${open} AND ${pending('x')}, toUInt32(x.2 - x.1), 0), ${held})`;
  const blockDate = `if(s.effect = 'blocked' AND s.block_date < ${open},
      toDate(least(toUInt32(s.block_date) + ${days('h.held')} + ${days('p.held')}, toUInt32(${open}) - 1)), s.block_date)`;
  const columns = Object.keys(table('standing').columns).map(
    (column) => `${column === 'block_date' ? blockDate : `s.${column}`} AS ${column}`,
  );
  return `(SELECT ${columns.join(', ')}
  FROM standing AS s
  LEFT JOIN (SELECT imei, condition, groupArrayIf((since, until), NOT overturned) AS held,
    max(overturned AND until = ${open}) AS lost FROM ${of.stays} GROUP BY imei, condition) AS h
    ON h.imei = s.imei AND h.condition = toString(s.condition)
  LEFT JOIN (SELECT condition, groupArray((since, until)) AS held FROM ${of.pauses} GROUP BY condition) AS p
    ON p.condition = toString(s.condition)
  WHERE NOT h.lost AND NOT ${lasts('h.held')} AND NOT ${lasts('p.held')})`;
}
