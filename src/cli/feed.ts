import { Misused, Refused, writeFault } from '../faults/fault.ts';
import { errorCode } from '../files/errno.ts';
import type { Call, Command } from './command.ts';
import { countOf, fileOf } from './context.ts';
import { unforeseen } from './foreseen.ts';

/** A host and a port: `127.0.0.1:7400`, `[::1]:7400`. */
function listenOf(call: Call): { readonly host: string; readonly port: number } {
  const [, bracketed, plain, port] =
    /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(call.text('listen') ?? '') ?? [];
  const host = bracketed ?? plain;
  if (host === undefined || Number(port) > 65_535)
    throw new Misused('--listen is a host and a port, such as 0.0.0.0:7400');
  return { host, port: Number(port) };
}

async function tlsOf(call: Call) {
  const [key, cert, ca] = await Promise.all(['tls-key', 'tls-cert', 'tls-ca'].map((name) => fileOf(call, name)));
  if (key === undefined && cert === undefined && ca === undefined) return {};
  if (key === undefined || cert === undefined) throw new Misused('--tls-key and --tls-cert go together');
  return { tls: { key, cert, ...(ca === undefined ? {} : { ca }) } };
}

async function nodesOf(call: Call) {
  const source = await fileOf(call, 'nodes');
  if (source === undefined) throw new Misused('--nodes FILE says which nodes may follow');
  const { parseNodes } = await import('../eir/centre/nodes.ts');
  const nodes = parseNodes(source.toString(), call.text('nodes') ?? '');
  if (!nodes.ok) throw new Refused(nodes.fault);
  return nodes.value;
}

function unlistened(error: unknown, address: string): unknown {
  const code = errorCode(error);
  if (!['EADDRINUSE', 'EADDRNOTAVAIL', 'EACCES', 'ENOTFOUND', 'EAI_AGAIN'].includes(code ?? '')) return error;
  const message = `Nodes cannot be served at ${address} (${code}).`;
  return new Refused([{ code: 'FEED_LISTEN', message, remedy: 'Name another address with --listen.' }]);
}

/** What whoever runs the centre should look at; the rest goes its way. */
const LOUD: ReadonlySet<string> = new Set([
  'feed_damaged',
  'feed_denied',
  'feed_disk',
  'feed_failed',
  'feed_folder_failed',
  'feed_snapshot_failed',
  'feed_watch_failed',
]);

/** Resolves when the process is told to end. */
const told = (): Promise<void> =>
  new Promise((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });

export const command: Command = {
  name: 'feed',
  usage: 'DIR --listen HOST:PORT --nodes FILE',
  about: `Serves a feed folder to the nodes of the live register, until Ctrl-C: changes as they are published into it,
snapshots for those who lack much, answers for networks that ask the centre; and takes their reports and events.
It never opens the stores. The nodes file (YAML) names who may follow, and nobody else may:
  admin: SHA-256 of a token that may look at all nodes (ceir eir status)
  nodes: [{ name: alfa-1, operator: alfa, token: SHA-256 of its token in hex }]
A token's hash: printf %s "$TOKEN" | sha256sum`,
  options: {
    listen: { type: 'string', value: 'HOST:PORT', about: 'where nodes reach it; port 0: any free one' },
    nodes: { type: 'string', value: 'FILE', about: 'the nodes file' },
    keep: {
      type: 'string',
      value: 'CHANGES',
      about: 'remove changes that all snapshots hold, but for so many newest of each list (default: keep all)',
    },
    'tls-key': { type: 'string', value: 'FILE', about: 'serve over TLS with this key (PEM)' },
    'tls-cert': { type: 'string', value: 'FILE', about: 'and this certificate' },
    'tls-ca': { type: 'string', value: 'FILE', about: 'nodes must show a certificate of this authority, too' },
  },
  examples: [
    ['ceir feed /srv/feed --listen 0.0.0.0:7400 --nodes nodes.yaml', 'without TLS: inside a protected network only'],
    [
      'ceir feed /srv/feed --listen 0.0.0.0:7400 --nodes nodes.yaml --tls-key k.pem --tls-cert c.pem --tls-ca ca.pem',
      'nodes show a certificate of this authority',
    ],
  ],
  run: async (call) => {
    const [folder, ...more] = call.args;
    if (folder === undefined || more.length > 0) throw new Misused('ceir feed DIR: name one folder');
    const listen = listenOf(call);
    const keep = countOf(call, 'keep');
    const [nodes, tls] = [await nodesOf(call), await tlsOf(call)];
    const [{ startCentre }, { pino, destination }] = await Promise.all([
      import('../eir/centre/centre.ts'),
      import('pino'),
    ]);
    const logger = pino({ base: null }, destination(2));
    const ended = told();
    const centre = await startCentre({
      ...listen,
      folder,
      nodes,
      ...tls,
      count: (name, label) => logger[LOUD.has(name) ? 'warn' : 'debug']({ count: name, label }),
      onFault: (fault) => logger.error({ fault: fault.code }, writeFault(fault)),
      onDefect: (error) => logger.error(unforeseen(error).message),
      ...(keep === undefined ? {} : { snapshots: { keep } }),
    }).catch((error: unknown) => {
      throw unlistened(error, call.text('listen') ?? '');
    });
    process.stdout.write(
      call.flag('json')
        ? `${JSON.stringify({ listening: centre.address })}\n`
        : `Serving nodes at ${centre.address}.\n`,
    );
    await ended;
    await centre.close();
    return 0;
  },
};
