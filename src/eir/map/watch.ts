import { performance } from 'node:perf_hooks';

/** Watches how long a connection has been silent, and how long it takes to become active; by a clock that never jumps. */
export type Watch = {
  /** To be called when anything was read. */
  readonly heard: () => void;
  /** What is due: to ask for a sign of life, or to give up. */
  readonly due: (active: boolean) => 'ask' | 'silent' | 'inactive' | undefined;
};

/** How often a sign of life is asked for before we give up. */
const TIMES = 2;

export function watch(
  limits: { readonly silentMs: number; readonly activeMs: number },
  clock: () => number = () => performance.now(),
): Watch {
  let last = clock();
  let asked = 0;
  /** Since when it is not active; undefined while it is. */
  let waiting: number | undefined = last;
  const due: Watch['due'] = (active) => {
    const now = clock();
    waiting = active ? undefined : (waiting ?? now);
    if (waiting !== undefined && now - waiting > limits.activeMs) return 'inactive';
    if (now - last < limits.silentMs * (asked + 1)) return;
    asked += 1;
    return asked > TIMES ? 'silent' : 'ask';
  };
  const heard = (): void => {
    last = clock();
    asked = 0;
  };
  return { heard, due };
}
