import { today } from '../calendar/day.ts';
import { prune } from '../observations/prune.ts';
import { COUNTRY, type Command, STORE } from './command.ts';
import { answer, countryOf, dayOf, withStore } from './context.ts';
import { runName } from './summary.ts';

export const command: Command = {
  name: 'prune',
  usage: '',
  about: `Drops operator data of months past the retention of the country file, and rows put aside by imports of that
time. When an IMEI was first and last seen stays known.`,
  options: {
    date: { type: 'string', value: 'DAY', about: 'count back from this day (default: today)' },
    'dry-run': { type: 'boolean', about: 'say what would go, drop nothing' },
    ...COUNTRY,
    ...STORE,
  },
  examples: [
    ['ceir prune --dry-run', 'what would go'],
    ['ceir prune', 'let it go'],
  ],
  run: async (call) => {
    const country = await countryOf(call);
    const day = dayOf(call) ?? today(country.timeZone);
    const done = await withStore(call, (store) => prune(store, { country, day, dryRun: call.flag('dry-run') }));
    const { keptFrom, months, quarantines, checks } = done.result;
    const which = Array.isArray(months) && months.length > 0 ? months.join(', ') : 'none';
    answer(
      call,
      { run: done.number, ...done.result },
      () =>
        `${runName(done.number)}: kept from ${keptFrom} on; months dropped: ${which}; ${quarantines} sets of rows put aside and ${checks} of checks dropped.`,
    );
    return 0;
  },
};
