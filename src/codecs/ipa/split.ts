/** How a stream tells where its frames end: a fixed header that holds the length. */
export type Framing = {
  /** Octets that must have come before the length is known. */
  readonly header: number;
  /** Octets of the whole frame whose header begins at `at`; less than `header` where the header is malformed. */
  readonly length: (bytes: Buffer, at: number) => number;
  /** The longest frame that is taken, header and all. */
  readonly limit: number;
};

/**
 * Takes one frame: its octets are `bytes[start, end)`, header and all, and are valid only during the call. Answers whether
 * the next frame is wanted; after `false` all further input is ignored.
 */
export type TakeFrame = (bytes: Buffer, start: number, end: number) => boolean;

/** Cuts a stream into frames. A frame that came in one chunk is handed on where it lies, without a copy. */
export type Splitter = {
  /** Takes what was read. Answers why the stream cannot go on: a length that is malformed, or above the limit. */
  readonly push: (chunk: Buffer) => 'malformed' | 'oversize' | undefined;
  /** Octets kept of a frame that has not wholly come. */
  readonly held: () => number;
};

/** A splitter of one connection. What it holds is bounded by the framing's limit. */
export function splitter(framing: Framing, take: TakeFrame): Splitter {
  let kept = Buffer.alloc(0); // room for the frame that is under way
  let filled = 0; // octets of it that have come
  let ended: 'malformed' | 'oversize' | 'stopped' | undefined;

  const sizeOf = (bytes: Buffer, at: number): number => {
    const size = framing.length(bytes, at);
    if (size < framing.header) ended = 'malformed';
    else if (size > framing.limit) ended = 'oversize';
    return size;
  };
  const keep = (chunk: Buffer, from: number, until: number): void => {
    if (kept.length - filled < until - from) {
      const grown = Buffer.allocUnsafe(Math.max(framing.header, filled + until - from));
      kept.copy(grown, 0, 0, filled);
      kept = grown;
    }
    filled += chunk.copy(kept, filled, from, until);
  };
  /** Completes the frame under way; answers the place in the chunk after what it took. */
  const complete = (chunk: Buffer): number => {
    let at = Math.min(framing.header - filled, chunk.length);
    if (at > 0) keep(chunk, 0, at);
    else at = 0;
    if (filled < framing.header) return at;
    const size = sizeOf(kept, 0);
    if (ended !== undefined) return at;
    if (kept.length < size) {
      const whole = Buffer.allocUnsafe(size); // once a frame: chunks of one octet do not copy it over and over
      kept.copy(whole, 0, 0, filled);
      kept = whole;
    }
    const until = Math.min(chunk.length, at + size - filled);
    keep(chunk, at, until);
    if (filled < size) return until;
    const frame = kept;
    kept = Buffer.alloc(0);
    filled = 0;
    if (!take(frame, 0, size)) ended ??= 'stopped';
    return until;
  };
  const push = (chunk: Buffer): 'malformed' | 'oversize' | undefined => {
    let at = ended === undefined && filled > 0 ? complete(chunk) : 0;
    while (ended === undefined && chunk.length - at >= framing.header) {
      const size = sizeOf(chunk, at);
      if (ended !== undefined || chunk.length - at < size) break;
      const start = at;
      at += size;
      if (!take(chunk, start, at)) ended ??= 'stopped';
    }
    if (ended === undefined && at < chunk.length) keep(chunk, at, chunk.length);
    return ended === 'stopped' ? undefined : ended;
  };
  return { push, held: () => filled };
}
