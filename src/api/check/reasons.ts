import type { Condition } from '../../country/condition.ts';
import { REASONS, type Reason, reasonOf } from '../../notices/reasons.ts';

const OWN: ReadonlySet<string> = new Set(REASONS);

/**
 * The reasons of lists, in the country file's words, as people are told them. Offices give theirs by these names already.
 * Equal texts give one list, without work after the first time.
 */
export function publicReasons(conditions: readonly Condition[]): (joined: string) => readonly Reason[] {
  const byWords = new Map<string, Reason>(conditions.map((condition) => [condition.reason, reasonOf(condition)]));
  const known = new Map<string, readonly Reason[]>([['', []]]);
  return (joined) => {
    const found = known.get(joined);
    if (found !== undefined) return found;
    const named = joined
      .split('|')
      .map((one): Reason => byWords.get(one) ?? (OWN.has(one) ? (one as Reason) : 'other'));
    const reasons = REASONS.filter((reason) => named.includes(reason));
    if (known.size < 10_000) known.set(joined, reasons);
    return reasons;
  };
}
