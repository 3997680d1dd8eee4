import { today } from '../calendar/day.ts';
import { Misused } from '../faults/fault.ts';
import { type Published, publishFeed } from '../lists/feed.ts';
import type { FormatName } from '../lists/folder.ts';
import { generateLists, type Rendered, render } from '../lists/generate.ts';
import { publishOffices } from '../lists/offices/publish_control.ts';
import { rulesAt } from '../lists/rules.ts';
import { type Call, COUNTRY, type Command, STORE } from './command.ts';
import { answer, countryOf, dayOf, progressOf, withStore } from './context.ts';

const FORMATS: readonly FormatName[] = ['openceir', 'dirbs'];

function formatOf(call: Call): FormatName {
  const format = call.text('format') ?? 'openceir';
  const found = FORMATS.find((name) => name === format);
  if (found === undefined) throw new Misused(`--format is ${FORMATS.join(' or ')}, not «${format}»`);
  return found;
}

function runOf(call: Call, name: string): number | undefined {
  const text = call.text(name);
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text))
    throw new Misused(`--${name} must be the number of a run (0: the empty lists), not «${text}»`);
  return Number(text);
}

type Made = Rendered & { readonly feed?: Published };

const summary = ({ run, base, folder, files, feed }: Made): string =>
  [
    `Run ${run}: ${files.length} files in ${folder}, changes against ${base === 0 ? 'the empty lists' : `run ${base}`}.`,
    ...files
      .filter(({ rows }) => rows > 0)
      .map(({ file, rows }) => `  ${rows.toLocaleString('en').padStart(12)}  ${file}`),
    ...(feed === undefined
      ? []
      : [`For nodes: ${feed.changes.toLocaleString('en')} changes published; rules, version ${feed.rules}.`]),
  ].join('\n');

export const command: Command = {
  name: 'lists',
  usage: 'OUT',
  about: `Brings the control lists up to date and writes them into a new folder below OUT: blocked, tracked and permitted
for all, exceptions and notifications for each home operator; whole and as changes since an earlier run.`,
  options: {
    date: { type: 'string', value: 'DAY', about: 'the day the lists are for (default: today)' },
    base: {
      type: 'string',
      value: 'RUN',
      about: 'changes since this run of lists (default: the one before; 0: everything)',
    },
    run: { type: 'string', value: 'RUN', about: 'write the files of an earlier run again; nothing is recorded' },
    format: {
      type: 'string',
      value: 'NAME',
      about: 'openceir (default) or dirbs: the file names and columns of DIRBS',
    },
    feed: { type: 'string', value: 'DIR', about: 'also publish what changed for EIR nodes to follow (ceir feed DIR)' },
    'no-full': { type: 'boolean', about: 'changes only' },
    ...COUNTRY,
    ...STORE,
  },
  examples: [
    ['ceir lists /srv/lists', "today's lists"],
    ['ceir lists /srv/lists --feed /srv/feed', 'and let the live nodes follow'],
    ['ceir lists /srv/lists --format dirbs --base 41', 'for EIRs that take DIRBS files, changes since run 41'],
  ],
  run: async (call) => {
    const [out, ...more] = call.args;
    if (out === undefined || more.length > 0) throw new Misused('ceir lists OUT: name one folder');
    const [format, run, base] = [formatOf(call), runOf(call, 'run'), runOf(call, 'base')];
    const country = await countryOf(call);
    const progress = progressOf(call);
    const wish = { country, out, format, base, full: !call.flag('no-full'), onProgress: progress.update };
    const [day, feed] = [dayOf(call) ?? today(country.timeZone), call.text('feed')];
    if (feed !== undefined && run !== undefined)
      throw new Misused('--feed publishes the newest lists: leave out --run');
    const rendered = await withStore(call, async (store): Promise<Made> => {
      if (run !== undefined) return render(store, { ...wish, run });
      const made = await generateLists(store, { ...wish, day });
      if (feed === undefined) return made;
      const offices = await publishOffices(store, feed);
      const runs = await publishFeed(store, feed, await rulesAt(store, country, day));
      return { ...made, feed: { ...runs, changes: runs.changes + offices.changes } };
    });
    progress.end();
    answer(call, rendered, () => summary(rendered));
    return 0;
  },
};
