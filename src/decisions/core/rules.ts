import type { Day } from '../../calendar/day.ts';
import type { ImeiRange, ImsiRange, Roamers, Ruling, TacRule } from '../../country/eir.ts';
import { CAUSES, type Entry, entryOf, LISTS } from './entry.ts';
import type { Golden } from './golden.ts';
import type { TermRules } from './terms.ts';

/** Which reasons of lists mean what the precedence table tells apart. */
export type Kinds = { readonly stolen: readonly string[]; readonly barred: readonly string[] };

/** The reasons of blocks that offices set for reported thefts and losses; no country file has to name them. */
export const THEFT_REASONS = ['stolen', 'lost'] as const;

/** The rules of a country as they go to every node beside the lists: small, and the same for all. */
export type Rules = TermRules & {
  /** SHA-256 of the country file they were made from. */
  readonly country: string;
  /** The day they were made for. */
  readonly day: Day;
  /** In which days begin and end. */
  readonly timeZone: string;
  /** Whose subscribers are no visitors. */
  readonly mccs: readonly string[];
  readonly roamers: Roamers;
  readonly imsiRanges: readonly ImsiRange[];
  readonly imeiRanges: readonly Omit<ImeiRange, 'noticeExempt'>[];
  readonly tacs: readonly Omit<TacRule, 'noticeExempt'>[];
  readonly kinds: Kinds;
  /** Protected equipment, known only to who has the key of the golden list; see `golden.ts`. */
  readonly golden?: readonly Golden[];
  /** Whether a pair admits by its IMSI only, or by its MSISDN too: as the notifications lists take it. */
  readonly pairsBy: 'imsi' | 'imsi_or_msisdn';
};

/** The bits of {@link CAUSES} in reasons as lists join them. */
export function causesOf(reasons: string, { stolen, barred }: Kinds): number {
  const each = reasons.split('|');
  return (
    (each.some((reason) => stolen.includes(reason)) ? CAUSES.stolen : 0) |
    (each.some((reason) => barred.includes(reason)) ? CAUSES.barred : 0)
  );
}

/** The entry of a range or a model. */
export const rulingEntry = ({ list, reason }: Pick<Ruling, 'list' | 'reason'>, kinds: Kinds): Entry =>
  entryOf(LISTS[list] | causesOf(reason, kinds), reason);
