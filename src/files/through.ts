import type { Transform } from 'node:stream';

/** Content as it comes: buffers of any length, each handed over once. */
export type Chunks = AsyncIterable<Buffer, void, undefined>;

/**
 * Sends chunks through a decompressor and yields what comes out, at the consumer's pace.
 * Errors of the source and of the decompressor reach the consumer as they are; leaving early ends both.
 */
export async function* through(chunks: Chunks, transform: Transform): AsyncGenerator<Buffer> {
  const pumping = pump(chunks, transform);
  try {
    for await (const chunk of transform) {
      if (Buffer.isBuffer(chunk)) yield chunk;
    }
  } finally {
    transform.destroy();
    await pumping;
  }
}

async function pump(chunks: Chunks, transform: Transform): Promise<void> {
  // A decompressor whose data ends early keeps the callback of its last write to itself; `close` always comes.
  const closed = new Promise<true>((resolve) => transform.once('close', () => resolve(true)));
  try {
    for await (const chunk of chunks) {
      const written = new Promise<boolean>((resolve) => transform.write(chunk, (error) => resolve(error != null)));
      if (await Promise.race([written, closed])) return;
    }
    transform.end();
  } catch (error) {
    transform.destroy(error instanceof Error ? error : new Error(String(error)));
  }
}
