/** A small seeded source of numbers of the tests' own (mulberry32): the same seed gives the same world on any machine. */
export type Dice = {
  /** 0 ≤ x < 1. */
  share(): number;
  /** A whole number from `from` to `to`, both inclusive. */
  between(from: number, to: number): number;
  chance(probability: number): boolean;
  /** One of a list that is not empty. */
  pick<T>(of: readonly T[]): T;
};

/** Opens the source of that seed. */
export function dice(seed: number): Dice {
  let state = seed >>> 0;
  const share = (): number => {
    state = (state + 0x6d2b_79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
  const between = (from: number, to: number): number => from + Math.floor(share() * (to - from + 1));
  return {
    share,
    between,
    chance: (probability) => share() < probability,
    pick: <T>(of: readonly T[]): T => of[between(0, of.length - 1)] as T,
  };
}
