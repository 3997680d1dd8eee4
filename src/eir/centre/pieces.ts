import { readSegment, type Segment } from '../../lists/journal.ts';
import { type FeedList, PIECE, writeChanges } from '../follow/wire.ts';

/** A line of the stream, and the number after its last change. */
export type Piece = { readonly line: Buffer; readonly next: number };

/** Bytes of lines that are kept for other streams. */
const KEPT = 16 << 20;

/** Where in a segment a stream reads. */
export type Reading = {
  readonly segment: Segment;
  readonly batches: ReturnType<typeof readSegment>;
  next: number;
};

/** A line to be read: its list, and the segment that the number is in. */
export type Wanted = { readonly list: FeedList; readonly segment: Segment; readonly next: number };

type Kept = { readonly piece: Promise<Piece>; bytes: number };

/**
 * Makes lines of segments. Nodes that are level all want the same line at the same moment: it is read and written once.
 */
export class Pieces {
  readonly #kept = new Map<string, Kept>();
  #bytes = 0;

  /** The line that begins with a number, and what the stream hands in with the next: its place in the file. */
  async read(wanted: Wanted, reading?: Reading): Promise<{ readonly piece: Piece; readonly reading?: Reading }> {
    const key = `${wanted.segment.file} ${wanted.next}`;
    const kept = this.#kept.get(key);
    if (kept !== undefined) return { piece: await kept.piece, ...(reading === undefined ? {} : { reading }) };
    const now = goesOn(reading, wanted) ? reading : readingOf(wanted);
    if (now !== reading) await reading?.batches.return(undefined);
    const again = this.#kept.get(key);
    if (again !== undefined) return { piece: await again.piece, reading: now };
    const piece = makePiece(wanted.list, now);
    this.#keep(key, piece);
    return { piece: await piece, reading: now };
  }

  #keep(key: string, piece: Promise<Piece>): void {
    const kept: Kept = { piece, bytes: 0 };
    this.#kept.set(key, kept);
    piece.then(
      ({ line }) => {
        kept.bytes = line.length;
        this.#bytes += line.length;
        this.#forget();
      },
      () => this.#kept.delete(key),
    );
  }

  #forget(): void {
    for (const [key, { bytes }] of this.#kept) {
      if (this.#bytes <= KEPT) break;
      if (bytes === 0) continue; // still being read
      this.#kept.delete(key);
      this.#bytes -= bytes;
    }
  }
}

const goesOn = (reading: Reading | undefined, { segment, next }: Wanted): reading is Reading =>
  reading !== undefined && reading.segment.file === segment.file && reading.next === next;

const readingOf = ({ segment, next }: Wanted): Reading => ({
  segment,
  batches: readSegment(segment, next, PIECE),
  next,
});

async function makePiece(list: FeedList, reading: Reading): Promise<Piece> {
  const { value, done } = await reading.batches.next();
  const last = done === true ? undefined : value.at(-1);
  if (done === true || last === undefined) throw new Error('A segment ended before its number.');
  reading.next = last.seq + 1;
  return { line: writeChanges(list, value), next: reading.next };
}
