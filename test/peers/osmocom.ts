import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { type Server, serverFolder, startServer } from '../servers/process.ts';

const HERE = import.meta.dirname;

/** Why tests with these programs have to be skipped, or false where all are there. */
export function without(...programs: readonly string[]): string | false {
  const folders = (process.env['PATH'] ?? '').split(':');
  const missing = programs.filter((program) => !folders.some((folder) => existsSync(path.join(folder, program))));
  return missing.length > 0 && `not installed: ${missing.join(', ')}`;
}

/** Why nothing can be compiled against a library, or false where it can. */
export function withoutLibrary(name: string): string | false {
  const missing = without('gcc', 'pkg-config');
  if (missing !== false) return missing;
  try {
    execFileSync('pkg-config', ['--exists', name]);
    return false;
  } catch {
    return `no headers of ${name}`;
  }
}

/** Compiles a C file of this folder; answers the path of what came out. */
export function compile(folder: string, source: string, options: readonly string[]): string {
  const out = path.join(folder, path.basename(source, '.c'));
  execFileSync('gcc', ['-O1', '-Wall', '-o', out, path.join(HERE, source), ...options], { stdio: 'pipe' });
  return out;
}

/** An address of this machine on which nobody listens at the port, for programs whose ports are fixed. */
export async function loopback(port: number): Promise<string> {
  for (let tries = 0; tries < 20; tries += 1) {
    const [b, c, d] = [1, 2, 3].map(() => 2 + Math.floor(Math.random() * 250));
    const host = `127.${b}.${c}.${d}`;
    const free = await new Promise<boolean>((resolve) => {
      const probe = createServer().once('error', () => resolve(false));
      probe.listen(port, host, () => probe.close(() => resolve(true)));
    });
    if (free) return host;
  }
  throw new Error(`no loopback address with port ${port} free`);
}

const connects = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.once('error', () => resolve(false)).once('connect', () => resolve(true));
    socket.once('connect', () => socket.destroy());
  });

/** Port of GSUP; OsmoHLR has no other. */
export const GSUP_PORT = 4222;
const PATIENCE_MS = 10_000;
const VTY_PORT = { hlr: 4258, msc: 4254 };

/** Starts OsmoHLR with a subscriber database that stays. Every IMSI it is asked for becomes a subscriber. */
export async function startHlr(host: string, database: string): Promise<Server> {
  const folder = await serverFolder('osmo-hlr');
  const config = path.join(folder, 'hlr.cfg');
  writeFileSync(
    config,
    `log stderr
 logging filter all 1
 logging level set-all notice
line vty
 bind ${host}
ctrl
 bind ${host}
hlr
 subscriber-create-on-demand 5 cs+ps
 store-imei
 gsup
  bind ip ${host}
  ipa-name HLR-test
`,
  );
  const command = ['osmo-hlr', '-c', config, '-l', database];
  return startServer({ folder, command, signal: 'KILL', ready: () => connects(host, VTY_PORT.hlr) });
}

/** What OsmoHLR's console tells of a subscriber. */
export async function subscriber(host: string, imsi: string): Promise<string> {
  const terminal = connect({ host, port: VTY_PORT.hlr });
  try {
    terminal.write(`subscriber imsi ${imsi} show\r\n`);
    let told = '';
    for await (const bytes of terminal) {
      told += String(bytes);
      if (/ show\r?\n[\s\S]*OsmoHLR> /.test(told)) break;
    }
    return told;
  } finally {
    terminal.destroy();
  }
}

/** Where an OsmoMSC finds its neighbours, and when it asks for the equipment. */
export type MscOptions = {
  /** Its own address. */
  readonly host: string;
  /** The port of the base station controller, on 127.0.0.1; point code 0.0.2. The MSC's own is 0.0.1. */
  readonly bsc: number;
  readonly hlr: { readonly host: string; readonly port: number };
  readonly checkImei: '0' | '1' | 'early';
};

/** Starts OsmoMSC, which speaks SCCP over IPA to the BSC; its listener for SGs gets TCP in the place of SCTP. */
export async function startMsc({ host, bsc, hlr, checkImei }: MscOptions): Promise<Server> {
  const folder = await serverFolder('osmo-msc');
  const shim = compile(folder, 'nosctp.c', ['-shared', '-fPIC', '-ldl']);
  const config = path.join(folder, 'msc.cfg');
  writeFileSync(
    config,
    `log stderr
 logging filter all 1
 logging level set-all notice
line vty
 bind ${host}
ctrl
 bind ${host}
network
 network country code 001
 mobile network code 01
 encryption a5 0
 authentication optional
 mm info 0
cs7 instance 0
 point-code 0.0.1
 asp bsc ${bsc} 0 ipa
  local-ip 127.0.0.1
  remote-ip 127.0.0.1
  role asp
  sctp-role client
 as from-bsc ipa
  asp bsc
  routing-key 0 0.0.1
  point-code override dpc 0.0.2
 as to-bsc ipa
  asp bsc
  routing-key 0 0.0.2
msc
 cs7-instance-a 0
 check-imei-rqd ${checkImei}
 no assign-tmsi
 mgw remote-ip ${host}
 mgw local-ip ${host}
hlr
 ipa-name MSC-test
 remote-ip ${hlr.host}
 remote-port ${hlr.port}
sgs
 local-ip ${host}
`,
  );
  const command = ['env', `LD_PRELOAD=${shim}`, 'osmo-msc', '-c', config];
  return startServer({ folder, command, signal: 'KILL', ready: () => connects(host, VTY_PORT.msc) });
}

/** A client made of Osmocom's library. */
export type GsupClient = {
  /** Sends a line; see `gsupclient.c`. */
  readonly send: (line: string) => void;
  /** The next line it writes for which `wanted` holds, also one that came already. */
  readonly line: (wanted: (line: string) => boolean) => Promise<string>;
  readonly close: () => Promise<void>;
};

/** Compiles and starts the client. */
export function startGsupClient(host: string, port: number, name: string): GsupClient {
  const folder = mkdtempSync(path.join(tmpdir(), 'ceir-gsupclient-'));
  const libraries = ['libosmo-gsup-client', 'libosmogsm', 'libosmocore', 'talloc'];
  const flags = execFileSync('pkg-config', ['--cflags', '--libs', ...libraries], { encoding: 'utf8' });
  const program = compile(folder, 'gsupclient.c', flags.trim().split(/\s+/));
  const child = spawn(program, [host, String(port), name], { stdio: ['pipe', 'pipe', 'ignore'] });
  const lines: string[] = [];
  let waiting: { readonly wanted: (line: string) => boolean; readonly take: (line: string) => void } | undefined;
  const look = (): void => {
    const at = waiting === undefined ? -1 : lines.findIndex(waiting.wanted);
    if (at < 0) return;
    const { take } = waiting ?? {};
    waiting = undefined;
    const [found = ''] = lines.splice(at, 1);
    take?.(found);
  };
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    look();
  });
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
  });
  return {
    send: (line) => child.stdin.write(`${line}\n`),
    line: (wanted) =>
      new Promise((resolve, reject) => {
        const late = setTimeout(() => reject(new Error(`no such line among ${lines.join('; ')}`)), PATIENCE_MS);
        const take = (line: string): void => {
          clearTimeout(late);
          resolve(line);
        };
        waiting = { wanted, take };
        look();
      }),
    close: async () => {
      child.stdin.end();
      await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
