import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';

// A file of the lists: a head of fixed length, then the sections one after the other, each beginning at a multiple of 64
// bytes. The head: magic, version, mark of byte order, number of sections, length of the file, a line for each section
// (name, offset, length, checksum), and at its end its own checksum. All numbers stand as this machine writes them: the
// mark refuses a file of a machine of the other kind.
export const MAGIC = 'CEIRLIST';
export const VERSION = 2;
export const ORDER_MARK = 0x01020304;
export const HEAD_BYTES = 1024;

export const VERSION_AT = 8;
const MARK_AT = 12;
const COUNT_AT = 16;
const LENGTH_AT = 24;
const LINES_AT = 32;
const LINE_BYTES = 32;
export const CHECKSUM_AT = HEAD_BYTES - 4;

const ALIGNMENT = 64;
const GATHER = 1 << 20;

/** What a file is made of, in this order. */
export const SECTIONS = [
  'words',
  'starts',
  'tacs',
  'hash',
  'side',
  'buckets',
  'pairs',
  'golden',
  'classes',
  'about',
] as const;
export type SectionName = (typeof SECTIONS)[number];

/** Where a section is, in bytes, and the CRC-32 (ITU-T V.42 §8.1.1.6.2) of its bytes. */
export type Section = {
  readonly name: SectionName;
  readonly offset: number;
  readonly length: number;
  readonly checksum: number;
};

/** Writes the head. */
export function writeHead(sections: readonly Section[], length: number): Uint8Array {
  const head = Buffer.alloc(HEAD_BYTES);
  const [words, doubles] = [
    new Uint32Array(head.buffer, head.byteOffset),
    new Float64Array(head.buffer, head.byteOffset),
  ];
  head.write(MAGIC, 'latin1');
  words[VERSION_AT / 4] = VERSION;
  words[MARK_AT / 4] = ORDER_MARK;
  words[COUNT_AT / 4] = sections.length;
  doubles[LENGTH_AT / 8] = length;
  for (const [at, section] of sections.entries()) {
    const line = LINES_AT + at * LINE_BYTES;
    head.write(section.name, line, 'latin1');
    doubles[line / 8 + 1] = section.offset;
    doubles[line / 8 + 2] = section.length;
    words[line / 4 + 6] = section.checksum;
  }
  words[CHECKSUM_AT / 4] = crc32(head.subarray(0, CHECKSUM_AT));
  return head;
}

/** What a head says, or what is wrong with it, in words. */
export type Head = { readonly sections: readonly Section[]; readonly length: number } | { readonly wrong: string };

const isName = (name: string): name is SectionName => SECTIONS.some((known) => known === name);

/** Reads a head of {@link HEAD_BYTES} bytes. */
export function readHead(head: Buffer): Head {
  const copy = new Uint8Array(head).buffer;
  const [words, doubles] = [new Uint32Array(copy), new Float64Array(copy)];
  if (head.toString('latin1', 0, MAGIC.length) !== MAGIC) return { wrong: 'it does not begin as such a file does' };
  if (words[MARK_AT / 4] !== ORDER_MARK) return { wrong: 'its numbers are in the byte order of another machine' };
  if (words[CHECKSUM_AT / 4] !== crc32(head.subarray(0, CHECKSUM_AT)))
    return { wrong: 'the checksum of its head is wrong' };
  if (words[VERSION_AT / 4] !== VERSION) return { wrong: `it is of version ${words[VERSION_AT / 4]}, not ${VERSION}` };
  const sections: Section[] = [];
  for (let at = 0; at < (words[COUNT_AT / 4] ?? 0) && at < SECTIONS.length; at += 1) {
    const line = LINES_AT + at * LINE_BYTES;
    const name = head.toString('latin1', line, line + 8).replace(/\0+$/, '');
    if (!isName(name)) return { wrong: 'it has a section of unknown name' };
    const [offset = 0, length = 0] = doubles.subarray(line / 8 + 1, line / 8 + 3);
    sections.push({ name, offset, length, checksum: words[line / 4 + 6] ?? 0 });
  }
  return { sections, length: doubles[LENGTH_AT / 8] ?? 0 };
}

/** Writes the sections of a file one after the other. Nothing of it counts before {@link ImageWriter.finish}. */
export class ImageWriter {
  readonly #descriptor: number;
  readonly #sections: Section[] = [];
  readonly #gathered = new Uint8Array(GATHER);
  #filled = 0;
  #at = HEAD_BYTES;
  #offset = HEAD_BYTES;
  #checksum = 0;

  /** @param file a name that does not exist yet */
  constructor(file: string) {
    this.#descriptor = openSync(file, 'wx');
  }

  /** Adds to the section that is being written. */
  write(bytes: Uint8Array): void {
    if (this.#filled + bytes.length > GATHER) this.#flush();
    if (bytes.length > GATHER) {
      this.#put(bytes);
      return;
    }
    this.#gathered.set(bytes, this.#filled);
    this.#filled += bytes.length;
  }

  /** Ends the section that is being written. */
  end(name: SectionName): void {
    this.#flush();
    const length = this.#at - this.#offset;
    this.#sections.push({ name, offset: this.#offset, length, checksum: this.#checksum });
    this.#at = Math.ceil(this.#at / ALIGNMENT) * ALIGNMENT;
    this.#offset = this.#at;
    this.#checksum = 0;
  }

  /** Writes a section whole. */
  section(name: SectionName, array: Uint32Array | Uint8Array): void {
    this.write(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
    this.end(name);
  }

  /** Writes the head and brings all to the disk. */
  finish(): void {
    const last = this.#sections.at(-1);
    const length = last === undefined ? HEAD_BYTES : last.offset + last.length;
    this.#writeAll(writeHead(this.#sections, length), 0);
    fsyncSync(this.#descriptor);
    closeSync(this.#descriptor);
  }

  abandon(): void {
    closeSync(this.#descriptor);
  }

  #flush(): void {
    this.#put(this.#gathered.subarray(0, this.#filled));
    this.#filled = 0;
  }

  #put(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += GATHER) {
      this.#checksum = crc32(bytes.subarray(at, at + GATHER), this.#checksum);
    }
    this.#writeAll(bytes, this.#at);
    this.#at += bytes.length;
  }

  #writeAll(bytes: Uint8Array, position: number): void {
    for (let at = 0; at < bytes.length; ) {
      at += writeSync(this.#descriptor, bytes, at, Math.min(bytes.length - at, 16 * GATHER), position + at);
    }
  }
}
