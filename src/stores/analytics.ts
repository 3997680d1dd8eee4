/** A row as the engine's JSON gives it: 64-bit integers as strings, dates as `YYYY-MM-DD`. */
export type Row = Readonly<Record<string, unknown>>;

/** Lines of text, and the SELECT over them, given the FROM source. */
export type Block = {
  readonly lines: Buffer;
  readonly select: (source: string) => string;
  /** Called as soon as the lines are not needed any more, be it that the engine has not read them yet. */
  readonly release: () => void;
};

/** One engine holding one share of the identifiers. */
export type Shard = {
  /** Its place among the shards, from 0. */
  readonly number: number;
  /** Runs one statement that returns nothing. */
  run(sql: string): Promise<void>;
  /** The whole result of a query, row by row as `JSONEachRow` objects. For small results only. */
  query<T extends Row>(sql: string): Promise<readonly T[]>;
  /** The result of a query in an output format of the engine, chunk by chunk. */
  stream(sql: string, format: string): AsyncIterable<Buffer>;
  /**
   * Runs one statement over a block of text lines: `sql` is given the FROM source, whose one column is `line String`,
   * in the lines' order, without line feeds, read by a single thread so that `rowNumberInAllBlocks()` counts them.
   */
  feed(sql: (source: string) => string, lines: Buffer): Promise<void>;
  /**
   * Inserts into `table` what `select` makes of each block of lines, all blocks at the same time, each as in `feed` by
   * a single thread. `settings` are those of the engine that the statements need besides, or ''.
   */
  feedAll(table: string, blocks: readonly Block[], settings: string): Promise<void>;
  /** Inserts bytes that are already in a format of the engine, for example what `stream` of another shard gives. */
  load(table: string, format: string, body: AsyncIterable<Buffer>): Promise<void>;
};

/** The analytics store: one engine or several, each with its share of the identifiers. */
export type Analytics = {
  readonly shards: readonly Shard[];
  /** The shard that also holds the tables that are not spread. */
  readonly home: Shard;
  /** Runs one statement on every shard. */
  everywhere(sql: string): Promise<void>;
  /** The rows of all shards, one shard's after another's. */
  gather<T extends Row>(sql: string): Promise<readonly T[]>;
  /** For a message: where the store is, without secrets. */
  readonly place: string;
  close(): Promise<void>;
};

/** The shards as one store. */
export const analyticsOf = (
  shards: readonly [Shard, ...Shard[]],
  place: string,
  close: () => Promise<void>,
): Analytics => ({
  shards,
  home: shards[0],
  everywhere: async (sql) => {
    await Promise.all(shards.map((shard) => shard.run(sql)));
  },
  gather: async <T extends Row>(sql: string) => (await Promise.all(shards.map((shard) => shard.query<T>(sql)))).flat(),
  place,
  close,
});

/** A text as an engine literal. */
export const literal = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
