import { appendRead } from '../access/log.ts';
import { Misused } from '../faults/fault.ts';
import { type Quarantined, quarantined } from '../observations/quarantine.ts';
import type { Store } from '../stores/store.ts';
import { type Command, STORE } from './command.ts';
import { answer, countOf, withStore } from './context.ts';
import { READING, readerOf } from './reading.ts';

const PERSONAL = ['imsi', 'msisdn', 'uid'];

async function collect(
  store: Store,
  run: number,
  of: { limit: number; reveal: boolean; reader: ReturnType<typeof readerOf> },
): Promise<readonly Quarantined[]> {
  const rows: Quarantined[] = [];
  for await (const row of quarantined(store.analytics, run, of.limit)) {
    const hidden = PERSONAL.includes(row.field)
      ? { value: `(${row.value.length} characters)`, text: '' }
      : { text: '' };
    rows.push(of.reveal ? row : { ...row, ...hidden });
  }
  if (of.reveal) {
    const { actor, ...why } = of.reader;
    const reading = { action: 'quarantine', ...why, subject: `run ${run}`, fields: PERSONAL };
    const now = new Date();
    await store.registry.transaction((query) => appendRead({ query, actor, now }, reading));
  }
  return rows;
}

const line = (row: Quarantined): string =>
  `${row.file}:${row.line}: ${row.field === '' ? 'row' : `${row.field} «${row.value}»`}: ${row.reason}${row.text === '' ? '' : `\n    ${row.text}`}`;

export const command: Command = {
  name: 'quarantine',
  usage: 'RUN',
  about: `Shows the rows that an import put aside: file, line, column, value and reason. Values of IMSI, MSISDN and uid
and whole lines are shown only with --reveal, which is recorded as a reading of personal data.`,
  options: {
    limit: { type: 'string', value: 'N', about: 'at most so many rows (default 1000)' },
    reveal: { type: 'boolean', about: 'show personal values and the whole lines; the reading is recorded' },
    ...READING,
    ...STORE,
  },
  examples: [
    ['ceir quarantine 12', 'what run 12 put aside'],
    ['ceir quarantine 12 --json --limit 100000', 'the same for a script that answers the operator'],
  ],
  run: async (call) => {
    const [run] = call.args;
    if (run === undefined || !/^\d{1,9}$/.test(run)) throw new Misused('ceir quarantine RUN: name the number of a run');
    const of = { limit: countOf(call, 'limit') ?? 1000, reveal: call.flag('reveal'), reader: readerOf(call) };
    const rows = await withStore(call, (store) => collect(store, Number(run), of));
    const none = `Run ${run} put nothing aside.`;
    answer(call, rows, () => (rows.length === 0 ? none : rows.map(line).join('\n')));
    return 0;
  },
};
