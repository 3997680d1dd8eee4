import { type ChildProcess, fork, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { feedPlaces } from '../src/lists/feed.ts';
import { writeSegment } from '../src/lists/journal.ts';
import type { Bench, Call, Cell, Found } from './bench.ts';
import type { Effect } from './followers.ts';
import { CEIR, freshFolder } from './place.ts';

const now = (): number => Number(process.hrtime.bigint()) / 1e6;

/** A segment that was published: its last number, when its writing began and when it was committed, in milliseconds. */
type Commit = { readonly last: number; readonly begun: number; readonly done: number };

/** A centre, its nodes in some processes, and who publishes into its folder. */
class Scene {
  readonly #folder: string;
  readonly #children: ChildProcess[] = [];
  readonly #effects: Effect[] = [];
  readonly #nodes: number;
  #last = 0;

  constructor(folder: string, nodes: number) {
    this.#folder = folder;
    this.#nodes = nodes;
  }

  async start(processes: number): Promise<void> {
    const feed = path.join(this.#folder, 'feed');
    for (const place of Object.values(feedPlaces(feed))) mkdirSync(place, { recursive: true });
    const tokens = Array.from({ length: this.#nodes }, (_, node) => {
      const token = createHash('sha256').update(`token-${node}`).digest('hex');
      return `  - { name: node-${node}, operator: alfa, token: ${token} }\n`;
    });
    const file = path.join(this.#folder, 'nodes.yaml');
    writeFileSync(file, `nodes:\n${tokens.join('')}`);
    const url = await this.#centre(['feed', feed, '--listen', '127.0.0.1:0', '--nodes', file, '--json']);
    const each = Math.ceil(this.#nodes / processes);
    const begun = Array.from({ length: processes }, (_, at) => {
      const many = Math.min(each, this.#nodes - at * each);
      const words = [url, this.#folder, String(at * each), String(many)];
      const child = fork(path.join(import.meta.dirname, 'followers.ts'), words);
      this.#children.push(child);
      return new Promise<void>((resolve) => {
        child.on('message', (message) => {
          this.#effects.push(...(message as readonly Effect[]));
          resolve();
        });
      });
    });
    await Promise.all(begun);
  }

  #centre(words: readonly string[]): Promise<string> {
    const centre = spawn(process.execPath, [CEIR, ...words], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#children.push(centre);
    return new Promise((resolve, reject) => {
      centre.once('exit', (code) => reject(new Error(`The centre ended with ${code}.`)));
      centre.stdout.once('data', (chunk: Buffer) => {
        const { listening } = JSON.parse(chunk.toString()) as { listening: string };
        resolve(`http://${listening}`);
      });
    });
  }

  /** Publishes changes of the blocked list; every identifier is a new one. */
  async publish(count: number): Promise<Commit> {
    const records = Buffer.alloc(32 * count);
    for (let at = 0; at < count; at += 1) {
      const number = this.#last + at;
      const imei = 35_000_000_000_000 + (number % 97) * 1_000_000 + Math.floor(number / 97);
      records.writeUInt32LE(imei % 2 ** 32, 32 * at);
      records.writeUInt32LE(Math.floor(imei / 2 ** 32), 32 * at + 4);
      records.writeUInt8(1, 32 * at + 30);
    }
    const stream = (async function* () {
      yield records;
    })();
    const begun = now();
    const { changes } = feedPlaces(path.join(this.#folder, 'feed'));
    const head = { list: 'blocked', operator: '', run: 1, reasons: ['Reported stolen'] } as const;
    await writeSegment(changes, { ...head, from: this.#last + 1, count, records: stream });
    this.#last += count;
    return { last: this.#last, begun, done: now() };
  }

  /** Waits until all nodes have all. */
  async level(): Promise<void> {
    const reached = new Set<number>();
    const end = now() + 300_000;
    for (let at = 0; reached.size < this.#nodes; ) {
      for (; at < this.#effects.length; at += 1) {
        const { node, last } = this.#effects[at] ?? { node: -1, last: 0 };
        if (last >= this.#last) reached.add(node);
      }
      if (now() > end) throw new Error(`Only ${reached.size} nodes have all.`);
      await wait(20);
    }
  }

  /** When a commit was in effect at each node. */
  reached(commit: Commit): readonly number[] {
    const first = new Map<number, number>();
    for (const { node, last, at } of this.#effects) {
      if (last >= commit.last) first.set(node, Math.min(at, first.get(node) ?? Infinity));
    }
    return [...first.values()];
  }

  forget(): void {
    this.#effects.length = 0;
  }

  stop(): void {
    for (const child of this.#children) child.kill();
  }
}

/** Milliseconds of many nodes and commits. */
type Delays = { readonly p50: number; readonly p99: number; readonly most: number; readonly count: number };

function delaysOf(scene: Scene, commits: readonly Commit[], from: 'begun' | 'done'): Delays {
  const all = commits.flatMap((commit) => scene.reached(commit).map((at) => at - commit[from])).sort((a, b) => a - b);
  const share = (part: number): number => all[Math.min(all.length - 1, Math.ceil(all.length * part) - 1)] ?? 0;
  return { p50: share(0.5), p99: share(0.99), most: all.at(-1) ?? 0, count: all.length };
}

type Load = { readonly name: string; readonly commits: number; readonly changes: number; readonly everyMs: number };

async function load(scene: Scene, { commits, changes, everyMs }: Load): Promise<readonly [Delays, Delays]> {
  scene.forget();
  const made: Commit[] = [];
  const started = now();
  for (let at = 0; at < commits; at += 1) {
    // Not in step with what is looked at every so often.
    await wait(Math.max(0, started + at * everyMs + (everyMs / 2) * Math.random() - now()));
    made.push(await scene.publish(changes));
  }
  await scene.level();
  return [delaysOf(scene, made, 'done'), delaysOf(scene, made, 'begun')];
}

async function measure(call: Call): Promise<Found> {
  const [nodes, processes] = [call.count('nodes', 16), call.count('processes', 4)];
  const bulk = call.count('changes', 1_000_000);
  const folder = freshFolder('feed');
  const scene = new Scene(folder, nodes);
  try {
    await scene.start(processes);
    await scene.publish(1);
    await scene.level();
    const loads: readonly Load[] = [
      { name: 'one change, 20 commits a second', commits: call.count('commits', 300), changes: 1, everyMs: 50 },
      { name: '1,000 changes, 10 commits a second', commits: 50, changes: 1000, everyMs: 100 },
    ];
    const rows: (readonly Cell[])[] = [];
    const figures: unknown[] = [];
    for (const one of loads) {
      const [done, begun] = await load(scene, one);
      rows.push(
        [one.name, 'its end', done.p50, done.p99, done.most],
        ['', 'its beginning', begun.p50, begun.p99, begun.most],
      );
      figures.push({ ...one, fromCommit: done, fromBeginning: begun });
    }
    scene.forget();
    const commit = await scene.publish(bulk);
    await scene.level();
    const seconds = (Math.max(...scene.reached(commit)) - commit.done) / 1000;
    const speed: readonly Cell[] = [
      bulk,
      nodes,
      seconds,
      Math.round(bulk / seconds),
      Math.round((bulk * nodes) / seconds),
    ];
    return {
      tables: [
        {
          title: `From the commit of a segment to its effect at ${nodes} nodes in ${processes} processes, milliseconds`,
          rows: [['load', 'from the commit’s', 'p50', 'p99', 'most'], ...rows],
        },
        {
          title: 'Many changes at once, until the last node has the last',
          rows: [['changes', 'nodes', 'seconds', 'changes/s a node', 'changes/s all nodes'], speed],
        },
      ],
      figures: { nodes, processes, loads: figures, bulk: { changes: bulk, seconds } },
      notes: [
        'A commit is a segment flushed to the disk and renamed. Each node also writes its journal, flushed, and reports.',
      ],
    };
  } finally {
    scene.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

export const bench: Bench = {
  name: 'feed',
  about: `How soon a change that is published is in effect at the nodes: a centre (ceir feed) and nodes in processes of their
own on this machine, over loopback. In effect: a look-up in the node's lists gives it.`,
  options: {
    nodes: { type: 'string', about: 'nodes (default 16)' },
    processes: { type: 'string', about: 'processes they share (default 4)' },
    commits: { type: 'string', about: 'commits of one change (default 300)' },
    changes: { type: 'string', about: 'changes at once (default 1000000)' },
  },
  run: measure,
};
