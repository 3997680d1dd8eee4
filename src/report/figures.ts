import type { Day } from '../calendar/day.ts';
import type { Effect } from '../country/condition.ts';
import type { Country } from '../country/country.ts';
import { seenKeys } from '../detection/seen.ts';
import { isOwn, LISTS, type List } from '../lists/target.ts';
import { GENERATIONS, generationsSeen } from '../observations/rat.ts';
import type { Row } from '../stores/analytics.ts';
import { isImei, OPEN_DAY, tacOf } from '../stores/schema.ts';
import type { Store } from '../stores/store.ts';
import { type Bin, powersOfTwo } from './bins.ts';

/** What the stores hold, in numbers. No identifier of any kind is among them. */
export type Figures = {
  /** The country's name. */
  readonly country: string;
  /** The day of the judgement. */
  readonly date: Day;
  /** Well-formed IMEIs, and other values, that networks reported up to the day. */
  readonly imeis: number;
  readonly malformed: number;
  /** Rows of operator data, usage and events together, by operator. */
  readonly imports: readonly Imported[];
  /** Why rows of operator data were put aside, the commonest first. */
  readonly reasons: readonly { readonly reason: string; readonly rows: number }[];
  /** Rows of each reference list as it stands. */
  readonly references: readonly { readonly kind: string; readonly rows: number }[];
  readonly conditions: readonly Held[];
  readonly lists: readonly ListRows[];
  /** Identifiers by how many IMSIs were seen with them. */
  readonly sharing: readonly Bin[];
  /** IMEIs and other values by the first day on which any condition blocks them; `date` stands for it and all days before. */
  readonly blocks: readonly { readonly day: Day; readonly identifiers: number }[];
  /** Blocks whose day is not set yet. */
  readonly undated: number;
  readonly generations: readonly Generation[];
  /** The models with the most identifiers that are blocked, will be, or are tracked. */
  readonly models: readonly Model[];
};

/** Rows of one operator. */
export type Imported = {
  readonly operator: string;
  readonly rows: number;
  readonly imported: number;
  readonly quarantined: number;
};

/** What one condition holds against how many identifiers. */
export type Held = {
  readonly label: string;
  readonly reason: string;
  readonly effect: Effect;
  readonly open: number;
  /** Of the open ones: blocked on the day, blocked later, put off by an amnesty. */
  readonly blocked: number;
  readonly grace: number;
  readonly amnesty: number;
};

/** Rows of one list; `operator` is '' where it is common to all. */
export type ListRows = { readonly list: List; readonly operator: string; readonly rows: number };

/** Identifiers an operator has seen, by the newest generation they used; 0 where no code told of one. */
export type Generation = {
  readonly operator: string;
  readonly generation: 0 | 2 | 3 | 4 | 5;
  readonly identifiers: number;
};

/** One model; brand and name are '' where the TAC is in no list. Counts are of identifiers seen. */
export type Model = { readonly brand: string; readonly name: string; readonly seen: number; readonly listed: number };

/** How many models are named. */
const MODELS = 20;

type Frame = { readonly store: Store; readonly country: Country; readonly date: Day };

/** Gathers the figures of a country's stores, as they stand after a classification for `date` and a run of lists. */
export async function gatherFigures(store: Store, of: { country: Country; date: Day }): Promise<Figures> {
  const frame = { store, ...of };
  const { imports, reasons } = await imported(frame);
  return {
    country: of.country.name,
    date: of.date,
    ...(await identifiers(frame)),
    imports,
    reasons,
    references: await references(store),
    conditions: await held(frame),
    lists: await listRows(frame),
    sharing: await sharing(store),
    ...(await blocks(frame)),
    generations: await generations(frame),
    models: await models(frame),
  };
}

