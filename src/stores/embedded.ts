import { type ChildProcess, fork } from 'node:child_process';
import { constants, mkdirSync } from 'node:fs';
import { open, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Analytics, analyticsOf, literal, type Row, type Shard } from './analytics.ts';
import { endLeftover } from './leftover.ts';
import { type MemoryPlan, memoryPlan } from './memory.ts';
import { EngineError, type Reply, type Request } from './protocol.ts';
import { settings } from './settings.ts';

type Asker = { resolve(text: string): void; reject(error: Error): void; chunk(bytes: Uint8Array): void };

type Ask = Request extends infer One ? (One extends Request ? Omit<One, 'id'> : never) : never;

/** The engine's process as seen from ours: numbered questions, answered in any order. */
class Engine {
  readonly #child: ChildProcess;
  readonly #askers = new Map<number, Asker>();
  #next = 0;
  #ended: Error | undefined;

  constructor(folder: string, plan: MemoryPlan) {
    this.#child = fork(path.join(import.meta.dirname, 'engine.js'), [folder, JSON.stringify(plan)], {
      serialization: 'advanced',
      execArgv: [], // it needs no compiler
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#child.on('message', (reply: Reply) => this.#hear(reply));
    this.#child.on('exit', (code, signal) => {
      this.#ended = new Error(`the analytics engine ended (${signal ?? code})`);
      for (const asker of this.#askers.values()) asker.reject(this.#ended);
      this.#askers.clear();
    });
  }

  #hear(reply: Reply): void {
    const asker = this.#askers.get(reply.id);
    if (asker === undefined) return;
    if (reply.kind === 'chunk') asker.chunk(reply.bytes);
    else this.#askers.delete(reply.id);
    if (reply.kind === 'done') asker.resolve(reply.text);
    if (reply.kind === 'failed') asker.reject(new EngineError(reply.message, reply.engineCode));
  }

  /** Resolves when the engine is open and answers. */
  ready(): Promise<string> {
    return new Promise((resolve, reject) => this.#askers.set(0, { resolve, reject, chunk: () => undefined }));
  }

  tell(request: Request): void {
    if (this.#ended === undefined) this.#child.send(request);
  }

  ask(question: Ask, chunk: (id: number, bytes: Uint8Array) => void = () => undefined): Promise<string> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    this.#next += 1;
    const id = this.#next;
    return new Promise((resolve, reject) => {
      this.#askers.set(id, { resolve, reject, chunk: (bytes) => chunk(id, bytes) });
      this.#child.send({ ...question, id }, (error) => {
        if (error === null) return;
        this.#askers.delete(id);
        reject(error);
      });
    });
  }

  async *stream(sql: string, format: string): AsyncGenerator<Buffer> {
    const arrived: { id: number; bytes: Uint8Array }[] = [];
    let over = false;
    let last: number | undefined;
    let wake = (): void => undefined;
    const end = this.ask({ kind: 'stream', sql, format }, (id, bytes) => {
      arrived.push({ id, bytes });
      wake();
    }).finally(() => {
      over = true;
      wake();
    });
    end.catch(() => undefined); // thrown below, once what arrived before it has been given
    try {
      while (!over || arrived.length > 0) {
        const one = arrived.shift();
        if (one === undefined) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
          continue;
        }
        last = one.id;
        yield Buffer.from(one.bytes.buffer, one.bytes.byteOffset, one.bytes.byteLength);
        this.tell({ id: one.id, kind: 'more' });
      }
      await end;
    } finally {
      if (!over && last !== undefined) this.tell({ id: last, kind: 'stop' });
    }
  }

  async close(): Promise<void> {
    if (this.#ended !== undefined) return;
    const gone = new Promise<void>((resolve) => this.#child.once('exit', () => resolve()));
    await this.ask({ kind: 'close' }).catch(() => undefined); // it may end before it answers
    await gone;
  }
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
function shardOver(engine: Engine, folder: string): Shard {
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

/**
 * Opens the embedded engine on a folder of ours, made when missing. One process owns the folder (see owner.ts).
 * @throws when the engine cannot open the folder; it has ended then.
 */
export async function openEmbedded(folder: string, plan: MemoryPlan = memoryPlan()): Promise<Analytics> {
  const blocks = path.join(folder, 'blocks');
  await endLeftover(path.join(folder, 'engine.pid'), folder, ['SIGKILL']);
  await rm(blocks, { recursive: true, force: true });
  mkdirSync(blocks, { recursive: true });
  const engine = new Engine(folder, plan);
  try {
    await engine.ready();
    const shard = shardOver(engine, blocks);
    await shard.run('CREATE DATABASE IF NOT EXISTS ceir');
    await shard.run('USE ceir');
    const all = Object.entries(settings(plan)).map(([name, value]) => `${name} = ${value}`);
    await shard.run(`SET ${all.join(', ')}`);
    return analyticsOf([shard], folder, () => engine.close());
  } catch (error) {
    await engine.close();
    throw error;
  }
}
