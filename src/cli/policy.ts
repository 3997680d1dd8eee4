import { today } from '../calendar/day.ts';
import { Misused } from '../faults/fault.ts';
import { simulatePolicy, writeSimulation } from '../policy/simulate.ts';
import { COUNTRY, type Command, STORE } from './command.ts';
import { answer, countryOf, dayOf, progressOf, readCountry, withStore } from './context.ts';

export const command: Command = {
  name: 'simulate-policy',
  usage: '--with FILE',
  about: `What the lists would be under another country file: counts by list, operator, model and reason, and a sample.
Nothing is stored.`,
  options: {
    with: { type: 'string', value: 'FILE', about: 'the other country file' },
    date: { type: 'string', value: 'DAY', about: 'the day of the lists (default: today)' },
    ...COUNTRY,
    ...STORE,
  },
  examples: [['ceir simulate-policy --with stricter.yaml', 'before a stricter file is put in force']],
  run: async (call) => {
    const file = call.text('with');
    if (file === undefined) throw new Misused('ceir simulate-policy --with FILE: name the other country file');
    const [current, other] = [await countryOf(call), await readCountry(file)];
    const date = dayOf(call) ?? today(current.timeZone);
    const progress = progressOf(call);
    const wish = { current, other, date, progress };
    const simulation = await withStore(call, (store) => simulatePolicy(store, wish));
    progress.end();
    answer(call, simulation, () => writeSimulation(simulation));
    return 0;
  },
};
