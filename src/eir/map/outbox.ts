/** Gathers what is to be sent, so that all answers to one read go out in one write. */
export type Outbox = {
  /** Makes room for `octets` and answers the buffer; they go to `at()`. */
  readonly room: (octets: number) => Buffer;
  readonly at: () => number;
  /** Tells up to where it has been written. */
  readonly wrote: (end: number) => void;
  readonly put: (bytes: Buffer) => void;
  /** Takes what has been gathered; undefined where there is nothing. It is never written to again. */
  readonly take: () => Buffer | undefined;
};

const SLAB = 1 << 16;

/** An outbox over slabs that are used up piece by piece, since the socket keeps a piece until it is sent. */
export function outbox(): Outbox {
  let slab = Buffer.alloc(0);
  let begin = 0;
  let end = 0;
  const room = (octets: number): Buffer => {
    if (slab.length - end < octets) {
      const gathered = end - begin;
      const fresh = Buffer.allocUnsafeSlow(Math.max(SLAB, 2 * (gathered + octets)));
      slab.copy(fresh, 0, begin, end);
      slab = fresh;
      begin = 0;
      end = gathered;
    }
    return slab;
  };
  const wrote = (place: number): void => {
    end = place;
  };
  const put = (bytes: Buffer): void => {
    const out = room(bytes.length);
    wrote(end + bytes.copy(out, end));
  };
  const take = (): Buffer | undefined => {
    if (end === begin) return;
    const taken = slab.subarray(begin, end);
    begin = end;
    return taken;
  };
  return { room, at: () => end, wrote, put, take };
}
