import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';

/** One line of what a process saw: `is` says what. */
export type Seen = Readonly<Record<string, unknown>> & { readonly is: string };

/** A server in a process of its own that tells what it sees, a line of JSON each. */
export type Telling = {
  readonly port: number;
  readonly seen: readonly Seen[];
  readonly write: (line: string) => void;
  readonly close: () => Promise<void>;
};

/** Starts a program of this folder; its first line `{"is":"ready","port":…}` tells that it listens. It ends with us. */
export async function startTelling(program: string, options: readonly string[] = []): Promise<Telling> {
  const file = path.join(import.meta.dirname, program);
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), file, ...options], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const gone = once(child, 'exit');
  const seen: Seen[] = [];
  const port = await new Promise<number>((resolve, reject) => {
    child.once('error', reject).once('exit', () => reject(new Error(`${program} did not start`)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const told = JSON.parse(line) as Seen;
      if (told.is === 'ready') resolve(Number(told['port']));
      else seen.push(told);
    });
  });
  return {
    port,
    seen,
    write: (line) => child.stdin.write(`${line}\n`),
    close: async () => {
      child.stdin.end();
      await gone;
    },
  };
}
