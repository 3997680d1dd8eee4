import type { SectionName } from './image.ts';
import { checkImei, checkSubscriber, highOf, spread, TWO_32 } from './layout.ts';

// A pair is five words: the lower halves of IMEI, IMSI and MSISDN; the upper 18 bits of the IMSI with the lower 14 of the
// MSISDN's 18; the other 4 with the upper 15 bits of the IMEI and the state: a bit for each source that the pair is of,
// and, in the overlay, one that tells that the slot is taken.
export const PAIR = 5;
const STATE_AT = 19;
const KEY_MASK = 2 ** STATE_AT - 1;

/** The state of a slot of the overlay whose pair is of no source any more. Pairs that are there have a higher one. */
export const GONE = 1;

/** The state of a pair of these sources, which are bits from 1 on; in the overlay with {@link GONE}. */
export const stateFor = (sources: number): number => sources << 1;

/** The sources in a state. */
export const sourcesIn = (state: number): number => state >>> 1;

/** The lists bring up to this many subscribers of one identifier; more are kept and counted. */
export const CROWD = 10;

/** Pairs a bucket, on the average: four bytes of directory for four pairs. */
const BUCKET = 4;

const low18 = (imsiWord: number): number => imsiWord & 0x3ffff;
const imeiHigh = (last: number): number => (last >>> 4) & 0x7fff;

/** A pair as its identifiers. An MSISDN of 0 is none. */
export type Pair = { readonly imei: number; readonly imsi: number; readonly msisdn: number };

/** @throws RangeError when one of its numbers is none. */
export function checkPair({ imei, imsi, msisdn }: Pair): void {
  checkImei(imei);
  checkSubscriber(imsi);
  checkSubscriber(msisdn);
}

/** Writes a pair as words, with the state in the last. */
export function writePair(words: Uint32Array, at: number, { imei, imsi, msisdn }: Pair, state = 0): void {
  const msisdnHigh = highOf(msisdn);
  words[at] = imei;
  words[at + 1] = imsi;
  words[at + 2] = msisdn;
  words[at + 3] = highOf(imsi) | (msisdnHigh << 18);
  words[at + 4] = (msisdnHigh >>> 14) | (highOf(imei) << 4) | (state << STATE_AT);
}

/** Reads a pair. */
export function readPair(words: Uint32Array | Int32Array, at: number): Pair {
  const [fourth, last] = [words[at + 3] ?? 0, words[at + 4] ?? 0];
  return {
    imei: imeiHigh(last) * TWO_32 + ((words[at] ?? 0) >>> 0),
    imsi: low18(fourth) * TWO_32 + ((words[at + 1] ?? 0) >>> 0),
    msisdn: ((fourth >>> 18) | ((last & 0xf) << 14)) * TWO_32 + ((words[at + 2] ?? 0) >>> 0),
  };
}

export const stateOf = (last: number): number => last >>> STATE_AT;

/** Whether the words at a place are of this identifier. */
export const isOf = (words: Uint32Array, at: number, low: number, high: number): boolean =>
  words[at] === low && imeiHigh(words[at + 4] ?? 0) === high;

/** Whether the words at a place are of this IMSI; 0 is none. */
export const hasImsi = (words: Uint32Array, at: number, imsi: number): boolean =>
  imsi > 0 && words[at + 1] === imsi >>> 0 && low18(words[at + 3] ?? 0) === highOf(imsi);

/** Whether the words at a place are of this MSISDN; 0 is none. */
export const hasMsisdn = (words: Uint32Array, at: number, msisdn: number): boolean =>
  msisdn > 0 &&
  words[at + 2] === msisdn >>> 0 &&
  (((words[at + 3] ?? 0) >>> 18) | (((words[at + 4] ?? 0) & 0xf) << 14)) === highOf(msisdn);

/** Whether two places hold the same pair, whatever their states. */
export function samePair(words: Uint32Array, at: number, others: Uint32Array, place: number): boolean {
  return (
    words[at] === others[place] &&
    words[at + 1] === others[place + 1] &&
    words[at + 2] === others[place + 2] &&
    words[at + 3] === others[place + 3] &&
    ((words[at + 4] ?? 0) & KEY_MASK) === ((others[place + 4] ?? 0) & KEY_MASK)
  );
}

/** The pairs of the base: buckets by identifier, one behind the other. */
export class PairBase {
  readonly #buckets: Uint32Array;
  readonly #scale: number;
  readonly words: Uint32Array;

