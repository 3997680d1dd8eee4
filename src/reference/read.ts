import { Refused } from '../faults/fault.ts';
import type { LineBlock } from '../files/cut.ts';
import { type OpenedFile, openLines } from '../files/input.ts';
import type { Progress } from '../files/progress.ts';
import type { Input } from '../stores/run.ts';
import type { Store } from '../stores/store.ts';
import { isHeader, type Layout, layoutOf, type Reading } from './header.ts';
import type { Kind } from './kinds.ts';
import { linesOfJson } from './plmn.ts';
import { feedRows } from './rows.ts';

/** The files of one import, and where their rows go. */
export type Files = {
  readonly kind: Kind;
  /** The table of rows, on every shard, see rows.ts. */
  readonly rows: string;
  readonly files: readonly string[];
  readonly delta: boolean;
  readonly defaults: Readonly<Record<string, string>>;
  readonly progress: Progress;
};

/** What was read. */
export type Read = {
  readonly inputs: readonly Input[];
  /** Columns that this kind of list does not use, from all files. */
  readonly ignored: readonly string[];
  /** The files state the days on which rows hold. */
  readonly stated: boolean;
  /** Rows say what they change. */
  readonly changes: boolean;
};

/** A JSON file is taken whole, so it must be small. */
const JSON_BYTES = 64 << 20;

/** Reads all files into the table of rows, good and bad rows alike. @throws Refused when a file cannot be read. */
export async function readFiles(store: Store, request: Files): Promise<Read> {
  const inputs: Input[] = [];
  const layouts: Layout[] = [];
  for (const path of request.files) {
    const opened = await openLines(path);
    layouts.push(await readFile(store, request, { opened, number: inputs.length }));
    inputs.push({ name: opened.name, bytes: opened.bytes, sha256: opened.digest() });
  }
  const { stated, other } = request.kind;
  const ignored = other === undefined ? layouts.flatMap(({ others }) => others.map(({ name }) => name)) : [];
  return {
    inputs,
    ignored: [...new Set(ignored)],
    stated: stated !== undefined && layouts.some((layout) => hasField(layout, stated.from)),
    changes: layouts.some(({ change }) => change !== undefined),
  };
}

const hasField = (layout: Layout, name: string): boolean =>
  layout.columns.some(({ column, source }) => column.name === name && 'field' in source);

type Numbered = { readonly opened: OpenedFile; readonly number: number };

async function readFile(store: Store, request: Files, { opened, number }: Numbered): Promise<Layout> {
  const { shards } = store.analytics;
  const reading = { kind: request.kind, file: opened.name, delta: request.delta, defaults: request.defaults };
  let layout: Layout | undefined;
  let rows = 0;
  for await (const block of blocksOf(opened, reading)) {
    layout = block.layout;
    const { firstLine, lines } = block;
    const feed = {
      rows: request.rows,
      layout,
      file: number,
      firstLine,
      shards: shards.length,
      pseudonyms: store.pseudonyms,
    };
    if (lines.length > 0) {
      await Promise.all(
        shards.map((shard) => shard.feed((source) => feedRows({ ...feed, shard: shard.number }, source), lines)),
      );
    }
    block.release?.();
    rows += block.count;
    request.progress.update(opened.name, { done: opened.progress(), total: opened.bytes, rows });
  }
  if (layout === undefined) throw new Error('a file was read without a layout');
  return layout;
}

type Block = Omit<LineBlock, 'release'> & { readonly layout: Layout; readonly release?: () => void };

/** The blocks of rows behind the header, wherever that stands; at least one, if an empty one. */
async function* blocksOf(opened: OpenedFile, reading: Reading): AsyncGenerator<Block> {
  const { kind } = reading;
  if (kind.json === true && opened.header.trimStart().startsWith('[')) {
    yield await jsonBlock(opened, reading);
    return;
  }
  const below = kind.preamble === true && !isHeader(kind, opened.header);
  let layout = below ? undefined : layoutOf(opened.header, reading);
  if (layout !== undefined) yield { layout, lines: Buffer.alloc(0), count: 0, firstLine: 2 };
  for await (const { lines, count, firstLine, release } of opened.blocks) {
    if (layout !== undefined) {
      yield { layout, lines, count, firstLine, release };
      continue;
    }
    const end = lines.indexOf(10);
    const second = lines.toString('utf8', 0, end).replace(/\r$/, '');
    // Where neither line is a header, the first is what its sender meant as one.
    layout = layoutOf(isHeader(kind, second) ? second : opened.header, reading);
    yield { layout, lines: lines.subarray(end + 1), count: count - 1, firstLine: firstLine + 1, release };
  }
  if (layout === undefined)
    yield { layout: layoutOf(opened.header, reading), lines: Buffer.alloc(0), count: 0, firstLine: 2 };
}

async function jsonBlock(opened: OpenedFile, reading: Reading): Promise<Block> {
  const parts: Buffer[] = [Buffer.from(`${opened.header}\n`)];
  let bytes = 0;
  for await (const { lines } of opened.blocks) {
    bytes += lines.length;
    if (bytes > JSON_BYTES) throw tooLarge(reading.file);
    parts.push(lines); // kept, so not released
  }
  const { header, lines } = linesOfJson(Buffer.concat(parts).toString('utf8'), reading.file);
  const text = lines.map((line) => `${line}\n`).join('');
  // "Line" n of a JSON file is its entry n.
  return { layout: layoutOf(header, reading), lines: Buffer.from(text), count: lines.length, firstLine: 1 };
}

const tooLarge = (file: string): Refused =>
  new Refused([
    {
      code: 'FILE_TOO_LARGE',
      file,
      message: `A JSON file of more than ${JSON_BYTES} bytes is not read.`,
      remedy: 'Send the table as a CSV file.',
    },
  ]);
