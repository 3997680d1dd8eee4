import { execFile, execFileSync } from 'node:child_process';
import { copyFileSync, existsSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { type Server, serverFolder, startServer } from '../servers/process.ts';

const run = promisify(execFile);

/** Why Erlang/OTP's Diameter stack cannot take part; false where it can. */
export function withoutErlang(): string | false {
  if (!existsSync('/usr/bin/erlc')) return 'erlc is missing (Debian: erlang-base erlang-dev)';
  try {
    execFileSync('erl', ['-noshell', '-eval', 'halt(case code:lib_dir(diameter) of {error, _} -> 1; _ -> 0 end).']);
    return false;
  } catch {
    return 'the application diameter is missing (Debian: erlang-diameter)';
  }
}

/** Compiles the peer into a folder and returns the words that run it there. */
function command(folder: string, words: readonly string[]): readonly string[] {
  if (!existsSync(path.join(folder, 's13.beam')))
    execFileSync('erlc', ['-o', folder, path.join(import.meta.dirname, 's13.erl')]);
  copyFileSync(path.join(import.meta.dirname, 's13.dia'), path.join(folder, 's13.dia'));
  return ['erl', '-noinput', '-noshell', '-pa', folder, '-s', 's13', 'main', '-extra', folder, ...words];
}

/** Lets OTP do something as an MME and returns the lines it prints; `words` as the head of s13.erl says. */
export async function runErlang(folder: string, words: readonly string[]): Promise<readonly string[]> {
  const [program = '', ...rest] = command(folder, words);
  const { stdout } = await run(program, rest, { timeout: 60_000, cwd: folder });
  return stdout.trim().split('\n');
}

/** Starts OTP as an EIR that answers everything alike. */
export async function startErlang(port: number): Promise<Server> {
  const folder = await serverFolder('erlang');
  return await startServer({
    folder,
    command: command(folder, ['serve', `${port}`]),
    signal: 'KILL',
    ready: () =>
      new Promise((resolve) => {
        const socket = net.connect(port, '127.0.0.1');
        socket.once('error', () => resolve(false));
        socket.once('connect', () => {
          resolve(true);
          socket.destroy();
        });
      }),
  });
}
