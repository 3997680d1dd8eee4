import type { Place } from './rules.ts';

/** Octets of frames that may wait. Osmocom's clients ask before they were asked who they are, but not for long. */
const LIMIT = 65_536;

/** Frames that cannot be taken yet. */
export class Waiting {
  #frames: Buffer[] = [];
  #octets = 0;

  /** Keeps a copy; answers whether there was room. */
  add({ bytes, start, end }: Place): boolean {
    if (this.#octets + end - start > LIMIT) return false;
    this.#octets += end - start;
    this.#frames.push(Buffer.from(bytes.subarray(start, end)));
    return true;
  }

  /** Takes all out, in their order. */
  each(take: (place: Place) => void): void {
    if (this.#frames.length === 0) return;
    const frames = this.#frames;
    this.#frames = [];
    this.#octets = 0;
    for (const bytes of frames) take({ bytes, start: 0, end: bytes.length });
  }
}
