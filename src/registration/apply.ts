import type { Desk } from '../access/desk.ts';
import type { PairChange } from '../devices/pairs/change.ts';
import { placePair, releasePairs } from '../lists/offices/control_pairs.ts';

/** Hands changes of pairs to the lists of networks, in their order and in the same transaction. */
export async function applyPairChanges(desk: Desk, changes: readonly PairChange[]): Promise<void> {
  for (const change of changes) {
    if (change.act === 'place') await placePair(desk, change);
    else await releasePairs(desk, change);
  }
}
