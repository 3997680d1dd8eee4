import type { Status } from '../../decisions/core/question.ts';
import { PROTOCOLS } from '../checker.ts';
import { TABLE_END } from '../events/record.ts';

/** Statuses by the numbers that counters have. */
export const STATUSES: readonly Status[] = ['permitted', 'tracked', 'blocked', 'unknown'];

/** Upper bounds of the buckets of decision times, in microseconds. */
export const BUCKETS: readonly number[] = [0.25, 0.5, 1, 2, 5, 10, 50, 100, 1000, 10_000, 100_000, 1_000_000];

/** Buckets of a protocol, then those above all, the sum in microseconds, and their number. */
const PLACES = BUCKETS.length + 3;

/** The memory of a worker's counters. */
export type TallyMemory = SharedArrayBuffer;

const ASKERS = 0;
const ANSWERS = TABLE_END * 4;
const TIMES = ANSWERS + TABLE_END;
const LENGTH = TIMES + PROTOCOLS.length * PLACES;

export const tallyMemory = (): TallyMemory => new SharedArrayBuffer(8 * LENGTH);

/**
 * What a worker counts on the way of each answer: in shared memory, so that whoever looks costs it nothing, and a worker
 * that dies takes nothing with it.
 */
export class Tally {
  readonly #counts: Float64Array;

  constructor(memory: TallyMemory) {
    this.#counts = new Float64Array(memory);
  }

  /** Counts an answer, by the numbers of the worker's tables. */
  count(asker: number, answer: number, status: number): void {
    const counts = this.#counts;
    const at = asker * 4 + status;
    counts[at] = (counts[at] ?? 0) + 1;
    counts[ANSWERS + answer] = (counts[ANSWERS + answer] ?? 0) + 1;
  }

  /** Notes how long a decision took; `protocol` is its place in {@link PROTOCOLS}. */
  time(protocol: number, microseconds: number): void {
    const counts = this.#counts;
    const from = TIMES + protocol * PLACES;
    let bucket = 0;
    while (bucket < BUCKETS.length && microseconds > (BUCKETS[bucket] ?? 0)) bucket += 1;
    counts[from + bucket] = (counts[from + bucket] ?? 0) + 1;
    counts[from + PLACES - 2] = (counts[from + PLACES - 2] ?? 0) + microseconds;
    counts[from + PLACES - 1] = (counts[from + PLACES - 1] ?? 0) + 1;
  }

  ofAsker(asker: number, status: number): number {
    return this.#counts[ASKERS + asker * 4 + status] ?? 0;
  }

  ofAnswer(answer: number): number {
    return this.#counts[ANSWERS + answer] ?? 0;
  }

  /** Decisions by bucket, those above all buckets last; their sum in microseconds; and how many they are. */
  times(protocol: number): { readonly buckets: readonly number[]; readonly sum: number; readonly count: number } {
    const from = TIMES + protocol * PLACES;
    const all = this.#counts.subarray(from, from + PLACES);
    return { buckets: [...all.subarray(0, PLACES - 2)], sum: all[PLACES - 2] ?? 0, count: all[PLACES - 1] ?? 0 };
  }
}
