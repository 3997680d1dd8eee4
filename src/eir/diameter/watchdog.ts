import type { Clock } from './options.ts';

/** The watchdog of one connection. */
export type Watchdog = {
  /** A message came. */
  readonly heard: () => void;
  /** A Device-Watchdog-Answer came. */
  readonly answered: () => void;
  readonly stop: () => void;
};

/** Tw is shifted by a random share within two seconds either way, so that peers do not ask in step (RFC 3539 §3.4.1). */
const JITTER_MS = 2000;

/**
 * The algorithm of RFC 3539 §3.4.1: after Tw of silence a request is sent, after Tw more the peer is suspect, and after
 * Tw more it counts as dead. Any message takes suspicion from it.
 */
export function watch(
  { clock, watchdogMs }: { readonly clock: Clock; readonly watchdogMs: number },
  on: { readonly send: () => void; readonly dead: () => void },
): Watchdog {
  let [pending, suspect] = [false, false];
  let heardAt = clock.now();
  let stop = (): void => undefined;
  const spread = Math.min(JITTER_MS, watchdogMs / 10);
  const wait = (): number => Math.round(watchdogMs + (Math.random() * 2 - 1) * spread);
  let due = wait();
  const arm = (ms: number): void => {
    stop = clock.after(ms, expire);
  };
  const again = (): void => {
    heardAt = clock.now();
    due = wait();
    arm(due);
  };
  const expire = (): void => {
    const silent = clock.now() - heardAt;
    if (silent + 1 <= due) {
      arm(due - silent);
      return;
    }
    if (suspect) {
      on.dead();
      return;
    }
    if (pending) suspect = true;
    else {
      pending = true;
      on.send();
    }
    again();
  };
  arm(due);
  return {
    heard: () => {
      heardAt = clock.now();
      suspect = false;
    },
    answered: () => {
      pending = false;
    },
    stop: () => stop(),
  };
}
