import { constants } from 'node:crypto';
import { createServer, type Server as Listener, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { createServer as createTlsServer } from 'node:tls';
import type { Checker, Count, Server } from '../checker.ts';
import { Connection, type Pace, type Parts } from './connection.ts';
import type { Rules } from './rules.ts';

/** Limits of the server; times in milliseconds. */
export type GsupLimits = Pace & {
  /** Clients at a time. */
  readonly connections: number;
  /** Checks of one client that may wait for the centre. */
  readonly outstanding: number;
  /** The longest payload of a frame; less than what the HLR's clients send breaks what passes. */
  readonly frameOctets: number;
};

export const GSUP_LIMITS: GsupLimits = {
  connections: 256,
  outstanding: 1000,
  frameOctets: 65_535,
  firstMs: 10_000,
  idleMs: 15_000,
  pongMs: 5_000,
  unreadMs: 10_000,
  connectMs: 1_000,
  retryMs: 1_000,
  askMs: 1_000,
};

/** How the GSUP server is set up. */
export type GsupOptions = {
  /** Where it listens for MSCs and SGSNs. */
  readonly host: string;
  readonly port: number;
  /** A socket that is bound already, in place of host and port: several threads of one process can listen on one port. */
  readonly fd?: number;
  /** Mutual TLS, PEM; Osmocom's own programs speak plain TCP only. */
  readonly tls?: { readonly key: Buffer; readonly cert: Buffer; readonly ca: Buffer };
  /** The HLR behind. Without one Check-IMEI is answered, and every other request refused as not implemented. */
  readonly hlr?: { readonly host: string; readonly port: number };
  /** Sends each Check-IMEI to the HLR too, for its `store-imei`; its answer is swallowed. Default: false. */
  readonly store?: boolean;
  /** What an unknown equipment is answered; GSUP has no word for it. Default: permit. */
  readonly unknown?: 'permit' | 'refuse';
  /** Names that clients may have (serial number, else unit name, of the IPA identity), and their operators. Default: all. */
  readonly peers?: ReadonlyMap<string, string>;
  /** Addresses that clients may have. Default: all. */
  readonly addresses?: ReadonlySet<string>;
  /** The operator whose network asks, where `peers` does not tell. Default: ''. */
  readonly operator?: string;
  readonly limits?: Partial<GsupLimits>;
  readonly checker: Checker;
  readonly count: Count;
};

/** What the server does not wait longer for when it closes. */
const GRACE_MS = 5_000;

/** Starts to listen; resolves when it does. */
export async function startGsup(options: GsupOptions): Promise<Server> {
  const limits: GsupLimits = { ...GSUP_LIMITS, ...options.limits };
  const connections = new Set<Connection>();
  const parts: Parts = {
    rules: rulesOf(options, limits),
    pace: limits,
    hlr: options.hlr,
    gone: (connection) => connections.delete(connection),
  };
  const listener = listen(options, limits, (socket) => {
    const address = socket.remoteAddress?.replace(/^::ffff:/, '') ?? '';
    if (options.addresses !== undefined && !options.addresses.has(address)) {
      options.count('gsup_client_cut', 'address');
      socket.destroy();
      return;
    }
    if (connections.size >= limits.connections && !makeRoom(connections)) {
      options.count('gsup_client_cut', 'crowded');
      socket.destroy();
      return;
    }
    options.count('gsup_client_up');
    connections.add(new Connection(socket, parts));
  });
  await new Promise<void>((resolve, reject) => {
    const { fd, host, port } = options;
    listener.once('error', reject).listen(fd === undefined ? { host, port } : { fd }, resolve);
  });
  const shortest = Math.min(limits.firstMs, limits.idleMs, limits.pongMs, limits.unreadMs, limits.askMs);
  const look = (): void => {
    const now = performance.now();
    for (const connection of connections) connection.look(now);
  };
  const clock = setInterval(look, Math.min(1000, Math.max(10, shortest / 4))).unref();
  return {
    address: addressOf(listener),
    close: async (graceMs = GRACE_MS) => {
      const closed = new Promise<void>((resolve) => listener.close(() => resolve()));
      await closeAll(connections, performance.now() + graceMs);
      clearInterval(clock);
      await closed;
    },
  };
}

const rulesOf = (options: GsupOptions, limits: GsupLimits): Rules => ({
  checker: options.checker,
  count: options.count,
  unknown: options.unknown ?? 'permit',
  hlr: options.hlr !== undefined,
  store: options.store ?? false,
  outstanding: limits.outstanding,
  operator: options.operator ?? '',
  peers: options.peers,
  frameOctets: limits.frameOctets,
});

/** Cuts a client that has not shown itself; answers whether there was one. */
function makeRoom(connections: Set<Connection>): boolean {
  for (const connection of connections) {
    if (connection.introduced) continue;
    connections.delete(connection);
    connection.cut('crowded');
    return true;
  }
  return false;
}

function listen({ tls, count }: GsupOptions, limits: GsupLimits, take: (socket: Socket) => void): Listener {
  if (tls === undefined) return createServer(take);
  const options = { ...tls, requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.2' } as const;
  const secureOptions = constants.SSL_OP_NO_RENEGOTIATION;
  const secure = createTlsServer({ ...options, secureOptions, handshakeTimeout: limits.firstMs }, take);
  secure.on('tlsClientError', () => count('gsup_client_cut', 'tls'));
  secure.on('drop', () => count('gsup_client_cut', 'crowded'));
  secure.maxConnections = 2 * limits.connections; // half of them may be shaking hands
  return secure;
}

function addressOf(listener: Listener): string {
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP listener without a port');
  return address.family === 'IPv6' ? `[${address.address}]:${address.port}` : `${address.address}:${address.port}`;
}

/** Ends each connection when its checks are answered; cuts what is left when the time is over. */
async function closeAll(connections: ReadonlySet<Connection>, until: number): Promise<void> {
  for (const connection of connections) connection.hold();
  while (connections.size > 0 && performance.now() < until) {
    for (const connection of connections) if (connection.waiting === 0) connection.end();
    await pause(5);
  }
  for (const connection of connections) connection.destroy();
}
