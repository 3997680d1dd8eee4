import { FEED_LISTS } from '../../eir/follow/wire.ts';
import { Misused, Refused } from '../../faults/fault.ts';
import type { Call } from '../command.ts';
import { answer, fileOf } from '../context.ts';
import type { Act } from './act.ts';

type Numbers = Readonly<Record<string, number>>;

/** A node in the centre's answer. */
type Node = {
  readonly name: string;
  readonly operator: string;
  readonly connected: boolean;
  readonly at?: string;
  readonly heads: Numbers;
  readonly ack?: {
    readonly applied: Numbers;
    readonly durable: Numbers;
    readonly lag: number;
    readonly lists: string;
    readonly mode: string;
    readonly counts: Numbers;
  };
};
type Status = { readonly rules: number; readonly nodes: readonly Node[] };

const COLUMNS = ['node', 'operator', 'state', 'lists', 'lag', 'not durable', 'rules', 'mode', 'versions', 'counts'];

const sum = (of: Numbers, less: Numbers): number =>
  FEED_LISTS.reduce((all, list) => all + Math.max(0, (of[list] ?? 0) - (less[list] ?? 0)), 0);

function row({ name, operator, connected, at, heads, ack }: Node): readonly string[] {
  if (ack === undefined) return [name, operator, 'never heard of', '', '', '', '', '', '', ''];
  const { applied, durable, lists, mode, counts } = ack;
  return [
    name,
    operator,
    connected ? 'connected' : `gone, last heard ${at ?? ''}`,
    lists,
    sum(heads, applied).toLocaleString('en'),
    sum(applied, durable).toLocaleString('en'),
    String(applied['rules'] ?? 0),
    mode === '' ? '-' : mode,
    FEED_LISTS.filter((list) => (heads[list] ?? 0) > 0 || (applied[list] ?? 0) > 0)
      .map((list) => `${list} ${applied[list] ?? 0}`)
      .join(', '),
    Object.entries(counts)
      .map(([key, value]) => `${key} ${value}`)
      .join(', '),
  ];
}

/** The nodes as a table, a line each. */
export function writeStatus({ rules, nodes }: Status): string {
  const rows = [COLUMNS, ...nodes.map(row)];
  const widths = COLUMNS.map((_, at) => Math.max(...rows.map((cells) => cells[at]?.length ?? 0)));
  const lines = rows.map((cells) =>
    cells
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return [`The rules are of version ${rules}.`, ...lines].join('\n');
}

const refused = (message: string): Refused =>
  new Refused([
    { code: 'FEED_CENTRE', message, remedy: 'Check --centre, and that the token is the admin one of its nodes file.' },
  ]);

async function statusOf(call: Call): Promise<Status> {
  const url = call.text('centre') ?? '';
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) throw new Misused('--centre is a URL such as https://host:7400');
  const token = (await fileOf(call, 'token-file'))?.toString().trim();
  if (token === undefined) throw new Misused('--token-file FILE holds the admin token');
  const [ca, cert, key] = await Promise.all(['tls-ca', 'tls-cert', 'tls-key'].map((name) => fileOf(call, name)));
  const tls = { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
  const { askWhole, Unreachable } = await import('../../eir/follow/client.ts');
  try {
    const { status, body } = await askWhole({ url, token, tls }, { path: '/v1/nodes' });
    if (status !== 200) throw refused(`The centre turns us away (${status}).`);
    return JSON.parse(body) as Status;
  } catch (error) {
    if (error instanceof Unreachable) throw refused(error.message);
    throw error;
  }
}

export const status: Act = {
  name: 'status',
  usage: '--centre URL --token-file FILE',
  about: 'every node, as it told the centre: version, lag, counts, mode',
  options: {
    centre: { type: 'string', value: 'URL', about: 'where the centre serves nodes (ceir feed)' },
    'token-file': { type: 'string', value: 'FILE', about: 'holds the admin token of the nodes file' },
    'tls-ca': { type: 'string', value: 'FILE', about: "the authority of the centre's certificate (PEM)" },
    'tls-cert': { type: 'string', value: 'FILE', about: 'a certificate to show to the centre' },
    'tls-key': { type: 'string', value: 'FILE', about: 'and its key' },
  },
  examples: [['ceir eir status --centre https://centre:7400 --token-file admin.token', 'who lags behind?']],
  run: async (call) => {
    if (call.args.length > 0) throw new Misused('ceir eir status takes options only');
    const found = await statusOf(call);
    answer(call, found, () => writeStatus(found));
    return 0;
  },
};
