import { monthOf } from '../calendar/day.ts';
import { Misused } from '../faults/fault.ts';
import { simulate } from '../simulator/simulate.ts';
import type { Command } from './command.ts';
import { answer, countOf, dayOf, progressOf } from './context.ts';

export const command: Command = {
  name: 'simulate',
  usage: 'OUT',
  about: `Writes a synthetic country into a new folder: country file, operator data, lists, events, cells, and the truth
about every identifier. The same numbers and seed give the same bytes.`,
  options: {
    devices: { type: 'string', value: 'N', about: 'physical devices (default 20000)' },
    months: { type: 'string', value: 'M', about: 'months of data (default 2)' },
    seed: { type: 'string', value: 'S', about: 'any whole number (default 1)' },
    first: {
      type: 'string',
      value: 'DAY',
      about: 'a day of the first month (default: the data end with the last month that is over)',
    },
  },
  examples: [['ceir simulate country --devices 50000 --months 3 --seed 7', 'fifty thousand devices for three months']],
  run: async (call) => {
    const [out, ...more] = call.args;
    if (out === undefined || more.length > 0)
      throw new Misused('ceir simulate OUT: name one folder that is not there yet');
    const [progress, first] = [progressOf(call), dayOf(call, 'first')];
    const summary = await simulate(out, {
      devices: countOf(call, 'devices') ?? 20_000,
      months: countOf(call, 'months') ?? 2,
      seed: countOf(call, 'seed') ?? 1,
      ...(first === undefined ? {} : { firstMonth: monthOf(first) }),
      onProgress: ({ day, days }) => progress.update('simulating', { done: day, total: days, rows: day, unit: 'days' }),
    });
    progress.end();
    answer(
      call,
      summary,
      () =>
        `${summary.rows.toLocaleString('en')} rows of ${summary.operatorFiles.length} files in ${out}; the truth is in ${summary.truth}.`,
    );
    return 0;
  },
};
