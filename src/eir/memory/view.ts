import type { MessagePort } from 'node:worker_threads';
import type { Entry } from '../../decisions/core/entry.ts';
import { Base } from './base.ts';
import { ClassReader } from './classes.ts';
import { highOf, IMEI_END } from './layout.ts';
import { sectionsOf } from './load.ts';
import { Overlay, PairOverlay } from './overlay.ts';
import {
  GONE,
  hasImsi,
  hasMsisdn,
  isOf,
  PAIR,
  type Pair,
  PairBase,
  samePair,
  sourcesIn,
  stateOf,
  writePair,
} from './pairs.ts';

/** Shared memory that makes up the lists at a time; it is replaced as a whole. */
export type Handles = {
  readonly image: SharedArrayBuffer;
  readonly overlay: SharedArrayBuffer;
  readonly pairs: SharedArrayBuffer;
  readonly classes: SharedArrayBuffer;
  /** Hashes of golden identifiers, where they were replaced since the file was made. */
  readonly golden?: SharedArrayBuffer;
};

/** What a worker is given to read the lists: to be sent with the port in the transfer list. */
export type Attachment = { readonly handles: Handles; readonly port: MessagePort };

/** A base and the changes since, as one list. */
export class Lists {
  readonly #base: Base;
  readonly #overlay: Overlay;
  readonly #pairs: PairBase;
  readonly #pairOverlay: PairOverlay;
  readonly #classes: ClassReader;
  /** Sorted hashes of 16 bytes each. */
  readonly golden: Uint32Array;

  constructor(handles: Handles) {
    const section = sectionsOf(handles.image);
    this.#base = new Base(section);
    this.#overlay = new Overlay(handles.overlay);
    this.#pairs = new PairBase(section);
    this.#pairOverlay = new PairOverlay(handles.pairs);
    this.#classes = new ClassReader(handles.classes);
    this.golden = handles.golden === undefined ? section('golden') : new Uint32Array(handles.golden);
  }

  lookup(imei: number): number {
    if (!(imei >= 0 && imei < IMEI_END)) return 0;
    const changed = this.#overlay.lookup(imei);
    return changed === 0 ? this.#base.lookup(imei) : changed - 1;
  }

  /** The class of an identifier before the changes. For the writer. */
  before(imei: number): number {
    return this.#base.lookup(imei);
  }

  entry(index: number): Entry {
    return this.#classes.entry(index);
  }

  paired(imei: number, imsi: number, msisdn: number): boolean {
    if (!(imei >= 0 && imei < IMEI_END)) return false;
    if (this.#pairOverlay.has(imei, imsi, msisdn)) return true;
    const words = this.#pairs.words;
    const [low, high] = [imei >>> 0, highOf(imei)];
    const to = this.#pairs.to(imei);
    for (let at = this.#pairs.from(imei); at < to; at += PAIR) {
      if (!isOf(words, at, low, high)) continue;
      if (!hasImsi(words, at, imsi) && !hasMsisdn(words, at, msisdn)) continue;
      if (this.#pairOverlay.stateOf(words, at) !== GONE) return true;
    }
    return false;
  }

  /** Whether an identifier has any pair. For the writer, who keeps the bit that tells it. */
  hasPairs(imei: number): boolean {
    if (this.#pairOverlay.hasAny(imei)) return true;
    const words = this.#pairs.words;
    const to = this.#pairs.to(imei);
    for (let at = this.#pairs.from(imei); at < to; at += PAIR) {
      if (isOf(words, at, imei >>> 0, highOf(imei)) && this.#pairOverlay.stateOf(words, at) !== GONE) return true;
    }
    return false;
  }

  /** Of which sources a pair is; 0 where it is of none. For the writer. */
  sourcesOf(pair: Pair): number {
    const asked = new Uint32Array(PAIR);
    writePair(asked, 0, pair);
    const told = this.#pairOverlay.stateOf(asked, 0);
    if (told !== 0) return sourcesIn(told);
    const words = this.#pairs.words;
    const to = this.#pairs.to(pair.imei);
    for (let at = this.#pairs.from(pair.imei); at < to; at += PAIR) {
      if (samePair(words, at, asked, 0)) return sourcesIn(stateOf(words[at + 4] ?? 0));
    }
    return 0;
  }
}

/**
 * The lists as a worker reads them, without locks. New memory comes by messages and is taken between two turns of the
 * event loop, so that all that one answer reads without waiting is of one moment's memory.
 */
export class View {
  readonly #port: MessagePort;
  #lists: Lists;

  constructor({ handles, port }: Attachment) {
    this.#lists = new Lists(handles);
    this.#port = port;
    port.on('message', (next: Handles) => {
      this.#lists = new Lists(next);
    });
    port.unref();
  }

  /** The class of an identifier; 0 where it is on no list, and for what is no IMEI. It counts until the next await. */
  lookup(imei: number): number {
    return this.#lists.lookup(imei);
  }

  /** What a class says; one object for all identifiers of the class. */
  entry(index: number): Entry {
    return this.#lists.entry(index);
  }

  /**
   * Whether a subscriber is paired with an identifier: by the IMSI or, where `byMsisdn`, by the MSISDN as well. A number
   * of 0 is paired with nothing.
   */
  paired(imei: number, imsi: number, msisdn: number, byMsisdn: boolean): boolean {
    return this.#lists.paired(imei, imsi, byMsisdn ? msisdn : 0);
  }

  /** Sorted hashes of 16 bytes each, of identifiers that are always permitted. */
  get golden(): Uint32Array {
    return this.#lists.golden;
  }

  close(): void {
    this.#port.close();
  }
}
