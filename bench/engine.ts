import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Day, Month } from '../src/calendar/day.ts';
import { foldDaily, foldTriplets } from '../src/observations/fold.ts';
import { LAZILY, parseHeader, parseRows, ROW_COLUMNS } from '../src/observations/row.ts';
import { surveyRows } from '../src/observations/survey.ts';
import { type Analytics, analyticsOf, literal, type Shard } from '../src/stores/analytics.ts';
import type { Work } from '../src/stores/run.ts';
import { createTable, table } from '../src/stores/schema.ts';
import { type Bench, type Cell, type Found, mebibytes, median } from './bench.ts';
import { COUNTRY } from './country.ts';
import { type Made, MONTH, makeFiles } from './data.ts';
import { CEIR, freshFolder } from './place.ts';
import { type Bare, runBare, type Statement } from './plan.ts';
import { type Cost, run } from './watch.ts';

const ROWS = 'rows';

/** A store that does nothing but write down what it is told. */
function recorder(): { readonly analytics: Analytics; readonly told: string[] } {
  const told: string[] = [];
  const nothing: AsyncIterable<Buffer> = {
    [Symbol.asyncIterator]: () => ({ next: async () => ({ done: true, value: undefined }) }),
  };
  const shard: Shard = {
    number: 0,
    run: async (sql) => {
      told.push(sql);
    },
    query: async (sql) => {
      told.push(sql);
      return [];
    },
    stream: () => nothing,
    feed: async () => undefined,
    feedAll: async () => undefined,
    load: async () => undefined,
  };
  return { analytics: analyticsOf([shard], 'nowhere', async () => undefined), told };
}

/** The statements of an import, over the whole file at once, which the engine reads and cuts itself, in parallel. */
async function statements({ file }: Made): Promise<readonly Statement[]> {
  const header = parseHeader('date,imei,imsi,msisdn,rat', file);
  if (!header.ok) throw new Error(header.fault.message);
  const { analytics, told } = recorder();
  const tables: string[] = [];
  const work: Work = {
    number: 1,
    scratch: (name) => name,
    stage: async (of, suffix = '') => {
      const name = `staging_${of}${suffix}`;
      tables.push(createTable(table(of), name));
      return name;
    },
  };
  const month = Math.floor(Number(MONTH.first) / 100) as Month;
  const folding = { analytics, work, rows: ROWS, operator: 'alfa', months: [month], slices: 1 };
  await surveyRows(analytics, ROWS, { mccs: ['999'], plmns: ['99901'], callingCodes: ['999'], hasRat: true });
  await foldDaily(folding);
  await foldTriplets(folding);
  const range = { start: '2025-10-01' as Day, end: MONTH.day as Day };
  const lines = `file(${literal(file)}, 'LineAsString', 'line String')`;
  const parse = parseRows(lines, { header: header.value, file: 1, firstLine: 1, range, plain: true });
  const official = ['triplet', 'daily', 'tac'].map((name) => createTable(table(name)));
  return [
    ...[...official, ...tables, `CREATE TABLE ${ROWS} (${ROW_COLUMNS}) ENGINE = MergeTree ORDER BY tuple()`].map(
      (sql) => ({ name: 'tables', sql }),
    ),
    { name: 'parse', sql: `INSERT INTO ${ROWS} ${parse} SETTINGS ${LAZILY}` },
    ...told.map((sql) => ({ name: sql.includes('countIf') ? 'survey' : 'fold', sql })),
  ];
}

async function imported({ file }: Made): Promise<Cost> {
  const folder = freshFolder('engine');
  try {
    const country = path.join(folder, 'country.yaml');
    writeFileSync(country, COUNTRY);
    const common = ['--data', path.join(folder, 'data'), '--json'];
    await run(process.execPath, [CEIR, 'runs', ...common]); // makes the data folder
    const words = ['import', 'operator', file, '--operator', 'alfa', '--country', country];
    return await run(process.execPath, [CEIR, ...words, ...common]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const sums = (bare: Bare, name: string): number =>
  bare.statements.filter((one) => one.name === name).reduce((sum, { seconds }) => sum + seconds, 0);

export const bench: Bench = {
  name: 'engine',
  about: `What an import takes against the engine alone: the same SQL on the same file in a process that does nothing else,
which reads and cuts the file itself. Both in turn, several times; the medians count.`,
  options: {
    rows: { type: 'string', about: 'operator rows (default 10000000)' },
    times: { type: 'string', about: 'how often each (default 3)' },
  },
  run: async (call): Promise<Found> => {
    const { operator } = await makeFiles(call.count('rows', 10_000_000));
    const plan = await statements(operator);
    const pairs: { readonly ours: Cost; readonly bare: Bare }[] = [];
    for (let time = 0; time < call.count('times', 3); time += 1) {
      pairs.push({ ours: await imported(operator), bare: await runBare(plan) });
    }
    const [ours, bare] = [pairs.map((pair) => pair.ours), pairs.map((pair) => pair.bare.whole)];
    const middle = (costs: readonly Cost[], of: (cost: Cost) => number): number => median(costs.map(of));
    const line = (name: string, costs: readonly Cost[]): readonly Cell[] => [
      name,
      middle(costs, (cost) => cost.seconds),
      middle(costs, (cost) => cost.cpuSeconds),
      Math.round(operator.rows / middle(costs, (cost) => cost.seconds)),
      mebibytes(middle(costs, (cost) => cost.peakBytes)),
    ];
    const ratio = (of: (cost: Cost) => number): number => middle(ours, of) / middle(bare, of);
    const [wall, cpu] = [ratio((cost) => cost.seconds), ratio((cost) => cost.cpuSeconds)];
    const parts = ['parse', 'survey', 'fold'].map((name): readonly Cell[] => [
      `  of that: ${name}`,
      median(pairs.map((pair) => sums(pair.bare, name))),
      '',
      '',
      '',
    ]);
    const rows: readonly (readonly Cell[])[] = [
      ['', 'seconds', 'CPU s', 'rows/s', 'peak MiB'],
      line('ceir import operator', ours),
      line('the engine alone', bare),
      ...parts,
      ['ratio', wall, cpu, '', ''],
    ];
    return {
      tables: [{ title: `${operator.rows.toLocaleString('en')} operator rows, medians of ${pairs.length}`, rows }],
      figures: { rows: operator.rows, pairs, ratio: { seconds: wall, cpuSeconds: cpu } },
      notes: [
        'Both with the start of their processes; openceir also opens and closes the registry, and hashes the file.',
      ],
    };
  },
};
