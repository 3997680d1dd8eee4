import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { freePort, type Server, serverFolder, startServer } from '../servers/process.ts';

const PROGRAM = '/usr/bin/osmo-stp';

/** Why OsmoSTP cannot be tested with; false where it can. */
export const withoutStp = existsSync(PROGRAM) ? false : 'osmo-stp is not installed';

/**
 * Two application servers, each over one IPA connection under its own name. What comes from one goes to the other: IPA
 * carries no point codes, so the transfer point has to be told where a connection's messages are meant for.
 */
const config = (ports: { readonly ipa: number; readonly vty: number }): string => `
log stderr
 logging filter all 1
 logging level set-all notice
line vty
 no login
 bind 127.0.0.1 ${ports.vty}
cs7 instance 0
 point-code 0.0.1
 listen ipa ${ports.ipa}
  local-ip 127.0.0.1
  accept-asp-connections dynamic-permitted
 as eir ipa
  routing-key 0 0.1.1
  point-code override dpc 0.1.2
 as msc ipa
  routing-key 0 0.1.2
  point-code override dpc 0.1.1
 route-table system
  update route 0.1.1 7.255.7 linkset eir
  update route 0.1.2 7.255.7 linkset msc
`;

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const done = (isThere: boolean) => (): void => {
      socket.destroy();
      resolve(isThere);
    };
    socket.once('connect', done(true)).once('error', done(false));
  });

/** Starts OsmoSTP with application servers `eir` and `msc`; the same port again where one is given. */
export async function startStp(port?: number): Promise<Server & { readonly port: number }> {
  const ports = { ipa: port ?? (await freePort()), vty: await freePort() };
  const folder = await serverFolder('stp');
  const file = path.join(folder, 'stp.cfg');
  await writeFile(file, config(ports));
  const server = await startServer({
    folder,
    command: [PROGRAM, '-c', file],
    signal: 'KILL',
    ready: () => answers(ports.ipa),
  });
  return { ...server, port: ports.ipa };
}
