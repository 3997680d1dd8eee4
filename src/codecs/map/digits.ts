/** TBCD digits (TS 29.002 `TBCD-STRING`): two an octet, the lower half first. */

const FILLER = 0xf;

/** The half octet at `index`, counted from the first: 0 to 9 are digits, 15 is the filler. */
export const half = (bytes: Buffer, start: number, index: number): number => {
  const octet = bytes[start + (index >> 1)] ?? 0xff;
  return (index & 1) === 0 ? octet & 0xf : octet >> 4;
};

/** The first `count` digits as a number, `count` at most 15; -1 where one of them is not a digit. */
export function leading(bytes: Buffer, start: number, count: number): number {
  let value = 0;
  for (let index = 0; index < count; index += 1) {
    const digit = half(bytes, start, index);
    if (digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/** All digits up to the filler as a number; 0 where there are fewer than `least`, more than 15, or something else. */
export function digitsOf(bytes: Buffer, start: number, end: number, least: number): number {
  let count = (end - start) * 2;
  if (count > 0 && half(bytes, start, count - 1) === FILLER) count -= 1;
  if (count < least || count > 15) return 0;
  return Math.max(0, leading(bytes, start, count));
}
