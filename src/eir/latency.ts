/** Buckets of each power of two: a value is kept to within 1/64, about 1.6 %. */
const PARTS = 64;
/** Of values below this each has a bucket of its own. */
const SINGLE = 2 * PARTS;
const BUCKETS = SINGLE + PARTS * 25;
/** 71 minutes; longer ones count as this. */
const LONGEST = 2 ** 32 - 1;

/** The latencies of many answers, in microseconds, in constant memory. Percentiles are exact to 1.6 %. */
export class Latency {
  readonly #counts = new Float64Array(BUCKETS);
  #count = 0;
  #most = 0;

  record(microseconds: number): void {
    const value = Math.min(LONGEST, Math.max(0, Math.floor(microseconds)));
    const power = value < SINGLE ? 0 : 25 - Math.clz32(value);
    const at = power * PARTS + Math.floor(value / 2 ** power);
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    this.#count += 1;
    if (value > this.#most) this.#most = value;
  }

  get count(): number {
    return this.#count;
  }

  /** The longest, exact. */
  get most(): number {
    return this.#most;
  }

  /** The microseconds within which a share (0 to 1) of the answers came; 0 where there are none. */
  percentile(share: number): number {
    const wanted = Math.ceil(share * this.#count);
    let seen = 0;
    for (let at = 0; at < BUCKETS; at += 1) {
      seen += this.#counts[at] ?? 0;
      if (seen >= wanted && seen > 0) return Math.min(upper(at), this.#most);
    }
    return this.#most;
  }

  /** Adds what another one has recorded. */
  merge(other: Latency): void {
    for (let at = 0; at < BUCKETS; at += 1) this.#counts[at] = (this.#counts[at] ?? 0) + (other.#counts[at] ?? 0);
    this.#count += other.#count;
    this.#most = Math.max(this.#most, other.#most);
  }
}

/** The largest value of a bucket. */
function upper(at: number): number {
  if (at < SINGLE) return at;
  const power = Math.floor(at / PARTS) - 1;
  return (at - power * PARTS + 1) * 2 ** power - 1;
}
