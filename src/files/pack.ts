import { PassThrough, Readable } from 'node:stream';
import { ZipFile } from 'yazl';
import { type Written, writeWhole } from './whole.ts';

/** An arbitrary time in the local zone, since the format has none: always the same bytes. */
const epoch = (): Date => new Date(2000, 0, 1, 12);

/**
 * Writes a zip archive of one member, whole or not at all. The time and rights it states are fixed, so that the same
 * content gives the same bytes (with the same version of zlib).
 */
export function zipOne(target: string, member: string, source: AsyncIterable<Buffer | string>): Promise<Written> {
  return writeWhole(target, async (sink) => {
    const zip = new ZipFile();
    const input = Readable.from(source, { objectMode: false });
    const output = new PassThrough();
    // The packer forwards no error of its source: without this, its output would wait for ever.
    for (const side of [input, zip]) side.once('error', (error: Error) => output.destroy(error));
    try {
      zip.addReadStream(input, member, {
        mtime: epoch(),
        mode: 0o100644,
        forceDosTimestamp: true,
        compressionLevel: 6,
      });
      zip.end();
      zip.outputStream.pipe(output);
      for await (const chunk of output) await sink.write(chunk);
    } finally {
      input.destroy();
    }
  });
}
