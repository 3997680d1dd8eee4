import { Misused } from '../faults/fault.ts';
import { type Arrival, sweep, watch } from '../inbox/inbox.ts';
import { COUNTRY, type Command, STORE } from './command.ts';
import { countOf, countryOf, withStore } from './context.ts';

export const command: Command = {
  name: 'inbox',
  usage: 'DIR',
  about: `Watches a folder: takes in what is complete and moves it to done/ or refused/, with a report beside it.
Where a file lies tells what it is: operator/<id>/FILE, <kind>/FILE for a whole list, <kind>/delta/FILE for changes.`,
  options: {
    once: { type: 'boolean', about: 'take in what lies there complete, then end' },
    quiet: {
      type: 'string',
      value: 'SECONDS',
      about: 'a file is complete when unchanged for so long (default 5; with --once: at once)',
    },
    ...COUNTRY,
    ...STORE,
  },
  examples: [
    ['ceir inbox /srv/inbox', 'until Ctrl-C'],
    ['ceir inbox /srv/inbox --once --json', 'from a timer'],
  ],
  run: async (call) => {
    const [folder, ...more] = call.args;
    if (folder === undefined || more.length > 0) throw new Misused('ceir inbox DIR: name one folder');
    const country = await countryOf(call);
    const once = call.flag('once');
    let refused = 0;
    const onArrival = (arrival: Arrival): void => {
      if (arrival.outcome === 'refused') refused += 1;
      const { file, outcome, report } = arrival;
      const text = `${outcome === 'done' ? 'taken in' : 'REFUSED'}: ${file}${outcome === 'done' ? '' : `\n${report}`}`;
      process.stdout.write(`${call.flag('json') ? JSON.stringify(arrival) : text}\n`);
    };
    const quietMs = once ? 0 : (countOf(call, 'quiet') ?? 5) * 1000;
    const stop = new AbortController();
    process.once('SIGINT', () => stop.abort());
    process.once('SIGTERM', () => stop.abort());
    await withStore(call, async (store) => {
      const options = { folder, country, quietMs, onArrival };
      if (once) await sweep(store, options, new Map());
      else await watch(store, options, stop.signal);
    });
    return once && refused > 0 ? 1 : 0;
  },
};
