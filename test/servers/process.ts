import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { chown, mkdtemp, readFile } from 'node:fs/promises';
import { createServer, Socket } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** How a test server is started and how it is told to end. */
export type ServerCommand = {
  /** The server's own temporary folder, removed when it has ended. */
  readonly folder: string;
  /** Program and arguments. */
  readonly command: readonly string[];
  /** The signal that ends the server at once. */
  readonly signal: 'KILL' | 'QUIT' | 'TERM';
  /** The account to run under, where it may not be ours. */
  readonly account?: Account;
  /** Answers whether the server takes requests; asked again until it does. */
  readonly ready: () => Promise<boolean>;
};

/** A running test server. */
export type Server = {
  /** Ends the server and removes its folder; the same happens when this process ends in any way, also by a kill. */
  readonly stop: () => Promise<void>;
};

/** An operating system account. */
export type Account = { readonly uid: number; readonly gid: number };

// The shell holds the server and reads a pipe that we never write to. The pipe closes when we stop the server or die.
const KEEPER = `
folder=$1 signal=$2; shift 2
exec 3<&0
"$@" & server=$!
{ cat <&3 >/dev/null; [ -e "$folder/ended" ] || kill -s "$signal" $server; } & watch=$!
wait $server
: >"$folder/ended"
wait $watch
rm -rf "$folder"
`;
const PATIENCE_MS = 60_000;

/** Makes a temporary folder that belongs to the account. */
export async function serverFolder(name: string, account?: Account): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), `ceir-${name}-`));
  if (account !== undefined) await chown(folder, account.uid, account.gid);
  return folder;
}

/** Starts a server and waits until it is ready. Never keeps this process alive. */
export async function startServer(server: ServerCommand): Promise<Server> {
  const log = path.join(server.folder, 'log');
  const output = openSync(log, 'a');
  const child = spawn('sh', ['-c', KEEPER, 'sh', server.folder, server.signal, ...server.command], {
    cwd: server.folder,
    stdio: ['pipe', output, output],
    ...server.account,
  });
  closeSync(output);
  const gone = new Promise<void>((resolve, reject) => {
    child.once('error', reject).once('exit', () => resolve());
  });
  child.unref();
  if (child.stdin instanceof Socket) child.stdin.unref();
  const stop = async (): Promise<void> => {
    child.ref();
    child.stdin?.end();
    await gone;
  };
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await server.ready().catch(() => false))) {
    if (!existsSync(path.join(server.folder, 'ended')) && Date.now() < deadline) await pause(50);
    else {
      const lines = await readFile(log, 'utf8');
      await stop();
      throw new Error(`${server.command[0]} did not start:\n${lines.slice(-2000)}`);
    }
  }
  return { stop };
}

/** A TCP port of 127.0.0.1 that was free a moment ago. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('a TCP listener without a port');
  return address.port;
}

/** The account for servers that refuse to run as root: `nobody` for root, our own (none to set) otherwise. */
export async function unprivileged(): Promise<Account | undefined> {
  if (userInfo().uid !== 0) return undefined;
  const nobody = /^nobody:[^:]*:(?<uid>\d+):(?<gid>\d+):/m.exec(await readFile('/etc/passwd', 'utf8'));
  if (nobody === null) throw new Error('/etc/passwd knows no account "nobody"');
  return { uid: Number(nobody[1]), gid: Number(nobody[2]) };
}
