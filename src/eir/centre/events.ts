import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { writeWhole } from '../../files/whole.ts';

/** Names of event files: chosen by nodes, so nothing that a file system could take amiss. */
export const EVENT_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/** Bytes of an event file, at most. */
export const EVENT_LIMIT = 64 << 20;

/** What became of an event file that a node sent. */
export type Stored = 'new' | 'same' | 'other' | 'altered' | 'too large';

class Wrong extends Error {
  readonly stored: Stored;
  constructor(stored: Stored) {
    super(stored);
    this.stored = stored;
  }
}

/** An event file as it comes. */
export type Sent = { readonly name: string; readonly sha256: string; readonly body: Readable };

/**
 * Stores an event file of a node, whole: once it is there under its name, it is on the disk. What is in it is not looked at.
 * @throws Refused when the disk is full; nothing is left behind then
 */
export async function storeEvents(folder: string, { name, sha256, body }: Sent): Promise<Stored> {
  const file = path.join(folder, name);
  const there = await sumOf(file);
  if (there !== undefined) {
    body.resume();
    return there === sha256 ? 'same' : 'other';
  }
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const hash = createHash('sha256');
  try {
    await writeWhole(file, async (sink) => {
      let bytes = 0;
      for await (const chunk of body) {
        const piece = chunk as Buffer;
        bytes += piece.length;
        if (bytes > EVENT_LIMIT) throw new Wrong('too large');
        hash.update(piece);
        await sink.write(piece);
      }
      if (hash.digest('hex') !== sha256) throw new Wrong('altered');
    });
    return 'new';
  } catch (error) {
    body.resume();
    if (error instanceof Wrong) return error.stored;
    throw error;
  }
}

async function sumOf(file: string): Promise<string | undefined> {
  if ((await stat(file).catch(() => undefined)) === undefined) return undefined;
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
