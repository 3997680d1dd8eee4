import { rm } from 'node:fs/promises';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { PAIRED } from '../../decisions/core/entry.ts';
import { type Fault, Refused } from '../../faults/fault.ts';
import { type About, Builder, type State } from './build.ts';
import { type Census, counted } from './census.ts';
import { type Classes, type Held, sharedClasses } from './classes.ts';
import { newFile, openLatest, publish } from './folder.ts';
import { checkImei } from './layout.ts';
import { type Image, load } from './load.ts';
import { Maker } from './maker.ts';
import { Overlay, PairOverlay } from './overlay.ts';
import { checkPair, type Pair } from './pairs.ts';
import type { Changes } from './rebuild.ts';
import { type Attachment, type Handles, Lists } from './view.ts';

/** Room of a new overlay: half a MiB for identifiers, a quarter for pairs. It doubles when it is full. */
const ROOM = { entries: 1 << 15, pairs: 1 << 13 };

/** A file and what changed since, in shared memory. */
type Generation = {
  readonly file: string;
  readonly image: Image;
  readonly classes: Classes;
  readonly handles: Handles;
  readonly overlay: Overlay;
  readonly pairs: PairOverlay;
  readonly lists: Lists;
};

/**
 * The one writer of the lists in memory: of all threads only this one applies changes, and hands memory to the others.
 * A change is seen by every {@link View} at its next look, or with its next turn of the event loop where memory had to
 * be replaced.
 */
export class Writer {
  readonly #folder: string;
  readonly #maker: Maker;
  readonly #ports = new Set<MessagePort>();
  #now: Generation;
  /** Changes to be made again, while a file is being made without them. */
  #since: (() => void)[] | undefined;
  #isQuiet = false;
  /** Why newer files of the folder were not used at the start. */
  readonly refused: readonly Fault[];

  private constructor(folder: string, maker: Maker, now: Generation, refused: readonly Fault[]) {
    this.#folder = folder;
    this.#maker = maker;
    this.#now = now;
    this.refused = refused;
  }

  /** Begins with the newest file of a folder that is whole; where there is none, with lists that are empty. */
  static async open(folder: string): Promise<Writer> {
    const maker = new Maker();
    try {
      const opened = await openLatest(folder, (bytes) => keepFor(maker, bytes));
      if (opened.file !== undefined) {
        return new Writer(folder, maker, generationOf(opened.file, opened.image), opened.refused);
      }
      const file = await newFile(folder);
      new Builder(file, 'sorted').finish({ state: {} });
      const image = await loaded(file);
      return new Writer(folder, maker, generationOf(await publish(file), image), opened.refused);
    } catch (error) {
      maker.close();
      throw error;
    }
  }

  /** What the file in use says of itself; changes since are not in it. */
  get about(): About {
    return this.#now.image.about;
  }

