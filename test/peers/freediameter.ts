import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Server, serverFolder, startServer } from '../servers/process.ts';
import type { Authority } from './certificates.ts';

const EXTENSIONS = '/usr/lib/freeDiameter';
const HEADERS = '/usr/include/freeDiameter/extension.h';

/** Why freeDiameter cannot take part; false where it can. */
export function withoutFreeDiameter(): string | false {
  const gone = ['/usr/bin/freeDiameterd', '/usr/bin/gcc', HEADERS, `${EXTENSIONS}/dict_dcca_3gpp.fdx`].find(
    (file) => !existsSync(file),
  );
  return gone === undefined ? false : `${gone} is missing (Debian: freediameter libfreediameter-dev gcc)`;
}

/** Who a freeDiameter is and whom it connects to. */
export type Daemon = {
  readonly identity: string;
  readonly realm: string;
  readonly authority: Authority;
  /** The port it listens on; another one than the default keeps tests apart. */
  readonly port: number;
  readonly connect: { readonly host: string; readonly port: number; readonly tls: boolean };
};

/** Writes a configuration: TCP on the loopback only, extensions as given. */
function configure(folder: string, daemon: Daemon, extensions: readonly string[]): string {
  const { keyFile, certFile } = daemon.authority.issue(daemon.identity);
  const { host, port, tls } = daemon.connect;
  const lines = [
    `Identity = "${daemon.identity}";`,
    `Realm = "${daemon.realm}";`,
    `Port = ${daemon.port};`,
    'SecPort = 0;',
    'No_SCTP;',
    'No_IPv6;',
    'ListenOn = "127.0.0.1";',
    'TwTimer = 6;',
    `TLS_Cred = "${certFile}", "${keyFile}";`,
    `TLS_CA = "${daemon.authority.certFile}";`,
    ...extensions.map((extension) => `LoadExtension = ${extension};`),
    `ConnectPeer = "${host}" { ConnectTo = "127.0.0.1"; Port = ${port}; No_SCTP; ${tls ? '' : 'No_TLS;'} };`,
  ];
  const file = path.join(folder, `${daemon.identity}.conf`);
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

/** A question to the EIR; '-' where there is nothing. */
export type Asked = { readonly imsi: string; readonly imei: string; readonly version: string };

/**
 * Lets a freeDiameter ask as an MME; returns a line per question: result, vendor of an experimental result or 0,
 * Equipment-Status or -1, and whether the rules of ECA hold. Its log comes with the error where it does not end well.
 */
export async function askByFreeDiameter(
  folder: string,
  daemon: Daemon,
  { realm, questions }: { readonly realm: string; readonly questions: readonly Asked[] },
): Promise<readonly string[]> {
  const own = path.join(folder, daemon.identity);
  mkdirSync(own, { recursive: true });
  const extension = path.join(own, 's13mme.fdx');
  execFileSync('gcc', ['-shared', '-fPIC', '-O1', '-o', extension, path.join(import.meta.dirname, 's13mme.c')]);
  const file = path.join(own, 'questions');
  const lines = questions.map(({ imsi, imei, version }) => `${imsi} ${imei} ${version}`);
  writeFileSync(file, `${[daemon.connect.host, realm, ...lines].join('\n')}\n`);
  const loaded = ['dict_nasreq', 'dict_dcca', 'dict_dcca_3gpp'].map((name) => `"${name}.fdx"`);
  const conf = configure(own, daemon, [...loaded, `"${extension}" : "${file}"`]);
  const child = spawn('freeDiameterd', ['-c', conf], { stdio: ['ignore', 'pipe', 'pipe'], timeout: 30_000 });
  let log = '';
  child.stdout.on('data', (text) => (log += String(text)));
  child.stderr.on('data', (text) => (log += String(text)));
  await new Promise((resolve, reject) => child.once('close', resolve).once('error', reject));
  const told = existsSync(`${file}.out`) ? readFileSync(`${file}.out`, 'utf8').trim().split('\n') : [];
  if (told.at(-1) !== 'end') throw new Error(`freeDiameter did not end: ${told.join('|')}\n${log.slice(-3000)}`);
  return told.slice(0, -1);
}

/**
 * Starts a freeDiameter as a relay: it lets any host of `admitted` in over TCP, and connects to the EIR by itself; it is
 * ready when `open` says that it has.
 */
export async function startRelay(daemon: Daemon, admitted: string, open: () => boolean): Promise<Server> {
  const folder = await serverFolder('freediameter');
  const acl = path.join(folder, 'acl.conf');
  writeFileSync(acl, `ALLOW_IPSEC ${admitted}\n`);
  const conf = configure(folder, daemon, [`"acl_wl.fdx" : "${acl}"`]);
  const command = ['freeDiameterd', '-c', conf];
  return await startServer({ folder, command, signal: 'KILL', ready: async () => open() });
}
