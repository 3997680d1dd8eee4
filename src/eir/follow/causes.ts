import { CAUSES, type Entry, entryOf, LISTS } from '../../decisions/core/entry.ts';
import { causesOf, type Kinds } from '../../decisions/core/rules.ts';

/** Before any rules came. */
export const NO_KINDS: Kinds = { stolen: [], barred: [] };

const CAUSED = LISTS.blocked | LISTS.tracked;
const ALL_CAUSES = CAUSES.stolen | CAUSES.barred;

/** The bits of lists with those of the causes that the reasons are. */
export const withCauses = (bits: number, reasons: string, kinds: Kinds): number =>
  (bits & CAUSED) === 0 ? bits & ~ALL_CAUSES : (bits & ~ALL_CAUSES) | causesOf(reasons, kinds);

/** Entries whose causes are kept ready; a country has dozens. */
const MOST = 65_536;

/**
 * Gives entries of the lists in memory the causes that today's rules see in their reasons: those that were stored with
 * an entry are of the rules of that day. Equal entries give one object, without allocation after the first time.
 */
export function causesBy(kinds: Kinds): (entry: Entry) => Entry {
  const known = new Map<Entry, Entry>();
  return (entry) => {
    const found = known.get(entry);
    if (found !== undefined) return found;
    if (known.size >= MOST) known.clear();
    const made = entryOf(withCauses(entry.bits, entry.reasons, kinds), entry.reasons);
    known.set(entry, made);
    return made;
  };
}
