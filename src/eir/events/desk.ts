import type { Asker } from '../checker.ts';
import type { Alarms } from './alarms.ts';
import { RECORD_BYTES } from './file.ts';
import type { Meetings } from './meetings.ts';
import { type AnswerLine, FLAGS, NO_ANSWER, NO_ASKER } from './record.ts';
import { type Checked, Ring, type RingMemory } from './ring.ts';
import { type SipKey, sipHash } from './siphash.ts';
import type { Spool } from './spool.ts';

/** A worker's checks: its ring, and its tables as it told of them, which records point to. */
export class Source {
  readonly ring: Ring;
  readonly lines: AnswerLine[] = [NO_ANSWER];
  readonly askers: Asker[] = [NO_ASKER];
  /** The node's own numbers of both. */
  readonly answerNumbers: number[] = [0];
  readonly askerNumbers: number[] = [0];

  constructor(memory: RingMemory) {
    this.ring = new Ring(memory);
  }
}

/** Records whose hints are drawn together. */
const TOGETHER = 256;

/** Records have 16 bits for a number. */
const MOST = 65_535;

/** One table of the node, of those of all workers. */
class Table<T> {
  readonly values: T[];
  readonly #numbers = new Map<string, number>();

  constructor(none: T) {
    this.values = [none];
  }

  of(value: T): number {
    const key = JSON.stringify(value);
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    if (this.values.length >= MOST) return 0;
    this.values.push(value);
    this.#numbers.set(key, this.values.length - 1);
    return this.values.length - 1;
  }
}

export type DeskOptions = {
  readonly key: SipKey;
  readonly meetings: Meetings;
  readonly alarms: Alarms | undefined;
  /** Called for a visitor who was admitted, so that the first day is known. */
  readonly visitor: (imei: number, imsi: number) => void;
};

/**
 * Where the checks of all workers come together: subscribers get pseudonyms here, hints are drawn, alarms raised, and
 * records gathered for the disk. Nothing here holds up an answer.
 */
export class Desk {
  readonly #options: DeskOptions;
  readonly #answers = new Table<AnswerLine>(NO_ANSWER);
  readonly #askers = new Table<Asker>(NO_ASKER);
  readonly #concerns: boolean[] = [false];
  readonly #sources = new Set<Source>();
  readonly #pseudonym = new Uint32Array(2);
  #gathered: DataView<ArrayBuffer> = new DataView(new ArrayBuffer(RECORD_BYTES * 4096));
  #count = 0;
  /** Of these, those whose hints are drawn. */
  #settled = 0;
  #touched = 0;
  /** What was used last: most records are of the same as the one before. */
  #lastAnswer = -1;
  #lastAsker = -1;
  #used = { answers: new Set<number>(), askers: new Set<number>() };
  /** Checks that were recorded, and those of workers that died before they told what they meant. */
  recorded = 0;
  orphaned = 0;

  constructor(options: DeskOptions) {
    this.#options = options;
  }

  get answers(): readonly AnswerLine[] {
    return this.#answers.values;
  }

  get askers(): readonly Asker[] {
    return this.#askers.values;
  }

  /** Takes a worker on. */
  add(memory: RingMemory): Source {
    const source = new Source(memory);
    this.#sources.add(source);
    return source;
  }

  /** Takes the next entry of a worker's table of answers. */
  answer(source: Source, number: number, line: AnswerLine): void {
    const own = this.#answers.of(line);
    source.lines[number] = line;
    source.answerNumbers[number] = own;
    this.#concerns[own] = this.#options.alarms?.concerns(line) ?? false;
  }

  /** Takes the next entry of a worker's table of askers. */
  asker(source: Source, number: number, asker: Asker): void {
    source.askers[number] = asker;
    source.askerNumbers[number] = this.#askers.of(asker);
  }

  /** Records what a worker left that has died; what points to something it never told of is lost. */
  bury(source: Source): void {
    this.#drain(source);
    this.orphaned += source.ring.drain(() => true);
  }

