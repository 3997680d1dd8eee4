import type { Checker, Count } from '../checker.ts';

/** Who may connect, and for which operator it asks. */
export type Peer = {
  /** The Origin-Host of the peer's CER; absent where any host of the realm may come. */
  readonly host?: string;
  /** The Origin-Realm of the peer's CER; absent where the host says enough. */
  readonly realm?: string;
  /**
   * The operator for which it asks, by the country file's id; '' where the realm of each request tells, as behind a
   * relay.
   */
  readonly operator: string;
};

/** Bounds of what peers can take of this node. */
export type Limits = {
  /** Octets of one message. */
  readonly messageBytes: number;
  /** Connections at once. */
  readonly connections: number;
  /** Connections at once that have not shown their capabilities; the oldest makes room for the next. */
  readonly waiting: number;
  /** Until a connection has shown its capabilities, with the handshake of TLS. */
  readonly firstMs: number;
  /** Octets a peer may leave unread before it is cut. */
  readonly unreadBytes: number;
  /** Questions at the centre at once, of one connection and of all; above it requests are answered 3004. */
  readonly asking: number;
  readonly askingAll: number;
  /** Silence after which a Device-Watchdog-Request is sent, Tw of RFC 3539 §3.4.1; two more without answer end it. */
  readonly watchdogMs: number;
  /** Answers of a peer that are kept so that repeated requests (T flag) are answered alike and recorded once. */
  readonly repeats: number;
  /** Peers by Origin-Host whose answers are kept. */
  readonly hosts: number;
};

export const LIMITS: Limits = {
  messageBytes: 65_536,
  connections: 4096,
  waiting: 1024,
  firstMs: 10_000,
  unreadBytes: 8 * 2 ** 20,
  asking: 1024,
  askingAll: 8192,
  watchdogMs: 30_000,
  repeats: 4096,
  hosts: 512,
};

/** Time as a server sees it; another one in tests. */
export type Clock = {
  /** Milliseconds that only go forward. */
  readonly now: () => number;
  /** Milliseconds since 1970. */
  readonly wall: () => number;
  /** Does something later; the function returned prevents it. */
  readonly after: (ms: number, act: () => void) => () => void;
};

export const CLOCK: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after: (ms, act) => {
    const timer = setTimeout(act, ms);
    return () => clearTimeout(timer);
  },
};

/** What a Diameter server is started with. */
export type DiameterOptions = {
  /** Address to listen on, and port: 3868 by custom, 5658 with TLS; 0 takes a free one. */
  readonly host: string;
  readonly port: number;
  /** A socket that is bound already, in place of host and port: several threads of one process can listen on one port. */
  readonly fd?: number;
  /** PEM; with it the port speaks TLS from the first octet (RFC 6733 §13.1), and peers show a certificate of `ca`. */
  readonly tls?: { readonly key: Buffer; readonly cert: Buffer; readonly ca: Buffer };
  /** Origin-Host and Origin-Realm of this node. */
  readonly identity: { readonly host: string; readonly realm: string };
  /** Realms besides its own that this node answers for. */
  readonly realms?: readonly string[];
  /** Who may connect; absent: everybody. */
  readonly peers?: readonly Peer[];
  /**
   * Operators by PLMN (digits of MCC and MNC), for requests from a realm `epc.mncXXX.mccYYY.3gppnetwork.org`
   * (3GPP TS 23.003 §19.2) that no entry of `peers` gives to an operator.
   */
  readonly plmns?: ReadonlyMap<string, string>;
  /**
   * What becomes of a second connection of one Origin-Host: it replaces the first, which may be left from before a
   * restart, or is refused with 4003. Absent: it replaces.
   */
  readonly duplicate?: 'replace' | 'refuse';
  readonly limits?: Partial<Limits>;
  readonly checker: Checker;
  readonly count: Count;
  readonly clock?: Clock;
};

/** Why a connection ended: the labels of the count `closed`. */
export const CAUSES = [
  'peer', // the peer closed it
  'transport', // it broke
  'tls', // the handshake failed: no certificate, of another authority, expired, another protocol
  'full', // more connections than allowed
  'crowded', // made room for newer ones before it showed its capabilities
  'first', // began with another message than CER
  'silent', // showed no capabilities in time
  'version', // not Diameter of version 1
  'length', // a message longer than allowed, shorter than its header, or not of whole words
  'refused', // its CER was broken
  'stranger', // not in the list of peers
  'certificate', // its certificate is not for its Origin-Host
  'application', // it does not know S13
  'security', // it wants TLS negotiated in band
  'identity', // a second CER under another name
  'replaced', // a newer connection of the same Origin-Host took its place
  'duplicate', // an older connection of the same Origin-Host stayed
  'unread', // it left too much unread
  'watchdog', // it was silent for too long
  'disconnect', // it asked to part
  'drained', // this node asked to part
  'fault', // a fault of ours in what it sent
] as const;
export type Cause = (typeof CAUSES)[number];

/** All that a Diameter server counts; `error` and `closed` have labels: the result code, and one of {@link CAUSES}. */
export const COUNTS = ['connected', 'opened', 'closed', 'error', 'repeat', 'stray'] as const;
