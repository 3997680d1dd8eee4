// A 64-bit number is kept as two 32-bit halves: BigInt would be some ten times slower.
// The primes of XXH64, high half and low half.
const P1H = 0x9e3779b1;
const P1L = 0x85ebca87;
const P2H = 0xc2b2ae3d;
const P2L = 0x27d4eb4f;
const P3H = 0x165667b1;
const P3L = 0x9e3779f9;
const P4H = 0x85ebca77;
const P4L = 0xc2b2ae63;
const P5H = 0x27d4eb2f;
const P5L = 0x165667c5;

/** The high half of the 64-bit product of two unsigned 32-bit numbers. */
function mulHigh(a: number, b: number): number {
  const a0 = a & 0xffff;
  const a1 = a >>> 16;
  const b0 = b & 0xffff;
  const b1 = b >>> 16;
  // Each sum stays below 2^32: (2^16 - 1)^2 + 2 * (2^16 - 1) = 2^32 - 1.
  const middle = Math.imul(a1, b0) + (Math.imul(a0, b0) >>> 16);
  const other = Math.imul(a0, b1) + (middle & 0xffff);
  return (Math.imul(a1, b1) + (middle >>> 16) + (other >>> 16)) | 0;
}

/** XXH64 with seed 0, fed in pieces: the checksum that ends a Zstandard frame (RFC 8878 §3.1.1) is its low half. */
export class XxHash64 {
  /** Four accumulators: high, low, high, low … */
  readonly #lanes = new Int32Array(8);
  readonly #rest = Buffer.alloc(32);
  #restLength = 0;
  #total = 0;
  #high = 0;
  #low = 0;

  constructor() {
    // Accumulators start at P1 + P2, P2, 0 and -P1.
    this.#set(P1H, P1L);
    this.#add(P2H, P2L);
    this.#lanes.set([this.#high, this.#low, P2H | 0, P2L | 0, 0, 0]);
    this.#set(~P1H, ~P1L);
    this.#add(0, 1);
    this.#lanes.set([this.#high, this.#low], 6);
  }

  /** Takes in the next piece. */
  update(piece: Uint8Array): void {
    const data = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    this.#total += data.length;
    let at = 0;
    if (this.#restLength > 0) {
      at = data.copy(this.#rest, this.#restLength);
      this.#restLength += at;
      if (this.#restLength < 32) return;
      this.#stripes(this.#rest, 0, 32);
    }
    const end = at + ((data.length - at) & ~31);
    this.#stripes(data, at, end);
    this.#restLength = data.copy(this.#rest, 0, end);
  }

  /** The low 32 bits of the digest, unsigned. */
  low(): number {
    this.#fold();
    this.#add(Math.floor(this.#total / 0x100000000), this.#total);
    let at = 0;
    for (; at + 8 <= this.#restLength; at += 8) this.#tail8(at);
    if (at + 4 <= this.#restLength) {
      this.#mix(() => this.#mulOf(0, this.#rest.readInt32LE(at), P1H, P1L), 23, [P2H, P2L], [P3H, P3L]);
      at += 4;
    }
    for (; at < this.#restLength; at++) {
      this.#mix(() => this.#mulOf(0, this.#rest[at] ?? 0, P5H, P5L), 11, [P1H, P1L], [0, 0]);
    }
    this.#avalanche();
    return this.#low >>> 0;
  }

  #set(high: number, low: number): void {
    this.#high = high | 0;
    this.#low = low | 0;
  }

  #add(high: number, low: number): void {
    const sum = (this.#low >>> 0) + (low >>> 0);
    this.#high = (this.#high + high + (sum > 0xffffffff ? 1 : 0)) | 0;
    this.#low = sum | 0;
  }

  #mul(high: number, low: number): void {
    this.#high = (mulHigh(this.#low, low) + Math.imul(this.#high, low) + Math.imul(this.#low, high)) | 0;
    this.#low = Math.imul(this.#low, low);
  }

  /** Rotates left by less than 32 bits. */
  #rotate(bits: number): void {
    const high = (this.#high << bits) | (this.#low >>> (32 - bits));
    this.#low = (this.#low << bits) | (this.#high >>> (32 - bits));
    this.#high = high;
  }

  #xor(high: number, low: number): void {
    this.#high ^= high;
    this.#low ^= low;
  }

