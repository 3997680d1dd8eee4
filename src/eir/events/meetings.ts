import { FLAGS } from './record.ts';

/** Keys of one bucket, and words of a key: the key, with whom last, with whom before, and two times. */
const WAYS = 4;
const WORDS = 4;

/** Times are kept in 16 bits, in units of so many seconds: they run round in six days. */
const UNIT_SECONDS = 8;
const TIME = 0xffff;

const FIRST = 0;
const SAME = 1;
const OTHER = 2;
const BACK = 3;

/**
 * A bounded memory of who was last seen with whom: keys of 32 bits in buckets of four, each of which is a cache line; the
 * one not seen for the longest makes room. Two keys that fall together are one, once in some thousand million times: what
 * comes of it are hints, and no verdict.
 */
class Last {
  readonly #words: Uint32Array;
  readonly #mask: number;
  readonly #window: number;

  constructor(room: number, window: number) {
    this.#words = new Uint32Array(room * WORDS);
    this.#mask = room / WAYS - 1;
    this.#window = window;
  }

  /** Looks at where a key is, and no more. */
  touch(key: number): number {
    return this.#words[(key & this.#mask) * WAYS * WORDS] ?? 0;
  }

  /** Notes a meeting at a time; answers what it changes: the first, the same, another, or back to the one before. */
  note(key: number, value: number, now: number): number {
    const words = this.#words;
    const bucket = (key & this.#mask) * WAYS * WORDS;
    let oldest = bucket;
    let age = -1;
    for (let at = bucket; at < bucket + WAYS * WORDS; at += WORDS) {
      const held = words[at] ?? 0;
      if (held === key) return this.#again(at, value, now);
      const its = held === 0 ? TIME + 1 : (now - ((words[at + 3] ?? 0) & TIME)) & TIME;
      if (its > age) {
        age = its;
        oldest = at;
      }
    }
    words[oldest] = key;
    words[oldest + 1] = value;
    words[oldest + 2] = value;
    words[oldest + 3] = now;
    return FIRST;
  }

  /** The last word holds when it was seen, and above that when it last changed. */
  #again(at: number, value: number, now: number): number {
    const words = this.#words;
    const times = words[at + 3] ?? 0;
    if (words[at + 1] === value) {
      words[at + 3] = (times & ~TIME) | now;
      return SAME;
    }
    const isBack = words[at + 2] === value && ((now - (times >>> 16)) & TIME) <= this.#window;
    words[at + 2] = words[at + 1] ?? 0;
    words[at + 1] = value;
    words[at + 3] = (now << 16) | now;
    return isBack ? BACK : OTHER;
  }
}

/** Equipment, and subscribers, that a node remembers. */
const ROOM = 1 << 18;

/** Two subscribers who take turns on one equipment within this are a hint that there are two of it. */
const WINDOW_SECONDS = 900;

/** What stands in a record for what a meeting changes of the equipment. */
const EQUIPMENT_FLAGS: readonly number[] = [FLAGS.first, 0, FLAGS.simChanged, FLAGS.simChanged | FLAGS.twice];

/** What is seen when equipment and subscribers meet: new equipment, changes of SIM and of device, duplicates. */
export class Meetings {
  readonly #byEquipment: Last;
  readonly #bySubscriber: Last;

  constructor(room = ROOM) {
    this.#byEquipment = new Last(room, WINDOW_SECONDS / UNIT_SECONDS);
    this.#bySubscriber = new Last(room, WINDOW_SECONDS / UNIT_SECONDS);
  }

  /**
   * Has the processor fetch what {@link Meetings.note} will need: called for many meetings before the first is noted, their
   * fetches overlap. The answer means nothing.
   */
  touch(imei: number, pseudonym: number): number {
    return this.#byEquipment.touch(spread(imei)) ^ this.#bySubscriber.touch(pseudonym);
  }

  /**
   * Notes a meeting and answers its flags. `seconds` are of a clock that never jumps; `pseudonym` is a half of the
   * subscriber's, 0 where none was told.
   */
  note(imei: number, pseudonym: number, seconds: number): number {
    if (pseudonym === 0) return 0;
    const now = Math.floor(seconds / UNIT_SECONDS) & TIME;
    const key = spread(imei);
    const equipment = this.#byEquipment.note(key, pseudonym, now);
    const subscriber = this.#bySubscriber.note(pseudonym, key, now);
    const flags = EQUIPMENT_FLAGS[equipment] ?? 0;
    return subscriber >= OTHER ? flags | FLAGS.deviceChanged : flags;
  }
}

/** Spreads an IMEI over 32 bits; 0 stands for nothing. */
function spread(imei: number): number {
  let mixed = Math.imul((imei | 0) ^ Math.imul((imei / 0x1_0000_0000) | 0, 0x9e3779b1), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 13)) >>> 0 || 1;
}