/** Sums numbers of the shards' rows that agree in `key`. */
async function summed(
  store: Store,
  sql: string,
  { key, count = 'n' }: { readonly key: (row: Row) => string; readonly count?: string },
): Promise<ReadonlyMap<string, number>> {
  const sums = new Map<string, number>();
  for (const row of await store.analytics.gather(sql)) {
    sums.set(key(row), (sums.get(key(row)) ?? 0) + Number(row[count]));
  }
  return sums;
}

const everSeen = ({ country, date }: Frame): string => seenKeys({ date, country, scope: '1' });

async function identifiers(frame: Frame): Promise<Pick<Figures, 'imeis' | 'malformed'>> {
  const sql = `SELECT ${isImei()} AS whole, count() AS n FROM (SELECT imei FROM ${everSeen(frame)} GROUP BY imei) GROUP BY whole`;
  const counts = await summed(frame.store, sql, { key: (row) => String(Number(row['whole'])) });
  return { imeis: counts.get('1') ?? 0, malformed: counts.get('0') ?? 0 };
}

type ImportRow = { readonly runs: number[] } & Record<'operator' | 'rows' | 'imported' | 'quarantined', string>;

async function imported({ store }: Frame): Promise<Pick<Figures, 'imports' | 'reasons'>> {
  const sum = (name: string): string => `sum((result->>'${name}')::bigint) AS ${name}`;
  const found = await store.registry.query<ImportRow>(
    `SELECT operator, array_agg(number) AS runs, ${sum('rows')}, ${sum('imported')}, ${sum('quarantined')}
    FROM run WHERE verb = 'import' AND kind = 'operator' AND status = 'done' GROUP BY operator ORDER BY operator`,
  );
  const imports = found.map(({ operator, rows, imported: taken, quarantined }) => ({
    operator,
    rows: Number(rows),
    imported: Number(taken),
    quarantined: Number(quarantined),
  }));
  const runs = found.flatMap((one) => one.runs);
  if (runs.length === 0) return { imports, reasons: [] };
  const rows = await store.analytics.home.query<{ reason: string; n: string }>(
    `SELECT reason, count() AS n FROM quarantine WHERE run IN (${runs.join(', ')}) GROUP BY reason ORDER BY n DESC, reason`,
  );
  return { imports, reasons: rows.map(({ reason, n }) => ({ reason, rows: Number(n) })) };
}

async function references({ registry }: Store): Promise<Figures['references']> {
  const rows = await registry.query<{ kind: string; rows: string }>(
    'SELECT DISTINCT ON (kind) kind, rows FROM list_version ORDER BY kind, run DESC',
  );
  return rows.map((row) => ({ kind: row.kind, rows: Number(row.rows) }));
}

async function held({ store, country, date }: Frame): Promise<readonly Held[]> {
  const later = `effect = 'blocked' AND block_date > toDate('${date}')`;
  const state = `multiIf(${later} AND amnesty, 'amnesty', ${later}, 'grace', effect = 'blocked', 'blocked', 'open')`;
  const sql = `SELECT toString(condition) AS label, ${state} AS state, count() AS n FROM standing WHERE closed = 0 GROUP BY label, state`;
  const counts = await summed(store, sql, { key: (row) => `${row['label']} ${row['state']}` });
  return country.conditions.map(({ label, reason, effect }) => {
    const of = (name: string): number => counts.get(`${label} ${name}`) ?? 0;
    const [blocked, grace, amnesty] = [of('blocked'), of('grace'), of('amnesty')];
    return { label, reason, effect, open: of('open') + blocked + grace + amnesty, blocked, grace, amnesty };
  });
}

async function listRows({ store, country }: Frame): Promise<readonly ListRows[]> {
  const sql = `SELECT list, operator, count() AS n FROM (
    SELECT toString(c.list) AS list, toString(c.operator) AS operator, imei, imsi, msisdn, argMax(c.op, c.seq) AS last
    FROM change AS c GROUP BY list, operator, imei, imsi, msisdn HAVING last != 'remove'
  ) GROUP BY list, operator`;
  const counts = await summed(store, sql, { key: (row) => `${row['list']} ${row['operator']}` });
  return LISTS.flatMap((list) =>
    (isOwn(list) ? country.operators.map(({ id }) => id) : ['']).map((operator) => ({
      list,
      operator,
      rows: counts.get(`${list} ${operator}`) ?? 0,
    })),
  );
}

