import fc from 'fast-check';
import { type Entry, LISTS } from '../../../src/decisions/core/entry.ts';
import { causesOf, type Kinds } from '../../../src/decisions/core/rules.ts';
import { type FeedList, isOwn, ofLists, type Row } from '../../../src/eir/follow/wire.ts';

/** Few, so that lists meet on them. */
export const IMEIS = [1, 2, 35_000_001_000_007] as const;
const REASONS = ['stolen', 'barred', 'duplicate', 'barred|stolen', 'duplicate|stolen'];
const SUBSCRIBERS = [1, 2];

/** That a list should say this of an identifier, or of a subscriber with it, or no longer anything. */
export type Wish = {
  readonly list: FeedList;
  readonly imei: number;
  readonly imsi: number;
  readonly is: string | undefined;
};

/** Wishes in any order, over all lists. */
export const wishes: fc.Arbitrary<readonly Wish[]> = fc.array(
  fc.record({
    list: fc.constantFrom(...Object.values(ofLists((list) => list))),
    imei: fc.constantFrom(...IMEIS),
    imsi: fc.constantFrom(...SUBSCRIBERS),
    is: fc.option(fc.constantFrom(...REASONS), { nil: undefined, freq: 2 }),
  }),
  { maxLength: 80, size: 'max' },
);

/** All lists, each by itself: rows by their keys, with their reasons. */
export class Lists {
  readonly #kinds: Kinds;
  readonly #rows = ofLists(() => new Map<string, string>());

  constructor(kinds: Kinds) {
    this.#kinds = kinds;
  }

  /** Makes a wish true; the change that a follower is told of, unless there is none. */
  wish({ list, imei, imsi, is }: Wish): Row | undefined {
    const rows = this.#rows[list];
    const key = isOwn(list) ? `${imei} ${imsi} 9` : `${imei}`;
    const reasons = is === undefined ? undefined : isOwn(list) || list.endsWith('permitted') ? '' : is;
    const had = rows.get(key);
    if (had === reasons) return undefined;
    if (reasons === undefined) rows.delete(key);
    else rows.set(key, reasons);
    const op = reasons === undefined ? 'remove' : had === undefined ? 'add' : 'update';
    return isOwn(list) ? [op, imei, imsi, 9] : [op, imei, reasons ?? had ?? ''];
  }

  /** What both lists of a name say together; undefined where neither has the identifier. */
  #union(name: keyof typeof LISTS, imei: number): string | undefined {
    const [run, office] = [this.#rows[name].get(`${imei}`), this.#rows[`office_${name}`].get(`${imei}`)];
    if (run === undefined || office === undefined) return run ?? office;
    return [...new Set(`${run}|${office}`.split('|'))].filter(Boolean).sort().join('|');
  }

  /** What memory should say: the bits of all lists, the reasons of the one that decides. */
  said(imei: number): Entry {
    const on = (['blocked', 'tracked', 'permitted'] as const).filter((name) => this.#union(name, imei) !== undefined);
    const bits = on.reduce((all, name) => all | LISTS[name], 0);
    const reasons = this.#union('blocked', imei) ?? this.#union('tracked', imei);
    return { bits: bits | (reasons === undefined ? 0 : causesOf(reasons, this.#kinds)), reasons: reasons ?? '' };
  }

  /** The pairs of both, as IMEI, IMSI and MSISDN. */
  pairs(): readonly string[] {
    return [...new Set([...this.#rows.exceptions.keys(), ...this.#rows.office_exceptions.keys()])].sort();
  }
}
