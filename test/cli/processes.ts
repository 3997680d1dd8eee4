import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

/** A process, told from a later one of the same number by when it began. */
export type Process = { readonly pid: number; readonly began: string; readonly command: string };

type Stat = Process & { readonly parent: number; readonly state: string };

function statOf(pid: number): Stat | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    return { pid, parent: Number(fields[1]), state: fields[0] ?? '', began: fields[19] ?? '', command };
  } catch {
    return undefined; // it has ended
  }
}

const everything = (): readonly Stat[] =>
  readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? (statOf(Number(name)) ?? []) : []));

/** Processes whose command line names a folder. */
export const naming = (folder: string): readonly Process[] =>
  everything().filter(({ command }) => command.includes(folder));

/** A process and all that it started, directly or not. */
export function tree(root: number): readonly Process[] {
  const all = everything();
  const found = all.filter(({ pid }) => pid === root);
  for (const parent of found) found.push(...all.filter((one) => one.parent === parent.pid));
  return found;
}

/** Those of the processes that have not ended. */
export const living = (processes: readonly Process[]): readonly Process[] =>
  processes.filter(({ pid, began }) => {
    const now = statOf(pid);
    return now !== undefined && now.began === began && now.state !== 'Z';
  });

/** Waits until all of them have ended, for as long as a user would; gives those that have not. */
export async function survivors(processes: readonly Process[]): Promise<readonly Process[]> {
  for (let round = 0; round < 200 && living(processes).length > 0; round += 1) await wait(50);
  return living(processes);
}

/** The most memory that a process has held so far, in bytes; 0 when it has ended. */
export function peakOf({ pid }: Process): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
