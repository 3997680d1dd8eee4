import { LISTS } from '../../decisions/core/entry.ts';
import type { Kinds } from '../../decisions/core/rules.ts';
import type { Op } from '../../lists/fold.ts';
import { IMEI_END, SUBSCRIBER_END } from '../memory/layout.ts';
import type { Writer } from '../memory/writer.ts';
import { NO_KINDS, withCauses } from './causes.ts';
import type { ChangesLine, FeedList, Row, Stand } from './wire.ts';

/** Identifiers that are on the blocked and the tracked list at once, with their reasons on the tracked one. */
export type Crossed = readonly (readonly [imei: number, reasons: string])[];

/** What became of changes. */
export type Taken = {
  /** New ones, which count now. */
  readonly applied: number;
  /** Those that had come before. */
  readonly repeated: number;
  /** Changes before these are missing: nothing was applied. */
  readonly gap: boolean;
};

/** Where changes are applied. */
export type Target = Pick<Writer, 'entry' | 'set' | 'pair' | 'unpair'>;

/**
 * Applies changes of the lists in their order, each once. In memory an identifier has one entry with the reasons of the
 * list that decides; while it moves from one list to the other it can be on both for a moment, and the reasons of the
 * other are kept here.
 */
export class Applier {
  readonly #target: Target;
  readonly #crossed: Map<number, string>;
  #stand: Stand;
  kinds: Kinds = NO_KINDS;
  /** Changes of what is no IMEI, or no subscriber's number: no network can ask for it. */
  passed = 0;

  constructor(target: Target, stand: Stand, crossed: Crossed = []) {
    this.#target = target;
    this.#stand = stand;
    this.#crossed = new Map(crossed);
  }

  get stand(): Stand {
    return this.#stand;
  }

  get crossed(): Crossed {
    return [...this.#crossed];
  }

  /** Says of which change log and which version of the rules this is. */
  mark(marks: Partial<Pick<Stand, 'log' | 'rules'>>): void {
    this.#stand = { ...this.#stand, ...marks };
  }

  /** Goes on from another stand. */
  restart(stand: Stand, crossed: Crossed): void {
    this.#stand = stand;
    this.#crossed.clear();
    for (const [imei, reasons] of crossed) this.#crossed.set(imei, reasons);
  }

  take({ list, from, changes }: ChangesLine): Taken {
    const next = this.#stand[list] + 1;
    if (from > next) return { applied: 0, repeated: 0, gap: true };
    const repeated = Math.min(changes.length, next - from);
    for (let at = repeated; at < changes.length; at += 1) {
      const row = changes[at];
      if (row !== undefined) this.#apply(list, row);
    }
    const applied = changes.length - repeated;
    if (applied > 0) this.#stand = { ...this.#stand, [list]: from + changes.length - 1 };
    return { applied, repeated, gap: false };
  }

  #apply(list: FeedList, row: Row): void {
    const [op, imei, third, msisdn = 0] = row;
    if (imei < 0 || imei >= IMEI_END) this.passed += 1;
    else if (typeof third === 'string') this.#list(list, op, { imei, reasons: third });
    else if (third >= SUBSCRIBER_END || msisdn >= SUBSCRIBER_END) this.passed += 1;
    else if (op === 'remove') this.#target.unpair({ imei, imsi: third, msisdn });
    else this.#target.pair({ imei, imsi: third, msisdn });
  }

  #list(list: FeedList, op: Op, { imei, reasons }: { readonly imei: number; readonly reasons: string }): void {
    if (list === 'exceptions') return;
    const entry = this.#target.entry(imei);
    const [bit, isOn] = [LISTS[list], op !== 'remove'];
    const bits = isOn ? entry.bits | bit : entry.bits & ~bit;
    const told = this.#reasons(list, { imei, before: entry.bits, held: entry.reasons, reasons, isOn });
    const causes = withCauses(bits, told, this.kinds);
    if (causes !== entry.bits || told !== entry.reasons) this.#target.set(imei, causes, told);
  }

  /** The reasons of the list that decides after a change: of the blocked one, else of the tracked one, else none. */
  #reasons(list: Exclude<FeedList, 'exceptions'>, change: Changing): string {
    const { imei, before, held, reasons, isOn } = change;
    const blocked = (before & LISTS.blocked) !== 0;
    const tracked = (before & LISTS.tracked) !== 0;
    if (list === 'permitted') return held;
    if (list === 'tracked') {
      if (blocked && isOn) this.#crossed.set(imei, reasons);
      else this.#crossed.delete(imei);
      return blocked ? held : isOn ? reasons : '';
    }
    if (isOn) {
      if (tracked && !blocked) this.#crossed.set(imei, held);
      return reasons;
    }
    if (!blocked) return held;
    const other = this.#crossed.get(imei) ?? '';
    this.#crossed.delete(imei);
    return tracked ? other : '';
  }
}

type Changing = {
  readonly imei: number;
  /** The bits before the change. */
  readonly before: number;
  /** The reasons before the change. */
  readonly held: string;
  readonly reasons: string;
  readonly isOn: boolean;
};
