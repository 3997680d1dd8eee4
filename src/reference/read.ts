import os from 'node:os';
import { Refused } from '../faults/fault.ts';
import type { LineBlock } from '../files/cut.ts';
import { type OpenedFile, openLines } from '../files/input.ts';
import type { Progress } from '../files/progress.ts';
import type { Block, Shard } from '../stores/analytics.ts';
import type { Input } from '../stores/run.ts';
import type { Store } from '../stores/store.ts';
import { isHeader, type Layout, layoutOf, type Reading } from './header.ts';
import type { Kind } from './kinds.ts';
import { linesOfJson } from './plmn.ts';
import { type Rows, selectRows } from './rows.ts';
import { SPLIT_SETTINGS } from './split.ts';

/** The files of one import, and where their rows go. */
export type Files = {
  readonly kind: Kind;
  /** The table of rows, on every shard. */
  readonly rows: Rows;
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
  const feeder = new Feeder(store.analytics.shards, request.rows.name);
  try {
    for (const path of request.files) {
      const opened = await openLines(path);
      layouts.push(await readFile(store, request, { opened, number: inputs.length, feeder }));
      inputs.push({ name: opened.name, bytes: opened.bytes, sha256: opened.digest() });
    }
    await feeder.end();
  } finally {
    await feeder.settle();
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

/** A block of lines for all shards, each of which takes what is its own. */
type Shared = {
  readonly lines: Buffer;
  readonly select: (shard: Shard) => Block['select'];
  readonly release: () => void;
};

/** Feeds every shard as many blocks at a time as there are cores, and lets reading go on meanwhile. */
class Feeder {
  readonly #shards: readonly Shard[];
  readonly #table: string;
  readonly #underway: Promise<unknown>[] = [];
  #gathered: Shared[] = [];

  constructor(shards: readonly Shard[], table: string) {
    this.#shards = shards;
    this.#table = table;
  }

  async take(block: Shared): Promise<void> {
    this.#gathered.push(block);
    if (this.#gathered.length >= os.availableParallelism()) await this.#flush();
  }

  async #flush(): Promise<void> {
    if (this.#gathered.length === 0) return;
    // One more than is worked on, so that no engine waits for its next blocks.
    if (this.#underway.length > 1) await this.#underway.shift();
    const blocks = this.#gathered.map((block) => ({ ...block, release: onLast(block.release, this.#shards.length) }));
    this.#gathered = [];
    const feeds = this.#shards.map((shard) =>
      shard.feedAll(
        this.#table,
        blocks.map(({ lines, select, release }) => ({ lines, select: select(shard), release })),
        SPLIT_SETTINGS,
      ),
    );
    const one = Promise.all(feeds);
    one.catch(() => undefined); // awaited later; this only keeps it from being called unhandled
    this.#underway.push(one);
  }

  /** Feeds the rest, and waits for all. */
  async end(): Promise<void> {
    await this.#flush();
    await Promise.all(this.#underway);
  }

  /** Waits until nothing is underway any more, whatever becomes of it. */
  async settle(): Promise<void> {
    await Promise.allSettled(this.#underway);
  }
}

/** A function that does its act when it is called for the last of so many times. */
function onLast(act: () => void, times: number): () => void {
  let left = times;
  return () => {
    left -= 1;
    if (left === 0) act();
  };
}

const hasField = (layout: Layout, name: string): boolean =>
  layout.columns.some(({ column, source }) => column.name === name && 'field' in source);

type Numbered = { readonly opened: OpenedFile; readonly number: number; readonly feeder: Feeder };

async function readFile(store: Store, request: Files, { opened, number, feeder }: Numbered): Promise<Layout> {
  const shards = store.analytics.shards.length;
  const reading = { kind: request.kind, file: opened.name, delta: request.delta, defaults: request.defaults };
  const common = { rows: request.rows, file: number, shards, pseudonyms: store.pseudonyms };
  let last: Layout | undefined;
  let rows = 0;
  for await (const { layout, firstLine, lines, count, release } of blocksOf(opened, reading)) {
    last = layout;
    const feed = { ...common, layout, firstLine, plain: !lines.includes('"') && !lines.includes('\r') };
    const select = (shard: Shard) => (source: string) => selectRows({ ...feed, shard: shard.number }, source);
    if (lines.length > 0) await feeder.take({ lines, select, release });
    else release();
    rows += count;
    request.progress.update(opened.name, { done: opened.progress(), total: opened.bytes, rows });
  }
  if (last === undefined) throw new Error('a file was read without a layout');
  return last;
}

type Laid = LineBlock & { readonly layout: Layout };

const nothing = (): void => undefined;
const empty = { lines: Buffer.alloc(0), count: 0, firstLine: 2, release: nothing };

/** The blocks of rows behind the header, wherever that stands; at least one, if an empty one. */
async function* blocksOf(opened: OpenedFile, reading: Reading): AsyncGenerator<Laid> {
  const { kind } = reading;
  if (kind.json === true && opened.header.trimStart().startsWith('[')) {
    yield await jsonBlock(opened, reading);
    return;
  }
  const below = kind.preamble === true && !isHeader(kind, opened.header);
  let layout = below ? undefined : layoutOf(opened.header, reading);
  if (layout !== undefined) yield { layout, ...empty };
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
  if (layout === undefined) yield { layout: layoutOf(opened.header, reading), ...empty };
}

async function jsonBlock(opened: OpenedFile, reading: Reading): Promise<Laid> {
  const parts: Buffer[] = [Buffer.from(`${opened.header}\n`)];
  let bytes = 0;
  for await (const { lines } of opened.blocks) {
    bytes += lines.length;
    if (bytes > JSON_BYTES) throw tooLarge(reading.file);
    parts.push(lines); // kept, so not released
  }
  const { header, lines } = linesOfJson(Buffer.concat(parts).toString('utf8'), reading.file);
  const text = lines.map((line) => `${line}\n`).join('');
  const layout = layoutOf(header, reading);
  // "Line" n of a JSON file is its entry n.
  return { layout, lines: Buffer.from(text), count: lines.length, firstLine: 1, release: nothing };
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
