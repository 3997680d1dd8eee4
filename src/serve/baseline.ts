import type { Desk } from '../access/desk.ts';
import { registrationOf } from '../country/registration.ts';
import { placeBaselinePairs, takeBaseline } from '../registration/baseline.ts';
import { placePermits } from '../registration/permit.ts';
import { pastUsesOf } from '../registration/trade/uses.ts';
import type { Analytics } from '../stores/analytics.ts';
import type { Ask, Registry } from '../stores/registry.ts';
import type { Duty } from './duty.ts';

/** IMEIs of one transaction. */
const STRETCH = 2000;
/** Rows that are put on lists in one transaction: a list is held while its changes are numbered. */
const PLACED = 1000;

/** What a baseline is carried out with. */
export type BaselineWork = {
  readonly registry: Registry;
  readonly analytics: Analytics;
  readonly desk: (query: Ask) => Desk;
};

type Placing = (
  desk: Desk,
  page: { readonly after?: string | undefined; readonly limit: number },
) => Promise<string | undefined>;

/** Carries out what was begun of a baseline, stretch after stretch, and then has networks know of it. */
export function baselineDuty({ registry, analytics, desk }: BaselineWork): Duty {
  const uses = pastUsesOf(analytics);
  const inTurn = <T>(act: (at: Desk) => Promise<T>): Promise<T> => registry.transaction((query) => act(desk(query)));
  const placeAll = async (place: Placing, signal: AbortSignal): Promise<void> => {
    let after: string | undefined;
    do after = await inTurn((at) => place(at, { after, limit: PLACED }));
    while (after !== undefined && !signal.aborted);
  };
  return {
    name: 'take_baseline',
    every: 60,
    round: async (signal) => {
      const { policy } = desk(registry.query);
      if (registrationOf(policy).baseline === undefined) return 0;
      let count = 0;
      while (!signal.aborted) {
        const progress = await inTurn((at) => takeBaseline(at, uses, { most: STRETCH }));
        if (progress === undefined) break;
        count += 1;
        if (progress.done === null) continue;
        // Both may be done again without harm: whoever is cut off here places what is left when the next one is done.
        await placeAll(placeBaselinePairs, signal);
        if (policy.lists.permitted) await placeAll(placePermits, signal);
      }
      return count;
    },
  };
}
