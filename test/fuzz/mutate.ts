/** One decoder or session under fuzz: good inputs to begin with, and the act that must survive every other. */
export type Target = {
  readonly name: string;
  /** Well-formed PDUs or stream fragments of all kinds the protocol has. */
  readonly corpus: readonly Buffer[];
  /**
   * Takes bytes as the network might send them. Resolves to what became of them: how they were answered, or with which
   * counted cause the peer was dropped; throws where a promise of the protocol is broken.
   */
  readonly act: (bytes: Buffer) => string | Promise<string>;
};

/** Numbers from 0 to below `bound`, the same for the same seed (mulberry32). */
export function dice(seed: number): (bound: number) => number {
  let state = seed >>> 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
}

/** Values that lengths, tags and counts break at. */
const EDGES = [0, 1, 0x7f, 0x80, 0x81, 0x82, 0x84, 0x88, 0xfe, 0xff];

/** A change of one input; `other` is a second one to splice with. */
type Change = (bytes: Buffer, roll: (bound: number) => number, other: Buffer) => Buffer;

const at = (bytes: Buffer, roll: (bound: number) => number): number => roll(Math.max(1, bytes.length));

const CHANGES: readonly Change[] = [
  (bytes, roll) => {
    const place = at(bytes, roll);
    if (bytes.length > 0) bytes[place] = (bytes[place] ?? 0) ^ (1 << roll(8));
    return bytes;
  },
  (bytes, roll) => {
    if (bytes.length > 0) bytes[at(bytes, roll)] = EDGES[roll(EDGES.length)] ?? 0;
    return bytes;
  },
  (bytes, roll) => {
    if (bytes.length >= 4)
      bytes.writeUInt32BE([0, 0xffffffff, 0x7fffffff, 0x00ffffff, bytes.length][roll(5)] ?? 0, roll(bytes.length - 3));
    return bytes;
  },
  (bytes, roll) => bytes.subarray(0, at(bytes, roll)),
  (bytes, roll) => {
    const [from, count] = [at(bytes, roll), roll(16)];
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + count)]);
  },
  (bytes, roll) => {
    const from = at(bytes, roll);
    return Buffer.concat([
      bytes.subarray(0, from),
      Buffer.from(Array.from({ length: roll(16) }, () => roll(256))),
      bytes.subarray(from),
    ]);
  },
  (bytes, roll) => {
    const from = at(bytes, roll);
    const piece = bytes.subarray(from, from + roll(64));
    return Buffer.concat([bytes.subarray(0, from), piece, piece, bytes.subarray(from)]);
  },
  (bytes, roll, other) => Buffer.concat([bytes.subarray(0, at(bytes, roll)), other.subarray(at(other, roll))]),
];

/** Input number `round` of a fuzz run: one of the corpus, changed one to four times. The same seed and round give the same. */
export function mutant({ corpus }: Pick<Target, 'corpus'>, seed: number, round: number): Buffer {
  const roll = dice((seed ^ Math.imul(round + 1, 0x9e3779b1)) >>> 0);
  const pick = (): Buffer => Buffer.from(corpus[roll(corpus.length)] ?? Buffer.alloc(0));
  let bytes = pick();
  for (let times = 1 + roll(4); times > 0; times -= 1)
    bytes = CHANGES[roll(CHANGES.length)]?.(bytes, roll, pick()) ?? bytes;
  return bytes;
}
