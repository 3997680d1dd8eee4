import { VERDICTS, type Verdict } from '../../codecs/diameter/write.ts';
import type { Status } from '../../decisions/core/question.ts';
import { tailOf } from './base.ts';
import { CLOCK, type Clock, type DiameterOptions, LIMITS, type Limits } from './options.ts';
import { Outbox } from './outbox.ts';
import { Memory } from './repeats.ts';

/** An open connection, as another one of the same Origin-Host sees it. */
export type Standing = { readonly replaced: () => void };

/** What all connections of a server share. */
export type Node = {
  readonly options: DiameterOptions;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly stateId: number;
  /** What follows the Session-Id of an ECA, by the number of its verdict. */
  readonly tails: readonly Buffer[];
  /** Open connections by Origin-Host in small letters. */
  readonly open: Map<string, Standing>;
  readonly memory: Memory;
  readonly out: Outbox;
  /** Questions at the centre now. */
  asking: number;
};

/** What stands on the wire for each status. */
const WIRE: Readonly<Record<Status, Verdict>> = {
  permitted: 'white',
  blocked: 'black',
  tracked: 'grey',
  unknown: 'unknown',
};

/** Numbers of verdicts: that of Equipment-Status, and 3 for unknown. */
export const VERDICT_NUMBER: Readonly<Record<Status, number>> = {
  permitted: VERDICTS.indexOf(WIRE.permitted),
  blocked: VERDICTS.indexOf(WIRE.blocked),
  tracked: VERDICTS.indexOf(WIRE.tracked),
  unknown: VERDICTS.indexOf(WIRE.unknown),
};

/** Makes what the connections of a server share. */
export function createNode(options: DiameterOptions): Node {
  const limits = { ...LIMITS, ...options.limits };
  const clock = options.clock ?? CLOCK;
  return {
    options,
    limits,
    clock,
    stateId: Math.floor(clock.wall() / 1000) >>> 0,
    tails: VERDICTS.map((verdict) => tailOf(options.identity, verdict)),
    open: new Map(),
    memory: new Memory(limits.hosts, limits.repeats),
    out: new Outbox(),
    asking: 0,
  };
}
