import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { rmSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import net, { type Socket } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import type { ClientConfig } from 'pg';
import type { Engine } from './engine.ts';
import { hearFrames, sendFrame } from './frame.ts';
import type { Reply, Request } from './protocol.ts';

/** How the stores of a folder are reached while a process serves them: a file that only their owner can read. */
export type Door = { readonly socket: string; readonly token: string };

/** What a guest is told when it is let in. */
export type Welcome = {
  /** The version of the program that serves: guests of another one would find tables that they do not know. */
  readonly version: string;
  readonly connection: ClientConfig;
  /** The URLs of the analytics servers; absent where the engine is embedded, and asked through this door. */
  readonly analytics?: string | undefined;
};

/** Where the door of a data folder is written. */
export const doorFile = (folder: string): string => path.join(folder, 'serve.json');

const PASSWORD_LIMIT = 4096;
const REQUEST_LIMIT = 1 << 30;

/** Where guests and the one who serves meet. The token keeps others out where names are open to all. */
function meetingPlace(): string {
  const name = `openceir-${randomBytes(16).toString('hex')}`;
  return process.platform === 'linux' ? `\0${name}` : path.join(os.tmpdir(), `${name}.sock`);
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Passes a guest's questions to the engine, under numbers of our own, and its answers back. */
function relay(socket: Socket, engine: Engine): (request: Request) => void {
  const open = new Map<number, number>();
  const send = (reply: Reply): void => sendFrame(socket, reply);
  socket.on('close', () => {
    for (const id of open.values()) engine.tell({ id, kind: 'stop' });
  });
  return (request) => {
    const { id } = request;
    if (request.kind === 'close') return send({ id, kind: 'done', text: '' });
    if (request.kind === 'more' || request.kind === 'stop') {
      const own = open.get(id);
      if (own !== undefined) engine.tell({ ...request, id: own });
      return;
    }
    const chunk = (own: number, bytes: Uint8Array): void => {
      open.set(id, own);
      if (socket.destroyed) engine.tell({ id: own, kind: 'stop' });
      else send({ id, kind: 'chunk', bytes });
    };
    engine
      .ask(request, chunk)
      .finally(() => open.delete(id))
      .then(
        (text) => send({ id, kind: 'done', text }),
        (error: Error) => {
          const engineCode = 'engineCode' in error ? (error.engineCode as number | undefined) : undefined;
          send({ id, kind: 'failed', message: error.message, engineCode });
        },
      );
  };
}

/**
 * Lets other processes of the same user work on the stores that this one owns, until closed. What a guest began is not
 * undone when it is killed: whoever works next does that (`recover`), as after any crash.
 */
export async function share(
  folder: string,
  { engine, welcome }: { readonly engine: Engine | undefined; readonly welcome: Welcome },
): Promise<{ close(): Promise<void> }> {
  const door: Door = { socket: meetingPlace(), token: randomBytes(32).toString('base64url') };
  const guests = new Set<Socket>();
  const server = net.createServer((socket) => {
    guests.add(socket);
    socket.on('close', () => guests.delete(socket));
    socket.on('error', () => socket.destroy()); // the guest has gone
    let ask: ((request: Request) => void) | undefined;
    hearFrames(
      socket,
      () => (ask === undefined ? PASSWORD_LIMIT : REQUEST_LIMIT),
      (value) => {
        if (ask !== undefined) return ask(value as Request);
        if (typeof value !== 'string' || !timingSafeEqual(digest(value), digest(door.token)))
          return void socket.destroy();
        ask = engine === undefined ? () => undefined : relay(socket, engine);
        sendFrame(socket, welcome);
      },
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(door.socket, resolve);
  });
  const file = doorFile(folder);
  await writeFile(`${file}.new`, JSON.stringify(door), { mode: 0o600, flush: true });
  await rename(`${file}.new`, file);
  return {
    close: () => {
      rmSync(file, { force: true });
      for (const guest of guests) guest.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
