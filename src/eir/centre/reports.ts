import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { Refused } from '../../faults/fault.ts';
import { writeWhole } from '../../files/whole.ts';
import type { Count } from '../checker.ts';
import type { Stand } from '../follow/wire.ts';
import type { FeedNode, Nodes } from './nodes.ts';

/** What a node says that it holds. */
export type Ack = {
  readonly applied: Stand;
  readonly durable: Stand;
  readonly lag: number;
  readonly lists: 'none' | 'partial' | 'whole';
  readonly mode: string;
  readonly counts: Readonly<Record<string, number>>;
};

/** A node as `ceir eir status` shows it. */
export type Report = Pick<FeedNode, 'name' | 'operator'> & {
  readonly connected: boolean;
  /** When it said something last, ISO 8601; absent while it never did. */
  readonly at?: string;
  readonly ack?: Ack;
};

/** A node's report is written to the disk at most so often. */
const WRITE_MS = 5000;

type Held = { readonly at: string; readonly ack: Ack };

/** What the nodes said last: in memory, and in a file for each so that it is known after a start. */
export class Reports {
  readonly #folder: string;
  readonly #nodes: readonly FeedNode[];
  readonly #count: Count;
  readonly #held = new Map<string, Held>();
  readonly #dirty = new Set<string>();
  readonly #timer: NodeJS.Timeout;

  private constructor(folder: string, nodes: readonly FeedNode[], count: Count) {
    this.#folder = folder;
    this.#nodes = nodes;
    this.#count = count;
    this.#timer = setInterval(() => void this.#write(), WRITE_MS);
    this.#timer.unref();
  }

  static async open(folder: string, { nodes }: Nodes, count: Count): Promise<Reports> {
    await mkdir(folder, { recursive: true });
    const reports = new Reports(folder, nodes, count);
    for (const { name } of nodes) {
      try {
        reports.#held.set(name, JSON.parse(await readFile(reports.#fileOf(name), 'utf8')) as Held);
      } catch {
        // it never said anything, or the file is damaged: it will say it again
      }
    }
    return reports;
  }

  take(name: string, ack: Ack): void {
    this.#held.set(name, { at: new Date().toISOString(), ack });
    this.#dirty.add(name);
  }

  /** All nodes, whether or not they ever said anything. */
  all(isConnected: (name: string) => boolean): readonly Report[] {
    return this.#nodes.map(({ name, operator }) => ({
      name,
      operator,
      connected: isConnected(name),
      ...this.#held.get(name),
    }));
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#write();
  }

  #fileOf(name: string): string {
    return path.join(this.#folder, `${name}.json`);
  }

  async #write(): Promise<void> {
    for (const name of [...this.#dirty]) {
      this.#dirty.delete(name);
      try {
        await writeWhole(this.#fileOf(name), (sink) => sink.write(JSON.stringify(this.#held.get(name))));
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        this.#count('feed_disk', error.faults[0]?.code);
      }
    }
  }
}
