import type { Socket } from 'node:net';
import { deserialize, serialize } from 'node:v8';

const HEAD = 4;

/** Sends one value: its length in four bytes, big-endian, then the value as the engine's own channel carries it. */
export function sendFrame(socket: Socket, value: unknown, done: (error: Error | null) => void = () => undefined): void {
  const bytes = serialize(value);
  const head = Buffer.alloc(HEAD);
  head.writeUInt32BE(bytes.length);
  socket.write(Buffer.concat([head, bytes]), (error) => done(error ?? null));
}

/** Hears the values that arrive, each whole. `limit`: bytes beyond which a value is none and the connection ends. */
export function hearFrames(socket: Socket, limit: () => number, hear: (value: unknown) => void): void {
  let held: Buffer[] = [];
  let size = 0;
  socket.on('data', (chunk: Buffer) => {
    held.push(chunk);
    size += chunk.length;
    for (;;) {
      const length = size < HEAD ? -1 : gathered().readUInt32BE(0);
      if (length > limit()) return void socket.destroy();
      if (length < 0 || size < HEAD + length) return;
      const all = gathered();
      held = [all.subarray(HEAD + length)];
      size -= HEAD + length;
      hear(deserialize(all.subarray(HEAD, HEAD + length)));
    }
  });
  const gathered = (): Buffer => {
    const [first] = held;
    if (held.length === 1 && first !== undefined) return first;
    const all = Buffer.concat(held);
    held = [all];
    return all;
  };
}
