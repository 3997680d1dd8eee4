import { CLASS_END, highOf, LOAD, slotsFor, spread, TWO_32 } from './layout.ts';
import {
  checkPair,
  GONE,
  hasImsi,
  hasMsisdn,
  isOf,
  PAIR,
  type Pair,
  readPair,
  samePair,
  sourcesIn,
  stateFor,
  stateOf,
  writePair,
} from './pairs.ts';

// What readers see while one writer writes. A slot's identifier is written once and never changes; what does change is
// one word, in which a class and the rest of the identifier, or a state and the rest of the pair, stand together. The
// writer stores that word last and atomically, readers load it first: they see a slot as empty, or whole with a value
// that was current. Nothing is ever moved or emptied; when half the slots are taken the writer goes on in a larger copy.

/** Words before the first slot; the first of them is the number of slots taken. A cache line, so that slots do not share it. */
const HEAD = 16;

const CLASS_BITS = 17;
const CLASS_MASK = 0x1ffff;

/** Changed identifiers, two words each: the lower half; the upper 15 bits above the class plus 1. */
export class Overlay {
  readonly memory: SharedArrayBuffer;
  readonly #words: Uint32Array;
  readonly #end: number;
  readonly #scale: number;

  constructor(memory: SharedArrayBuffer) {
    this.memory = memory;
    this.#words = new Uint32Array(memory);
    this.#end = this.#words.length;
    this.#scale = (this.#end - HEAD) / 2 / TWO_32;
  }

  /** An empty one with room for a number of identifiers. */
  static of(room: number): Overlay {
    return new Overlay(new SharedArrayBuffer(4 * (HEAD + 2 * slotsFor(room, LOAD.overlay))));
  }

