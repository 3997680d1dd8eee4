import type { Checker, Count } from '../checker.ts';

/** Why a side of a session is cut: the fixed labels of the counters `gsup_client_cut` and `gsup_hlr_cut`. */
export type Cause =
  /** It closed the connection, or the connection broke. */
  | 'gone'
  /** It could not be reached. */
  | 'unreachable'
  /** A frame above the limit. */
  | 'oversize'
  /** Its name is not among those allowed. */
  | 'stranger'
  /** It said no name in time where names are checked, or asked too much before; or it sent no whole frame in time. */
  | 'unidentified'
  /** It answered no ping. */
  | 'silent'
  /** It read nothing for too long. */
  | 'unread'
  /** Its address is not among those allowed. */
  | 'address'
  /** Its TLS handshake failed. */
  | 'tls'
  /** A fault of ours in what it sent. */
  | 'fault'
  /** One connection too many. */
  | 'crowded'
  /** The server closes, or the client for which the HLR was connected is gone. */
  | 'closed';

/** What a session answers by. */
export type Rules = {
  readonly checker: Checker;
  readonly count: Count;
  /** What an unknown equipment is answered. */
  readonly unknown: 'permit' | 'refuse';
  /** Whether there is an HLR behind; without one only Check-IMEI is answered. */
  readonly hlr: boolean;
  /** Whether each Check-IMEI goes to the HLR too, for its `store-imei`; what the HLR answers to it is swallowed. */
  readonly store: boolean;
  /** Checks that may wait for the centre at a time; those above are answered as unknown. */
  readonly outstanding: number;
  /** The operator whose network asks; of a client named in `peers` the operator told there. */
  readonly operator: string;
  /** Names of clients that may connect, and their operators; where undefined all may. */
  readonly peers: ReadonlyMap<string, string> | undefined;
  /** The longest payload of a frame. */
  readonly frameOctets: number;
};

/** Where a session's bytes go. The buffers of one call belong into one write. */
export type Outlets = {
  readonly toClient: (pieces: readonly Buffer[]) => void;
  readonly toHlr: (pieces: readonly Buffer[]) => void;
};

/** A whole IPA frame where it lies. */
export type Place = { bytes: Buffer; start: number; end: number };
