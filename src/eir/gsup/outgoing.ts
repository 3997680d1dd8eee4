/** What one read makes for one side: answers and passed frames in their order, handed on as few pieces, all at once. */
export type Outgoing = {
  /** Appends a whole buffer, which must not be changed any more. */
  readonly add: (bytes: Buffer) => void;
  /** Appends `bytes[start, end)`; without a copy where the bytes `stay` as they are. */
  readonly pass: (bytes: Buffer, start: number, end: number, stay: boolean) => void;
  /** Where up to `size` octets can be written; {@link Outgoing.used} tells how far they were. */
  readonly room: (size: number) => { readonly out: Buffer; readonly at: number };
  readonly used: (end: number) => void;
  /** Hands on what there is. */
  readonly flush: () => void;
};

/** Octets of a buffer that answers are written into one after the other. */
const BLOCK = 16_384;
/** How much larger a buffer may be than the piece of it that waits to be sent. */
const SPARSE = 8;
const NONE: Buffer = Buffer.alloc(0);

/** Collects for `send`. Neighbours in one buffer become one piece. */
export function outgoing(send: (pieces: readonly Buffer[]) => void): Outgoing {
  let pieces: Buffer[] = [];
  let run = NONE; // the piece that still grows: run[from, until)
  let from = 0;
  let until = 0;
  const place = { out: NONE, at: 0 };

  const settle = (): void => {
    const piece = run.subarray(from, until);
    // A small piece of a large read is copied, so that what waits to be sent holds no more than SPARSE times its size.
    if (until > from) pieces.push(run !== place.out && run.length > SPARSE * piece.length ? Buffer.from(piece) : piece);
    run = NONE;
    from = 0;
    until = 0;
  };
  const extend = (bytes: Buffer, start: number, end: number): void => {
    if (bytes === run && start === until) until = end;
    else {
      settle();
      run = bytes;
      from = start;
      until = end;
    }
  };
  return {
    add: (bytes) => extend(bytes, 0, bytes.length),
    pass: (bytes, start, end, stay) => {
      if (stay) extend(bytes, start, end);
      else extend(Buffer.from(bytes.subarray(start, end)), 0, end - start);
    },
    room: (size) => {
      if (place.out.length - place.at < size) {
        place.out = Buffer.allocUnsafeSlow(Math.max(BLOCK, size));
        place.at = 0;
      }
      return place;
    },
    used: (end) => {
      extend(place.out, place.at, end);
      place.at = end;
    },
    flush: () => {
      settle();
      if (pieces.length === 0) return;
      const ready = pieces;
      pieces = [];
      send(ready);
    },
  };
}
