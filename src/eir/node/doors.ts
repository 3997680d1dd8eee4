import { fork } from 'node:child_process';
import { lookup } from 'node:dns/promises';
import path from 'node:path';
import { getSystemErrorName } from 'node:util';
import { type Fault, Refused } from '../../faults/fault.ts';

/** A port to be bound, or one that is, by its descriptor in the process that is asked. */
export type DoorPlace = { readonly host: string; readonly port: number; readonly fd?: number };

/** What the process of `door.js` is told. */
export type DoorOrder = { readonly places: readonly DoorPlace[]; readonly copies: number };

/** A listener by its key. */
export type Listener = { readonly key: string; readonly host: string; readonly port: number };

/** A bound socket that nobody reads: Node's own handle, of which only this much is used. */
type Bound = { readonly fd: number; close(): void };

type Said = { readonly at: number; readonly port: number } | { readonly at: number; readonly error: number };

const PATIENCE_MS = 20_000;

/**
 * The ports of a node with several workers, which all listen on the same ones: whichever is free takes the next
 * connection. A worker that ends closes its own descriptors and no other's; one is kept here for those that come later.
 */
export class Doors {
  readonly #listeners: readonly Listener[];
  readonly #kept: readonly Bound[];
  readonly #free: number[][];

  private constructor(listeners: readonly Listener[], handles: readonly (readonly Bound[])[]) {
    this.#listeners = listeners;
    // What workers take is theirs from then on, and is never closed here.
    this.#kept = handles.map((all) => all[0]).filter((one) => one !== undefined);
    this.#free = handles.map((all) => all.slice(1).map(({ fd }) => fd));
  }

  /** Binds all ports. @throws Refused where one is taken or not allowed */
  static async open(listeners: readonly Listener[], workers: number): Promise<Doors> {
    const places = await Promise.all(
      listeners.map(async ({ host, port }) => ({ host: (await lookup(host)).address, port })),
    );
    return new Doors(listeners, await copiesOf(places, { listeners, copies: workers + 1 }));
  }

  /** Descriptors for a worker, by the keys of the listeners; they belong to it from now on. */
  async take(): Promise<ReadonlyMap<string, { readonly fd: number }>> {
    if (this.#free.some((all) => all.length === 0)) await this.#more();
    return new Map(
      this.#listeners.map(({ key }, at) => {
        const fd = this.#free[at]?.shift();
        if (fd === undefined) throw new Error('A port has no descriptor left.');
        return [key, { fd }];
      }),
    );
  }

  /** Takes no more connections once the workers do not, either. */
  close(): void {
    for (const handle of this.#kept) handle.close();
  }

  async #more(): Promise<void> {
    const places = this.#listeners.map(({ host, port }, at) => ({ host, port, fd: this.#kept[at]?.fd ?? -1 }));
    const handles = await copiesOf(places, { listeners: this.#listeners, copies: 1 });
    for (const [at, all] of handles.entries()) this.#free[at]?.push(...all.map(({ fd }) => fd));
  }
}

type Wanted = { readonly listeners: readonly Listener[]; readonly copies: number };

/** Has sockets bound or doubled by a process of its own. */
async function copiesOf(places: readonly DoorPlace[], { listeners, copies }: Wanted): Promise<readonly Bound[][]> {
  // Descriptors to be doubled are given to the process as those from 4 on.
  const given = places.flatMap(({ fd }) => (fd === undefined ? [] : [fd]));
  const told = places.map((place, at) => (place.fd === undefined ? place : { ...place, fd: 4 + at }));
  const child = fork(path.join(import.meta.dirname, 'door.js'), {
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc', ...given],
  });
  const handles: Bound[][] = places.map(() => []);
  const faults: Fault[] = [];
  const limit = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  await new Promise<void>((resolve, reject) => {
    let left = places.length * copies;
    child.once('error', reject);
    child.once('exit', () => (left > 0 ? reject(new Error('The process that binds ports ended.')) : resolve()));
    child.on('message', (message, handle) => {
      const said = message as Said;
      if ('error' in said) {
        faults.push(listenFault(listeners[said.at], getSystemErrorName(said.error)));
        left -= copies;
      } else {
        handles[said.at]?.push(handle as unknown as Bound);
        left -= 1;
      }
      if (left === 0) {
        resolve();
        child.disconnect();
      }
    });
    child.send({ places: told, copies } satisfies DoorOrder);
  }).finally(() => clearTimeout(limit));
  if (faults.length > 0) throw new Refused(faults);
  return handles;
}

/** Why a listener cannot listen. */
export function listenFault(listener: Listener | undefined, code: string): Fault {
  const { key = '', host = '', port = 0 } = listener ?? {};
  return {
    code: 'NODE_LISTEN',
    field: `protocols.${key}`,
    message: `The node cannot listen on ${host}:${port} (${code}).`,
    remedy: 'Name a free port, and an address of this machine; ports below 1024 need a right to them.',
  };
}
