/** What one listener of N5g-eir bears. Times in milliseconds. */
export type SbiLimits = {
  /** Connections at once. When all are taken, one that has asked nothing yet makes room for a new one. */
  readonly connections: number;
  /** Requests at once of one connection (SETTINGS_MAX_CONCURRENT_STREAMS). */
  readonly streams: number;
  /** Bytes of a request's headers, uncompressed (SETTINGS_MAX_HEADER_LIST_SIZE), and how many there may be. */
  readonly headerBytes: number;
  readonly headers: number;
  /** Characters of a request target; longer ones are answered with 414. */
  readonly targetLength: number;
  /** From the connection to its first request, TLS handshake included. */
  readonly firstMs: number;
  /** Without a request. */
  readonly idleMs: number;
  /** Without a request until the peer is asked, by a PING, whether it is there still; it may take `firstMs` to answer. */
  readonly quietMs: number;
  /** With answers that the peer does not take. */
  readonly unreadMs: number;
  /** For the content that a GET brings and has no use for; then it is answered, and the rest refused. */
  readonly contentMs: number;
  /** Streams the peer may reset, PINGs and SETTINGS it may send, in one {@link SbiLimits.sweepMs}. */
  readonly resets: number;
  readonly pings: number;
  /** Requests per second of one connection; 0 for no limit. Above it 429 is answered. */
  readonly rate: number;
  /** Checks that wait for the centre: of one connection (429 above it), of all (503 above it). */
  readonly waitingEach: number;
  readonly waiting: number;
  /** The longest wait for the centre; a consumer's own shorter patience counts before it. */
  readonly askMs: number;
  /** Seconds of Retry-After in 429 and 503. */
  readonly retryAfter: number;
  /** How often connections are looked over; also the window of `resets` and `pings`. */
  readonly sweepMs: number;
};

/** Limits for consumers that are a core's AMFs: few connections, many requests each. */
export const SBI_LIMITS: SbiLimits = {
  connections: 1024,
  streams: 256,
  headerBytes: 16_384,
  headers: 64,
  targetLength: 2048,
  firstMs: 10_000,
  idleMs: 600_000,
  quietMs: 30_000,
  unreadMs: 15_000,
  contentMs: 5000,
  resets: 200,
  pings: 100,
  rate: 0,
  waitingEach: 200,
  waiting: 2000,
  askMs: 3000,
  retryAfter: 1,
  sweepMs: 1000,
};
