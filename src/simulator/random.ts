/** A source of numbers that follow from the seed and the source's name alone. */
export type Random = {
  /** The next 32 bits. */
  readonly next: () => number;
  /** Uniform in 0 ≤ x < 1. */
  readonly share: () => number;
  /** A whole number from 0 to `limit` − 1; 0 when `limit` is less than 1. */
  readonly below: (limit: number) => number;
  /** Whether an event of this probability happens. */
  readonly chance: (probability: number) => boolean;
};

/**
 * Opens the stream of that name (sfc32, Chris Doty-Humphrey's PractRand). Streams of different names are independent,
 * so a number drawn more in one part of the country changes nothing in another.
 */
export function stream(seed: number, name: string): Random {
  let a = hashText(seed, name);
  let b = hashText(a, name);
  let c = hashText(b, name);
  let counter = 1;
  const next = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return sum >>> 0;
  };
  for (let round = 0; round < 12; round += 1) next();
  const share = (): number => next() / 0x1_0000_0000;
  return { next, share, below: (limit) => Math.floor(share() * limit), chance: (probability) => share() < probability };
}

/** 32 well-mixed bits from three whole numbers, without any state (the finaliser of MurmurHash3 over their sum). */
export function mix(seed: number, one: number, two: number): number {
  let hash = (seed ^ Math.imul(one + 1, 0x9e37_79b1) ^ Math.imul(two + 1, 0x85eb_ca77)) | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function hashText(seed: number, text: string): number {
  let hash = mix(seed, text.length, 0x5bd1);
  for (let at = 0; at < text.length; at += 1) hash = mix(hash, text.charCodeAt(at), at);
  return hash;
}