  /** Identifiers in it. */
  get size(): number {
    return Atomics.load(this.#words, 0);
  }

  /** How many it has room for. */
  get room(): number {
    return Math.floor(((this.#end - HEAD) / 2) * LOAD.overlay);
  }

  /** The class of an identifier plus 1, so 1 for one that is on no list any more; 0 where nothing changed. */
  lookup(imei: number): number {
    const words = this.#words;
    if (words[0] === 0) return 0;
    const low = imei >>> 0;
    const high = highOf(imei);
    let at = HEAD + ((spread(low, high) * this.#scale) | 0) * 2;
    for (;;) {
      // An empty slot ends the search whatever else is written; an atomic load, which is a call, comes only then.
      if (words[at + 1] === 0) return 0;
      const word = Atomics.load(words, at + 1);
      if (words[at] === low && word >>> CLASS_BITS === high) return word & CLASS_MASK;
      at += 2;
      if (at === this.#end) at = HEAD;
    }
  }

  /**
   * Sets the class of an identifier; 0 takes it off all lists. For the one writer only.
   * @returns false when there is no room: then nothing was set
   */
  set(imei: number, index: number): boolean {
    if (index >= CLASS_END) throw new RangeError(`There is no class ${index}.`);
    const words = this.#words;
    const [low, high] = [imei >>> 0, highOf(imei)];
    const word = ((high << CLASS_BITS) | (index + 1)) >>> 0;
    let at = HEAD + ((spread(low, high) * this.#scale) | 0) * 2;
    for (; words[at + 1] !== 0; at = at + 2 === this.#end ? HEAD : at + 2) {
      if (words[at] !== low || (words[at + 1] ?? 0) >>> CLASS_BITS !== high) continue;
      Atomics.store(words, at + 1, word);
      return true;
    }
    const size = words[0] ?? 0;
    if (size >= this.room) return false;
    Atomics.store(words, at, low);
    Atomics.store(words, at + 1, word);
    Atomics.store(words, 0, size + 1);
    return true;
  }

  /** Gives identifiers with their classes, in no order. For the writer only. */
  *each(): Generator<readonly [imei: number, index: number]> {
    for (let at = HEAD; at < this.#end; at += 2) {
      const word = this.#words[at + 1] ?? 0;
      if (word !== 0) yield [(word >>> CLASS_BITS) * TWO_32 + (this.#words[at] ?? 0), (word & CLASS_MASK) - 1];
    }
  }
}

/** Changed pairs, in the words of {@link writePair}, those of one identifier close together. */
export class PairOverlay {
  readonly memory: SharedArrayBuffer;
  readonly #words: Uint32Array;
  readonly #end: number;
  readonly #scale: number;
  readonly #pair = new Uint32Array(PAIR);

  constructor(memory: SharedArrayBuffer) {
    this.memory = memory;
    this.#words = new Uint32Array(memory);
    this.#end = HEAD + Math.floor((this.#words.length - HEAD) / PAIR) * PAIR;
    this.#scale = (this.#end - HEAD) / PAIR / TWO_32;
  }

  /** An empty one with room for a number of pairs. */
  static of(room: number): PairOverlay {
    return new PairOverlay(new SharedArrayBuffer(4 * (HEAD + PAIR * slotsFor(room, LOAD.overlay))));
  }

  /** Pairs in it. */
  get size(): number {
    return Atomics.load(this.#words, 0);
  }

  /** How many it has room for. */
  get room(): number {
    return Math.floor(((this.#end - HEAD) / PAIR) * LOAD.overlay);
  }

  /** Whether a pair is there that fits; the MSISDN counts where it is above 0. */
  has(imei: number, imsi: number, msisdn: number): boolean {
    const words = this.#words;
    if (words[0] === 0) return false;
    const [low, high] = [imei >>> 0, highOf(imei)];
    let at = this.#start(low, high);
    for (;;) {
      const last = Atomics.load(words, at + 4);
      if (last === 0) return false;
      const fits = stateOf(last) > GONE && isOf(words, at, low, high);
      if (fits && (hasImsi(words, at, imsi) || hasMsisdn(words, at, msisdn))) return true;
      at = this.#next(at);
    }
  }

  /** What is told of the very pair in the words at a place: its state, {@link GONE} and above, or 0 for nothing. */
  stateOf(pairs: Uint32Array, place: number): number {
    const words = this.#words;
    if (words[0] === 0) return 0;
    let at = this.#start(pairs[place] ?? 0, ((pairs[place + 4] ?? 0) >>> 4) & 0x7fff);
    for (;;) {
      const last = Atomics.load(words, at + 4);
      if (last === 0) return 0;
      if (samePair(words, at, pairs, place)) return stateOf(last);
      at = this.#next(at);
    }
  }

  /**
   * Says of which sources a pair is now; of 0 it is gone. For the one writer only.
   * @returns false when there is no room: then nothing was set
   */
  set(pair: Pair, sources: number): boolean {
    checkPair(pair);
    const words = this.#words;
    writePair(this.#pair, 0, pair, GONE | stateFor(sources));
    let at = this.#start(this.#pair[0] ?? 0, highOf(pair.imei));
    for (; words[at + 4] !== 0; at = this.#next(at)) {
      if (!samePair(words, at, this.#pair, 0)) continue;
      Atomics.store(words, at + 4, this.#pair[4] ?? 0);
      return true;
    }
    const size = words[0] ?? 0;
    if (size >= this.room) return false;
    for (let word = 0; word < PAIR; word += 1) Atomics.store(words, at + word, this.#pair[word] ?? 0);
    Atomics.store(words, 0, size + 1);
    return true;
  }

  /** Whether any pair of an identifier was added. For the writer only. */
  hasAny(imei: number): boolean {
    const [low, high] = [imei >>> 0, highOf(imei)];
    const words = this.#words;
    for (let at = this.#start(low, high); words[at + 4] !== 0; at = this.#next(at)) {
      if (stateOf(words[at + 4] ?? 0) > GONE && isOf(words, at, low, high)) return true;
    }
    return false;
  }

  /** Gives pairs with their sources, 0 where they are gone; in no order. For the writer only. */
  *each(): Generator<readonly [pair: Pair, sources: number]> {
    for (let at = HEAD; at < this.#end; at += PAIR) {
      const last = this.#words[at + 4] ?? 0;
      if (last !== 0) yield [readPair(this.#words, at), sourcesIn(stateOf(last))];
    }
  }

  #start(low: number, high: number): number {
    return HEAD + ((spread(low, high) * this.#scale) | 0) * PAIR;
  }

  #next(at: number): number {
    return at + PAIR === this.#end ? HEAD : at + PAIR;
  }
}
