/**
 * The server of bench `gsup`, in a process of its own: `echo`, `checks` or `passed`, as {@link Role} says. It sends its port,
 * and its processor time in microseconds whenever it gets a message.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { IPA_HEADER, ipaFraming } from '../src/codecs/ipa/frame.ts';
import { splitter } from '../src/codecs/ipa/split.ts';
import type { Answer } from '../src/decisions/core/question.ts';
import { startGsup } from '../src/eir/gsup/server.ts';

/** `echo`: sends each frame back; `bare`: sends back what it reads, frames or not; the others are ours. */
export type Role = 'bare' | 'echo' | 'checks' | 'passed';

const PERMITTED: Answer = {
  status: 'permitted',
  step: 'mode',
  reason: '',
  list: '',
  level: 'none',
  exception: '',
  intended: 'permitted',
  by: 'local',
};

/** Cuts what it reads into frames, writes each into its output, and sends that once a read. */
function echo(socket: Socket): void {
  let out = Buffer.allocUnsafeSlow(0);
  let at = 0;
  const frames = splitter(ipaFraming(65_535), (bytes, start, end) => {
    at += bytes.copy(out, at, start, end);
    return true;
  });
  socket
    .on('error', () => undefined)
    .on('data', (chunk) => {
      out = Buffer.allocUnsafeSlow(chunk.length + frames.held() + IPA_HEADER);
      at = 0;
      frames.push(chunk);
      socket.write(out.subarray(0, at));
    });
}

const sendBack = (socket: Socket): void => {
  socket.on('error', () => undefined).on('data', (chunk) => socket.write(chunk));
};

const listen = (server: Server): Promise<number> =>
  new Promise((resolve, reject) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('a TCP listener without a port'));
      else resolve(address.port);
    });
  });

async function serve(role: string | undefined, hlr: string | undefined): Promise<number> {
  if (role === 'bare') return listen(createServer(sendBack));
  if (role === 'echo') return listen(createServer(echo));
  const server = await startGsup({
    host: '127.0.0.1',
    port: 0,
    checker: { check: () => PERMITTED, ask: async () => PERMITTED },
    count: () => undefined,
    ...(role === 'passed' && { hlr: { host: '127.0.0.1', port: Number(hlr) } }),
  });
  return Number(server.address.split(':')[1]);
}

const port = await serve(process.argv[2], process.argv[3]);
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.(user + system);
});
process.on('disconnect', () => process.exit());
process.send?.(port);
