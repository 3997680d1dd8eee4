import type { Day } from '../../calendar/day.ts';

/** One protected equipment: the keyed hash of its IMEI, and the last day of its protection. */
export type Golden = {
  /** 32 hexadecimal digits: the number that {@link goldenHash} gives, most significant first. */
  readonly hash: string;
  readonly expires: Day;
};

const MASK = (1n << 64n) - 1n;
const rotated = (word: bigint, by: bigint): bigint => ((word << by) | (word >> (64n - by))) & MASK;

type State = [v0: bigint, v1: bigint, v2: bigint, v3: bigint];

function rounds(state: State, count: number): void {
  let [v0, v1, v2, v3] = state;
  for (let round = 0; round < count; round += 1) {
    v0 = (v0 + v1) & MASK;
    v1 = rotated(v1, 13n) ^ v0;
    v0 = rotated(v0, 32n);
    v2 = (v2 + v3) & MASK;
    v3 = rotated(v3, 16n) ^ v2;
    v0 = (v0 + v3) & MASK;
    v3 = rotated(v3, 21n) ^ v0;
    v2 = (v2 + v1) & MASK;
    v1 = rotated(v1, 17n) ^ v2;
    v2 = rotated(v2, 32n);
  }
  state.splice(0, 4, v0, v1, v2, v3);
}

/**
 * SipHash-2-4 as the engine's `sipHash128Keyed` gives it: 128 bits, which it takes from the four words after the last
 * rounds of the 64-bit function, not as the authors' own 128-bit variant does. The result is the number whose low half
 * comes first in memory.
 */
function sipHash128(key: Buffer, text: Buffer): bigint {
  const [k0, k1] = [key.readBigUInt64LE(0), key.readBigUInt64LE(8)];
  const state: State = [
    k0 ^ 0x736f6d6570736575n,
    k1 ^ 0x646f72616e646f6dn,
    k0 ^ 0x6c7967656e657261n,
    k1 ^ 0x7465646279746573n,
  ];
  const padded = Buffer.alloc((Math.floor(text.length / 8) + 1) * 8);
  text.copy(padded);
  padded[padded.length - 1] = text.length & 0xff;
  for (let at = 0; at < padded.length; at += 8) {
    const word = padded.readBigUInt64LE(at);
    state[3] ^= word;
    rounds(state, 2);
    state[0] ^= word;
  }
  state[2] ^= 0xffn;
  rounds(state, 4);
  return ((state[2] ^ state[3]) << 64n) | (state[0] ^ state[1]);
}

/**
 * The keyed hash under which the golden list holds an IMEI, given the 16 bytes of the country's pseudonym key. It takes
 * some microseconds: to be asked only where the answer would otherwise not be `permitted`.
 */
export const goldenHash = (key: Buffer, imei: number): string =>
  sipHash128(key, Buffer.from(`golden:${imei}`))
    .toString(16)
    .padStart(32, '0');

/** Tells whether an IMEI is protected on a day, of the golden list of some rules. */
export function goldenOf(golden: readonly Golden[], key: Buffer): (imei: number, day: Day) => boolean {
  const expiries = new Map(golden.map(({ hash, expires }) => [hash, expires]));
  if (expiries.size === 0) return () => false;
  return (imei, day) => {
    const expires = expiries.get(goldenHash(key, imei));
    return expires !== undefined && expires >= day;
  };
}
