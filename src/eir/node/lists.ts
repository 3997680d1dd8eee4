import type { Rules } from '../../decisions/core/rules.ts';
import type { Fault } from '../../faults/fault.ts';
import type { Count } from '../checker.ts';
import type { Centre } from '../follow/client.ts';
import { Follower, type FollowStatus, type Self } from '../follow/follower.ts';
import { Register } from '../follow/register.ts';
import type { Writer } from '../memory/writer.ts';

/** The lists of a node: those of a centre that it follows, or just what its folder holds. */
export type NodeLists = {
  readonly writer: Writer;
  readonly rules: () => { readonly version: number; readonly rules: Rules } | undefined;
  readonly status: () => FollowStatus;
  readonly close: () => Promise<void>;
};

export type ListsOptions = {
  readonly folder: string;
  readonly centre: Centre | undefined;
  readonly count: Count;
  readonly onRules: (rules: Rules) => void;
  readonly self: () => Self;
  /** How much of what is held a snapshot may take off, in percent. */
  readonly shrinkPercent: number;
  /** Told of what somebody should look after. */
  readonly onFault: (fault: Fault) => void;
};

/** Opens what a node's folder holds, and follows the centre where there is one. Does not wait for it. */
export async function openLists({ centre, onRules, ...more }: ListsOptions): Promise<NodeLists> {
  if (centre === undefined) return openHeld(more.folder, more.count);
  const follower = await Follower.start({ ...more, centre, onRules: ({ rules }) => onRules(rules) });
  return {
    writer: follower.writer,
    rules: () => follower.rules,
    status: () => follower.status,
    close: () => follower.close(),
  };
}

async function openHeld(folder: string, count: Count): Promise<NodeLists> {
  const register = await Register.open({ folder, count });
  return {
    writer: register.writer,
    rules: () => register.rules,
    status: () => ({
      connected: false,
      applied: register.applied,
      durable: register.durable,
      heads: undefined,
      lag: 0,
      levelAgoMs: Number.POSITIVE_INFINITY,
      lists: register.isWhole ? 'whole' : register.isEmpty ? 'none' : 'partial',
      trouble: 'NO_CENTRE',
    }),
    close: () => register.close(),
  };
}
