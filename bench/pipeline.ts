import { rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { openEmbedded } from '../src/stores/embedded.ts';
import { type Bench, type Cell, type Found, mebibytes, type Table } from './bench.ts';
import { COUNTRY } from './country.ts';
import { type Files, MONTH, makeFiles } from './data.ts';
import { CEIR, freshFolder } from './place.ts';
import { type Cost, run } from './watch.ts';

/** One command of the run, and what it went through. */
type Step = Cost & { readonly name: string; readonly rows: number };

type Stored = { readonly triplets: number; readonly bytes: number; readonly merged: number; readonly all: number };

/** The run at one size. */
type Round = {
  readonly rows: number;
  readonly fileBytes: number;
  readonly steps: readonly Step[];
  readonly stored: Stored;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakBytes: number;
};

/** DIRBS-Core on a machine of two cores, in seconds for 10 M operator rows and 750 k registrations; of lists the least. */
const REFERENCE = { 'import operator': 169, 'import registration': 18, classify: 12, lists: 20 } as const;
const REFERENCE_ROWS = 10_000_000;
const REFERENCE_TOTAL = Object.values(REFERENCE).reduce((sum, seconds) => sum + seconds, 0);

async function steps(folder: string, files: Files): Promise<readonly Step[]> {
  const country = path.join(folder, 'country.yaml');
  writeFileSync(country, COUNTRY);
  const common = ['--data', path.join(folder, 'data'), '--country', country, '--json'];
  const done: Step[] = [];
  const step = async (name: string, rows: number, words: readonly string[]): Promise<void> => {
    const { output, ...cost } = await run(process.execPath, [CEIR, ...words, ...common]);
    done.push({ name, rows, ...cost });
    process.stderr.write(`  ${name}: ${cost.seconds.toFixed(2)} s\n`);
    if (words[0] === 'lists') assertListed(output);
  };
  const { operator, registration, stolen, tac } = files;
  // A new data folder is made by the first command; that, and the two small lists, are not in the reference's figures.
  await step('new folder, TAC list', tac.rows, ['import', 'tac', tac.file, '--date', MONTH.first]);
  await step('stolen list', stolen.rows, ['import', 'stolen', stolen.file, '--date', MONTH.first]);
  await step('import operator', operator.rows, ['import', 'operator', operator.file, '--operator', 'alfa']);
  const registered = ['import', 'registration', registration.file, '--date', MONTH.first];
  await step('import registration', registration.rows, registered);
  await step('classify', operator.rows, ['classify', '--date', MONTH.day]);
  await step('lists', operator.rows, ['lists', path.join(folder, 'lists'), '--date', MONTH.day]);
  return done;
}

/** A fast run that lists nobody would prove nothing. */
function assertListed(output: string): void {
  const { files } = JSON.parse(output) as { files: readonly { file: string; rows: number }[] };
  for (const list of ['blocked', 'notifications']) {
    if (!files.some(({ file, rows }) => file.includes(list) && rows > 0))
      throw new Error(`no file of ${list} has rows`);
  }
}

/** Bytes of the triplets as they stand after the run, and once the engine has merged them, as it does by itself later. */
async function storedIn(folder: string): Promise<Stored> {
  const engine = await openEmbedded(path.join(folder, 'data', 'analytics'));
  try {
    const size = async (where: string): Promise<{ rows: number; bytes: number }> => {
      const sql = `SELECT sum(rows) AS rows, sum(bytes_on_disk) AS bytes FROM system.parts WHERE active AND database = currentDatabase() AND ${where}`;
      const [row] = await engine.home.query<{ rows: string; bytes: string }>(sql);
      return { rows: Number(row?.rows), bytes: Number(row?.bytes) };
    };
    const [fresh, all] = [await size(`table = 'triplet'`), await size('1')];
    await engine.home.run('OPTIMIZE TABLE triplet FINAL');
    const merged = await size(`table = 'triplet'`);
    return { triplets: fresh.rows, bytes: fresh.bytes, merged: merged.bytes, all: all.bytes };
  } finally {
    await engine.close();
  }
}

const counted = (steps: readonly Step[]): readonly Step[] => steps.filter(({ name }) => name in REFERENCE);
const sum = (steps: readonly Step[], of: (step: Step) => number): number =>
  steps.reduce((total, step) => total + of(step), 0);

async function round(rows: number): Promise<Round> {
  const files = await makeFiles(rows);
  process.stderr.write(`${rows.toLocaleString('en')} operator rows\n`);
  const folder = freshFolder('pipeline');
  try {
    const done = await steps(folder, files);
    return {
      rows,
      fileBytes: statSync(files.operator.file).size,
      steps: done,
      stored: await storedIn(folder),
      seconds: sum(counted(done), (step) => step.seconds),
      cpuSeconds: sum(counted(done), (step) => step.cpuSeconds),
      peakBytes: Math.max(...done.map(({ peakBytes }) => peakBytes)),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const referenceOf = (name: string, rows: number): number | undefined =>
  rows === REFERENCE_ROWS && name in REFERENCE ? REFERENCE[name as keyof typeof REFERENCE] : undefined;

function costTable({ rows, steps: done, seconds, cpuSeconds, peakBytes }: Round): Table {
  const head = ['step', 'rows', 'seconds', 'CPU s', 'rows/s', 'peak MiB', 'DIRBS s', 'times faster'];
  const line = (name: string, of: number, cost: Cost, reference: number | undefined): readonly Cell[] => [
    name,
    of,
    cost.seconds,
    cost.cpuSeconds,
    Math.round(of / cost.seconds),
    mebibytes(cost.peakBytes),
    reference ?? '',
    reference === undefined ? '' : reference / cost.seconds,
  ];
  const body = done.map((step) => line(step.name, step.rows, step, referenceOf(step.name, rows)));
  const total = rows === REFERENCE_ROWS ? REFERENCE_TOTAL : undefined;
  const all = line('the four of the reference', rows, { seconds, cpuSeconds, peakBytes }, total);
  return { title: `\n${rows.toLocaleString('en')} operator rows of one month`, rows: [head, ...body, all] };
}

function storedTable(rounds: readonly Round[]): Table {
  const head = [
    'operator rows',
    'triplet-months',
    'bytes each',
    'merged',
    'MiB stored in all',
    'bytes an operator row',
  ];
  const body = rounds.map(({ rows, stored }): readonly Cell[] => [
    rows.toLocaleString('en'),
    stored.triplets,
    stored.bytes / stored.triplets,
    stored.merged / stored.triplets,
    mebibytes(stored.all),
    stored.all / rows,
  ]);
  return { title: '\nStored', rows: [head, ...body] };
}

/** With how which power of the rows a cost grows from one size to the next: 1 is linear. */
const exponent = (small: number, large: number, factor: number): number => Math.log(large / small) / Math.log(factor);

function growthTable(rounds: readonly Round[]): Table {
  const pairs = rounds.slice(1).map((large, at) => ({ small: rounds[at] ?? large, large }));
  const head = ['growth with the rows (1: linear)', ...Object.keys(REFERENCE), 'together', 'CPU together'];
  const body = pairs.map(({ small, large }): readonly Cell[] => {
    const factor = large.rows / small.rows;
    const secondsOf = (of: Round, name: string): number => of.steps.find((step) => step.name === name)?.seconds ?? 0;
    const each = Object.keys(REFERENCE).map((name) => exponent(secondsOf(small, name), secondsOf(large, name), factor));
    return [
      `from ${small.rows.toLocaleString('en')} to ${large.rows.toLocaleString('en')}`,
      ...each,
      exponent(small.seconds, large.seconds, factor),
      exponent(small.cpuSeconds, large.cpuSeconds, factor),
    ];
  });
  return { title: '\nGrowth', rows: [head, ...body] };
}

export const bench: Bench = {
  name: 'pipeline',
  about: `A month of one operator from its file to control lists, by the commands a user gives, each a process of its own:
import operator data and a registration list, classify under eight conditions, make lists.`,
  options: {
    rows: { type: 'string', about: 'operator rows, several sizes separated by commas (default 1000000,10000000)' },
    large: { type: 'boolean', about: '100 million rows as well: 6 GB of text, some minutes' },
  },
  run: async (call): Promise<Found> => {
    const sizes = (call.text('rows') ?? '1000000,10000000').split(',').map(Number);
    if (sizes.some((size) => !Number.isInteger(size) || size < 1000)) throw new Error('--rows wants whole numbers');
    const rounds: Round[] = [];
    for (const rows of call.flag('large') ? [...sizes, 100_000_000] : sizes) rounds.push(await round(rows));
    const growth = rounds.length > 1 ? [growthTable(rounds)] : [];
    return {
      tables: [...rounds.map(costTable), storedTable(rounds), ...growth],
      figures: rounds,
      notes: [
        'Every step opens and closes both stores. Peak: all processes together (proportional set size), sampled.',
        'DIRBS: DIRBS-Core on a machine of two cores; for lists the least of the 20 to 265 s it took.',
      ],
    };
  },
};
