import { importChecks } from '../eir/events/import.ts';
import { Misused } from '../faults/fault.ts';
import { importOperator } from '../observations/import.ts';
import { OVERRIDES, type Override } from '../observations/survey.ts';
import { importList } from '../reference/import.ts';
import { isKindName, KIND_NAMES } from '../reference/kinds.ts';
import type { Done } from '../stores/run.ts';
import type { Store } from '../stores/store.ts';
import { type Call, COUNTRY, type Command, STORE } from './command.ts';
import { answer, countryOf, dayOf, progressOf, withStore } from './context.ts';
import { importSummary } from './summary.ts';

const LIST_OVERRIDES = {
  size: 'sizeVariation',
  adds: 'deltaAdds',
  removes: 'deltaRemoves',
  updates: 'deltaUpdates',
} as const;

function listOverrides(words: readonly string[]): Record<string, boolean> {
  const known = Object.entries(LIST_OVERRIDES);
  for (const word of words) {
    if (!known.some(([name]) => name === word)) {
      throw new Misused(`--override takes ${known.map(([name]) => name).join(', ')} for lists, not «${word}»`);
    }
  }
  return Object.fromEntries(known.filter(([name]) => words.includes(name)).map(([, key]) => [key, true]));
}

const isOverride = (word: string): word is Override => (OVERRIDES as readonly string[]).includes(word);

function operatorOverrides(words: readonly string[]): readonly Override[] {
  return words.map((word) => {
    if (!isOverride(word))
      throw new Misused(`--override takes ${OVERRIDES.join(', ')} for operator data, not «${word}»`);
    return word;
  });
}

/** `--set COLUMN=TEXT`: what stands in columns that the files lack. */
function defaultsOf(call: Call): Readonly<Record<string, string>> {
  return Object.fromEntries(
    call.texts('set').map((word) => {
      const at = word.indexOf('=');
      if (at < 1) throw new Misused(`--set takes COLUMN=TEXT, not «${word}»`);
      return [word.slice(0, at), word.slice(at + 1)];
    }),
  );
}

type Act = (store: Store) => Promise<Done>;

/** What a call asks for, with everything checked that needs no store. @throws Misused, or Refused by the country file. */
async function actOf(call: Call, kind: string, files: readonly string[]): Promise<Act> {
  const [words, dryRun, progress] = [call.texts('override'), call.flag('dry-run'), progressOf(call)];
  if (kind === 'operator') {
    const operator = call.text('operator');
    if (operator === undefined) throw new Misused('operator data need --operator ID, an id of the country file');
    for (const name of ['delta', 'date', 'set'])
      if (call.flag(name) || call.text(name) !== undefined || call.texts(name).length > 0)
        throw new Misused(`--${name} is for lists, not for operator data`);
    const overrides = operatorOverrides(words);
    const country = await countryOf(call);
    return (store) => importOperator(store, { country, operator, files, dryRun, overrides, progress });
  }
  if (kind === 'checks') {
    for (const name of ['delta', 'date', 'set', 'override', 'operator'])
      if (call.flag(name) || call.text(name) !== undefined || call.texts(name).length > 0)
        throw new Misused(`--${name} is not for checks`);
    return (store) => importChecks(store, { files, dryRun });
  }
  if (!isKindName(kind)) throw new Misused(`KIND is operator, checks, ${KIND_NAMES.join(', ')}; not «${kind}»`);
  if (call.text('operator') !== undefined) throw new Misused('--operator is for operator data, not for lists');
  const [delta, date] = [call.flag('delta'), dayOf(call)];
  const [overrides, defaults] = [listOverrides(words), defaultsOf(call)];
  const country = await countryOf(call);
  return (store) => importList(store, { kind, files, country, delta, date, overrides, defaults, dryRun, progress });
}

export const command: Command = {
  name: 'import',
  usage: 'KIND FILE…',
  about: `Takes in files of one KIND: operator (usage data), checks (what nodes of the live register recorded), ${KIND_NAMES.join(', ')}.
Files may be plain, zip, gzip or Zstandard. Rows that are none are put aside (ceir quarantine RUN);
a file is refused when a limit of the country file is passed. The same file twice changes nothing.`,
  options: {
    operator: { type: 'string', value: 'ID', about: 'whose data they are (for operator)' },
    delta: { type: 'boolean', about: 'the files hold changes (column change_type), not the whole list' },
    date: { type: 'string', value: 'DAY', about: 'from which day a list holds (default: today)' },
    override: {
      type: 'string',
      multiple: true,
      value: 'CHECK',
      about: `pass over a check: ${[...OVERRIDES, ...Object.keys(LIST_OVERRIDES)].join(', ')}`,
    },
    set: {
      type: 'string',
      multiple: true,
      value: 'COLUMN=TEXT',
      about: 'for a list: what stands in a column that the file lacks',
    },
    'dry-run': { type: 'boolean', about: 'check everything, store nothing' },
    ...COUNTRY,
    ...STORE,
  },
  examples: [
    ['ceir import operator alfa_20261001_20261031.zip --operator alfa', "a month of an operator's usage data"],
    ['ceir import stolen stolen.csv', 'the whole list of stolen devices'],
    ['ceir import stolen changes.csv --delta --json', 'changes to it, with an answer for a script'],
    ['ceir import tac tac.txt --dry-run', 'what a new TAC file would change'],
  ],
  run: async (call) => {
    const [kind, ...files] = call.args;
    if (kind === undefined || files.length === 0)
      throw new Misused('ceir import KIND FILE…: name a kind and at least one file');
    const act = await actOf(call, kind, files);
    const done = await withStore(call, act);
    answer(call, { run: done.number, ...done.result }, () => importSummary(kind, done));
    return 0;
  },
};
