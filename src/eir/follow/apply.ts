import type { Kinds } from '../../decisions/core/rules.ts';
import { IMEI_END, SUBSCRIBER_END } from '../memory/layout.ts';
import type { Writer } from '../memory/writer.ts';
import { NO_KINDS, withCauses } from './causes.ts';
import { saidAfter, type Voice } from './said.ts';
import { type ChangesLine, type FeedList, isOwn, type OwnList, type Row, type Stand, VOICES } from './wire.ts';

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

/** Of whom a pair is, as memory keeps it: it is there while either has it. */
const PAIRS: Readonly<Record<OwnList, number>> = { exceptions: 1, office_exceptions: 2 };

/**
 * Applies changes of the lists in their order, each once. Runs and offices have lists of their own: in memory an
 * identifier has one entry, which says what both say together and knows what each of them says.
 */
export class Applier {
  readonly #target: Target;
  #stand: Stand;
  kinds: Kinds = NO_KINDS;
  /** Changes of what is no IMEI, or no subscriber's number: no network can ask for it. */
  passed = 0;

  constructor(target: Target, stand: Stand) {
    this.#target = target;
    this.#stand = stand;
  }

  get stand(): Stand {
    return this.#stand;
  }

  /** Says of which change log and which version of the rules this is. */
  mark(marks: Partial<Pick<Stand, 'log' | 'rules'>>): void {
    this.#stand = { ...this.#stand, ...marks };
  }

  /** Goes on from another stand. */
  restart(stand: Stand): void {
    this.#stand = stand;
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
    else if (typeof third === 'string') {
      if (!isOwn(list)) this.#say(VOICES[list], imei, op === 'remove' ? undefined : third);
    } else if (third >= SUBSCRIBER_END || msisdn >= SUBSCRIBER_END) this.passed += 1;
    else if (isOwn(list)) {
      const act = op === 'remove' ? 'unpair' : 'pair';
      this.#target[act]({ imei, imsi: third, msisdn }, PAIRS[list]);
    }
  }

  #say(voice: Voice, imei: number, reasons: string | undefined): void {
    const entry = this.#target.entry(imei);
    const said = saidAfter(entry, voice, reasons);
    const bits = withCauses(said.bits, said.reasons, this.kinds);
    if (bits === entry.bits && said.reasons === entry.reasons && said.held === entry.held) return;
    this.#target.set(imei, bits, said.reasons, said.held);
  }
}
