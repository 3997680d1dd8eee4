import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Day } from '../../src/calendar/day.ts';
import { dayNumber, monthOf, parseDay } from '../../src/calendar/day.ts';
import type { Parameters } from '../../src/country/parameter.ts';
import { dimensionOf } from '../../src/detection/catalogue.ts';
import type { Conjunction } from '../../src/detection/condition.ts';
import { figures, matches } from '../../src/detection/condition.ts';
import type { Context } from '../../src/detection/dimension.ts';
import type { Analytics } from '../../src/stores/analytics.ts';
import { openEmbedded } from '../../src/stores/embedded.ts';
import { createTable, OPEN_DAY, TABLES, table } from '../../src/stores/schema.ts';

export const day = (text: string): Day => {
  const parsed = parseDay(text);
  if (!parsed.ok) throw new Error(`${text} is no day`);
  return parsed.value;
};

export const DATE = day('2026-09-30');

/** A country of two operators, alfa (999-01) and bravo (999-02), which exempts modems. */
export const COUNTRY: Context['country'] = {
  mccs: ['999'],
  operators: [
    { id: 'alfa', name: 'Alfa', plmns: [{ mcc: '999', mnc: '01' }] },
    { id: 'bravo', name: 'Bravo', plmns: [{ mcc: '999', mnc: '02' }] },
  ],
  exemptDeviceTypes: ['Modem'],
};

export const CONTEXT: Context = { date: DATE, country: COUNTRY, scope: '1' };

type Cell = string | number;
export type Line = Readonly<Record<string, Cell | readonly number[]>>;

/** What one subscription did with one identifier on some days. */
export type Use = {
  readonly imei: Cell;
  readonly on: readonly string[];
  readonly imsi?: Cell;
  readonly msisdn?: Cell;
  readonly operator?: string;
  readonly rats?: number;
};

/** IMSIs of alfa by a small number. */
export const imsi = (number: number): number => 999_010_000_000_000 + number;
/** MSISDNs by a small number. */
export const msisdn = (number: number): number => 999_700_000_000 + number;

/** The triplets of uses, one a month. */
export function triplets(uses: readonly Use[]): readonly Line[] {
  return uses.flatMap((use) => {
    const months = new Map<number, number>();
    for (const text of use.on) {
      const month = monthOf(day(text));
      months.set(month, (months.get(month) ?? 0) | (1 << (Number(text.slice(8)) - 1)));
    }
    return [...months].map(([month, days]) => ({
      month,
      operator: use.operator ?? 'alfa',
      imei: use.imei,
      imsi: use.imsi ?? imsi(1),
      msisdn: use.msisdn ?? msisdn(1),
      days,
      rats: use.rats ?? 64,
    }));
  });
}

const HISTORY = { valid_from: '2020-01-01', valid_to: OPEN_DAY, recorded: 1, closed: 0 };

export type Found = { readonly imei: string; readonly matched: boolean; readonly evidence: Record<string, unknown> };

/** An embedded store with the tables of the schema, and what tests do with it. */
export type World = {
  readonly analytics: Analytics;
  /** Adds rows; columns not given are empty, or, of history, open and valid. */
  put(name: string, rows: readonly Line[]): Promise<void>;
  use(...uses: readonly Use[]): Promise<void>;
  /** Empties every table that has been written to. */
  clear(): Promise<void>;
  /** The figures of a dimension by identifier. */
  figures(is: string, parameters?: Parameters, context?: Partial<Context>): Promise<ReadonlyMap<string, Found>>;
  /** The identifiers that a dimension matches, sorted. */
  matched(is: string, parameters?: Parameters, context?: Partial<Context>): Promise<readonly string[]>;
  /** The identifiers that a condition matches, with their evidence. */
  matches(condition: Conjunction, context?: Partial<Context>): Promise<ReadonlyMap<string, Record<string, unknown>>>;
  close(): Promise<void>;
};

/** A dimension's parameters: its defaults, and those given. A given period takes the place of the default one. */
export function filled(is: string, given: Parameters = {}): Parameters {
  const { parameters, exactlyOne = [] } = dimensionOf(is);
  const rivals = exactlyOne.filter((group) => group.some((name) => name in given)).flat();
  const defaults = Object.entries(parameters).flatMap(([name, spec]) =>
    spec.default === undefined || rivals.includes(name) ? [] : [[name, spec.default] as const],
  );
  return { ...Object.fromEntries(defaults), ...given };
}

export async function openWorld(): Promise<World> {
  const folder = await mkdtemp(path.join(tmpdir(), 'ceir-detection-'));
  const analytics = await openEmbedded(folder);
  for (const one of TABLES) await analytics.home.run(createTable(one));
  const touched = new Set<string>();
  const put = async (name: string, rows: readonly Line[]): Promise<void> => {
    if (rows.length === 0) return;
    touched.add(name);
    const history = 'valid_from' in table(name).columns ? HISTORY : {};
    const lines = rows.map((row) => JSON.stringify({ ...history, ...row })).join('\n');
    await analytics.home.load(name, 'JSONEachRow', once(Buffer.from(complete(name, lines))));
  };
  const found = async (
    is: string,
    given: Parameters = {},
    context: Partial<Context> = {},
  ): Promise<ReadonlyMap<string, Found>> => {
    const sql = figures({ is, not: false, parameters: filled(is, given) }, { ...CONTEXT, ...context });
    const rows = await analytics.home.query<{ imei: string; matched: number; evidence: string }>(sql);
    return new Map(
      rows.map(({ imei, matched, evidence }) => [
        imei,
        { imei, matched: matched === 1, evidence: JSON.parse(evidence) as Record<string, unknown> },
      ]),
    );
  };
  return {
    analytics,
    put,
    use: (...uses) => put('triplet', triplets(uses)),
    clear: async () => {
      for (const name of touched) await analytics.home.run(`TRUNCATE TABLE ${name}`);
      touched.clear();
    },
    figures: found,
    matched: async (is, given, context) =>
      [...(await found(is, given, context)).values()]
        .filter(({ matched }) => matched)
        .map(({ imei }) => imei)
        .sort(),
    matches: async (condition, context = {}) => {
      const rows = await analytics.home.query<{ imei: string; evidence: string }>(
        matches(condition, { ...CONTEXT, ...context }),
      );
      return new Map(rows.map(({ imei, evidence }) => [imei, JSON.parse(evidence) as Record<string, unknown>]));
    },
    close: async () => {
      await analytics.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Rows with every column of the table, in its order, since the engine loads by position. */
function complete(name: string, lines: string): string {
  const columns = Object.entries(table(name).columns);
  return lines
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .map((row) =>
      JSON.stringify(Object.fromEntries(columns.map(([column, type]) => [column, row[column] ?? empty(type)]))),
    )
    .join('\n');
}

const empty = (type: string): string | number =>
  type.startsWith('Date') ? '1970-01-01' : type.includes('String') ? '' : 0;

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

/** Seconds of local time since 1970, as the event feed has them. */
export const at = (text: string): number =>
  dayNumber(day(text.slice(0, 10))) * 86_400 +
  Number(text.slice(11, 13)) * 3600 +
  Number(text.slice(14, 16)) * 60 +
  Number(text.slice(17, 19) || 0);