  constructor(section: (name: SectionName) => Uint32Array) {
    this.#buckets = section('buckets');
    this.words = section('pairs');
    this.#scale = (this.#buckets.length - 1) / TWO_32;
  }

  /** Where the bucket of an identifier begins, in words. */
  from(imei: number): number {
    return this.words.length === 0 ? 0 : (this.#buckets[this.#bucket(imei)] ?? 0) * PAIR;
  }

  /** Where it ends. */
  to(imei: number): number {
    return this.words.length === 0 ? 0 : (this.#buckets[this.#bucket(imei) + 1] ?? 0) * PAIR;
  }

  #bucket(imei: number): number {
    return (spread(imei >>> 0, highOf(imei)) * this.#scale) | 0;
  }
}

/** The sections of pairs, and what they hold. */
export type PairSections = {
  readonly buckets: Uint32Array;
  readonly pairs: Uint32Array;
  /** Identifiers with more than {@link CROWD} pairs. */
  readonly crowded: number;
};

/** Puts pairs into buckets, each once; `blocks` is gone through twice. */
export function bucketed(blocks: () => Iterable<Uint32Array>, count: number): PairSections {
  const buckets = new Uint32Array(Math.ceil(count / BUCKET) + 1);
  const scale = (buckets.length - 1) / TWO_32;
  const bucketOf = (words: Uint32Array, at: number): number =>
    (spread(words[at] ?? 0, imeiHigh(words[at + 4] ?? 0)) * scale) | 0;
  for (const words of blocks()) {
    for (let at = 0; at < words.length; at += PAIR) {
      const bucket = bucketOf(words, at);
      buckets[bucket + 1] = (buckets[bucket + 1] ?? 0) + 1;
    }
  }
  for (let bucket = 1; bucket < buckets.length; bucket += 1)
    buckets[bucket] = (buckets[bucket] ?? 0) + (buckets[bucket - 1] ?? 0);
  const pairs = new Uint32Array(count * PAIR);
  const next = buckets.slice();
  for (const words of blocks()) {
    for (let at = 0; at < words.length; at += PAIR) {
      const bucket = bucketOf(words, at);
      const place = next[bucket] ?? 0;
      next[bucket] = place + 1;
      pairs.set(words.subarray(at, at + PAIR), place * PAIR);
    }
  }
  return distinct(buckets, pairs);
}

/** Sorts each bucket and makes one of what is there twice, of the sources of all. */
function distinct(buckets: Uint32Array, pairs: Uint32Array): PairSections {
  let [kept, crowded] = [0, 0];
  for (let bucket = 0; bucket + 1 < buckets.length; bucket += 1) {
    const [from, to] = [(buckets[bucket] ?? 0) * PAIR, (buckets[bucket + 1] ?? 0) * PAIR];
    const sorted = sortedBucket(pairs.subarray(from, to));
    buckets[bucket] = kept / PAIR;
    let together = 0;
    for (let at = 0; at < sorted.length; at += PAIR) {
      const isFirst = at === 0;
      if (!isFirst && samePair(sorted, at, sorted, at - PAIR)) {
        pairs[kept - 1] = (pairs[kept - 1] ?? 0) | (sorted[at + 4] ?? 0);
        continue;
      }
      const continues = !isFirst && isOf(sorted, at - PAIR, sorted[at] ?? 0, imeiHigh(sorted[at + 4] ?? 0));
      together = continues ? together + 1 : 1;
      if (together === CROWD + 1) crowded += 1;
      pairs.set(sorted.subarray(at, at + PAIR), kept);
      kept += PAIR;
    }
  }
  buckets[buckets.length - 1] = kept / PAIR;
  return { buckets, pairs: pairs.subarray(0, kept), crowded };
}

/** A copy of a bucket in an order that brings pairs of one identifier together. */
function sortedBucket(bucket: Uint32Array): Uint32Array {
  if (bucket.length <= PAIR) return bucket.slice();
  const places = Array.from({ length: bucket.length / PAIR }, (_, place) => place * PAIR);
  const order = [0, 4, 1, 3, 2];
  places.sort((a, b) => {
    for (const word of order) {
      const mask = word === 4 ? KEY_MASK : -1;
      const difference = (((bucket[a + word] ?? 0) & mask) >>> 0) - (((bucket[b + word] ?? 0) & mask) >>> 0);
      if (difference !== 0) return difference;
    }
    return 0;
  });
  const sorted = new Uint32Array(bucket.length);
  for (const [at, place] of places.entries()) sorted.set(bucket.subarray(place, place + PAIR), at * PAIR);
  return sorted;
}
