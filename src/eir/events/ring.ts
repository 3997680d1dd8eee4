/** Records that wait at most; a power of two. At 400 000 answers a second they are two thirds of a second. */
const ROOM = 1 << 18;

// Positions of the numbers that both ends share, each in a cache line of its own.
const HEAD = 0;
const TAIL = 16;
const SHARED = 32;

/** Numbers of a record: when, the IMEI, the IMSI, and two halves: answer and asker, then flags. */
const RECORD = 4;

/** The memory of a ring, to be given to a worker. */
export type RingMemory = {
  readonly shared: SharedArrayBuffer;
  readonly records: SharedArrayBuffer;
  readonly lost: SharedArrayBuffer;
};

/** Memory for a ring of so many records; a power of two. */
export const ringMemory = (room = ROOM): RingMemory => ({
  shared: new SharedArrayBuffer(4 * SHARED),
  records: new SharedArrayBuffer(8 * RECORD * room),
  lost: new SharedArrayBuffer(8),
});

/** A check as it is recorded: numbers only. */
export type Checked = {
  /** Milliseconds since 1970, by the clock of the node at that moment; the order of records is that of the answers. */
  at: number;
  imei: number;
  /** 0 where it was not told. */
  imsi: number;
  /** Numbers of the worker's own tables. */
  answer: number;
  asker: number;
  flags: number;
};

/**
 * Checks on their way from the worker that answers to the thread that records: in shared memory, without locks, one
 * writer and one reader. Where the reader is too slow, checks are lost and counted: no answer ever waits.
 */
export class Ring {
  readonly #shared: Int32Array;
  readonly #numbers: Float64Array;
  readonly #words: Uint32Array;
  readonly #lost: Float64Array;
  readonly #mask: number;
  #head = 0;
  #room = 0;

  constructor({ shared, records, lost }: RingMemory) {
    this.#shared = new Int32Array(shared);
    this.#numbers = new Float64Array(records);
    this.#words = new Uint32Array(records);
    this.#lost = new Float64Array(lost);
    const room = this.#numbers.length / RECORD;
    this.#mask = room - 1;
    this.#head = Atomics.load(this.#shared, HEAD);
  }

  /** How many were lost for want of room. */
  get lost(): number {
    return this.#lost[0] ?? 0;
  }

  /** How many wait. */
  get waiting(): number {
    return (Atomics.load(this.#shared, HEAD) - Atomics.load(this.#shared, TAIL)) | 0;
  }

  /** Takes a check; `packed` are answer (lower 16 bits) and asker (upper 16 bits). */
  put(
    question: { readonly at: number; readonly imei: number; readonly imsi: number },
    packed: number,
    flags: number,
  ): void {
    if (this.#room === 0) {
      this.#room = this.#mask + 1 - this.waiting;
      if (this.#room === 0) {
        this.#lost[0] = (this.#lost[0] ?? 0) + 1;
        return;
      }
    }
    this.#room -= 1;
    const at = (this.#head & this.#mask) * RECORD;
    this.#numbers[at] = question.at;
    this.#numbers[at + 1] = question.imei;
    this.#numbers[at + 2] = question.imsi;
    this.#words[2 * at + 6] = packed;
    this.#words[2 * at + 7] = flags;
    this.#head = (this.#head + 1) | 0;
    Atomics.store(this.#shared, HEAD, this.#head);
  }

  /** Gives what waits, one after the other in one object, until there is no more or `take` answers false. */
  drain(take: (checked: Checked) => boolean): number {
    const checked: Checked = { at: 0, imei: 0, imsi: 0, answer: 0, asker: 0, flags: 0 };
    const head = Atomics.load(this.#shared, HEAD);
    const first = Atomics.load(this.#shared, TAIL);
    let tail = first;
    for (; tail !== head; tail = (tail + 1) | 0) {
      const at = (tail & this.#mask) * RECORD;
      const packed = this.#words[2 * at + 6] ?? 0;
      checked.at = this.#numbers[at] ?? 0;
      checked.imei = this.#numbers[at + 1] ?? 0;
      checked.imsi = this.#numbers[at + 2] ?? 0;
      checked.answer = packed & 0xffff;
      checked.asker = packed >>> 16;
      checked.flags = this.#words[2 * at + 7] ?? 0;
      if (!take(checked)) break;
      // Nothing of a subscriber stays behind.
      this.#numbers[at + 2] = 0;
    }
    Atomics.store(this.#shared, TAIL, tail);
    return (tail - first) | 0;
  }
}
