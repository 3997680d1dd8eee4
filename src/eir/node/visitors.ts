import { readFile } from 'node:fs/promises';
import { writeWhole } from '../../files/whole.ts';
import { type SipKey, sipHash } from '../events/siphash.ts';

/** Visitors that are remembered, with their equipment; a power of two. */
const ROOM = 1 << 18;
/** Slots of which so many are taken at most, so that a search stays short. */
const MOST = 0.75;
/** Words of a slot: two halves of the hash, and the day as its number since 1970. */
const SLOT = 3;
/** Days after which a visitor is forgotten at a start: the longest stay that a country can grant, and a year. */
const KEPT_DAYS = 3660 + 366;

/** Memory of visitors, to be given to workers. */
export const visitorMemory = (room = ROOM): SharedArrayBuffer => new SharedArrayBuffer(4 * SLOT * room);

/**
 * On which day a visitor was first admitted with an equipment: in shared memory, written by one thread and read by all.
 * Neither IMSI nor IMEI stands there, only a keyed hash of both. What finds no room has no first day, and so stays
 * admitted.
 */
export class Visitors {
  readonly #words: Uint32Array;
  readonly #key: SipKey;
  readonly #mask: number;
  readonly #hash = new Uint32Array(2);
  #size = 0;

  constructor(memory: SharedArrayBuffer, key: SipKey) {
    this.#words = new Uint32Array(memory);
    this.#key = key;
    this.#mask = this.#words.length / SLOT - 1;
  }

  get size(): number {
    return this.#size;
  }

  /** Days since the first; -1 where it is not known. */
  days(imei: number, imsi: number, day: number): number {
    const at = this.#find(imei, imsi);
    const first = this.#words[at + 2] ?? 0;
    return first === 0 ? -1 : Math.max(0, day - first);
  }

  /** Notes the first day of one that is not known yet; false for want of room. */
  note(imei: number, imsi: number, day: number): boolean {
    const at = this.#find(imei, imsi);
    if (this.#words[at + 2] !== 0) return true;
    const [low = 0, high = 0] = this.#hash;
    return this.#put(at, { low, high, day });
  }

  /** Brings them to a file. @throws Refused when the disk is full */
  async save(file: string): Promise<void> {
    const taken: number[] = [];
    for (let at = 0; at < this.#words.length; at += SLOT) {
      if (this.#words[at + 2] !== 0) taken.push(...this.#words.subarray(at, at + SLOT));
    }
    const bytes = Buffer.from(Uint32Array.from(taken).buffer);
    await writeWhole(file, (sink) => sink.write(bytes));
  }

  /** Takes them from a file; one that is not there, or no such file, has none. */
  async load(file: string, day: number): Promise<void> {
    const bytes = await readFile(file).catch(() => Buffer.alloc(0));
    const words = new Uint32Array(new Uint8Array(bytes).buffer, 0, bytes.length >>> 2);
    for (let at = 0; at + SLOT <= words.length; at += SLOT) {
      const [low = 0, high = 0, first = 0] = words.subarray(at, at + SLOT);
      if (first === 0 || day - first > KEPT_DAYS) continue;
      this.#put(this.#place(low, high), { low, high, day: first });
    }
  }

  #put(at: number, { low, high, day }: { readonly low: number; readonly high: number; readonly day: number }): boolean {
    if (this.#size >= (this.#mask + 1) * MOST) return false;
    this.#words[at] = low;
    this.#words[at + 1] = high;
    // The day comes last: a reader who sees it sees the rest.
    Atomics.store(this.#words, at + 2, day);
    this.#size += 1;
    return true;
  }

  #find(imei: number, imsi: number): number {
    sipHash(this.#key, imsi, this.#hash);
    const [low = 0, high = 0] = this.#hash;
    this.#hash[0] = low ^ Math.imul(imei | 0, 0x85ebca6b);
    this.#hash[1] = high ^ Math.imul((imei / 0x1_0000_0000) | 0, 0xc2b2ae35) ^ (imei | 0);
    return this.#place(this.#hash[0], this.#hash[1]);
  }

  /** The slot of a hash, or the free one where it would stand. */
  #place(low: number, high: number): number {
    for (let slot = low & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const at = slot * SLOT;
      if (Atomics.load(this.#words, at + 2) === 0) return at;
      if (this.#words[at] === low && this.#words[at + 1] === high) return at;
    }
  }
}