async function sharing(store: Store): Promise<readonly Bin[]> {
  const sql = `SELECT imsis, count() AS n FROM (
    SELECT uniqExact(imsi) AS imsis FROM triplet WHERE imsi != 0 GROUP BY imei SETTINGS optimize_aggregation_in_order = 1
  ) GROUP BY imsis`;
  const counts = await summed(store, sql, { key: (row) => String(row['imsis']) });
  return powersOfTwo(new Map([...counts].map(([imsis, n]) => [Number(imsis), n])));
}

async function blocks({ store, date }: Frame): Promise<Pick<Figures, 'blocks' | 'undated'>> {
  const sql = `SELECT greatest(day, toDate('${date}')) AS day, count() AS n FROM (
    SELECT min(s.block_date) AS day FROM standing AS s WHERE s.closed = 0 AND s.effect = 'blocked' GROUP BY s.imei
  ) AS b GROUP BY day`;
  const counts = await summed(store, sql, { key: (row) => String(row['day']) });
  const days = [...counts].filter(([day]) => day !== OPEN_DAY).sort(([one], [two]) => (one < two ? -1 : 1));
  return {
    blocks: days.map(([day, n]) => ({ day: day as Day, identifiers: n })),
    undated: counts.get(OPEN_DAY) ?? 0,
  };
}

async function generations({ store, country }: Frame): Promise<readonly Generation[]> {
  const sql = `SELECT operator, seen, count() AS n FROM (
    SELECT toString(operator) AS operator, imei, ${generationsSeen('groupBitOr(rats)')} AS seen FROM triplet GROUP BY operator, imei
  ) GROUP BY operator, seen`;
  const counts = await summed(store, sql, { key: ({ operator, seen }) => `${operator} ${newest(Number(seen))}` });
  return country.operators.flatMap(({ id }) =>
    ([0, 2, 3, 4, 5] as const).map((generation) => ({
      operator: id,
      generation,
      identifiers: counts.get(`${id} ${generation}`) ?? 0,
    })),
  );
}

/** The newest generation of a mask of {@link GENERATIONS}; 0 where it holds none. */
const newest = (mask: number): number =>
  GENERATIONS.reduce((best, { generation, bit }) => ((mask >> bit) & 1 ? generation : best), 0);

async function models(frame: Frame): Promise<readonly Model[]> {
  const listed = `SELECT imei FROM standing WHERE closed = 0 AND effect != 'informative'`;
  const sql = `SELECT t.brand AS brand, t.model AS name, sum(s.seen) AS seen, sum(s.listed) AS listed FROM (
    SELECT ${tacOf()} AS tac, count() AS seen, countIf(imei IN (${listed})) AS listed
    FROM (SELECT imei FROM ${everSeen(frame)} WHERE ${isImei()} GROUP BY imei) GROUP BY tac
  ) AS s LEFT JOIN (SELECT tac, any(brand) AS brand, any(model) AS model FROM tac WHERE closed = 0 GROUP BY tac) AS t
  ON t.tac = s.tac GROUP BY brand, name HAVING listed > 0`;
  const rows = new Map<string, Model>();
  for (const row of await frame.store.analytics.gather<Record<keyof Model, string>>(sql)) {
    const { brand, name } = row;
    const id = `${brand}\n${name}`;
    const before = rows.get(id) ?? { brand, name, seen: 0, listed: 0 };
    rows.set(id, { brand, name, seen: before.seen + Number(row.seen), listed: before.listed + Number(row.listed) });
  }
  return [...rows.values()]
    .sort((one, two) => two.listed - one.listed || (one.name < two.name ? -1 : 1))
    .slice(0, MODELS);
}
