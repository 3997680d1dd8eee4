import { EngineError, type Reply, type Request } from './protocol.ts';

type Asker = { resolve(text: string): void; reject(error: Error): void; chunk(bytes: Uint8Array): void };

/** A question without its number. */
export type Question = Request extends infer One ? (One extends Request ? Omit<One, 'id'> : never) : never;

/** A way to the engine's process: its own channel, or one through a process that shares it. */
export type Channel = {
  /** `done` is told an error where the request could not be sent. */
  send(request: Request, done: (error: Error | null) => void): void;
  hear(reply: (reply: Reply) => void): void;
  ended(why: (why: string) => void): void;
};

/** The engine's process as seen from ours: numbered questions, answered in any order. */
export class Engine {
  readonly #channel: Channel;
  readonly #askers = new Map<number, Asker>();
  #next = 0;
  #ended: Error | undefined;
  #leave = (): void => undefined;

  constructor(channel: Channel) {
    this.#channel = channel;
    channel.hear((reply) => this.#hear(reply));
    channel.ended((why) => {
      this.#ended = new Error(`the analytics engine ended (${why})`);
      for (const asker of this.#askers.values()) asker.reject(this.#ended);
      this.#askers.clear();
      this.#leave();
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
    if (this.#ended === undefined) this.#channel.send(request, () => undefined); // its end is told to all
  }

  ask(question: Question, chunk: (id: number, bytes: Uint8Array) => void = () => undefined): Promise<string> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    this.#next += 1;
    const id = this.#next;
    return new Promise((resolve, reject) => {
      this.#askers.set(id, { resolve, reject, chunk: (bytes) => chunk(id, bytes) });
      this.#channel.send({ ...question, id }, (error) => {
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
    const gone = new Promise<void>((resolve) => {
      this.#leave = resolve;
    });
    await this.ask({ kind: 'close' }).catch(() => undefined); // it may end before it answers
    await gone;
  }
}
