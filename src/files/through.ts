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
  try {
    for await (const chunk of chunks) {
      // The callback also comes when the transform fails or is destroyed, whereas `drain` would not.
      const failed = await new Promise<boolean>((resolve) => transform.write(chunk, (error) => resolve(error != null)));
      if (failed || transform.readableEnded || transform.destroyed) return;
    }
    transform.end();
  } catch (error) {
    transform.destroy(error instanceof Error ? error : new Error(String(error)));
  }
}
