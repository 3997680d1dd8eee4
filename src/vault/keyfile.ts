import { closeSync, fsyncSync, openSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Fault, Refused } from '../faults/fault.ts';
import { errorCode } from '../files/errno.ts';
import { type KeyRing, readRing, writeRing } from './ring.ts';

/** Where the keys are: in `vault.keys` of the data folder, or, as the same text, in `CEIR_VAULT_KEYS`. */
export type KeyPlace = {
  readonly folder: string;
  /** `process.env` where it is left out. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
};

/** The keys of a register where they are kept. */
export type Keys = {
  /** The environment gives them: they cannot be changed from within. */
  readonly fixed: boolean;
  /** Are there any? */
  exist(): boolean;
  /** The ring as it is now, whoever changed it last. Throws Refused VAULT_KEYS. */
  ring(): KeyRing;
  /**
   * Puts another ring in its place, whole. Whoever calls it holds the lock of {@link KEY_LOCK}, or of two that change it at
   * once one loses its keys. Throws Refused VAULT_FIXED where the environment gives the keys.
   */
  replace(ring: KeyRing): void;
};

/** The transaction's advisory lock under which keys are changed; any number that nothing else locks by. */
export const KEY_LOCK = 7_305_118;

/** The keys at a place; nothing is read yet. */
export function keysAt({ folder, env = process.env }: KeyPlace): Keys {
  const given = env['CEIR_VAULT_KEYS'];
  return given === undefined || given === '' ? keysInFile(path.join(folder, 'vault.keys')) : keysGiven(given);
}

function keysGiven(text: string): Keys {
  let ring: KeyRing | undefined;
  return {
    fixed: true,
    exist: () => true,
    ring: () => {
      ring ??= read(text, 'CEIR_VAULT_KEYS');
      return ring;
    },
    replace: () => {
      throw new Refused([FIXED]);
    },
  };
}

const FIXED: Fault = {
  code: 'VAULT_FIXED',
  message: 'The keys are given by CEIR_VAULT_KEYS; they cannot be changed from within.',
  remedy: 'Change them where they are kept, and start anew.',
};

function keysInFile(file: string): Keys {
  let held: { readonly stamp: string; readonly ring: KeyRing } | undefined;
  return {
    fixed: false,
    exist: () => statSync(file, { throwIfNoEntry: false }) !== undefined,
    ring: () => {
      const stamp = stampOf(file);
      if (held?.stamp !== stamp) held = { stamp, ring: read(content(file), file) };
      return held.ring;
    },
    replace: (ring) => writeSecret(file, writeRing(ring)),
  };
}

/** Tells one state of the file from the next: each is a file of its own, renamed into place. */
function stampOf(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false, bigint: true });
  if (stat === undefined) throw keysFault(file, 'is missing', 'Put back the copy that was kept of it.');
  if (process.platform !== 'win32' && (stat.mode & 0o077n) !== 0n)
    throw keysFault(file, 'can be read by others', `chmod 600 ${file}, and think about who has read it.`);
  return `${stat.ino}.${stat.mtimeNs}.${stat.size}`;
}

function content(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw keysFault(file, `cannot be read (${errorCode(error) ?? 'unknown'})`, 'Let the account of ceir own it.');
  }
}

function read(text: string, where: string): KeyRing {
  try {
    return readRing(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw keysFault(where, `does not hold the keys of a register: ${why}`, 'Put back the copy that was kept of it.');
  }
}

/** The refusal of keys at a place. */
export const keysFault = (where: string, why: string, remedy: string): Refused =>
  new Refused([{ code: 'VAULT_KEYS', message: `${where} ${why}.`, remedy }]);

/** Writes a file that only its owner reads, so that it appears whole and survives a loss of power. */
function writeSecret(file: string, text: string): void {
  const fresh = `${file}.${process.pid}`;
  writeFileSync(fresh, text, { mode: 0o600, flush: true });
  renameSync(fresh, file);
  const folder = openSync(path.dirname(file), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
