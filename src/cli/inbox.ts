import { Misused, writeFault } from '../faults/fault.ts';
import { type Arrival, type InboxOptions, sweep, watch } from '../inbox/inbox.ts';
import { COUNTRY, type Command, STORE } from './command.ts';
import { countOf, countryOf, withStore } from './context.ts';

function line(arrival: Arrival): string {
  const { file, outcome } = arrival;
  if (outcome === 'left') return `still being written: ${file}`;
  return outcome === 'done' ? `taken in: ${file}` : `REFUSED: ${file}\n${arrival.faults.map(writeFault).join('\n')}`;
}

export const command: Command = {
  name: 'inbox',
  usage: 'DIR',
  about: `Watches a folder: takes in what is complete and moves it to done/ or refused/, with a report beside it.
Where a file lies tells what it is: operator/<id>/FILE, <kind>/FILE for a whole list, <kind>/delta/FILE for changes.
Names that begin with a dot or end in .part, .tmp and the like are left alone. The stores are open only while
something is taken in, so that other commands have their turn.`,
  options: {
    once: { type: 'boolean', about: 'take in what lies there complete, then end' },
    quiet: {
      type: 'string',
      value: 'SECONDS',
      about: 'a file is complete when unchanged for so long (default 5; with --once: 0)',
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
      process.stdout.write(`${call.flag('json') ? JSON.stringify(arrival) : line(arrival)}\n`);
    };
    const quietMs = (countOf(call, 'quiet') ?? (once ? 0 : 5)) * 1000;
    const stop = new AbortController();
    process.once('SIGINT', () => stop.abort());
    process.once('SIGTERM', () => stop.abort());
    const open: InboxOptions['open'] = (act) => withStore(call, act);
    const options = { folder, country, quietMs, open, onArrival, signal: stop.signal };
    await (once ? sweep(options) : watch(options));
    return once && refused > 0 ? 1 : 0;
  },
};
