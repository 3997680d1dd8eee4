import { type Classified, classify, refusals } from '../decisions/classify.ts';
import type { Judged } from '../decisions/judge.ts';
import { Misused, writeFault } from '../faults/fault.ts';
import { COUNTRY, type Command, STORE } from './command.ts';
import { answer, countryOf, dayOf, progressOf, withStore } from './context.ts';
import { runName } from './summary.ts';

const HEAD = ['condition', 'matched', 'new', 'ended', 'blocked', 'in grace', 'of seen'];

const cells = (one: Judged): readonly string[] => {
  const counts = [one.matched, one.new, one.ended, one.blocked, one.inGrace].map((count) => count.toLocaleString('en'));
  const share = one.refused === undefined ? `${(one.ratio * 100).toFixed(3)} %` : 'REFUSED';
  return [one.label, ...counts, share];
};

function table(rows: readonly (readonly string[])[]): string {
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ');
  return rows.map((row) => `  ${line(row)}`).join('\n');
}

function summary(done: Classified): string {
  const head = `${runName(done.run)}: ${done.seen.toLocaleString('en')} identifiers judged for ${done.date}.`;
  const changes = done.changes.map((change) => `  Since the last run: ${change}`);
  const removed = done.removed.map(
    ({ label, ended }) => `  ${label} is no condition any more: ${ended.toLocaleString('en')} standings ended.`,
  );
  return [head, ...changes, table([HEAD, ...done.conditions.map(cells)]), ...removed].join('\n');
}

export const command: Command = {
  name: 'classify',
  usage: '',
  about: `Judges every identifier under the conditions of the country file. A condition that matches more of the seen
identifiers than it may is refused, the others go on, and the exit code is 1.`,
  options: {
    date: {
      type: 'string',
      value: 'DAY',
      about: 'judge for this day: its data count, the next day’s do not (default: today)',
    },
    conditions: { type: 'string', value: 'A,B', about: 'only these conditions (default: all)' },
    'dry-run': { type: 'boolean', about: 'judge and count, store nothing' },
    'approve-mass-effect': {
      type: 'string',
      value: 'REASON',
      about: 'judge conditions above their limit nevertheless; the reason is stored',
    },
    ...COUNTRY,
    ...STORE,
  },
  examples: [
    ['ceir classify', 'for today'],
    ['ceir classify --conditions stolen --dry-run', 'what one condition would match'],
    ['ceir classify --approve-mass-effect "decree 12/2026, first run"', 'a first run that is meant to match many'],
  ],
  run: async (call) => {
    if (call.args.length > 0) throw new Misused(`ceir classify takes options only, not «${call.args.join(' ')}»`);
    const country = await countryOf(call);
    const progress = progressOf(call);
    const labels = call
      .text('conditions')
      ?.split(',')
      .map((label) => label.trim());
    const wish = { country, conditions: labels, date: dayOf(call), dryRun: call.flag('dry-run'), progress };
    const approveMassEffect = call.text('approve-mass-effect');
    const done = await withStore(call, (store) => classify(store, { ...wish, approveMassEffect }));
    progress.end();
    answer(call, done, () => summary(done));
    const refused = refusals(done);
    if (refused.length === 0) return 0;
    const faults = call.flag('json') ? JSON.stringify({ faults: refused }) : refused.map(writeFault).join('\n');
    process.stderr.write(`${faults}\n`);
    return 1;
  },
};
