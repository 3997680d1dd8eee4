import { readFileSync } from 'node:fs';
import os from 'node:os';

const MIB = 1024 * 1024;

const readLimit = (path: string): number => {
  try {
    const text = readFileSync(path, 'utf8').trim();
    return /^\d+$/.test(text) ? Number(text) : Infinity;
  } catch {
    return Infinity; // no such control group here
  }
};

/**
 * Bytes of memory this machine, or the control group we run in, grants us. The engine itself sees only version 2
 * groups, so both versions are read here.
 */
export function memoryBytes(): number {
  return Math.min(
    os.totalmem(),
    readLimit('/sys/fs/cgroup/memory.max'),
    readLimit('/sys/fs/cgroup/memory/memory.limit_in_bytes'),
  );
}

/** How the engine shares the machine, in bytes: all it may hold, and from where a step spills to disk. */
export type MemoryPlan = { readonly total: number; readonly spill: number };

/**
 * The engine gets half of what is granted, at most `cap` (default 2.5 GiB, so that a whole run stays under 4 GiB with
 * the other processes), at least 512 MiB; group-bys, sorts and joins spill at two fifths of that.
 */
export function memoryPlan(granted = memoryBytes(), cap = 2560 * MIB): MemoryPlan {
  const total = Math.max(512 * MIB, Math.min(cap, Math.floor(granted / 2)));
  return { total, spill: Math.floor(total * 0.4) };
}
