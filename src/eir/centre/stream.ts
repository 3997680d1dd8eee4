import type { ServerResponse } from 'node:http';
import { FEED_LISTS, type FeedList, ofLists, type Stand, writeLine } from '../follow/wire.ts';
import { type Feed, keyOf } from './feed.ts';
import type { Pieces, Reading } from './pieces.ts';

/** Times in milliseconds. */
export type StreamTimes = {
  /** Between two signs of life. */
  readonly beatMs: number;
  /** A node that takes nothing for so long is cut. */
  readonly stallMs: number;
};

/** What a stream reads from. */
export type StreamSource = { readonly feed: Feed; readonly pieces: Pieces };

/** Why a stream ended. */
export type StreamEnd = 'closed' | 'stalled' | 'behind' | 'stopped';

/**
 * The stream of one node: what it lacks, then what comes, for as long as it reads. Of what it does not read yet, one line
 * is in memory and no more.
 */
export class Stream {
  readonly #source: StreamSource;
  readonly #operator: string;
  readonly #response: ServerResponse;
  readonly #times: StreamTimes;
  readonly #next: Record<FeedList, number>;
  #rules: number;
  readonly #readings = new Map<FeedList, Reading>();
  #end: StreamEnd | undefined;
  #wake: () => void = () => undefined;
  #isNew = true;
  #stalledSince: number | undefined;

  constructor(
    source: StreamSource,
    node: { readonly operator: string; readonly stand: Stand },
    response: ServerResponse,
    times: StreamTimes,
  ) {
    this.#source = source;
    this.#operator = node.operator;
    this.#response = response;
    this.#times = times;
    const { rules, log } = node.stand;
    this.#next = ofLists((list) => node.stand[list] + 1);
    this.#rules = log === source.feed.log ? rules : 0;
  }

  /** Ends the stream from here. */
  stop(end: StreamEnd = 'stopped'): void {
    this.#end ??= end;
    this.#wake();
  }

  /** Sends until the node is gone; why it ended. */
  async run(): Promise<StreamEnd> {
    const response = this.#response;
    response.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' });
    response.once('close', () => this.stop('closed'));
    response.on('error', () => this.stop('closed'));
    response.on('drain', () => this.#wake());
    const ended = this.#source.feed.listen(() => {
      this.#isNew = true;
      this.#wake();
    });
    const beat = setInterval(() => this.#beat(), this.#times.beatMs);
    try {
      this.#beat();
      while (this.#end === undefined) await this.#step();
      return this.#end;
    } finally {
      clearInterval(beat);
      ended();
      for (const { batches } of this.#readings.values()) await batches.return(undefined);
      if (this.#end === 'stopped') response.end();
      else response.destroy();
    }
  }

  /** Sends a line, or waits for something to send or room to send it. */
  async #step(): Promise<void> {
    if (this.#response.writableNeedDrain) return this.#sleep();
    this.#isNew = false;
    const line = this.#rulesLine() ?? (await this.#changesLine());
    if (this.#end !== undefined) return;
    if (line !== undefined) this.#response.write(line);
    else if (!this.#isNew) await this.#sleep();
  }

  #sleep(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = () => undefined;
        resolve();
      };
    });
  }

  #rulesLine(): Buffer | undefined {
    const { rules } = this.#source.feed;
    if (rules === undefined || rules.version === this.#rules) return undefined;
    this.#rules = rules.version;
    return writeLine({ rules: rules.version, document: rules.document });
  }

  async #changesLine(): Promise<Buffer | undefined> {
    for (const list of FEED_LISTS) {
      const line = await this.#lineOf(list);
      if (line !== undefined) return line;
    }
    return undefined;
  }

  async #lineOf(list: FeedList): Promise<Buffer | undefined> {
    const { feed, pieces } = this.#source;
    const next = this.#next[list];
    const place = feed.place(keyOf(list, this.#operator), next);
    if (place.is === 'pruned') this.stop('behind');
    if (place.is !== 'here' || !(await feed.isWhole(place.segment))) return undefined;
    const { piece, reading } = await pieces.read({ list, segment: place.segment, next }, this.#readings.get(list));
    if (reading !== undefined) this.#readings.set(list, reading);
    this.#next[list] = piece.next;
    return piece.line;
  }

  /** Tells that the centre lives, unless the node does not read; if it has not for long, it is cut. */
  #beat(): void {
    const response = this.#response;
    if (!response.writableNeedDrain) {
      this.#stalledSince = undefined;
      const { feed } = this.#source;
      response.write(writeLine({ beat: Date.now(), log: feed.log, heads: feed.heads(this.#operator) }));
      return;
    }
    // The same bytes may wait while others went: only what is sent counts.
    const now = performance.now();
    const sent = response.socket?.bytesWritten ?? 0;
    if (this.#stalledSince === undefined || sent !== this.#sent) this.#stalledSince = now;
    this.#sent = sent;
    if (now - this.#stalledSince > this.#times.stallMs) this.stop('stalled');
  }

  #sent = 0;
}
