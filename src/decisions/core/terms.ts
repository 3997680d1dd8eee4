import type { Day } from '../../calendar/day.ts';
import type { WithoutImei } from '../../country/eir.ts';
import { type Asking, type Mode, type ModeName, PERMISSIVE, type Region } from '../../country/mode.ts';
import type { Status } from './question.ts';

/** Under what a node answers one peer on one day: plain data, without identifiers. */
export type Terms = {
  readonly mode: ModeName;
  /** Told of equipment on no list. */
  readonly unlisted: Status;
  /** Response type 3. */
  readonly onlyPermitted: boolean;
  readonly shadow: boolean;
  /** Present in the modes that ask the centre. */
  readonly asking?: Asking;
  /** Of 10 000 equal parts of all equipment, those in which the mode is in force; 10 000: all. */
  readonly parts: number;
  readonly override?: Status;
  readonly listsMissing: Status;
  readonly withoutImei: WithoutImei;
};

/** Parts of {@link Terms}. */
export const PARTS = 10_000;

/** Of the rules, what terms are made of. */
export type TermRules = {
  readonly override?: Status;
  readonly listsMissing: Status;
  readonly withoutImei: WithoutImei;
  readonly modes: readonly Mode[];
  readonly regions: readonly Region[];
};

/** Who asks, as far as modes tell askers apart. */
export type Peer = { readonly operator: string; readonly peer: string };

/**
 * The terms for a peer on a day of the country's time zone. The operator's own modes go before those of all operators
 * from the first of its own on; of these the latest that has begun. Before all of them everything is permitted that is
 * not blocked.
 */
export function termsOf(rules: TermRules, { operator, peer }: Peer, day: Day): Terms {
  const begun = rules.modes.filter(({ from }) => from <= day);
  const own = begun.filter((mode) => mode.operator !== undefined && mode.operator === operator);
  const due = own.length > 0 ? own : begun.filter((mode) => mode.operator === undefined);
  const mode = due.reduce<Omit<Mode, 'from'> & { readonly from?: Day }>(
    (latest, one) => (latest.from === undefined || latest.from <= one.from ? one : latest),
    PERMISSIVE,
  );
  return {
    mode: mode.mode,
    unlisted: mode.unlisted,
    onlyPermitted: mode.onlyPermitted,
    shadow: mode.shadow,
    ...(mode.asking === undefined ? {} : { asking: mode.asking }),
    parts: reaches(mode, rules.regions, peer) ? Math.round(mode.percentage * 100) : 0,
    ...(rules.override === undefined ? {} : { override: rules.override }),
    listsMissing: rules.listsMissing,
    withoutImei: rules.withoutImei,
  };
}

function reaches(mode: Pick<Mode, 'regions'>, regions: readonly Region[], peer: string): boolean {
  if (mode.regions === undefined) return true;
  return regions.some(({ id, peers }) => mode.regions?.includes(id) === true && peers.some((one) => isPeer(one, peer)));
}

/** Whether a peer goes by a name in which `*` may stand once for any text; names of hosts know no case (RFC 1035). */
export function isPeer(pattern: string, peer: string): boolean {
  const [name, asked] = [pattern.toLowerCase(), peer.toLowerCase()];
  const star = name.indexOf('*');
  if (star < 0) return name === asked;
  const [head, tail] = [name.slice(0, star), name.slice(star + 1)];
  return asked.length >= head.length + tail.length && asked.startsWith(head) && asked.endsWith(tail);
}

/**
 * In which of the 10 000 parts an IMEI lies, always in the same: a share that grows keeps those it had. Serial numbers
 * run on, so the digits are mixed (32-bit finaliser of MurmurHash3) before the part is taken. What is no IMEI lies in
 * the last.
 */
export function partOf(imei: number): number {
  if (imei < 0) return PARTS - 1;
  const tac = Math.floor(imei / 1e6);
  // A product, since a remainder of what may pass 2^31 is taken by slow floating-point division.
  return Math.floor((mixed(mixed(tac) ^ (imei - tac * 1e6)) >>> 0) * (PARTS / 2 ** 32));
}

function mixed(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
