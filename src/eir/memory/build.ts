import { PAIRED } from '../../decisions/core/entry.ts';
import { asideOf } from '../../files/aside.ts';
import { Classes } from './classes.ts';
import { Emitter } from './emit.ts';
import { ImageWriter } from './image.ts';
import { checkImei } from './layout.ts';
import { bucketed, checkPair, PAIR, type Pair, stateFor, writePair } from './pairs.ts';
import { Sorter } from './sort.ts';

/** What the lists stood at: per list, operator or rule a number, by names that whoever feeds the node chooses. */
export type State = Readonly<Record<string, number>>;

/** What a file says of itself. */
export type About = {
  readonly state: State;
  /** Identifiers on lists. */
  readonly rows: number;
  readonly tacs: number;
  readonly hashed: number;
  readonly escaped: number;
  /** How often reasons were left out, there being too many different ones. */
  readonly folded: number;
  readonly pairs: number;
  /** Identifiers with more pairs than the lists bring. */
  readonly crowded: number;
};

/** A class as a file tells it: bits, reasons, identifiers, and what its writer keeps with it where there is that. */
export type ClassLine = readonly [bits: number, reasons: string, rows: number, held?: string];

const PAIR_BLOCK = PAIR << 15;

/**
 * Makes a file of the lists. To be used in a process of its own, as it writes and computes without a break; it needs
 * little memory beside that of the pairs and of the hash. Nothing counts before {@link Builder.finish}, which brings all
 * to the disk; whoever called then loads it and gives it its name.
 */
export class Builder {
  readonly #out: ImageWriter;
  readonly #classes = new Classes();
  readonly #emitter: Emitter;
  readonly #sorter: Sorter | undefined;
  readonly #pairs: Uint32Array[] = [];
  #pairCount = 0;
  #imei = -1;
  #index = 0;

  /**
   * @param file a name that does not exist yet
   * @param order 'sorted' where identifiers come in their order, and carry {@link PAIRED} where they have pairs
   */
  constructor(file: string, order: 'any' | 'sorted' = 'any') {
    this.#out = new ImageWriter(file);
    this.#emitter = new Emitter(this.#out, { hashed: asideOf(file), escaped: asideOf(file) });
    this.#sorter = order === 'any' ? new Sorter(asideOf(file)) : undefined;
  }

  /** The index of an entry for {@link Builder.add}. */
  classOf(bits: number, reasons: string, held?: string): number {
    return this.#classes.of(bits, reasons, held);
  }

  /**
   * Puts an identifier on lists; one that comes several times has the bits and the reasons of all.
   * @throws RangeError when it is no IMEI, or below the one before although they were to come in order
   */
  add(imei: number, index: number): void {
    checkImei(imei);
    if (index === 0) return;
    if (this.#sorter === undefined) this.#join(imei, index);
    else this.#sorter.add(imei, index);
  }

  /** Pairs a subscriber with an identifier; a pair that comes several times is of all its sources. */
  pair(pair: Pair, sources = 1): void {
    checkPair(pair);
    const at = (this.#pairCount * PAIR) % PAIR_BLOCK;
    if (at === 0) this.#pairs.push(new Uint32Array(PAIR_BLOCK));
    const block = this.#pairs.at(-1);
    if (block !== undefined) writePair(block, at, pair, stateFor(sources));
    this.#pairCount += 1;
    this.#sorter?.add(pair.imei, this.classOf(PAIRED, ''));
  }

  /** Writes what is left. `golden` is a sorted list of hashes of 16 bytes each, which is only kept here. */
  finish({ state, golden = new Uint8Array() }: { readonly state: State; readonly golden?: Uint8Array }): About {
    this.#sorter?.each((imei, index) => this.#join(imei, index));
    if (this.#index !== 0) this.#emitter.put(this.#imei, this.#index);
    const { classes, ...emitted } = this.#emitter.finish();
    const { buckets, pairs, crowded } = bucketed(() => this.#pairBlocks(), this.#pairCount);
    this.#out.section('buckets', buckets);
    this.#out.section('pairs', pairs);
    this.#out.section('golden', golden);
    const lines = classes.map(({ index, rows }): ClassLine => {
      const { bits = 0, reasons = '', held } = this.#classes.entries[index] ?? {};
      return held === undefined ? [bits, reasons, rows] : [bits, reasons, rows, held];
    });
    this.#out.section('classes', Buffer.from(JSON.stringify(lines)));
    const { folded } = this.#classes;
    const about: About = { state, ...emitted, folded, pairs: pairs.length / PAIR, crowded };
    this.#out.section('about', Buffer.from(JSON.stringify(about)));
    this.#out.finish();
    this.#close();
    return about;
  }

  /** Gives up; the file, which is not whole, is the caller's to remove. */
  abandon(): void {
    this.#out.abandon();
    this.#close();
  }

  #close(): void {
    this.#emitter.close();
    this.#sorter?.close();
  }

  #join(imei: number, index: number): void {
    if (imei === this.#imei) {
      this.#index = this.#classes.union(this.#index, index);
      return;
    }
    if (imei < this.#imei) throw new RangeError(`${imei} comes after ${this.#imei}, out of order.`);
    if (this.#index !== 0) this.#emitter.put(this.#imei, this.#index);
    this.#imei = imei;
    this.#index = index;
  }

  *#pairBlocks(): Generator<Uint32Array> {
    for (const [at, block] of this.#pairs.entries()) {
      yield block.subarray(0, Math.min(PAIR_BLOCK, this.#pairCount * PAIR - at * PAIR_BLOCK));
    }
  }
}