  /** The product of two numbers, beside the running value. */
  #mulOf(high: number, low: number, byHigh: number, byLow: number): readonly [number, number] {
    const kept = [this.#high, this.#low] as const;
    this.#set(high, low);
    this.#mul(byHigh, byLow);
    const product = [this.#high, this.#low] as const;
    this.#set(kept[0], kept[1]);
    return product;
  }

  #mix(
    value: () => readonly [number, number],
    bits: number,
    [timesHigh, timesLow]: readonly [number, number],
    [plusHigh, plusLow]: readonly [number, number],
  ): void {
    const [high, low] = value();
    this.#xor(high, low);
    this.#rotate(bits);
    this.#mul(timesHigh, timesLow);
    this.#add(plusHigh, plusLow);
  }

  /**
   * Takes in whole stripes of 32 bytes. A round of a lane is (lane + input × P2) rotated by 31, times P1;
   * it is written out in local variables, as nearly all the time is spent here.
   */
  #stripes(data: Uint8Array, from: number, to: number): void {
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    for (let lane = 0; lane < 4; lane++) {
      let high = this.#lanes[2 * lane] ?? 0;
      let low = this.#lanes[2 * lane + 1] ?? 0;
      for (let at = from + 8 * lane; at < to; at += 32) {
        const input = view.getInt32(at, true);
        const product = Math.imul(input, P2L);
        const inputHigh = Math.imul(view.getInt32(at + 4, true), P2L) + Math.imul(input, P2H);
        low = (low + product) | 0;
        high = (high + mulHigh(input, P2L) + inputHigh + (low >>> 0 < product >>> 0 ? 1 : 0)) | 0;
        const rotated = (low << 31) | (high >>> 1);
        high = (high << 31) | (low >>> 1);
        high = (mulHigh(rotated, P1L) + Math.imul(high, P1L) + Math.imul(rotated, P1H)) | 0;
        low = Math.imul(rotated, P1L);
      }
      this.#lanes[2 * lane] = high;
      this.#lanes[2 * lane + 1] = low;
    }
  }

  #lane(lane: number): void {
    this.#set(this.#lanes[2 * lane] ?? 0, this.#lanes[2 * lane + 1] ?? 0);
  }

  /** Joins the lanes; for less than one stripe the start is P5. */
  #fold(): void {
    if (this.#total < 32) {
      this.#set(P5H, P5L);
      return;
    }
    let [high, low] = [0, 0];
    for (const [lane, bits] of [1, 7, 12, 18].entries()) {
      this.#lane(lane);
      this.#rotate(bits);
      this.#add(high, low);
      [high, low] = [this.#high, this.#low];
    }
    for (let lane = 0; lane < 4; lane++) {
      const [laneHigh = 0, laneLow = 0] = this.#lanes.subarray(2 * lane, 2 * lane + 2);
      this.#set(laneHigh, laneLow);
      this.#mul(P2H, P2L);
      this.#rotate(31);
      this.#mul(P1H, P1L);
      this.#xor(high, low);
      this.#mul(P1H, P1L);
      this.#add(P4H, P4L);
      [high, low] = [this.#high, this.#low];
    }
  }

  #tail8(at: number): void {
    const [high, low] = this.#mulOf(this.#rest.readInt32LE(at + 4), this.#rest.readInt32LE(at), P2H, P2L);
    const kept = [this.#high, this.#low] as const;
    this.#set(high, low);
    this.#rotate(31);
    this.#mul(P1H, P1L);
    this.#xor(kept[0], kept[1]);
    this.#rotate(27);
    this.#mul(P1H, P1L);
    this.#add(P4H, P4L);
  }

  #avalanche(): void {
    this.#xor(0, this.#high >>> 1); // 33 bits to the right
    this.#mul(P2H, P2L);
    this.#xor(this.#high >>> 29, (this.#high << 3) | (this.#low >>> 29));
    this.#mul(P3H, P3L);
    this.#xor(0, this.#high); // 32 bits to the right
  }
}
