import { readSegment } from '../../lists/journal.ts';
import { Applier } from '../follow/apply.ts';
import { type FeedList, standOf } from '../follow/wire.ts';
import { View } from '../memory/view.ts';
import { Writer } from '../memory/writer.ts';
import { rowOf } from './build.ts';
import { type Feed, keysOf } from './feed.ts';

/** Whose lists, and where their newest snapshot is. */
export type MemoryOf = { readonly operator: string; readonly folder: string };

/** The lists of one operator in the centre's own memory: the newest snapshot and what came since, as the feed tells it. */
export class Memory {
  readonly view: View;
  readonly #feed: Feed;
  readonly #operator: string;
  readonly #writer: Writer;
  readonly #applier: Applier;
  readonly #deaf: () => void;
  #following: Promise<void> = Promise.resolve();
  #isDue = false;
  #isClosed = false;

  private constructor(feed: Feed, { operator }: MemoryOf, writer: Writer) {
    this.#feed = feed;
    this.#operator = operator;
    this.#writer = writer;
    this.view = new View(writer.attach());
    this.#applier = new Applier(writer, { ...standOf(writer.about.state), log: feed.log });
    this.#deaf = feed.listen(() => this.#follow());
  }

  /** Opens the newest snapshot and applies what came since. */
  static async open(feed: Feed, of: MemoryOf): Promise<Memory> {
    const memory = new Memory(feed, of, await Writer.open(of.folder));
    memory.#follow();
    await memory.#following;
    return memory;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#deaf();
    await this.#following;
    this.view.close();
    this.#writer.close();
  }

  #follow(): void {
    if (this.#isDue || this.#isClosed) return;
    this.#isDue = true;
    this.#following = this.#following.then(async () => {
      this.#isDue = false;
      try {
        for (const [list, key] of keysOf(this.#operator)) await this.#takeAll(list, key);
      } catch {
        // A file that went, or cannot be read now: the folder tells when it has changed.
      }
    });
  }

  async #takeAll(list: FeedList, key: string): Promise<void> {
    while (!this.#isClosed) {
      const next = this.#applier.stand[list] + 1;
      const place = this.#feed.place(key, next);
      if (place.is !== 'here' || !(await this.#feed.isWhole(place.segment))) return;
      for await (const changes of readSegment(place.segment, next)) {
        this.#applier.take({ list, from: changes[0]?.seq ?? next, changes: changes.map((one) => rowOf(list, one)) });
      }
    }
  }
}
