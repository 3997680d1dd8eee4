import type { Day } from '../calendar/day.ts';
import type { Analytics, Row } from '../stores/analytics.ts';
import { imeiText, isImei, validOn } from '../stores/schema.ts';

/** Rows under the current and under the other policy, and those that would come and go. */
export type Shift = {
  readonly current: number;
  readonly other: number;
  readonly added: number;
  readonly removed: number;
};

/** A shift of one list, told apart by a name: an operator, a model, a reason. */
export type NamedShift = Shift & { readonly list: string; readonly name: string };

/** How the lists of two policies differ. Identifiers are counted, or subscribers where a list names those. */
export type Differences = {
  readonly lists: readonly (Shift & { readonly list: string })[];
  /** Of a list common to all, by the operators that saw the identifier: one that several saw counts for each. */
  readonly byOperator: readonly NamedShift[];
  /** The models, list by list, with the most differences; at most 20. */
  readonly byModel: readonly NamedShift[];
  readonly byReason: readonly NamedShift[];
  /** At most 20 identifiers that would come or go, drawn by a hash: the same for the same data. */
  readonly sample: readonly { readonly list: string; readonly imei: string; readonly change: 'added' | 'removed' }[];
};

const TOP = 20;

const SHIFT = `countIf(t.was) AS current, countIf(t.is) AS other, countIf(t.is AND NOT t.was) AS added, countIf(t.was AND NOT t.is) AS removed`;

/** Counts differences in a table with a row for each row of either side: `was` under the one policy, `is` under the other. */
export async function differences(analytics: Analytics, both: string, date: Day): Promise<Differences> {
  const lists = (
    await shifts(analytics, `SELECT toString(list) AS list, '' AS name, ${SHIFT} FROM ${both} AS t GROUP BY list`)
  ).map(({ name: _, ...shift }) => shift);
  const usedOn = `(SELECT DISTINCT imei, toString(operator) AS whose FROM triplet WHERE imei IN (SELECT imei FROM ${both}))`;
  const byOperator = await shifts(
    analytics,
    `SELECT toString(t.list) AS list, if(t.operator = '', u.whose, toString(t.operator)) AS name, ${SHIFT}
    FROM ${both} AS t LEFT JOIN ${usedOn} AS u ON u.imei = t.imei AND t.operator = '' GROUP BY list, name`,
  );
  const model = `if(m.model = '' AND m.manufacturer = '', 'unknown model', trimBoth(concat(m.manufacturer, ' ', m.model)))`;
  const byModel = await shifts(
    analytics,
    `SELECT toString(t.list) AS list, ${model} AS name, ${SHIFT}
    FROM (SELECT *, if(${isImei()}, toUInt32(intDiv(imei, 1000000)), 4294967295) AS tac FROM ${both}) AS t
    LEFT JOIN (SELECT tac, any(manufacturer) AS manufacturer, any(model) AS model FROM tac WHERE ${validOn(date)} GROUP BY tac) AS m ON m.tac = t.tac
    GROUP BY list, name`,
  );
  return {
    lists,
    byOperator,
    byModel: topOf(byModel),
    byReason: await byReason(analytics, both),
    sample: await sampleOf(analytics, both),
  };
}

/** Reasons come and go within a row that stays: each row counts once for each of its reasons. */
function byReason(analytics: Analytics, both: string): Promise<readonly NamedShift[]> {
  const reasons = (column: string, present: string): string =>
    `if(${present}, arrayFilter(one -> one != '', splitByChar('|', toString(${column}))), [])`;
  return shifts(
    analytics,
    `SELECT toString(t.list) AS list, t.name AS name, ${SHIFT}
    FROM (
      SELECT list, arrayJoin(arrayDistinct(arrayConcat(before, after))) AS name, has(before, name) AS was, has(after, name) AS is
      FROM (SELECT list, ${reasons('why_was', 'was')} AS before, ${reasons('why_is', 'is')} AS after FROM ${both})
    ) AS t GROUP BY list, name`,
  );
}

async function shifts(analytics: Analytics, sql: string): Promise<readonly NamedShift[]> {
  const sums = new Map<string, NamedShift>();
  for (const row of await analytics.gather<Row>(sql)) {
    const [list, name] = [String(row['list']), String(row['name'])];
    const key = JSON.stringify([list, name]);
    const before = sums.get(key) ?? { list, name, current: 0, other: 0, added: 0, removed: 0 };
    sums.set(key, {
      list,
      name,
      current: before.current + Number(row['current']),
      other: before.other + Number(row['other']),
      added: before.added + Number(row['added']),
      removed: before.removed + Number(row['removed']),
    });
  }
  const order = (one: NamedShift): string => `${one.list} ${one.name}`;
  return [...sums.values()].sort((one, other) => (order(one) < order(other) ? -1 : 1));
}

/** The models with the most differences. */
function topOf(models: readonly NamedShift[]): readonly NamedShift[] {
  const size = ({ added, removed }: Shift): number => added + removed;
  return models
    .filter((model) => size(model) > 0)
    .sort((one, other) => size(other) - size(one))
    .slice(0, TOP);
}

async function sampleOf(analytics: Analytics, both: string): Promise<Differences['sample']> {
  const text = `if(${isImei('b.imei')}, ${imeiText('b.imei')}, m.text)`;
  const rows = await analytics.gather<Row>(
    `SELECT toString(b.list) AS list, ${text} AS identifier, b.is AS comes, cityHash64(b.imei) AS place
    FROM (SELECT DISTINCT list, imei, is FROM ${both} WHERE is != was ORDER BY cityHash64(imei), list LIMIT ${TOP}) AS b
    LEFT JOIN (SELECT imei, min(text) AS text FROM malformed WHERE imei IN (SELECT imei FROM ${both} WHERE is != was) GROUP BY imei) AS m ON m.imei = b.imei`,
  );
  const placed = rows.map((row) => ({ place: BigInt(String(row['place'])), row }));
  placed.sort((one, other) => (one.place < other.place ? -1 : one.place > other.place ? 1 : 0));
  return placed.slice(0, TOP).map(({ row }) => ({
    list: String(row['list']),
    imei: String(row['identifier']),
    change: row['comes'] === true ? 'added' : 'removed',
  }));
}
