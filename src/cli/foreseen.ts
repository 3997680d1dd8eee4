import { Refused } from '../faults/fault.ts';
import { errorCode } from '../files/errno.ts';
import { EngineError } from '../stores/protocol.ts';

/** Error numbers of the engine that say: no space left (its own check, or the system's on writing). */
const ENGINE_FULL = [243, 75];
const ENGINE_MEMORY = [241];
/** The registry's code for a full disk (SQLSTATE class 53). */
const REGISTRY_FULL = '53100';

const full = (): Refused =>
  new Refused([
    {
      code: 'STORE_DISK_FULL',
      message: 'The disk of the data folder is full; nothing of this run was kept.',
      remedy: 'Free space or move the data folder, then give the command again.',
    },
  ]);

const saysFull = (error: Error): boolean => /No space left on device|ENOSPC|Disk quota exceeded/i.test(error.message);

/** Failures of the machine that a user can mend, as refusals; undefined for what was not foreseen. */
export function foreseen(error: unknown): Refused | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = errorCode(error);
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === REGISTRY_FULL) return full();
  if (error instanceof EngineError) {
    if (ENGINE_FULL.includes(error.engineCode ?? 0) && (error.engineCode === 243 || saysFull(error))) return full();
    if (ENGINE_MEMORY.includes(error.engineCode ?? 0)) {
      const remedy = 'Give the process more memory (control group), or close other programs, and run it again.';
      return new Refused([
        { code: 'STORE_MEMORY', message: 'The engine met its memory limit; nothing was kept.', remedy },
      ]);
    }
  }
  if (code === 'ECONNREFUSED' || code === 'ENOTFOUND' || code === 'ECONNRESET') {
    const remedy = 'Check the URL, and that the server runs and admits this machine.';
    return new Refused([{ code: 'STORE_UNREACHABLE', message: `A server cannot be reached (${code}).`, remedy }]);
  }
  return undefined;
}
