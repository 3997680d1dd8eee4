import { rm } from 'node:fs/promises';
import { dayNumber } from '../../calendar/day.ts';
import { Builder } from '../../eir/memory/build.ts';
import { newFile } from '../../eir/memory/folder.ts';
import { View } from '../../eir/memory/view.ts';
import { Writer } from '../../eir/memory/writer.ts';
import type { Analytics } from '../../stores/analytics.ts';
import type { Ask } from '../../stores/registry.ts';
import { ASPECTS, type Aspects, aspectsOf } from './aspects.ts';
import { type Ground, survey } from './survey.ts';

/** From where aspects are read. */
export type Stores = { readonly analytics: Pick<Analytics, 'shards'>; readonly query: Ask };

/** What a file of aspects was made of: the last run, the day, and the last permit. */
type Stand = { readonly run: number; readonly day: number; readonly permit: number };

/** New permits that are taken at a time. */
const BATCH = 50_000;

/** Numbers before the last that are looked at again: of two transactions the one that began first may end last. */
const AGAIN = 1000;

/**
 * What is known of identifiers beside the control lists, in memory as the live register's lists are: a look-up takes as
 * long for what is there as for what is not. Made anew from the stores after each run and each day; permits that offices
 * give meanwhile are seen at the next {@link refresh}, those that they end after the next run.
 */
export class AspectMemory {
  readonly #folder: string;
  readonly #writer: Writer;
  readonly #view: View;
  #stand: Stand;
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(folder: string, writer: Writer) {
    this.#folder = folder;
    this.#writer = writer;
    this.#view = new View(writer.attach());
    const { run = -1, day = -1, permit = 0 } = writer.about.state;
    this.#stand = { run, day, permit };
  }

  /** Opens the newest file of a folder; where there is none, nothing is known of anything before the first refresh. */
  static async open(folder: string): Promise<AspectMemory> {
    return new AspectMemory(folder, await Writer.open(folder));
  }

  /** What is known of an identifier. */
  aspects(imei: number): Aspects {
    return aspectsOf(this.#view.entry(this.#view.lookup(imei)));
  }

  /** Goes on with what the stores know by now. Calls follow one another. Tells whether all was made anew. */
  refresh(stores: Stores, ground: Ground): Promise<boolean> {
    const refreshed = this.#turn.then(() => this.#refresh(stores, ground));
    this.#turn = refreshed.catch(() => undefined); // whoever called is told
    return refreshed;
  }

  async close(): Promise<void> {
    await this.#turn;
    this.#view.close();
    this.#writer.close();
  }

  async #refresh(stores: Stores, ground: Ground): Promise<boolean> {
    const [last] = await stores.query<{ run: number }>(
      `SELECT coalesce(max(number), 0) AS run FROM run WHERE status = 'done'`,
    );
    const [run, day] = [last?.run ?? 0, dayNumber(ground.day)];
    const isDue = run !== this.#stand.run || day !== this.#stand.day;
    if (isDue) await this.#makeAnew(stores, ground, { run, day, permit: 0 });
    await this.#takePermits(stores.query);
    return isDue;
  }

  async #makeAnew({ analytics, query }: Stores, ground: Ground, stand: Stand): Promise<void> {
    const file = await newFile(this.#folder);
    const builder = new Builder(file);
    let permit = 0;
    try {
      await survey(analytics, ground, builder);
      const registered = builder.classOf(ASPECTS.registered, '');
      for await (const { imeis, last } of permits(query, 0)) {
        permit = last;
        for (const imei of imeis) builder.add(imei, registered);
      }
      builder.finish({ state: { ...stand, permit } });
    } catch (error) {
      builder.abandon();
      await rm(file, { force: true });
      throw error;
    }
    await this.#writer.adopt(file);
    this.#stand = { ...stand, permit };
  }

  async #takePermits(query: Ask): Promise<void> {
    for await (const { imeis, last } of permits(query, Math.max(0, this.#stand.permit - AGAIN))) {
      for (const imei of imeis) {
        const { bits, reasons } = this.#writer.entry(imei);
        if ((bits & ASPECTS.registered) === 0) this.#writer.set(imei, bits | ASPECTS.registered, reasons);
      }
      this.#stand = { ...this.#stand, permit: Math.max(this.#stand.permit, last) };
    }
  }
}

type Permits = { readonly imeis: readonly number[]; readonly last: number };

/** The open permits after a number, as IMEIs, in batches. */
async function* permits(query: Ask, after: number): AsyncGenerator<Permits> {
  for (let last = after; ; ) {
    const rows = await query<{ id: string; imei: string; open: boolean }>(
      'SELECT id, imei, ended IS NULL AS open FROM permit WHERE id > $1 ORDER BY id LIMIT $2',
      [last, BATCH],
    );
    if (rows.length === 0) return;
    last = Number(rows.at(-1)?.id);
    yield { imeis: rows.filter(({ open }) => open).map(({ imei }) => Number(imei)), last };
  }
}
