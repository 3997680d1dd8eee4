import type { Pull } from './unpack.ts';

/** Whole lines of a file, in order. */
export type LineBlock = {
  /**
   * The lines as found, each with its LF or CRLF; a last line without an end has got an LF.
   * A line over the limit is replaced by the single byte 0x01 and an LF.
   * The memory is this block's own until `release`; `lines.buffer` may also be transferred to another thread.
   */
  readonly lines: Buffer;
  /** How many lines. */
  readonly count: number;
  /** The number in the file of the block's first line, from 1; the header is line 1. */
  readonly firstLine: number;
  /** Gives the memory back for a later block: reading is then twice as fast. Not to be called before the last use. */
  readonly release: () => void;
};

/** How a file is cut: bytes in a block (at least one line of the longest kind), and in a line without its LF. */
export type CutLimits = { readonly blockBytes: number; readonly maxLineBytes: number };

const LF = 10;
const MARK = 1;

/** What a buffer holds: `whole` bytes of whole lines, then up to `end` a line whose end has not come yet. */
type Extent = { readonly whole: number; readonly end: number; readonly skipping: boolean };

/** Memory for blocks that is used again, since fresh memory costs the system more than the reading itself. */
class Pool {
  readonly #bytes: number;
  readonly #free = new Set<Buffer>();

  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  take(): Buffer {
    for (const buffer of this.#free) {
      this.#free.delete(buffer);
      // Memory that was transferred to another thread is gone from here.
      if (buffer.length === this.#bytes) return buffer;
    }
    return Buffer.allocUnsafeSlow(this.#bytes);
  }

  give(buffer: Buffer): void {
    this.#free.add(buffer);
  }
}

/** Cuts what is pulled into blocks of whole lines, in memory that does not depend on the length of any line. */
export async function* cut(pull: Pull, limits: CutLimits, firstLine: number): AsyncGenerator<LineBlock> {
  const capacity = Math.max(limits.blockBytes, limits.maxLineBytes + 2);
  // One byte more than is ever pulled: room for the LF that the last line may lack.
  const pool = new Pool(capacity + 1);
  let block = pool.take();
  let state: Extent = { whole: 0, end: 0, skipping: false };
  let line = firstLine;
  for (;;) {
    const got = await pull(block.subarray(0, capacity), state.end);
    const last = got === 0;
    state = last ? finishLine(block, tidy(block, state, limits)) : append(block, state, got);
    if (!last && state.end < capacity) continue;
    if (!last) state = tidy(block, state, limits);
    if (state.whole > 0) {
      const full = block;
      const lines = full.subarray(0, state.whole);
      const count = countLines(lines);
      const next = last ? full : pool.take();
      // The open line is copied before the block is handed over: its memory may be gone afterwards.
      const carried = full.copy(next, 0, state.whole, state.end);
      block = next;
      state = { whole: 0, end: carried, skipping: state.skipping };
      yield { lines, count, firstLine: line, release: () => pool.give(full) };
      line += count;
    }
    if (last) return;
  }
}

/** Takes in `got` new bytes behind the old ones; while an overlong line is skipped, only from its LF on. */
function append(block: Buffer, state: Extent, got: number): Extent {
  const end = state.end + got;
  if (!state.skipping) return { ...state, end };
  const found = block.subarray(state.end, end).indexOf(LF);
  if (found < 0) return state;
  block.copyWithin(state.end, state.end + found, end);
  return { whole: 0, end: end - found, skipping: false };
}

/** Ends the last line with an LF where it has none. */
function finishLine(block: Buffer, state: Extent): Extent {
  if (state.end === state.whole) return state;
  block[state.end] = LF;
  return { whole: state.end + 1, end: state.end + 1, skipping: false };
}

/**
 * Finds the end of the last whole line and replaces overlong lines, moving what follows them forward.
 * It looks only for the last LF within each limit's length, as all lines before that one are then short enough.
 */
function tidy(block: Buffer, state: Extent, { maxLineBytes }: CutLimits): Extent {
  if (state.skipping) return state;
  const used = state.end;
  let read = 0;
  let write = 0;
  while (read < used) {
    const window = block.subarray(read, Math.min(used, read + maxLineBytes + 1));
    const length = window.lastIndexOf(LF) + 1;
    const open = length === 0 && window.length <= maxLineBytes;
    if (length > 0 || open) {
      const moved = open ? window.length : length;
      if (write < read) block.copyWithin(write, read, read + moved);
      if (open) return { whole: write, end: write + moved, skipping: false };
      read += moved;
      write += moved;
      continue;
    }
    block[write++] = MARK;
    const next = block.subarray(0, used).indexOf(LF, read + maxLineBytes + 1);
    if (next < 0) return { whole: write - 1, end: write, skipping: true };
    block[write++] = LF;
    read = next + 1;
  }
  return { whole: write, end: write, skipping: false };
}

/**
 * Counts the LFs of a buffer, four bytes at a time: a byte of `zero` keeps its top bit exactly where the byte was an LF
 * (adding 0x7f to seven bits carries into the eighth unless they are all zero), and bytes are summed within a word.
 */
export function countLines(lines: Buffer): number {
  let count = 0;
  let at = 0;
  if (lines.byteOffset % 4 === 0) {
    const words = new Int32Array(lines.buffer, lines.byteOffset, lines.length >> 2);
    for (let word = 0; word < words.length; ) {
      // A byte of the sum would overflow after 255 words.
      const until = Math.min(words.length, word + 255);
      let sum = 0;
      for (; word < until; word++) {
        const other = (words[word] ?? 0) ^ 0x0a0a0a0a;
        const zero = ~(((other & 0x7f7f7f7f) + 0x7f7f7f7f) | other | 0x7f7f7f7f);
        sum = (sum + (zero >>> 7)) | 0;
      }
      count += (sum & 0xff) + ((sum >>> 8) & 0xff) + ((sum >>> 16) & 0xff) + (sum >>> 24);
    }
    at = words.length * 4;
  }
  for (; at < lines.length; at++) if (lines[at] === LF) count++;
  return count;
}