  /** The identifiers and pairs that changed since the file was made. */
  get changed(): { readonly entries: number; readonly pairs: number } {
    return { entries: this.#now.overlay.size, pairs: this.#now.pairs.size };
  }

  /** How many identifiers the lists hold now. Takes as long as there are changes since the file was made. */
  get census(): Census {
    const { image, overlay, lists, classes } = this.#now;
    const counting = counted(image.classes);
    for (const [imei, index] of overlay.each()) {
      counting.add(classes.entries[lists.before(imei)]?.bits ?? 0, -1);
      counting.add(classes.entries[index]?.bits ?? 0, 1);
    }
    return counting.census;
  }

  /** How often reasons of changes were left out, there being too many different ones. */
  get folded(): number {
    return this.#now.classes.folded;
  }

  /** What the lists say of an identifier now. */
  entry(imei: number): Held {
    const { classes, lists } = this.#now;
    return classes.entries[lists.lookup(imei)] ?? { bits: 0, reasons: '' };
  }

  /** Gives what a {@link View} is made of. The port goes with it in the transfer list of a message to a worker. */
  attach(): Attachment {
    const { port1, port2 } = new MessageChannel();
    this.#ports.add(port1);
    port1.once('close', () => this.#ports.delete(port1));
    port1.unref();
    return { handles: this.#now.handles, port: port2 };
  }

  /**
   * Says on which lists an identifier is now, in place of what was; bits of 0 take it off all. {@link PAIRED} is kept
   * here: it is set while there are pairs, whatever the bits say. `held` is the writer's own, as are bits above a byte.
   */
  set(imei: number, bits: number, reasons: string, held?: string): void {
    checkImei(imei);
    this.#since?.push(() => this.set(imei, bits, reasons, held));
    const paired = this.#now.lists.hasPairs(imei) ? PAIRED : 0;
    const kept = (bits & ~PAIRED) | paired;
    this.#put(imei, bits === 0 ? { bits: kept, reasons: '' } : heldOf(kept, reasons, held));
  }

  /** Pairs a subscriber with an identifier, for a source: a bit. The pair is there while it is of any source. */
  pair(pair: Pair, source = 1): void {
    checkPair(pair);
    this.#since?.push(() => this.pair(pair, source));
    this.#putPair(pair, this.#now.lists.sourcesOf(pair) | source);
    const { bits, reasons, held } = this.entry(pair.imei);
    if ((bits & PAIRED) === 0) this.#put(pair.imei, heldOf(bits | PAIRED, reasons, held));
  }

  /** Ends a pairing for a source. */
  unpair(pair: Pair, source = 1): void {
    checkPair(pair);
    this.#since?.push(() => this.unpair(pair, source));
    this.#putPair(pair, this.#now.lists.sourcesOf(pair) & ~source);
    const { bits, reasons, held } = this.entry(pair.imei);
    if ((bits & PAIRED) === 0 || this.#now.lists.hasPairs(pair.imei)) return;
    this.#put(pair.imei, heldOf(bits & ~PAIRED, reasons, held));
  }

  /** Replaces the hashes of golden identifiers: 16 bytes each, sorted. */
  setGolden(hashes: Uint8Array): void {
    this.#since?.push(() => this.setGolden(hashes));
    const golden = new SharedArrayBuffer(hashes.length);
    new Uint8Array(golden).set(hashes);
    this.#replace({ golden });
  }

  /**
   * Makes a new file of the one in use and all changes so far, in a process of its own, and goes on with that one; the
   * changes that come meanwhile are made again. `state` is what the lists stand at now.
   * @throws Refused when the disk is full or the old file has become unreadable: then all stays as it was
   */
  async rebuild(state: State): Promise<About> {
    this.#begin();
    const changes = this.#changes();
    try {
      const to = await newFile(this.#folder);
      await this.#maker.make({ from: this.#now.file, to, changes, state });
      return await this.#finish(to);
    } finally {
      this.#since = undefined;
    }
  }

  /**
   * Goes on with a file that somebody built under a name of {@link newFile} in this folder, such as of a new snapshot,
   * and forgets what was before. `judge` is told what the file holds before it counts, and may throw.
   * @throws Refused when it is damaged
   */
  async adopt(built: string, judge?: (next: Census) => void): Promise<About> {
    this.#begin();
    return this.#finish(built, judge);
  }

  /** Lets go of the workers and of the process that makes files. */
  close(): void {
    this.#maker.close();
    for (const port of this.#ports) port.close();
  }

  /** From now on changes are noted. */
  #begin(): void {
    if (this.#since !== undefined) throw new Error('The lists are being rebuilt already.');
    this.#since = [];
  }

  /** Takes a built file into use and makes the noted changes again. */
  async #finish(built: string, judge?: (next: Census) => void): Promise<About> {
    try {
      const image = await loaded(built, (bytes) => keepFor(this.#maker, bytes));
      judge?.(counted(image.classes).census);
      const file = await publish(built, this.#now.file);
      const since = this.#since ?? [];
      this.#since = undefined;
      this.#now = generationOf(file, image);
      this.#isQuiet = true; // nobody is to see the new memory before it is complete
      for (const change of since) change();
      this.#isQuiet = false;
      this.#tell();
      return image.about;
    } catch (error) {
      await rm(built, { force: true });
      throw error;
    } finally {
      this.#since = undefined;
      this.#isQuiet = false;
    }
  }

  #put(imei: number, { bits, reasons, held }: Held): void {
    const { classes } = this.#now;
    const index = classes.of(bits, reasons, held);
    if (this.#now.overlay.set(imei, index)) return;
    const { overlay } = this.#now;
    const larger = Overlay.of(2 * overlay.room);
    for (const [old, its] of overlay.each()) larger.set(old, its);
    larger.set(imei, index);
    this.#replace({ overlay: larger.memory });
  }

  #putPair(pair: Pair, sources: number): void {
    const { pairs } = this.#now;
    if (pairs.set(pair, sources)) return;
    const larger = PairOverlay.of(2 * pairs.room);
    for (const [old, its] of pairs.each()) larger.set(old, its);
    larger.set(pair, sources);
    this.#replace({ pairs: larger.memory });
  }

  /** Goes on with other memory, and tells the workers. */
  #replace(part: Partial<Handles>): void {
    const handles = { ...this.#now.handles, ...part };
    this.#now = { ...this.#now, ...openHandles(handles) };
    this.#tell();
  }

  #tell(): void {
    if (this.#isQuiet) return;
    for (const port of this.#ports) port.postMessage(this.#now.handles);
  }

  #changes(): Changes {
    const { overlay, pairs, classes, handles } = this.#now;
    const [imeis, indexes] = [new Float64Array(overlay.size), new Uint32Array(overlay.size)];
    let at = 0;
    for (const [imei, index] of overlay.each()) {
      imeis[at] = imei;
      indexes[at] = index;
      at += 1;
    }
    const flat = new Float64Array(4 * pairs.size);
    at = 0;
    for (const [{ imei, imsi, msisdn }, sources] of pairs.each()) {
      flat.set([imei, imsi, msisdn, sources], at);
      at += 4;
    }
    const golden = handles.golden === undefined ? {} : { golden: new Uint8Array(handles.golden).slice() };
    return { imeis, indexes, entries: classes.entries, pairs: flat, ...golden };
  }
}

const heldOf = (bits: number, reasons: string, held: string | undefined): Held => ({
  bits,
  reasons,
  ...(held === undefined ? {} : { held }),
});

const openHandles = (handles: Handles): Pick<Generation, 'handles' | 'overlay' | 'pairs' | 'lists'> => ({
  handles,
  overlay: new Overlay(handles.overlay),
  pairs: new PairOverlay(handles.pairs),
  lists: new Lists(handles),
});

function generationOf(file: string, image: Image): Generation {
  const { memory, classes } = sharedClasses();
  for (const [bits, reasons, , held] of image.classes) classes.place(bits, reasons, held);
  const [overlay, pairs] = [Overlay.of(ROOM.entries).memory, PairOverlay.of(ROOM.pairs).memory];
  return { file, image, classes, ...openHandles({ image: image.memory, overlay, pairs, classes: memory }) };
}

/** With lists of so many bytes a process takes long to start another one. */
const LARGE = 64 << 20;

/** Large lists are coming: what makes files of them is started before. */
function keepFor(maker: Maker, bytes: number): void {
  if (bytes >= LARGE) maker.keep();
}

async function loaded(file: string, told?: (bytes: number) => void): Promise<Image> {
  const result = await load(file, told);
  if (!result.ok) throw new Refused([result.fault]);
  return result.value;
}
