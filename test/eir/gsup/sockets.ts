import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** A TCP endpoint under a test's control that remembers what came, as hexadecimal. */
export type End = {
  readonly socket: Socket;
  /** All that came. */
  readonly came: () => string;
  /** Resolves when what came contains the octets; rejects when the connection ends before. */
  readonly until: (octets: Buffer) => Promise<void>;
  /** Resolves when the connection is gone. */
  readonly gone: Promise<void>;
};

/** Resolves when `held` does, asked again and again. */
export async function eventually(held: () => boolean, what: string): Promise<void> {
  for (const deadline = Date.now() + 60_000; !held(); await pause(5))
    if (Date.now() > deadline) throw new Error(`not in time: ${what}`);
}

export function endOf(socket: Socket): End {
  const chunks: Buffer[] = [];
  let closed = false;
  const gone = new Promise<void>((resolve) => {
    socket.once('close', () => {
      closed = true;
      resolve();
    });
  });
  socket.on('error', () => undefined).on('data', (chunk: Buffer) => chunks.push(chunk));
  const came = (): string => Buffer.concat(chunks).toString('hex');
  const until = async (octets: Buffer): Promise<void> => {
    const wanted = octets.toString('hex');
    await eventually(() => closed || came().includes(wanted), `${wanted} in ${came()}`);
    if (!came().includes(wanted)) throw new Error(`the connection ended after ${came()}`);
  };
  return { socket, came, until, gone };
}

/** Connects to `host:port`. */
export function dial(address: string): End {
  const [host = '', port] = address.split(':');
  return endOf(connect({ host, port: Number(port) }));
}

/** A listener in the place of an HLR. */
export type FakeHlr = {
  readonly host: string;
  readonly port: number;
  /** Connection number `at`, from 0, when it has come. */
  readonly link: (at: number) => Promise<End>;
  /** Ends all connections and listens no more. */
  readonly stop: () => Promise<void>;
};

/** Listens on 127.0.0.1; `greeting` is sent to whoever connects. */
export async function fakeHlr(greeting: Buffer, port = 0): Promise<FakeHlr> {
  const links: End[] = [];
  const listener = createServer((socket) => {
    links.push(endOf(socket));
    if (greeting.length > 0) socket.write(greeting);
  });
  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP listener without a port');
  return {
    host: '127.0.0.1',
    port: address.port,
    link: async (at) => {
      await eventually(() => links.length > at, `connection ${at} to the HLR`);
      const found = links[at];
      if (found === undefined) throw new Error('no such connection');
      return found;
    },
    stop: async () => {
      const closed = new Promise<void>((resolve) => {
        listener.close(() => resolve());
      });
      for (const { socket } of links) socket.destroy();
      await closed;
    },
  };
}
