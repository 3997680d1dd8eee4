import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { freePort, type Server, serverFolder, startServer } from '../servers/process.ts';
import { compile, GSUP_PORT } from './osmocom.ts';

/** Where the message centre of an OsmoMSC finds its neighbours. */
export type SmscOptions = {
  /** The address of the HLR and of the MSC's own consoles. */
  readonly host: string;
  /** The port of the base station controller, on 127.0.0.1; point code 0.0.2. */
  readonly bsc: number;
  /** Who may bind, and with which password; what phones send goes to it. */
  readonly systemId: string;
  readonly password: string;
  /** The port for SMPP again, where it was started before. */
  readonly port?: number;
};

/** OsmoMSC as a message centre: SMPP on one side, phones behind a base station controller on the other. */
export type Smsc = Server & { readonly port: number };

const connects = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.once('error', () => resolve(false)).once('connect', () => resolve(true));
    socket.once('connect', () => socket.destroy());
  });

const config = ({ host, bsc, systemId, password }: SmscOptions, port: number): string => `log stderr
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
 check-imei-rqd 0
 no assign-tmsi
 mgw remote-ip ${host}
 mgw local-ip ${host}
hlr
 ipa-name MSC-test
 remote-ip ${host}
 remote-port ${GSUP_PORT}
sgs
 local-ip ${host}
smpp
 local-tcp-ip 127.0.0.1 ${port}
 system-id SMSC
 policy closed
 smpp-first
 esme ${systemId}
  password ${password}
  default-route
`;

/** Starts OsmoMSC with its message centre. Beside it an HLR and a base station controller must run. */
export async function startSmsc(options: SmscOptions): Promise<Smsc> {
  const folder = await serverFolder('smsc');
  const shim = compile(folder, 'nosctp.c', ['-shared', '-fPIC', '-ldl']);
  const file = path.join(folder, 'msc.cfg');
  const port = options.port ?? (await freePort());
  writeFileSync(file, config(options, port));
  const command = ['env', `LD_PRELOAD=${shim}`, 'osmo-msc', '-c', file];
  const server = await startServer({ folder, command, signal: 'KILL', ready: () => connects('127.0.0.1', port) });
  return { ...server, port };
}

/** Gives a subscriber a number, at OsmoHLR's console. */
export async function giveNumber(host: string, imsi: string, msisdn: string): Promise<void> {
  const terminal = connect({ host, port: 4258 });
  try {
    terminal.write(`enable\r\nsubscriber imsi ${imsi} update msisdn ${msisdn}\r\n`);
    let told = '';
    for await (const bytes of terminal) {
      told += String(bytes);
      if (/Updated subscriber/.test(told)) return;
      if (/%.*(?:error|no such|unknown)/i.test(told)) throw new Error(`OsmoHLR: ${told}`);
    }
  } finally {
    terminal.destroy();
  }
}
