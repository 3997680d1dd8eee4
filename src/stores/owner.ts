import { createHash } from 'node:crypto';
import { mkdirSync, realpathSync } from 'node:fs';
import { unlink } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';

/** Holds a data folder for this process; the kernel gives it back when the process ends, however it ends. */
export type Ownership = {
  release(): Promise<void>;
  /** Has those who wait look again: the folder's stores are shared now. */
  call(): void;
};

const CALL = 'call waiters';

/**
 * Where owners of a folder meet. On Linux a name in the abstract socket space, which cannot outlive its owner;
 * elsewhere a socket file, which can, and is then cleared away.
 */
function meetingPlace(folder: string): string {
  if (process.platform !== 'linux') return path.join(folder, 'owner.sock');
  return `\0openceir-${createHash('sha256').update(realpathSync(folder)).digest('hex').slice(0, 32)}`;
}

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined);

function take(place: string): Promise<net.Server> {
  const waiting = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    waiting.add(socket);
    socket.on('error', () => socket.destroy()); // a waiter that gave up
    socket.on('close', () => waiting.delete(socket));
  });
  server.on(CALL, () => {
    for (const socket of waiting) socket.destroy();
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(place, () => resolve(server));
  });
}

/** Resolves when the present owner ends or gives up; at once when there is none. */
function ownerGone(place: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = net.connect(place);
    socket.on('close', () => resolve());
    socket.on('error', async (error) => {
      if (codeOf(error) === 'ECONNREFUSED' && !place.startsWith('\0')) await unlink(place).catch(() => undefined);
      socket.destroy();
    });
  });
}

/**
 * Becomes the one owner of a data folder (made when missing); undefined where another process owned it, once that has
 * ended or called its waiters.
 * @param waiting called when somebody else owns it, before waiting, so that the user learns why nothing happens.
 */
export async function own(folder: string, waiting: () => void): Promise<Ownership | undefined> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const place = meetingPlace(folder);
  try {
    const server = await take(place);
    server.unref();
    return {
      call: () => server.emit(CALL),
      release: () =>
        new Promise((resolve) => {
          server.close(() => resolve());
          server.emit(CALL); // waiters hold connections open; let them go so that the server can close
        }),
    };
  } catch (error) {
    if (codeOf(error) !== 'EADDRINUSE') throw error;
    waiting();
    await ownerGone(place);
    return undefined;
  }
}
