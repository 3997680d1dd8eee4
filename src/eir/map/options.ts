import type { Subscriber } from '../../codecs/map/check.ts';
import type { Checker, Count } from '../checker.ts';

/** A network that asks, known by the calling address of its questions. */
export type MapPeer = {
  /** The operator's id in the country file. */
  readonly operator: string;
  /** Names it in counters; the operator's id where it is not given. */
  readonly name?: string;
  /** Beginnings of its global titles, in digits. The longest one that fits counts. */
  readonly titles?: readonly string[];
  /** Its signalling point codes, as numbers of 14 bits. They count where no title fits. */
  readonly pointCodes?: readonly number[];
};

/** A connection we make to a signalling transfer point or gateway. */
export type MapLink = {
  /** Names it in states and counters. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
} & (
  | {
      /** SCCP over IPA ("SCCPlite"). */
      readonly kind: 'ipa';
      /** Told when the other side asks for our unit name; OsmoSTP knows its application server by it. */
      readonly unitName: string;
    }
  | {
      /** SCCP over M3UA over TCP, as application server process. */
      readonly kind: 'm3ua';
      /** Routing context (RFC 4666 §3.7.1), where the gateway is configured with one. */
      readonly routingContext?: number;
      /** Network appearance; data of another one are refused. */
      readonly networkAppearance?: number;
      /** ASP identifier, where the gateway wants one. */
      readonly aspIdentifier?: number;
      /** `loadshare` by default: several of our nodes serve one application server. */
      readonly trafficMode?: 'override' | 'loadshare' | 'broadcast';
    }
);

/** Bounds of what others can make us hold or wait for. */
export type MapLimits = {
  /** Octets of one frame. */
  readonly frame: number;
  /** Questions of one link that wait for the centre; above it systemFailure is answered. */
  readonly outstanding: number;
  /** Transactions of one link that were opened without a question; above it they are aborted. */
  readonly held: number;
  /** For how long they are held, milliseconds. */
  readonly heldMs: number;
  /** Octets of answers a peer has not read; above it the link is cut. */
  readonly unsent: number;
  /** For how long a connection may take to be made, and then to become active, milliseconds. */
  readonly activeMs: number;
  /** After this long without a sign of life we ask for one; after three times that the link is cut. Milliseconds. */
  readonly silentMs: number;
  /** The first and the longest pause before a link is made anew, milliseconds; each is twice the one before. */
  readonly pauseMs: number;
  readonly longestPauseMs: number;
};

export const MAP_LIMITS: MapLimits = {
  frame: 4096,
  outstanding: 4096,
  held: 1000,
  heldMs: 30_000,
  unsent: 1 << 20,
  activeMs: 10_000,
  silentMs: 10_000,
  pauseMs: 500,
  longestPauseMs: 30_000,
};

/** What answering needs to know, whatever the link. */
export type MapService = {
  readonly checker: Checker;
  readonly count: Count;
  /** Our subsystem number; 9, EIR, by default. */
  readonly ssn?: number;
  /** Our SCCP address in answers, as octets; by default the address we were called by. */
  readonly address?: Buffer;
  /** Where networks put IMSI and MSISDN; nowhere by default. */
  readonly subscriber?: Subscriber;
  readonly peers?: readonly MapPeer[];
  /** Whether others than the peers are answered; they are by default where no peers are given, and not otherwise. */
  readonly strangers?: 'answer' | 'drop';
  readonly limits?: Partial<MapLimits>;
  /** The clock, milliseconds since 1970. */
  readonly now?: () => number;
};

/** The server: links and service. Nothing listens: signalling transfer points are connected to. */
export type MapOptions = MapService & { readonly links: readonly MapLink[] };
