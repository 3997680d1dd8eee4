import { constants } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import type { Server } from '../checker.ts';
import { guarded } from '../guard.ts';
import { createNode, type Node } from './node.ts';
import type { DiameterOptions } from './options.ts';
import { Session } from './session.ts';

/** How long a connection may take to send what is left before it is cut. */
const FLUSH_MS = 1000;
const GRACE_MS = 5000;
/** Connections that may wait to be accepted: all peers come at once after this node was away. */
const BACKLOG = 4096;

/** One connection from its first octet; a session comes to it with the transport. */
type Connection = { readonly socket: net.Socket; session: Session | undefined };

const keyOf = ({ remoteAddress, remotePort }: net.Socket): string => `${remoteAddress} ${remotePort}`;

/** A host as Host-IP-Address has it: IPv4 addresses also where the socket serves both families. */
const addressOf = (socket: net.Socket): string => (socket.localAddress ?? '0.0.0.0').replace(/^::ffff:(?=\d+\.)/, '');

function certifiedBy(socket: net.Socket): { readonly certified?: (host: string) => boolean } {
  if (!(socket instanceof tls.TLSSocket)) return {};
  const certificate = socket.getPeerX509Certificate();
  return { certified: (host) => certificate?.checkHost(host) !== undefined };
}

/** The connections of a server: how many, and which have not shown their capabilities. */
class Connections {
  readonly #node: Node;
  readonly #all = new Map<string, Connection>();
  /** By age. */
  readonly #waiting = new Map<string, Connection>();

  constructor(node: Node) {
    this.#node = node;
  }

  get sessions(): readonly Session[] {
    return [...this.#all.values()].map(({ session }) => session).filter((session) => session !== undefined);
  }

  /** A connection was accepted; its session begins now, or after the handshake of TLS. */
  accept(raw: net.Socket): void {
    const { limits, options } = this.#node;
    options.count('connected');
    if (this.#all.size >= limits.connections && this.#waiting.size === 0) {
      options.count('closed', 'full');
      raw.destroy();
      return;
    }
    if (this.#waiting.size >= limits.waiting || this.#all.size >= limits.connections) this.#crowd();
    const key = keyOf(raw);
    const connection: Connection = { socket: raw, session: undefined };
    this.#all.set(key, connection);
    this.#waiting.set(key, connection);
    raw.once('close', () => {
      this.#all.delete(key);
      this.#waiting.delete(key);
    });
  }

  /** Cuts the oldest of those that have not shown their capabilities. */
  #crowd(): void {
    for (const [key, { socket, session }] of this.#waiting) {
      this.#waiting.delete(key);
      this.#all.delete(key);
      if (session === undefined) this.#node.options.count('closed', 'crowded');
      else session.crowded();
      socket.destroy();
      return;
    }
  }

  /** Speaks Diameter over a connection. */
  serve(socket: net.Socket): void {
    const key = keyOf(socket);
    const connection = this.#all.get(key);
    if (connection === undefined) {
      socket.destroy();
      return;
    }
    socket.setNoDelay(true);
    const session = new Session({
      node: this.#node,
      link: {
        address: addressOf(socket),
        ...certifiedBy(socket),
        write: (bytes) => {
          socket.write(bytes);
          return socket.writableLength;
        },
        close: (how) => {
          if (how === 'at once') {
            socket.destroy();
            return;
          }
          socket.end();
          const timer = setTimeout(() => socket.destroy(), FLUSH_MS);
          socket.once('close', () => clearTimeout(timer));
        },
        opened: () => this.#waiting.delete(key),
      },
    });
    connection.session = session;
    const receive = (chunk: Buffer): void => session.receive(chunk);
    socket.on(
      'data',
      guarded(receive, () => session.gone('fault')),
    );
    socket.on('error', () => session.gone('transport'));
    socket.on('close', () => session.gone('peer'));
  }

  /** Ends what has no session or is still there. */
  destroy(): void {
    for (const { socket, session } of this.#all.values()) {
      session?.end();
      socket.destroy();
    }
  }

  /** Ends what has not begun to speak. */
  destroyMute(): void {
    for (const { socket, session } of this.#all.values()) if (session === undefined) socket.destroy();
  }
}

function listenerOf(options: DiameterOptions, node: Node, connections: Connections): net.Server {
  if (options.tls === undefined) {
    return net.createServer((socket) => {
      connections.accept(socket);
      connections.serve(socket);
    });
  }
  const { key, cert, ca } = options.tls;
  const server = tls.createServer({
    key,
    cert,
    ca,
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
    handshakeTimeout: node.limits.firstMs,
  });
  server.on('connection', (raw: net.Socket) => connections.accept(raw));
  server.on('secureConnection', (socket) => connections.serve(socket));
  server.on('tlsClientError', (_error, socket) => {
    options.count('closed', 'tls');
    socket.destroy();
  });
  return server;
}

/**
 * Starts a Diameter server for S13 and S13' (3GPP TS 29.272) on one port, plain or with TLS. Over SCTP it is reached
 * through a relay: Node has none.
 */
export async function startDiameter(options: DiameterOptions): Promise<Server> {
  const node = createNode(options);
  const connections = new Connections(node);
  const listener = listenerOf(options, node, connections);
  const { fd, port, host } = options;
  listener.listen(fd === undefined ? { port, host, backlog: BACKLOG } : { fd, backlog: BACKLOG });
  await once(listener, 'listening');
  const bound = listener.address();
  if (bound === null || typeof bound === 'string') throw new Error('a TCP listener without a port');
  return {
    address: `${bound.family === 'IPv6' ? `[${bound.address}]` : bound.address}:${bound.port}`,
    close: async (graceMs = GRACE_MS) => {
      const closed = once(listener, 'close');
      listener.close();
      for (const session of connections.sessions) session.leave();
      connections.destroyMute();
      const timer = setTimeout(() => connections.destroy(), graceMs);
      await closed;
      clearTimeout(timer);
    },
  };
}
