import { fork } from 'node:child_process';
import { constants, mkdirSync } from 'node:fs';
import { open, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Analytics, analyticsOf, literal, type Row, type Shard } from './analytics.ts';
import { type Channel, Engine } from './engine.ts';
import { endLeftover } from './leftover.ts';
import { type MemoryPlan, memoryPlan } from './memory.ts';
import { settings } from './settings.ts';

/** The engine's process, as a channel. */
function processOf(folder: string, plan: MemoryPlan): Channel {
  const child = fork(path.join(import.meta.dirname, 'engine.js'), [folder, JSON.stringify(plan)], {
    serialization: 'advanced',
    execArgv: [], // it needs no compiler
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  return {
    send: (request, done) => void child.send(request, done),
    hear: (reply) => void child.on('message', reply),
    ended: (why) => void child.on('exit', (code, signal) => why(`${signal ?? code}`)),
  };
}

const rowsOf = <T extends Row>(text: string): readonly T[] =>
  text.length === 0 ? [] : (JSON.parse(`[${text.trimEnd().replaceAll('\n', ',')}]`) as T[]);

type Body = { readonly lines: Buffer; readonly release?: () => void };

/** Files that blocks are laid down in: while there are more to come, written over again, which costs a third of new ones. */
class Slots {
  readonly #folder: string;
  #free: string[] = [];
  #held = 0;
  #count = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Lays each body down in a file of its own for as long as `act` runs. Nothing stays once nobody holds any. */
  async hold(bodies: readonly Body[], act: (files: readonly string[]) => Promise<unknown>): Promise<void> {
    const files = bodies.map(() => this.#free.pop() ?? this.#next());
    this.#held += 1;
    try {
      await Promise.all(
        bodies.map(({ lines, release }, at) => overwrite(files[at] ?? '', lines).finally(() => release?.())),
      );
      await act(files);
    } finally {
      this.#held -= 1;
      this.#free.push(...files);
      if (this.#held === 0) await this.#clear();
    }
  }

  async #clear(): Promise<void> {
    const files = this.#free;
    this.#free = [];
    await Promise.all(files.map((file) => rm(file, { force: true })));
  }

  #next(): string {
    this.#count += 1;
    return path.join(this.#folder, `block${this.#count}`);
  }
}

async function overwrite(file: string, body: Buffer): Promise<void> {
  const handle = await open(file, constants.O_RDWR | constants.O_CREAT);
  try {
    for (let at = 0; at < body.length; ) at += (await handle.write(body, at, body.length - at, at)).bytesWritten;
    await handle.truncate(body.length);
  } finally {
    await handle.close();
  }
}

const linesOf = (file: string): string => `file(${literal(file)}, 'LineAsString', 'line String')`;

/** The engine reads files fastest: a body is laid down in `folder` for as long as its statement runs. */
export function shardOver(engine: Engine, folder: string): Shard {
  const slots = new Slots(folder);
  let count = 0;
  const run = (sql: string): Promise<unknown> => engine.ask({ kind: 'run', sql });
  return {
    number: 0,
    run: async (sql) => {
      await run(sql);
    },
    query: async <T extends Row>(sql: string) => rowsOf<T>(await engine.ask({ kind: 'query', sql })),
    stream: (sql, format) => engine.stream(sql, format),
    feed: (sql, lines) => slots.hold([{ lines }], ([file = '']) => run(sql(linesOf(file)))),
    // The engine does one statement after another, and one file is one thread: several files in one statement keep
    // all cores busy, as long as nothing spreads the lines of one over several threads.
    feedAll: (table, blocks, settings) =>
      slots.hold(blocks, (files) => {
        const selects = blocks.map(({ select }, at) => `SELECT * FROM (${select(linesOf(files[at] ?? ''))})`);
        const threads = `max_threads = ${blocks.length}, max_insert_threads = ${blocks.length}`;
        const ordered = `${threads}, input_format_parallel_parsing = 0, parallelize_output_from_storages = 0`;
        const all = settings === '' ? ordered : `${ordered}, ${settings}`;
        return run(`INSERT INTO ${table} SELECT * FROM (${selects.join(' UNION ALL ')}) SETTINGS ${all}`);
      }),
    load: async (table, format, body) => {
      count += 1;
      const file = path.join(folder, String(count));
      try {
        await writeFile(file, body);
        await run(`INSERT INTO ${table} SELECT * FROM file(${literal(file)}, ${literal(format)})`);
      } finally {
        await rm(file, { force: true });
      }
    },
  };
}

/** The embedded engine as a store, and the engine itself for those who share it. */
export type Embedded = Analytics & { readonly engine: Engine };

/** Where blocks are laid down for the engine of a folder. */
export const blocksIn = (folder: string): string => path.join(folder, 'blocks');

/**
 * Opens the embedded engine on a folder of ours, made when missing. One process owns the folder (see owner.ts).
 * @throws when the engine cannot open the folder; it has ended then.
 */
export async function openEmbedded(folder: string, plan: MemoryPlan = memoryPlan()): Promise<Embedded> {
  const blocks = blocksIn(folder);
  await endLeftover(path.join(folder, 'engine.pid'), folder, ['SIGKILL']);
  await rm(blocks, { recursive: true, force: true });
  mkdirSync(blocks, { recursive: true });
  const engine = new Engine(processOf(folder, plan));
  try {
    await engine.ready();
    const shard = shardOver(engine, blocks);
    await shard.run('CREATE DATABASE IF NOT EXISTS ceir');
    await shard.run('USE ceir');
    const all = Object.entries(settings(plan)).map(([name, value]) => `${name} = ${value}`);
    await shard.run(`SET ${all.join(', ')}`);
    return { ...analyticsOf([shard], folder, () => engine.close()), engine };
  } catch (error) {
    await engine.close();
    throw error;
  }
}
