import { constants as openssl } from 'node:crypto';
import { once } from 'node:events';
import {
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type SecureServerOptions,
  type ServerHttp2Session,
} from 'node:http2';
import { createServer as createListener, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import type { Checker, Count, Server } from '../checker.ts';
import { SBI_LIMITS, type SbiLimits } from './limits.ts';
import { certified, plainAddress } from './peer.ts';
import { makeService } from './service.ts';
import { type Cut, Session, type SessionParts } from './session.ts';
import { makeTokens, type TokenRules } from './token.ts';

/** A listener of N5g-eir_EquipmentIdentityCheck (3GPP TS 29.511). */
export type SbiOptions = {
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  /** A socket that is bound already, in place of host and port: several threads of one process can listen on one port. */
  readonly fd?: number;
  /** PEM; with it TLS and ALPN `h2`, without it h2c with prior knowledge. With `ca` peers must show a certificate of it. */
  readonly tls?: { readonly key: Buffer | string; readonly cert: Buffer | string; readonly ca?: Buffer | string };
  /** Who may connect: IP addresses, and names of certificates (subject's CN or DNS names); anybody where not told. */
  readonly peers?: readonly string[];
  /** Path before `/n5g-eir-eic`, beginning with a slash; none where it is not told. */
  readonly prefix?: string;
  /** Our NF instance id, a UUID. */
  readonly instance: string;
  /** Whose access tokens hold; without it none are asked for. */
  readonly tokens?: TokenRules;
  /** The operator whose network asks here; '' where the node serves one only. */
  readonly operator?: string;
  readonly limits?: Partial<SbiLimits>;
  readonly checker: Checker;
  readonly count: Count;
};

function makeHttp2({ tls }: SbiOptions, limits: SbiLimits): Http2Server | Http2SecureServer {
  const common = {
    settings: {
      enablePush: false,
      maxConcurrentStreams: limits.streams,
      maxHeaderListSize: limits.headerBytes,
    },
    maxHeaderListPairs: limits.headers,
    maxSettings: 32,
    maxOutstandingPings: 10,
    maxSessionRejectedStreams: 100,
    maxSessionInvalidFrames: 500,
  };
  if (tls === undefined) return createServer(common);
  const secure: SecureServerOptions = {
    ...common,
    ...tls,
    allowHTTP1: false,
    minVersion: 'TLSv1.2',
    // HTTP/2 forbids renegotiation (RFC 9113 §9.2.1), which costs the server more than the peer.
    secureOptions: openssl.SSL_OP_NO_RENEGOTIATION,
    handshakeTimeout: limits.firstMs,
    requestCert: tls.ca !== undefined,
    rejectUnauthorized: tls.ca !== undefined,
  };
  return createSecureServer(secure);
}

/** What tells one connection from all others; TLS puts another object over a socket, but its far end stays. */
const keyOf = ({ remoteAddress, remotePort }: Pick<Socket, 'remoteAddress' | 'remotePort'>): string =>
  `${remoteAddress} ${remotePort}`;

type Place = { readonly socket: Duplex; readonly began: number; session: Session | undefined };

/** The connections of a service, wherever they come from. */
export class Door {
  readonly #h2: Http2Server | Http2SecureServer;
  readonly #limits: SbiLimits;
  readonly #options: SbiOptions;
  readonly #parts: SessionParts;
  readonly #places = new Map<string, Place>();
  readonly #timer: NodeJS.Timeout;
  #numbered = 0;
  #admitting: Place | undefined;
  #draining = false;
  #empty: () => void = () => undefined;

  /** @throws where the TLS key, certificate or the NRF's keys cannot be read. */
  constructor(options: SbiOptions) {
    const { checker, count, instance, prefix = '', tokens } = options;
    const limits = { ...SBI_LIMITS, ...options.limits };
    const checked = tokens === undefined ? undefined : makeTokens(tokens);
    this.#options = options;
    this.#limits = limits;
    this.#parts = {
      service: makeService({ prefix, instance, limits, checker, count, tokens: checked }),
      limits,
      count,
    };
    this.#h2 = makeHttp2(options, limits);
    this.#h2.on('session', (session: ServerHttp2Session) => this.#welcome(session));
    this.#h2.on('tlsClientError', () => this.#count('handshake'));
    this.#h2.on('unknownProtocol', (socket: Duplex) => {
      this.#count('no-h2');
      socket.destroy();
    });
    this.#timer = setInterval(() => this.sweep(performance.now()), limits.sweepMs).unref();
  }

  #count(cause: Cut): void {
    this.#options.count('n5geir_cut', cause);
  }

  /** Takes a connection: a socket, or any stream of bytes that behaves as one. */
  admit(socket: Duplex): void {
    const refusal = this.#refusal(socket);
    if (refusal !== undefined) {
      this.#count(refusal);
      socket.destroy();
      return;
    }
    this.#numbered += 1;
    const key = socket instanceof Socket ? keyOf(socket) : `${this.#numbered}`;
    const place: Place = { socket, began: performance.now(), session: undefined };
    this.#places.set(key, place);
    this.#options.count('n5geir_opened');
    socket.on('error', () => undefined);
    socket.once('close', () => this.#left(key, place));
    const begin = (): void => {
      if (socket.destroyed) return;
      // Without TLS the session is made, and told of, before this returns.
      this.#admitting = this.#options.tls === undefined ? place : undefined;
      this.#h2.emit('connection', socket);
      this.#admitting = undefined;
    };
    // A session takes much more than a socket: whoever says nothing gets none.
    if (this.#options.tls === undefined && socket instanceof Socket) socket.once('readable', begin);
    else begin();
  }

  #refusal(socket: Duplex): Cut | undefined {
    if (this.#draining) return 'grace';
    const { peers, tls } = this.#options;
    // With TLS the certificate may still tell a name.
    if (tls === undefined && peers !== undefined && socket instanceof Socket) {
      if (!peers.includes(plainAddress(socket.remoteAddress))) return 'stranger';
    }
    return this.#places.size >= this.#limits.connections && !this.#makeRoom() ? 'connections' : undefined;
  }

  #left(key: string, place: Place): void {
    if (this.#places.get(key) === place) this.#places.delete(key);
    this.#options.count('n5geir_closed');
    if (this.#places.size === 0) this.#empty();
  }

  /** Ends the oldest connection that has asked nothing yet; false where all have. */
  #makeRoom(): boolean {
    for (const [key, { socket, session }] of this.#places) {
      if (session?.asked === true) continue;
      if (session === undefined) this.#count('crowded');
      else session.cut('crowded');
      socket.destroy();
      this.#places.delete(key);
      return true;
    }
    return false;
  }

  #welcome(h2: ServerHttp2Session): void {
    const { peers, operator = '' } = this.#options;
    const place = this.#admitting ?? this.#places.get(keyOf(h2.socket));
    const address = plainAddress(h2.socket.remoteAddress);
    const names = certified(tlsOf(h2));
    const session = new Session(h2, { name: names[0] ?? address, operator }, this.#parts);
    if (place !== undefined) place.session = session;
    if (peers === undefined || this.#admitting !== undefined) return;
    if (![address, ...names].some((one) => peers.includes(one))) session.cut('stranger');
  }

  /** Looks all connections over, as of a moment of the clock that never jumps. */
  sweep(now: number): void {
    for (const { session, socket, began } of this.#places.values()) {
      if (session !== undefined) session.sweep(now);
      // TLS has its own time for a handshake.
      else if (this.#options.tls === undefined && now - began > this.#limits.firstMs) {
        this.#count('silent');
        socket.destroy();
      }
    }
  }

  /** Takes no more, says farewell to all, and resolves when all are gone or `graceMs` is over. */
  async drain(graceMs: number): Promise<void> {
    this.#draining = true;
    for (const { session, socket } of this.#places.values()) {
      if (session === undefined) socket.destroy();
      else session.drain();
    }
    const gone = new Promise<void>((resolve) => {
      this.#empty = resolve;
    });
    const patience = new AbortController();
    if (this.#places.size > 0)
      await Promise.race([gone, pause(graceMs, undefined, { signal: patience.signal }).catch(() => undefined)]);
    patience.abort();
    for (const { session, socket } of this.#places.values()) {
      session?.cut('grace');
      socket.destroy();
    }
    clearInterval(this.#timer);
  }
}

/** The TLS socket under a session; the session shows it behind a proxy, which passes `instanceof`. */
const tlsOf = (h2: ServerHttp2Session): unknown => h2.socket;

/** Listens for consumers of N5g-eir_EquipmentIdentityCheck. */
export async function listenSbi(options: SbiOptions): Promise<Server> {
  const door = new Door(options);
  const listener = createListener({ noDelay: true }, (socket) => door.admit(socket));
  // A flood must not fill the queue before which real peers stand.
  const { fd, host, port } = options;
  listener.listen({ ...(fd === undefined ? { host, port } : { fd }), backlog: 4096 });
  try {
    await once(listener, 'listening');
  } catch (fault) {
    await door.drain(0);
    throw fault;
  }
  // Without a descriptor for it a connection cannot be taken; those that are there go on.
  listener.on('error', () => options.count('n5geir_failed', 'accept'));
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP listener without a port');
  return {
    address: `${options.host}:${address.port}`,
    close: async (graceMs = 5000) => {
      const closed = once(listener, 'close');
      listener.close();
      await door.drain(graceMs);
      await closed;
    },
  };
}