  /** Records what waits in all rings, and hands it to the spool. */
  gather(spool: Spool | undefined): void {
    for (const source of this.#sources) this.#drain(source);
    if (this.#count === 0) return;
    const records = Buffer.from(this.#gathered.buffer.slice(0, this.#count * RECORD_BYTES));
    this.recorded += this.#count;
    this.#count = 0;
    this.#settled = 0;
    spool?.take({ records, ...this.#used });
    this.#used = { answers: new Set(), askers: new Set() };
    this.#lastAnswer = -1;
    this.#lastAsker = -1;
  }

  #drain({ ring, answerNumbers, askerNumbers }: Source): void {
    const seconds = performance.now() / 1000;
    ring.drain((checked) => {
      const answer = answerNumbers[checked.answer];
      const asker = askerNumbers[checked.asker];
      // What it points to is on its way.
      if (answer === undefined || asker === undefined) return false;
      checked.answer = answer;
      checked.asker = asker;
      this.#take(checked, seconds);
      return true;
    });
    this.#settle(seconds);
  }

  /** Takes a check whose numbers are those of the node's tables. What it tells beside is looked at in {@link #settle}. */
  #take(checked: Checked, seconds: number): void {
    const pseudonym = this.#pseudonym;
    if (checked.imsi === 0) pseudonym.fill(0);
    else sipHash(this.#options.key, checked.imsi, pseudonym);
    if ((checked.flags & FLAGS.visitor) !== 0) this.#options.visitor(checked.imei, checked.imsi);
    this.#touched ^= this.#options.meetings.touch(checked.imei, pseudonym[0] ?? 0);
    this.#write(checked);
    if (this.#count - this.#settled >= TOGETHER) this.#settle(seconds);
  }

  /** Draws hints from the records that were written since the last time, and raises alarms. */
  #settle(seconds: number): void {
    const view = this.#gathered;
    for (; this.#settled < this.#count; this.#settled += 1) {
      const at = this.#settled * RECORD_BYTES;
      const imei = view.getFloat64(at + 8, true);
      let flags = view.getUint16(at + 28, true);
      if (imei >= 0) flags |= this.#options.meetings.note(imei, view.getUint32(at + 16, true), seconds);
      if (this.#concerns[view.getUint16(at + 24, true)] === true && this.#alarm(at, seconds)) flags |= FLAGS.alarm;
      view.setUint16(at + 28, flags, true);
    }
  }

  #alarm(at: number, seconds: number): boolean {
    const view = this.#gathered;
    const [low, high] = [view.getUint32(at + 16, true), view.getUint32(at + 20, true)];
    const hit = {
      at: view.getFloat64(at, true),
      imei: view.getFloat64(at + 8, true),
      subscriber: low === 0 && high === 0 ? '' : hexOf(high) + hexOf(low),
      answer: this.#answers.values[view.getUint16(at + 24, true)] ?? NO_ANSWER,
      asker: this.#askers.values[view.getUint16(at + 26, true)] ?? NO_ASKER,
    };
    return this.#options.alarms?.take(hit, seconds) ?? false;
  }

  #write({ at: when, imei, answer, asker, flags }: Checked): void {
    const at = this.#count * RECORD_BYTES;
    if (at === this.#gathered.byteLength) {
      const larger = new Uint8Array(2 * at);
      larger.set(new Uint8Array(this.#gathered.buffer));
      this.#gathered = new DataView(larger.buffer);
    }
    const view = this.#gathered;
    view.setFloat64(at, when, true);
    view.setFloat64(at + 8, imei, true);
    view.setUint32(at + 16, this.#pseudonym[0] ?? 0, true);
    view.setUint32(at + 20, this.#pseudonym[1] ?? 0, true);
    view.setUint16(at + 24, answer, true);
    view.setUint16(at + 26, asker, true);
    view.setUint16(at + 28, flags, true);
    view.setUint16(at + 30, 0, true);
    if (answer !== this.#lastAnswer) {
      this.#lastAnswer = answer;
      this.#used.answers.add(answer);
    }
    if (asker !== this.#lastAsker) {
      this.#lastAsker = asker;
      this.#used.askers.add(asker);
    }
    this.#count += 1;
  }
}

const hexOf = (word: number): string => word.toString(16).padStart(8, '0');
