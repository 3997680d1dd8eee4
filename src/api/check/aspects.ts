import type { Entry } from '../../decisions/core/entry.ts';

/** What else than control lists is known of an identifier, as far as a check tells it. */
export type Aspects = {
  /** Networks have reported it. */
  readonly inUse: boolean;
  readonly registered: boolean;
  /** Found to be used by several devices. */
  readonly duplicate: boolean;
  /** The day of the block that was announced; '' where none was. */
  readonly until: string;
  /** Reasons of what was announced, by the country file's words, joined by '|'. */
  readonly why: string;
};

/**
 * Aspects as bits of an entry in memory. The places are ours; 32 is not free there (`PAIRED`). An announced block stands
 * among the reasons as its day, a blank, and the reason.
 */
export const ASPECTS = { inUse: 1, registered: 2, duplicate: 4, announced: 8 } as const;

const NONE: Aspects = { inUse: false, registered: false, duplicate: false, until: '', why: '' };

const kept = new WeakMap<Entry, Aspects>();

/** What an entry says; equal entries are one object in memory, and so are what they say. */
export function aspectsOf(entry: Entry): Aspects {
  if (entry.bits === 0) return NONE;
  const known = kept.get(entry);
  if (known !== undefined) return known;
  const said = entry.reasons === '' ? [] : entry.reasons.split('|');
  const aspects: Aspects = {
    inUse: (entry.bits & ASPECTS.inUse) !== 0,
    registered: (entry.bits & ASPECTS.registered) !== 0,
    duplicate: (entry.bits & ASPECTS.duplicate) !== 0,
    until: said.map((one) => one.slice(0, 10)).sort()[0] ?? '',
    why: [...new Set(said.map((one) => one.slice(11)))].sort().join('|'),
  };
  kept.set(entry, aspects);
  return aspects;
}
