import net from 'node:net';

/** What passes between a peer and a server of this machine, octet for octet. */
export type Tap = {
  /** The port that peers connect to instead of the server's. */
  readonly port: number;
  /** What peers have sent, and what the server has, of all connections in order. */
  readonly sent: () => Buffer;
  readonly answered: () => Buffer;
  readonly close: () => Promise<void>;
};

/** Listens before a server and writes down what passes. */
export async function tapOf(port: number): Promise<Tap> {
  const [sent, answered]: [Buffer[], Buffer[]] = [[], []];
  const sockets = new Set<net.Socket>();
  const listener = net.createServer((peer) => {
    const server = net.connect(port, '127.0.0.1');
    for (const [from, into, kept] of [
      [peer, server, sent],
      [server, peer, answered],
    ] as const) {
      sockets.add(from);
      from.on('data', (chunk) => {
        kept.push(chunk);
        into.write(chunk);
      });
      from.on('error', () => into.destroy());
      from.on('close', () => {
        into.end();
        sockets.delete(from);
      });
    }
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const bound = listener.address();
  if (bound === null || typeof bound === 'string') throw new Error('a TCP listener without a port');
  return {
    port: bound.port,
    sent: () => Buffer.concat(sent),
    answered: () => Buffer.concat(answered),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}
