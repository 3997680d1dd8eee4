import { randomInt } from 'node:crypto';
import type { MapVersion } from '../../codecs/map/check.ts';
import type { Peer } from '../../codecs/map/tcap.ts';
import type { MapCount } from './counts.ts';
import type { MapLimits } from './options.ts';

/** A transaction that was opened without a question. */
export type Held = { readonly to: Peer; readonly version: MapVersion };

/** Transactions held open, by our identifiers; bounded in number and time. */
export type HeldTable = {
  /** Answers our identifier; undefined where there are too many. */
  readonly open: (one: Held) => number | undefined;
  readonly find: (own: number) => Held | undefined;
  /** Answers whether it was there. */
  readonly end: (own: number) => boolean;
};

export function heldTable(limits: Pick<MapLimits, 'held' | 'heldMs'>, now: () => number, count: MapCount): HeldTable {
  const table = new Map<number, Held & { readonly until: number }>();
  let last = randomInt(2 ** 32);
  /** The oldest come first: forgets those whose time is over. */
  const expire = (): void => {
    for (const [own, { until }] of table) {
      if (until > now()) return;
      table.delete(own);
      count('map_held', 'expired');
    }
  };
  const open = (one: Held): number | undefined => {
    expire();
    if (table.size >= limits.held) return;
    last = (last + 1) % 2 ** 32;
    table.set(last, { ...one, until: now() + limits.heldMs });
    return last;
  };
  const find = (own: number): Held | undefined => {
    expire();
    return table.get(own);
  };
  return { open, find, end: (own) => table.delete(own) };
}
