import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { guarded } from '../guard.ts';
import { mapCount } from './counts.ts';
import { ipaSession } from './ipa.ts';
import { m3uaSession } from './m3ua.ts';
import { MAP_LIMITS, type MapLimits, type MapLink, type MapService } from './options.ts';
import type { LinkCause, Session, Wire } from './session.ts';

/** How a link does. */
export type LinkState = {
  readonly name: string;
  /** `down`: not connected, or waiting to try again; `inactive`: connected, but no questions can come yet. */
  readonly state: 'down' | 'inactive' | 'active';
  /** Since when, milliseconds since 1970. */
  readonly since: number;
  /** Why it went down last; '' where it never did. */
  readonly cause: LinkCause | '';
  /** Questions that wait for the centre. */
  readonly outstanding: number;
};

/** A link that is made, and made again when it was lost, until it is closed. */
export type Link = {
  readonly state: () => LinkState;
  /** Says goodbye, waits for the answers under way no longer than `graceMs`, and closes. */
  readonly close: (graceMs: number) => Promise<void>;
};

const TICK_MS = 500;

const sessionOf = (link: MapLink, service: MapService, wire: Wire): Session =>
  link.kind === 'ipa' ? ipaSession(link, service, wire) : m3uaSession(link, service, wire);

/** One connection from its making to its end. */
type Connection = { readonly session: Session; readonly socket: Socket; readonly ended: Promise<LinkCause> };

/** Connects; `ended` tells why it is over, and the session has been told by then. */
function open(link: MapLink, service: MapService, limits: MapLimits): Connection {
  const socket = connect({ host: link.host, port: link.port, noDelay: true });
  let cause: LinkCause = 'refused';
  const end = (why: LinkCause): void => {
    cause = why;
    session.gone();
    socket.destroy();
  };
  const write = (bytes: Buffer): void => {
    if (socket.destroyed) return;
    socket.write(bytes);
    if (socket.writableLength > limits.unsent) end('unread');
  };
  const session = sessionOf(link, service, { write, end });
  const ticking = setInterval(() => {
    session.tick();
  }, TICK_MS);
  socket.once('connect', () => {
    cause = 'closed';
    session.start();
  });
  socket.on(
    'data',
    guarded(session.receive, () => end('fault')),
  );
  socket.on('error', () => {
    if (cause === 'closed') cause = 'error';
  });
  const ended = new Promise<LinkCause>((resolve) => {
    socket.once('close', () => {
      clearInterval(ticking);
      session.gone();
      resolve(cause);
    });
  });
  return { session, socket, ended };
}

/** Half to one and a half of the pause, so that nodes do not come back all at once. */
const spread = (ms: number): number => ms * (0.5 + Math.random());

/** Keeps a link up. */
export function startLink(link: MapLink, service: MapService): Link {
  const limits = { ...MAP_LIMITS, ...service.limits };
  const count = mapCount(service.count);
  const closing = new AbortController();
  const { signal } = closing;
  let connection: Connection | undefined;
  let seen: LinkState['state'] = 'down';
  let since = Date.now();
  let last: LinkState['cause'] = '';

  const stateNow = (): LinkState['state'] => {
    if (connection === undefined || connection.socket.connecting) return 'down';
    return connection.session.active() ? 'active' : 'inactive';
  };
  const look = (): void => {
    const now = stateNow();
    if (now === seen) return;
    if (now === 'active') count('map_link', 'up');
    seen = now;
    since = Date.now();
  };
  const run = async (): Promise<void> => {
    let wait = limits.pauseMs;
    while (!signal.aborted) {
      connection = open(link, service, limits);
      connection.socket.on('data', look);
      const { session, ended } = connection;
      last = await ended;
      if (session.active()) wait = limits.pauseMs;
      connection = undefined;
      if (!signal.aborted) count('map_link', last);
      look();
      await pause(spread(wait), undefined, { signal }).catch(() => undefined);
      wait = Math.min(wait * 2, limits.longestPauseMs);
    }
  };
  const running = run();

  const drained = async (graceMs: number): Promise<void> => {
    const deadline = performance.now() + graceMs;
    connection?.session.leave();
    while ((connection?.session.outstanding() ?? 0) > 0 && performance.now() < deadline) await pause(5);
    // What has been answered still goes out, unless the other side does not read it.
    const socket = connection?.socket;
    if (socket === undefined || socket.connecting) return;
    await Promise.race([
      new Promise<void>((resolve) => {
        socket.end(() => resolve());
      }),
      pause(Math.max(0, deadline - performance.now()), undefined, { ref: false }),
    ]);
  };
  const close = async (graceMs: number): Promise<void> => {
    closing.abort();
    await drained(graceMs);
    connection?.socket.destroy();
    await running;
  };
  const state = (): LinkState => {
    look();
    return { name: link.name, state: seen, since, cause: last, outstanding: connection?.session.outstanding() ?? 0 };
  };
  return { state, close };
}
