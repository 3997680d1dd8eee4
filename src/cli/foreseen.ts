import { Refused } from '../faults/fault.ts';
import { errorCode } from '../files/errno.ts';
import { EngineError } from '../stores/protocol.ts';

/** Codes that say: no space left. The system's, the registry's (SQLSTATE class 53), the engine's. */
const FULL: readonly unknown[] = ['ENOSPC', 'EDQUOT', '53100', 243];
const ENGINE_MEMORY = 241;

const full = (): Refused =>
  new Refused([
    {
      code: 'STORE_DISK_FULL',
      message: 'The disk of the data folder is full; nothing of this run was kept.',
      remedy: 'Free space or move the data folder, then give the command again.',
    },
  ]);

/** Codes of the servers that say: not with this account, or not this database. */
const UNWELCOME: readonly unknown[] = ['28000', '28P01', '3D000', 516];
const UNREACHABLE = [
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
];

/** The failure and what brought it about. */
function* chain(error: unknown): Generator<Error> {
  for (let one = error; one instanceof Error; one = one.cause) {
    yield one;
    if (one instanceof AggregateError) yield* one.errors.flatMap((inner) => [...chain(inner)]);
  }
}

const codeOf = (error: Error): string | number | undefined =>
  error instanceof EngineError ? error.engineCode : errorCode(error);

const saysFull = (error: Error): boolean => /No space left on device|Disk quota exceeded/i.test(error.message);

function reasonOf(error: Error): Refused | undefined {
  const code = codeOf(error) ?? '';
  if (FULL.includes(code) || saysFull(error)) return full();
  if (code === ENGINE_MEMORY) {
    const remedy = 'Give the process more memory (control group), or close other programs, and run it again.';
    const message = 'The engine met its memory limit; nothing was kept.';
    return new Refused([{ code: 'STORE_MEMORY', message, remedy }]);
  }
  if (UNWELCOME.includes(code)) {
    const remedy = 'Check user, password and database in the URL.';
    return new Refused([{ code: 'STORE_UNREACHABLE', message: `A server turns us away (${code}).`, remedy }]);
  }
  if (!UNREACHABLE.includes(String(code))) return undefined;
  const remedy = 'Check the URL, and that the server runs and admits this machine.';
  return new Refused([{ code: 'STORE_UNREACHABLE', message: `A server cannot be reached (${code}).`, remedy }]);
}

/** Failures of the machine that a user can mend, as refusals; undefined for what was not foreseen. */
export function foreseen(error: unknown): Refused | undefined {
  for (const one of chain(error)) {
    const reason = reasonOf(one);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

/** Runs of digits this long may be somebody's number: engines quote the values that they stumble over. */
const PERSONAL = /\d{6,}/g;

/** The refusal that stands for a failure nobody foresaw: its own words, without numbers of persons. */
export function unforeseen(error: unknown): Refused {
  const words = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const engine = error instanceof EngineError ? ` (engine: ${error.engineCode ?? 'no code'})` : '';
  const message = `ceir failed unexpectedly${engine}: ${words}`.replace(PERSONAL, '…');
  const remedy = 'What was done before stays whole. Give the command again; if it fails again, report these words.';
  return new Refused([{ code: 'UNFORESEEN', message, remedy }]);
}
