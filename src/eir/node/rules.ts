import { dayNumber, today } from '../../calendar/day.ts';
import { EIR_DEFAULTS } from '../../country/eir.ts';
import { type Decider, prepare } from '../../decisions/core/decide.ts';
import type { Entry } from '../../decisions/core/entry.ts';
import { goldenOf } from '../../decisions/core/golden.ts';
import { type Matcher, matcherOf } from '../../decisions/core/matcher.ts';
import type { Rules } from '../../decisions/core/rules.ts';
import { type Peer, termsOf } from '../../decisions/core/terms.ts';
import { causesBy, NO_KINDS } from '../follow/causes.ts';

/** What holds while a node was never told any rules: everything is permitted that is not blocked. */
export const noRules = (): Rules => ({
  country: '0'.repeat(64),
  day: today('UTC'),
  timeZone: 'UTC',
  mccs: [],
  ...EIR_DEFAULTS,
  kinds: NO_KINDS,
  pairsBy: 'imsi_or_msisdn',
});

/** What the rules mean today. */
export type Ruled = {
  readonly rules: Rules;
  /** The day of the country's time zone, and its number since 1970. */
  readonly day: ReturnType<typeof today>;
  readonly dayNumber: number;
  readonly matcher: Matcher;
  /** An entry of the lists in memory, with the causes that these rules see in its reasons. */
  readonly causes: (entry: Entry) => Entry;
  /** Whether an IMEI is protected today; undefined where the rules name none, or the key is not known. */
  readonly golden: ((imei: number) => boolean) | undefined;
  /** Decides for a peer; peers under equal terms have one decider. */
  readonly decider: (peer: Peer) => Decider;
};

/** Rules today. `key` is that of the golden list; `before` is what they meant when looked at last. */
export function ruledOf(
  rules: Rules,
  { key, before }: { readonly key?: Buffer | undefined; readonly before?: Ruled } = {},
): Ruled {
  const day = today(rules.timeZone);
  const isSame = before?.rules === rules;
  const isGolden = key === undefined || !rules.golden?.length ? undefined : goldenOf(rules.golden, key);
  const deciders = new Map<string, Decider>();
  return {
    rules,
    day,
    dayNumber: dayNumber(day),
    matcher: isSame ? before.matcher : matcherOf(rules),
    causes: isSame ? before.causes : causesBy(rules.kinds),
    golden: isGolden && ((imei) => isGolden(imei, day)),
    decider: (peer) => {
      const terms = termsOf(rules, peer, day);
      const key = JSON.stringify(terms);
      const known = deciders.get(key);
      if (known !== undefined) return known;
      const made = prepare(terms);
      deciders.set(key, made);
      return made;
    },
  };
}
