import type { Day } from '../calendar/day.ts';
import type { Country } from '../country/country.ts';
import { judgeAll, refusals } from '../decisions/classify.ts';
import { massEffect } from '../decisions/guard.ts';
import { layOut } from '../decisions/judge.ts';
import { columns, part, wrap } from '../decisions/layout.ts';
import type { Fault } from '../faults/fault.ts';
import { type Progress, silent } from '../files/progress.ts';
import { LISTS, targets } from '../lists/target.ts';
import { type Analytics, literal } from '../stores/analytics.ts';
import { performRun, type Work } from '../stores/run.ts';
import type { Store } from '../stores/store.ts';
import { type Differences, differences, type NamedShift, type Shift } from './shift.ts';

/** What a policy is compared with. */
export type PolicyWish = {
  readonly current: Country;
  readonly other: Country;
  readonly date: Day;
  readonly progress?: Progress | undefined;
};

type Side = 'current' | 'other';

/** What lists would be under another country file. Identifiers are counted, or subscribers where a list names those. */
export type Simulation = Differences & {
  readonly date: Day;
  /** What a run of classification would refuse; of mass effects, the lists are shown as if they were approved. */
  readonly warnings: readonly (Fault & { readonly policy: Side })[];
};

/**
 * What the lists of a day would be under another country file, against those under the current one. Both are judged anew
 * over the same data and the same standings, so that nothing but the policies differs. Nothing is stored.
 */
export async function simulatePolicy(store: Store, wish: PolicyWish): Promise<Simulation> {
  const { current, other, date, progress = silent } = wish;
  let simulation: Simulation | undefined;
  await performRun(store, { verb: 'simulate-policy', day: date, dryRun: true }, async (work) => {
    const one = await imagined(store, work, { wish, country: current, side: 'current', progress });
    const two = await imagined(store, work, { wish, country: other, side: 'other', progress });
    const both = await bothSides(store, work, [one.table, two.table]);
    const found = await differences(store.analytics, both, date);
    simulation = { date, ...found, warnings: [...one.warnings, ...two.warnings] };
    return { moves: [], result: {} };
  });
  if (simulation === undefined) throw new Error('a run ended without having acted');
  return simulation;
}

type Imagining = {
  readonly wish: PolicyWish;
  readonly country: Country;
  readonly side: Side;
  readonly progress: Progress;
};

const ROW =
  'list LowCardinality(String), operator LowCardinality(String), imei UInt64, imsi UInt64, msisdn UInt64, reasons LowCardinality(String)';

/** Scratch table of all lists under one policy, and what it could not judge. */
async function imagined(
  store: Store,
  work: Work,
  { wish, country, side, progress }: Imagining,
): Promise<{ readonly table: string; readonly warnings: Simulation['warnings'] }> {
  const { analytics } = store;
  const { conditions } = country;
  const asked = { analytics, work, country, date: wish.date, suffix: side, conditions, approved: true };
  const bench = await layOut(asked);
  const judged = await judgeAll(bench, conditions, progress);
  await keepRefused(analytics, bench.standing, judged);
  const table = work.scratch(`lists_${side}`);
  await analytics.everywhere(`CREATE TABLE ${table} (${ROW}) ENGINE = MergeTree ORDER BY (list, imei)`);
  const terms = { policy: country, day: wish.date, golden: store.pseudonyms.golden, standing: bench.standing };
  const blocked = `(SELECT imei FROM ${table} WHERE list = 'blocked')`;
  for (const list of LISTS) {
    // One rule makes the lists that are issued and those that are imagined.
    const target = targets(list === 'blocked' ? terms : { ...terms, blocked })[list];
    await analytics.everywhere(
      `INSERT INTO ${table} SELECT '${list}', operator, imei, imsi, msisdn, reasons FROM ${target}`,
    );
  }
  const excesses = conditions.flatMap((condition, at) => {
    const excess = massEffect(condition, { matchedSeen: judged[at]?.matchedSeen ?? 0, seen: bench.seen });
    return excess === undefined ? [] : [excess];
  });
  const warnings = [...refusals({ conditions: judged }), ...excesses].map((fault) => ({ ...fault, policy: side }));
  return { table, warnings };
}

/** A condition that cannot be judged keeps its standings, in imagination too. */
async function keepRefused(
  analytics: Analytics,
  standing: string,
  judged: Awaited<ReturnType<typeof judgeAll>>,
): Promise<void> {
  for (const { label, refused } of judged) {
    if (refused === undefined) continue;
    await analytics.everywhere(`INSERT INTO ${standing} SELECT * FROM standing WHERE condition = ${literal(label)}`);
  }
}

/** Scratch table with a row for each row of either side: `was` under the current policy, `is` under the other. */
async function bothSides({ analytics }: Store, work: Work, tables: readonly [string, string]): Promise<string> {
  const table = work.scratch('both');
  const [now, then] = tables;
  await analytics.everywhere(
    `CREATE TABLE ${table} (list LowCardinality(String), operator LowCardinality(String), imei UInt64, was Bool, is Bool, why_was LowCardinality(String), why_is LowCardinality(String))
    ENGINE = MergeTree ORDER BY (list, imei)`,
  );
  await analytics.everywhere(
    `INSERT INTO ${table} SELECT list, operator, imei, max(NOT s.is), max(s.is), anyIf(s.reasons, NOT s.is), anyIf(s.reasons, s.is)
    FROM (SELECT *, false AS is FROM ${now} UNION ALL SELECT *, true AS is FROM ${then}) AS s
    GROUP BY list, operator, imei, imsi, msisdn`,
  );
  return table;
}

/** A simulation as a person reads it in a terminal of 100 columns. */
export function writeSimulation({ date, warnings, ...found }: Simulation): string {
  const cells = ({ current, other, added, removed }: Shift) => [current, other, added, removed];
  const heads = ['now', 'instead', 'added', 'removed'];
  const named = (what: string, shifts: readonly NamedShift[]): readonly string[] => {
    const changed = shifts.filter(({ added, removed }) => added + removed > 0);
    const rows = changed.map((shift) => [shift.list, shift.name, ...cells(shift)]);
    return rows.length === 0 ? [] : [columns([['list', what, ...heads], ...rows])];
  };
  const lists = found.lists.map((shift) => [shift.list, ...cells(shift)]);
  const sample = found.sample.map(({ list, imei, change }) => `  ${change.padEnd(8)} ${imei.padEnd(16)} ${list}`);
  return [
    `Lists for ${date} under the country file, and under the other instead. Nothing was stored.\n`,
    part(
      'Lists',
      lists.length === 0 ? ['  Under neither would any list have a row.'] : [columns([['list', ...heads], ...lists])],
    ),
    part('By operator', named('operator', found.byOperator)),
    part('By reason', named('reason', found.byReason)),
    part('By model', named('model', found.byModel)),
    part('Some of them', sample),
    part(
      'What a run would refuse',
      warnings.map(({ policy, message }) => wrap(`${policy}: ${message}`, '  ! ')),
    ),
  ].join('');
}
