/** No answer is kept of a request. */
export const NONE = -1;

/**
 * The last answers to one Origin-Host. A request with the T flag may have been answered before (RFC 6733 §3): it then
 * gets the same answer, and is not recorded twice. The IMEI is compared too, because identifiers of hosts behind one
 * relay may meet.
 */
export class Repeats {
  readonly #ids: Uint32Array;
  readonly #imeis: Float64Array;
  readonly #verdicts: Uint8Array;
  #next = 0;
  #filled = 0;

  constructor(size: number) {
    this.#ids = new Uint32Array(size);
    this.#imeis = new Float64Array(size);
    this.#verdicts = new Uint8Array(size);
  }

  /** Keeps an answer; the oldest is forgotten. */
  keep(endToEnd: number, imei: number, verdict: number): void {
    const at = this.#next;
    this.#ids[at] = endToEnd;
    this.#imeis[at] = imei;
    this.#verdicts[at] = verdict;
    this.#next = at + 1 === this.#ids.length ? 0 : at + 1;
    if (this.#filled < this.#ids.length) this.#filled += 1;
  }

  /** The answer that was given; {@link NONE} where none is kept. */
  given(endToEnd: number, imei: number): number {
    for (let at = this.#ids.indexOf(endToEnd); at >= 0 && at < this.#filled; at = this.#ids.indexOf(endToEnd, at + 1)) {
      if (this.#imeis[at] === imei) return this.#verdicts[at] ?? NONE;
    }
    return NONE;
  }
}

/** The kept answers of all hosts; of too many, those of the host that came longest ago are forgotten. */
export class Memory {
  readonly #hosts = new Map<string, Repeats>();
  readonly #most: number;
  readonly #size: number;

  constructor(most: number, size: number) {
    this.#most = most;
    this.#size = size;
  }

  /** Those of a host, also from its connections before. */
  of(host: string): Repeats {
    const kept = this.#hosts.get(host) ?? new Repeats(this.#size);
    this.#hosts.delete(host);
    this.#hosts.set(host, kept);
    const [oldest] = this.#hosts.keys();
    if (this.#hosts.size > this.#most && oldest !== undefined) this.#hosts.delete(oldest);
    return kept;
  }
}
