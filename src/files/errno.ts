import path from 'node:path';
import type { Fault } from '../faults/fault.ts';

/** The code of an operating-system or library error (`ENOENT`, `Z_BUF_ERROR` …), if it has one. */
export const errorCode = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

/** The fault that stands for an error of access rights; undefined for any other error. */
export function deniedFault(file: string, error: unknown): Fault | undefined {
  const code = errorCode(error);
  if (code === 'EROFS') {
    const message = `The file system of ${path.dirname(file)} is mounted read-only.`;
    return { code: 'FILE_DENIED', file, message, remedy: 'Name a folder on a writable file system.' };
  }
  if (code !== 'EACCES' && code !== 'EPERM') return undefined;
  const remedy = 'Give the account that runs this command the right to it, or name another place.';
  return { code: 'FILE_DENIED', file, message: `The system denies access to ${file}.`, remedy };
}

/** The fault that stands for a full disk or a spent quota; undefined for any other error. */
export function fullFault(file: string, error: unknown): Fault | undefined {
  const code = errorCode(error);
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return undefined;
  const what = code === 'ENOSPC' ? 'The disk is full' : 'The disk quota is spent';
  return {
    code: 'FILE_DISK_FULL',
    file,
    message: `${what}: ${path.basename(file)} could not be written. Nothing of it was left behind.`,
    remedy: `Free space under ${path.dirname(file)}, or name another place, and give the command again.`,
  };
}
