import { readFileSync } from 'node:fs';
import net, { type Socket } from 'node:net';
import { Engine } from './engine.ts';
import { hearFrames, sendFrame } from './frame.ts';
import type { Reply } from './protocol.ts';
import { type Door, doorFile, type Welcome } from './share.ts';

const REPLY_LIMIT = 2 ** 32;

/** A connection to the process that serves a data folder. */
export type Visit = { readonly welcome: Welcome; readonly engine: Engine; leave(): void };

function doorOf(folder: string): Door | undefined {
  try {
    const { socket, token } = JSON.parse(readFileSync(doorFile(folder), 'utf8')) as Partial<Door>;
    return socket === undefined || token === undefined ? undefined : { socket, token };
  } catch {
    return undefined; // nobody serves, or is just beginning to
  }
}

const connected = (socket: Socket): Promise<boolean> =>
  new Promise((resolve) => {
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false)); // a door that a killed process left
  });

/** Goes to the process that serves a folder; undefined where none does. */
export async function visit(folder: string): Promise<Visit | undefined> {
  const door = doorOf(folder);
  if (door === undefined) return undefined;
  const socket = net.connect(door.socket);
  if (!(await connected(socket))) return undefined;
  socket.on('error', () => socket.destroy());
  let hear = (_: Reply): void => undefined;
  const engine = new Engine({
    send: (request, done) => sendFrame(socket, request, done),
    hear: (reply) => {
      hear = reply;
    },
    ended: (why) => void socket.once('close', () => why('whoever serves the data folder has ended')),
  });
  sendFrame(socket, door.token);
  const welcome = await new Promise<Welcome | undefined>((resolve) => {
    let told = false;
    socket.once('close', () => resolve(undefined));
    hearFrames(
      socket,
      () => REPLY_LIMIT,
      (value) => {
        if (told) return hear(value as Reply);
        told = true;
        resolve(value as Welcome);
      },
    );
  });
  return welcome === undefined ? undefined : { welcome, engine, leave: () => void socket.end() };
}
