import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { errorCode } from './errno.ts';

const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 8);

/** A text of the system's; '' where it has none. */
function told(read: () => string): string {
  try {
    return read().trim();
  } catch {
    return '';
  }
}

/**
 * Where process ids mean the same as here: this machine, and this container of it. A folder may be shared with others,
 * whose processes cannot be seen.
 */
function placeMark(): string {
  const machine = told(() => readFileSync('/etc/machine-id', 'utf8'));
  const container = told(() => readlinkSync('/proc/self/ns/pid'));
  return hash(`${hostname()} ${machine} ${container}`);
}

/** When a process began, boots told apart: an id is given out again. '' where the system does not say. */
function startMark(pid: number): string {
  const boot = told(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8'));
  const stat = told(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  // The fields stand behind the name, which is in brackets and may hold anything; the start is the 22nd of all.
  const start = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  return boot === '' || start === '' ? '' : hash(`${boot} ${start}`);
}

/** For a system that does not say when a process began. */
const NO_START = '00000000';

/** A hidden name beside the target that no other process takes, and that tells whose it is, should it be left by a crash. */
export function asideOf(target: string): string {
  const resolved = path.resolve(target);
  const owner = `${process.pid}-${placeMark()}-${startMark(process.pid) || NO_START}`;
  const name = `.${path.basename(resolved)}.${owner}-${randomBytes(6).toString('hex')}.part`;
  return path.join(path.dirname(resolved), name);
}

const ASIDE = /^\..+\.(\d{1,10})-([0-9a-f]{8})-([0-9a-f]{8})-[0-9a-f]{12}\.part$/;

/** Is it known that the process has ended? In doubt it lives. */
function ended(pid: number, start: string): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return errorCode(error) === 'ESRCH';
  }
  const now = startMark(pid);
  return now !== '' && start !== NO_START && now !== start;
}

/**
 * Removes from a folder what processes that have ended left aside there. What may still be written is left alone, and
 * so is what another machine or container wrote. What cannot be removed stays: it does no harm.
 */
export async function sweep(folder: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const here = placeMark();
  for (const entry of entries) {
    const [, pid, place, start] = ASIDE.exec(entry.name) ?? [];
    if (pid === undefined || place !== here || start === undefined || !ended(Number(pid), start)) continue;
    if (!entry.isFile() && !entry.isDirectory()) continue;
    await rm(path.join(folder, entry.name), { recursive: true, force: true }).catch(() => undefined);
  }
}
