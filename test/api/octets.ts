import { once } from 'node:events';
import { connect } from 'node:net';

/** What a server says to octets, until it closes. */
export async function told(port: number, octets: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(octets, 'latin1');
  let text = '';
  socket.on('data', (bytes) => {
    text += bytes.toString('latin1');
  });
  socket.on('error', () => undefined);
  await once(socket, 'close');
  return text;
}
