import { setTimeout as pause } from 'node:timers/promises';

/** Waits until something holds; a minute is in vain. */
export async function eventually(held: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (const deadline = Date.now() + 60_000; !(await held()); await pause(10))
    if (Date.now() > deadline) throw new Error(`not in time: ${what}`);
}
