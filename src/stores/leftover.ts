import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

const ROUND_MS = 20;
/** Rounds of waiting before the next, harsher signal: five seconds. */
const PATIENCE = 250;

/**
 * Ends a helper left by a process of ours that was killed: we own the folder now, so the helper must go first.
 * @param pidFile holds the helper's process id in its first line, when there is one.
 * @param folder what its command line names; a process that took over its id does not.
 * @param signals from mild to harsh.
 */
export async function endLeftover(pidFile: string, folder: string, signals: readonly NodeJS.Signals[]): Promise<void> {
  const pid = existsSync(pidFile) ? Number(readFileSync(pidFile, 'utf8').split('\n')[0]) : 0;
  const lives = (): boolean => {
    try {
      return pid > 0 && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(folder);
    } catch {
      return false; // it has ended
    }
  };
  for (let round = 0; lives(); round += 1) {
    const signal = round % PATIENCE === 0 ? signals[round / PATIENCE] : undefined;
    if (signal !== undefined) send(pid, signal);
    await wait(ROUND_MS);
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error; // else it has just ended
  }
}
