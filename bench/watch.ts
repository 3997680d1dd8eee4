import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

/** What a command cost, with all processes it started. */
export type Cost = {
  readonly seconds: number;
  /** Processor time of the whole tree, user and system. */
  readonly cpuSeconds: number;
  /** The most memory that all processes held together: proportional set size, so that shared pages count once. */
  readonly peakBytes: number;
};

/** A command that ended well, what it wrote to standard output, and what it cost. */
export type Ran = Cost & { readonly output: string };

const TICKS_PER_SECOND = 100;
const SAMPLE_MS = 50;
/** Looking at memory holds up who is looked at: it may take this share of the time at most. */
const SAMPLE_SHARE = 0.04;

const read = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // the process has ended
  }
};

/** Processor seconds of our children that have ended, and of theirs. */
function reapedCpu(): number {
  const fields = read('/proc/self/stat').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND;
}

/** Process ids of a process and all below it. */
function treeOf(root: number): readonly number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const parent = Number(read(`/proc/${name}/stat`).split(') ')[1]?.split(' ')[1]);
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const tree = [root];
  for (let at = 0; at < tree.length; at += 1) tree.push(...(children.get(tree[at] ?? 0) ?? []));
  return tree;
}

const pssOf = (pid: number): number =>
  Number(/^Pss:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0) * 1024;

async function peakOf(root: number, ended: () => boolean): Promise<number> {
  let peak = 0;
  while (!ended()) {
    const started = performance.now();
    peak = Math.max(
      peak,
      treeOf(root).reduce((sum, pid) => sum + pssOf(pid), 0),
    );
    await wait(Math.max(SAMPLE_MS, (performance.now() - started) / SAMPLE_SHARE));
  }
  return peak;
}

/**
 * Runs a command to its end and measures it. Linux only, as it reads `/proc`.
 * @throws when the exit code is not among `codes`, with what it wrote to standard error.
 */
export async function run(command: string, args: readonly string[], codes: readonly number[] = [0]): Promise<Ran> {
  const [started, cpu] = [performance.now(), reapedCpu()];
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let [output, faults] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    faults += chunk.toString();
  });
  let over = false;
  const end = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  }).finally(() => {
    over = true;
  });
  const peak = child.pid === undefined ? 0 : peakOf(child.pid, () => over);
  const code = await end;
  const seconds = (performance.now() - started) / 1000;
  const cpuSeconds = reapedCpu() - cpu;
  if (code === null || !codes.includes(code)) {
    throw new Error(`${[command, ...args].join(' ')} ended with ${code}:\n${faults}\n${output}`);
  }
  return { seconds, cpuSeconds, peakBytes: await peak, output };
}
