import path from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Rules } from '../../decisions/core/rules.ts';
import { Refused } from '../../faults/fault.ts';
import type { Count } from '../checker.ts';
import type { Desk, Source } from '../events/desk.ts';
import { type RingMemory, ringMemory } from '../events/ring.ts';
import type { Writer } from '../memory/writer.ts';
import { listenersOf } from './config.ts';
import { Doors } from './doors.ts';
import { Tally, type TallyMemory, tallyMemory } from './tally.ts';
import type { FromWorker, ToWorker, WorkerOrder } from './worker.ts';

/** What all workers of a node are given. */
export type Common = Pick<
  WorkerOrder,
  'config' | 'material' | 'instance' | 'control' | 'visitors' | 'key' | 'centre' | 'goldenKey'
>;

export type CrewOptions = {
  readonly workers: number;
  readonly common: Common;
  readonly writer: Writer;
  readonly desk: Desk;
  readonly rules: () => Rules | undefined;
  readonly count: Count;
  /** Told of a worker that died, by its name and where, without anything that it worked on. */
  readonly died: (number: number, error: unknown) => void;
};

/** Waits before a worker that died is begun anew, doubled each time up to the most; from the least again after a while. */
const WAIT = { leastMs: 100, mostMs: 10_000, wellMs: 60_000 };

/** One place of the crew: its memory outlives the workers that take it, one after the other. */
class Place {
  readonly number: number;
  readonly ring: RingMemory = ringMemory();
  readonly tallyMemory: TallyMemory = tallyMemory();
  readonly tally = new Tally(this.tallyMemory);
  readonly counts = new Map<string, Map<string, number>>();
  readonly source: Source;
  worker: Worker | undefined;
  isReady = false;
  began = 0;
  deaths = 0;
  addresses: ReadonlyMap<string, string> = new Map();

  constructor(number: number, desk: Desk) {
    this.number = number;
    this.source = desk.add(this.ring);
  }

  count(name: string, label: string, times: number): void {
    const labels = this.counts.get(name) ?? new Map<string, number>();
    this.counts.set(name, labels);
    labels.set(label, (labels.get(label) ?? 0) + times);
  }
}

/** The threads that answer. One that dies is begun anew, and what it had counted stays. */
export class Crew {
  readonly #options: CrewOptions;
  readonly #places: readonly Place[];
  readonly #doors: Doors | undefined;
  #isDraining = false;
  restarts = 0;

  private constructor(options: CrewOptions, doors: Doors | undefined) {
    this.#options = options;
    this.#doors = doors;
    this.#places = Array.from({ length: options.workers }, (_, at) => new Place(at + 1, options.desk));
  }

  /** Begins all workers and waits until they listen. @throws Refused where one cannot */
  static async start(options: CrewOptions): Promise<Crew> {
    const listeners = listenersOf(options.common.config);
    const doors = options.workers > 1 ? await Doors.open(listeners, options.workers) : undefined;
    const crew = new Crew(options, doors);
    try {
      for (const place of crew.#places) await crew.#begin(place);
    } catch (error) {
      await crew.drain(0);
      throw error;
    }
    return crew;
  }

  /** Where the node listens, by the keys of the listeners. */
  get addresses(): ReadonlyMap<string, string> {
    return this.#places[0]?.addresses ?? new Map();
  }

  get places(): readonly Pick<Place, 'number' | 'tally' | 'counts' | 'source' | 'isReady'>[] {
    return this.#places;
  }

  /** Whether all workers answer. */
  get isReady(): boolean {
    return !this.#isDraining && this.#places.every(({ isReady }) => isReady);
  }

  setRules(rules: Rules): void {
    for (const place of this.#places) this.#tell(place, { is: 'rules', rules });
  }

  /** Has all workers say farewell; resolves when they have ended, or are ended by force. */
  async drain(graceMs: number): Promise<void> {
    this.#isDraining = true;
    this.#doors?.close();
    await Promise.all(this.#places.map((place) => this.#end(place, graceMs)));
  }

  #tell({ worker }: Place, message: ToWorker): void {
    worker?.postMessage(message);
  }

  async #end(place: Place, graceMs: number): Promise<void> {
    const { worker } = place;
    if (worker === undefined) return;
    const ended = new Promise<void>((resolve) => {
      worker.once('exit', () => resolve());
    });
    this.#tell(place, { is: 'drain', graceMs });
    const limit = setTimeout(() => void worker.terminate(), graceMs + 500);
    await ended;
    clearTimeout(limit);
  }

  async #begin(place: Place): Promise<void> {
    const { common, writer, rules } = this.#options;
    const attachment = writer.attach();
    const order: WorkerOrder = {
      ...common,
      places: await this.#doorsOf(place),
      isFirst: place.number === 1,
      attachment,
      ring: place.ring,
      tally: place.tallyMemory,
      rules: rules(),
      known: { answers: place.source.lines, askers: place.source.askers },
    };
    const worker = new Worker(path.join(import.meta.dirname, 'thread.js'), {
      workerData: order,
      transferList: [attachment.port],
    });
    place.worker = worker;
    place.began = performance.now();
    await new Promise<void>((resolve, reject) => {
      worker.on('message', (message: FromWorker) => {
        if (message.is === 'ready') resolve();
        if (message.is === 'failed') reject(new Refused(message.faults));
        this.#hear(place, message);
      });
      worker.once('error', (error) => {
        this.#options.died(place.number, error);
        reject(error);
      });
      worker.once('exit', () => {
        reject(new Error('A worker ended before it was ready.'));
        this.#ended(place, worker);
      });
    });
  }

  /** Where a worker listens: by a descriptor of its own, or on the ports of the one before it. */
  async #doorsOf(place: Place): Promise<WorkerOrder['places']> {
    if (this.#doors !== undefined) return this.#doors.take();
    return new Map(
      [...place.addresses].map(([key, address]) => [
        key,
        { port: Number(address.slice(address.lastIndexOf(':') + 1)) },
      ]),
    );
  }

  #hear(place: Place, message: FromWorker): void {
    const { desk } = this.#options;
    if (message.is === 'answer') desk.answer(place.source, message.number, message.line);
    else if (message.is === 'asker') desk.asker(place.source, message.number, message.asker);
    else if (message.is === 'counts')
      for (const [name, label, times] of message.counts) place.count(name, label, times);
    else if (message.is === 'ready') {
      place.isReady = true;
      place.addresses = message.addresses;
    }
  }

  #ended(place: Place, worker: Worker): void {
    if (place.worker !== worker) return;
    const wasReady = place.isReady;
    place.worker = undefined;
    place.isReady = false;
    if (this.#isDraining || !wasReady) return;
    this.#options.desk.bury(place.source);
    this.#again(place);
  }

  #again(place: Place): void {
    this.restarts += 1;
    this.#options.count('worker', 'died');
    place.deaths = performance.now() - place.began > WAIT.wellMs ? 0 : place.deaths + 1;
    const wait = Math.min(WAIT.mostMs, WAIT.leastMs * 2 ** Math.min(20, place.deaths));
    setTimeout(() => {
      if (this.#isDraining) return;
      this.#begin(place).catch(() => {
        this.#options.count('worker', 'failed');
        if (!this.#isDraining) this.#again(place);
      });
    }, wait);
  }
}
