import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { literal } from '../src/stores/analytics.ts';
import { createTable, table } from '../src/stores/schema.ts';
import { type Bench, type Cell, type Found, mebibytes, median } from './bench.ts';
import { COUNTRY } from './country.ts';
import { type Made, MONTH, make, manyRegistrations } from './data.ts';
import { CEIR, freshFolder } from './place.ts';
import { type Bare, runBare, type Statement } from './plan.ts';
import { type Cost, run } from './watch.ts';

/** The engine's own CSV reader into a table of the same columns: no check of any row, no history, no comparison. */
function statements({ file }: Made): readonly Statement[] {
  const text = ['make', 'model', 'status', 'model_number', 'brand_name', 'device_type', 'radio_interface', 'device_id'];
  const columns = ['approved_imei UInt64', ...text.map((name) => `${name} String`)].join(', ');
  const history = `toDate('2025-10-01'), toDate('2149-06-06'), 1, 0`;
  const select = `SELECT approved_imei, ${text.join(', ')}, ${history} FROM file(${literal(file)}, 'CSVWithNames', ${literal(columns)})`;
  return [
    { name: 'tables', sql: createTable(table('registration')) },
    { name: 'insert', sql: `INSERT INTO registration ${select}` },
  ];
}

/** The list into a new data folder, then the same again: a whole list that changes nothing. */
async function imported({ file }: Made): Promise<{ readonly first: Cost; readonly again: Cost }> {
  const folder = freshFolder('list');
  try {
    const country = path.join(folder, 'country.yaml');
    writeFileSync(country, COUNTRY);
    const common = ['--data', path.join(folder, 'data'), '--json'];
    await run(process.execPath, [CEIR, 'runs', ...common]); // makes the data folder
    const words = [CEIR, 'import', 'registration', file, '--date', MONTH.first, '--country', country, ...common];
    return { first: await run(process.execPath, words), again: await run(process.execPath, words) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export const bench: Bench = {
  name: 'list-import',
  about: `A whole registration list into a new data folder, and again unchanged, against the engine's own CSV reader
inserting the same file, which checks nothing and keeps no history.`,
  options: {
    rows: { type: 'string', about: 'rows of the list (default 10000000)' },
    times: { type: 'string', about: 'how often each (default 1)' },
  },
  run: async (call): Promise<Found> => {
    const count = call.count('rows', 10_000_000);
    const list = await make(`registrations${count}.csv`, manyRegistrations(count));
    const rounds: { readonly first: Cost; readonly again: Cost; readonly bare: Bare }[] = [];
    for (let time = 0; time < call.count('times', 1); time += 1) {
      rounds.push({ ...(await imported(list)), bare: await runBare(statements(list)) });
    }
    const middle = (of: (round: (typeof rounds)[number]) => Cost, figure: (cost: Cost) => number): number =>
      median(rounds.map((round) => figure(of(round))));
    const line = (name: string, of: (round: (typeof rounds)[number]) => Cost): readonly Cell[] => [
      name,
      middle(of, (cost) => cost.seconds),
      middle(of, (cost) => cost.cpuSeconds),
      Math.round(list.rows / middle(of, (cost) => cost.seconds)),
      mebibytes(middle(of, (cost) => cost.peakBytes)),
    ];
    const ratio = (figure: (cost: Cost) => number): number =>
      middle((round) => round.first, figure) / middle((round) => round.bare.whole, figure);
    const ratios = { seconds: ratio((cost) => cost.seconds), cpuSeconds: ratio((cost) => cost.cpuSeconds) };
    const rows: readonly (readonly Cell[])[] = [
      ['', 'seconds', 'CPU s', 'rows/s', 'peak MiB'],
      line('ceir import registration', (round) => round.first),
      line('the same again', (round) => round.again),
      line('the engine alone', (round) => round.bare.whole),
      ['ratio of the first', ratios.seconds, ratios.cpuSeconds, '', ''],
    ];
    return {
      tables: [{ title: `A registration list of ${list.rows.toLocaleString('en')} rows`, rows }],
      figures: { rows: list.rows, rounds, ratio: ratios },
    };
  },
};
