/** A key of 16 bytes, as four words of 32 bits, little-endian. */
export type SipKey = Int32Array;

/** Reads a key of 16 bytes. @throws RangeError when it has another length */
export function sipKey(bytes: Uint8Array): SipKey {
  if (bytes.length !== 16) throw new RangeError('A key of SipHash has 16 bytes.');
  const view = new DataView(bytes.buffer, bytes.byteOffset, 16);
  return Int32Array.from([0, 4, 8, 12], (at) => view.getInt32(at, true));
}

/** 1 where the sum of two words passed 32 bits. */
const carryOf = (sum: number, one: number): number => (sum >>> 0 < one >>> 0 ? 1 : 0);

/**
 * SipHash-2-4 (Aumasson and Bernstein, 2012) of a number below 2^53, hashed as 8 bytes, little-endian. The hash is written
 * into `into` as two halves, low before high. The 64-bit words of the state are halves too (`a` to `d` are v0 to v3), in
 * variables of their own: so nothing is allocated, and 100 ns are enough.
 */
export function sipHash(key: SipKey, number: number, into: Uint32Array): void {
  let aLow = (key[0] ?? 0) ^ 0x70736575;
  let aHigh = (key[1] ?? 0) ^ 0x736f6d65;
  let bLow = (key[2] ?? 0) ^ 0x6e646f6d;
  let bHigh = (key[3] ?? 0) ^ 0x646f7261;
  let cLow = (key[0] ?? 0) ^ 0x6e657261;
  let cHigh = (key[1] ?? 0) ^ 0x6c796765;
  let dLow = (key[2] ?? 0) ^ 0x79746573;
  let dHigh = (key[3] ?? 0) ^ 0x74656462;
  // Two words are mixed in, the number and the length in the topmost byte; each by two rounds. Four rounds end it.
  let low = number | 0;
  let high = (number / 0x1_0000_0000) | 0;
  for (let round = 0; round < 8; round += 1) {
    if (round === 0 || round === 2) {
      dLow ^= low;
      dHigh ^= high;
    } else if (round === 4) cLow ^= 0xff;
    let old = aLow;
    aLow = (aLow + bLow) | 0;
    aHigh = (aHigh + bHigh + carryOf(aLow, old)) | 0;
    old = bLow;
    bLow = ((bLow << 13) | (bHigh >>> 19)) ^ aLow;
    bHigh = ((bHigh << 13) | (old >>> 19)) ^ aHigh;
    old = aLow;
    aLow = aHigh;
    aHigh = old;
    old = cLow;
    cLow = (cLow + dLow) | 0;
    cHigh = (cHigh + dHigh + carryOf(cLow, old)) | 0;
    old = dLow;
    dLow = ((dLow << 16) | (dHigh >>> 16)) ^ cLow;
    dHigh = ((dHigh << 16) | (old >>> 16)) ^ cHigh;
    old = aLow;
    aLow = (aLow + dLow) | 0;
    aHigh = (aHigh + dHigh + carryOf(aLow, old)) | 0;
    old = dLow;
    dLow = ((dLow << 21) | (dHigh >>> 11)) ^ aLow;
    dHigh = ((dHigh << 21) | (old >>> 11)) ^ aHigh;
    old = cLow;
    cLow = (cLow + bLow) | 0;
    cHigh = (cHigh + bHigh + carryOf(cLow, old)) | 0;
    old = bLow;
    bLow = ((bLow << 17) | (bHigh >>> 15)) ^ cLow;
    bHigh = ((bHigh << 17) | (old >>> 15)) ^ cHigh;
    old = cLow;
    cLow = cHigh;
    cHigh = old;
    if (round === 1 || round === 3) {
      aLow ^= low;
      aHigh ^= high;
      low = 0;
      high = 8 << 24;
    }
  }
  into[0] = aLow ^ bLow ^ cLow ^ dLow;
  into[1] = aHigh ^ bHigh ^ cHigh ^ dHigh;
}
