import { type Command, STORE } from './command.ts';
import { answer, countOf, withStore } from './context.ts';

type RunRow = {
  readonly number: number;
  readonly verb: string;
  readonly kind: string | null;
  readonly operator: string | null;
  readonly day: string | null;
  readonly status: string;
  readonly started: string;
  readonly seconds: number | null;
  readonly country: string | null;
  readonly inputs: readonly { readonly name: string }[];
};

const SQL = `SELECT number, verb, kind, operator, day::text AS day, status,
  to_char(started AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS started,
  round(extract(epoch FROM ended - started)::numeric, 1)::float8 AS seconds, country, inputs
  FROM run ORDER BY number DESC LIMIT $1`;

const line = (run: RunRow): string => {
  const what = [run.verb, run.kind, run.operator].filter((word) => word !== null).join(' ');
  const files = run.inputs.map(({ name }) => name).join(', ');
  return `${String(run.number).padStart(6)}  ${run.started}  ${run.status.padEnd(9)} ${`${run.seconds ?? '?'} s`.padStart(9)}  ${what}${files === '' ? '' : `: ${files}`}`;
};

export const command: Command = {
  name: 'runs',
  usage: '',
  about: 'Shows the latest runs: number, time, outcome, what was done and from which files.',
  options: { limit: { type: 'string', value: 'N', about: 'how many (default 20)' }, ...STORE },
  examples: [
    ['ceir runs', 'the last twenty'],
    ['ceir runs --json --limit 1000', 'for a script'],
  ],
  run: async (call) => {
    const limit = countOf(call, 'limit') ?? 20;
    const runs = await withStore(call, (store) => store.registry.query<RunRow>(SQL, [limit]));
    answer(call, runs, () => (runs.length === 0 ? 'Nothing was done yet.' : runs.map(line).join('\n')));
    return 0;
  },
};
