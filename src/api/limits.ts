/** Kinds of routes that are limited apart. */
export const LIMIT_CLASSES = ['check', 'read', 'write', 'heavy', 'login'] as const;
export type LimitClass = (typeof LIMIT_CLASSES)[number];

/** So many requests in a window. */
export type Rate = { readonly most: number; readonly windowMs: number };

/** What one asker may ask: an account, or an address without one. */
export type ClassLimits = { readonly account: Rate; readonly address: Rate };

/** What the register bears. Times in milliseconds, sizes in bytes. */
export type Limits = {
  /** Of a request's body, where the route does not take files. */
  readonly body: number;
  /** Of all headers with the request line. */
  readonly head: number;
  /** For the head of a request to arrive. */
  readonly headMs: number;
  /** For the body of a request to arrive, and for that of a file. */
  readonly bodyMs: number;
  readonly fileMs: number;
  readonly connections: number;
  /** Files that are received at the same time. */
  readonly files: number;
  /** For a connection without a request. */
  readonly idleMs: number;
  /** For which a write waits for another one with the same idempotency key. */
  readonly keyWaitMs: number;
  readonly rates: Readonly<Record<LimitClass, ClassLimits>>;
  /** Credentials that were not valid, from one address. */
  readonly failures: Rate;
};

const MINUTE = 60_000;
const each = (most: number, windowMs = MINUTE): Rate => ({ most, windowMs });

/**
 * Limits of an office of usual size (ours). They are kept by each process for itself: of several, each lets as much pass.
 * `check` is low for addresses, since whoever could ask without end could list what is listed.
 */
export const LIMITS: Limits = {
  body: 64 << 10,
  head: 8 << 10,
  headMs: 10_000,
  bodyMs: 10_000,
  fileMs: 120_000,
  connections: 10_000,
  files: 4,
  idleMs: 30_000,
  keyWaitMs: 5000,
  rates: {
    check: { account: each(600), address: each(20) },
    read: { account: each(1200), address: each(120) },
    write: { account: each(600), address: each(30) },
    heavy: { account: each(30), address: each(2) },
    login: { account: each(30), address: each(10) },
  },
  failures: each(20, 10 * MINUTE),
};
