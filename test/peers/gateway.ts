import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';

/** A signalling gateway of a few lines: takes connections, and lets a test say octet by octet what it says. */
export type Gateway = {
  readonly port: number;
  /** The next connection that comes. */
  readonly accept: () => Promise<Line>;
  readonly close: () => Promise<void>;
};

/** One connection to the gateway. */
export type Line = {
  readonly socket: Socket;
  /** Waits until as many octets have come, and takes all there are. */
  readonly read: (least: number) => Promise<Buffer>;
};

function lineOf(socket: Socket): Line {
  let come = Buffer.alloc(0);
  let wake = (): void => {};
  socket.on('data', (chunk) => {
    come = Buffer.concat([come, chunk]);
    wake();
  });
  socket.on('error', () => {});
  socket.on('close', () => wake());
  const read = async (least: number): Promise<Buffer> => {
    while (come.length < least) {
      if (socket.closed) throw new Error(`closed after ${come.length} octets of ${least}`);
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    const taken = come;
    come = Buffer.alloc(0);
    return taken;
  };
  return { socket, read };
}

/** Starts a gateway on a port of its own, or on the one given. */
export async function startGateway(port = 0): Promise<Gateway> {
  const lines: Line[] = [];
  const waiting: ((line: Line) => void)[] = [];
  const all = new Set<Socket>();
  const server: Server = createServer((socket) => {
    all.add(socket);
    const [line, next] = [lineOf(socket), waiting.shift()];
    if (next === undefined) lines.push(line);
    else next(line);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP listener without a port');
  return {
    port: address.port,
    accept: async () => lines.shift() ?? new Promise((resolve) => waiting.push(resolve)),
    close: async () => {
      for (const socket of all) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
