import type { Server } from '../checker.ts';
import { type LinkState, startLink } from './link.ts';
import type { MapOptions } from './options.ts';

/** The MAP server. `address` names where the links go, since nothing listens. */
export type MapServer = Server & {
  /** How each link does, in the order of the options. */
  readonly links: () => readonly LinkState[];
};

const GRACE_MS = 5000;

/** Answers CHECK_IMEI over all links, each of which is made again whenever it is lost. */
export function startMap({ links, ...service }: MapOptions): MapServer {
  const started = links.map((link) => startLink(link, service));
  return {
    address: links.map(({ host, port }) => `${host}:${port}`).join(' '),
    links: () => started.map((link) => link.state()),
    close: async (graceMs = GRACE_MS) => {
      await Promise.all(started.map((link) => link.close(graceMs)));
    },
  };
}
