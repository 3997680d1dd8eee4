import type { Imei } from '../../identifiers/imei.ts';
import type { Imsi } from '../../identifiers/imsi.ts';
import type { Msisdn } from '../../identifiers/msisdn.ts';

/**
 * What has to be changed in the lists that networks follow after a pair was made, moved or ended. This room cannot reach
 * those lists: every service that gives changes has recorded the pair already, so its caller hands them, in their order
 * and in the same transaction, to `placePair` and `releasePairs` of `src/lists/control_pairs.ts`. Changes that are
 * dropped leave a subscriber locked out, or let in. `pairsToPlace` tells at any time what should stand there.
 */
export type PairChange = PairPlacing | PairReleasing;

/** A subscriber is to be admitted with an IMEI, by one operator: the arguments of `placePair`. */
export type PairPlacing = {
  readonly act: 'place';
  readonly imei: Imei;
  readonly imsi: Imsi;
  readonly msisdn?: Msisdn | undefined;
  readonly operator: string;
  /** `pair:<id>`. */
  readonly holder: string;
};

/** All that a pair has placed is to be taken away: the arguments of `releasePairs`. */
export type PairReleasing = { readonly act: 'release'; readonly holder: string; readonly because: string };

/** Under which name a pair stands in the lists of networks. */
export const pairHolder = (pair: string): string => `pair:${pair}`;
