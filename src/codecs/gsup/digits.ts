/** The value of two digits in an octet, the low half first; 255 where a half is no digit. */
const PAIRS = Uint8Array.from({ length: 256 }, (_, octet) => {
  const [first, second] = [octet & 0xf, octet >> 4];
  return first > 9 || second > 9 ? 255 : first * 10 + second;
});
const FILLER = 0xff;

/** Digits as numbers, read one after the other without a new object: their value, and how many there were. */
export class Digits {
  /** Exact for up to 15 digits. */
  value = 0;
  count = 0;

  /**
   * Reads `bytes[start, end)`: two digits an octet, the low half first, fillers (0xf) at the end only (3GPP TS 29.002
   * §17.7.8 `TBCD-STRING`). Answers whether it is that.
   */
  read(bytes: Uint8Array, start: number, end: number): boolean {
    let value = 0;
    let at = start;
    let pair = 0;
    for (; at < end; at += 1) {
      pair = PAIRS[bytes[at] ?? FILLER] ?? FILLER;
      if (pair === 255) break;
      value = value * 100 + pair;
    }
    this.value = value;
    this.count = 2 * (at - start);
    return at === end || this.#readLast(bytes, at, end);
  }

  #readLast(bytes: Uint8Array, start: number, end: number): boolean {
    const octet = bytes[start] ?? FILLER;
    if (octet >> 4 !== 0xf) return false;
    if ((octet & 0xf) <= 9) {
      this.value = this.value * 10 + (octet & 0xf);
      this.count += 1;
    } else if (octet !== FILLER) return false;
    for (let at = start + 1; at < end; at += 1) if (bytes[at] !== FILLER) return false;
    return true;
  }
}
