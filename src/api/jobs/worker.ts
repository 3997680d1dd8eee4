import { randomUUID } from 'node:crypto';
import type { FaultCode } from '../../faults/codes.ts';
import { Refused } from '../../faults/fault.ts';
import type { Ask, Registry } from '../../stores/registry.ts';
import type { JsonObject } from '../../stores/run.ts';

/** A job that a worker has taken. */
export type Taken = {
  readonly id: string;
  readonly kind: string;
  readonly input: JsonObject;
  readonly total: number;
  readonly recorded: Date;
};

/** What one part came to. */
export type PartDone = { readonly outcome: Buffer; readonly units: number };

/** How jobs of a kind are done. Each call may come again after a crash; what it gave before is then forgotten. */
export type Handler = {
  /** Does one part, without changing anything else. */
  readonly part: (job: Taken, input: Buffer, part: number) => Promise<PartDone>;
  /** Tells what came of all, from the parts' outcomes in their order. */
  readonly finish: (job: Taken, outcomes: AsyncIterable<Buffer>) => Promise<JsonObject>;
};

/** What a worker works with. Times in milliseconds. */
export type WorkerOptions = {
  readonly registry: Registry;
  readonly handlers: Readonly<Record<string, Handler>>;
  readonly clock: () => Date;
  /** Told of failures that nobody foresaw. */
  readonly onDefect: (error: unknown) => void;
  /** How often it is looked for jobs. */
  readonly everyMs?: number;
  /** After so long without a sign of life, a worker counts as dead. */
  readonly deadMs?: number;
};

/** A worker of this process. */
export type Worker = {
  /** Looks for jobs now, such as after one was entered; resolves when there are no more. */
  readonly kick: () => Promise<void>;
  /** Ends after the part under way; what is left is gone on with by whoever comes next. */
  readonly close: () => Promise<void>;
};

/** A job that was begun so often and never ended is given up: it may be what ends its workers. */
const ATTEMPTS = 5;

/** Somebody else has the job, or it was cancelled. */
class Lost extends Error {
  override readonly name = 'Lost';
}

/** Starts a worker. Any number may work on one registry; each job is done by one at a time. */
export function startWorker(options: WorkerOptions): Worker {
  const { everyMs = 1000, onDefect } = options;
  const own = randomUUID();
  let isClosed = false;
  let turn: Promise<void> = Promise.resolve();
  const round = async (): Promise<void> => {
    for (;;) {
      const job = isClosed ? undefined : await take(options, own);
      if (job === undefined) return;
      await carryOut(options, { job, own, isClosed: () => isClosed });
    }
  };
  const kick = (): Promise<void> => {
    turn = turn.then(round).catch(onDefect);
    return turn;
  };
  const timer = setInterval(() => void kick(), everyMs);
  timer.unref();
  return {
    kick,
    close: async () => {
      isClosed = true;
      clearInterval(timer);
      await turn;
    },
  };
}

type Row = {
  readonly id: string;
  readonly kind: string;
  readonly input: JsonObject;
  readonly total: string;
  readonly recorded: Date;
};

/** Takes the next job that nobody living works on. */
async function take(
  { registry, handlers, clock, deadMs = 30_000 }: WorkerOptions,
  own: string,
): Promise<Taken | undefined> {
  const now = clock();
  return registry.transaction(async (query) => {
    await query(
      `UPDATE job SET state = 'failed', fault = 'UNFORESEEN', ended = $1, worker = NULL, beat = NULL
      WHERE state = 'working' AND beat < $2 AND attempts >= ${ATTEMPTS}`,
      [now, new Date(now.getTime() - deadMs)],
    );
    const [row] = await query<Row>(
      `UPDATE job SET state = 'working', worker = $1, beat = $2, attempts = attempts + 1 WHERE id = (
        SELECT id FROM job WHERE kind = ANY($4) AND (state = 'waiting' OR (state = 'working' AND beat < $3))
        ORDER BY number FOR UPDATE SKIP LOCKED LIMIT 1)
      RETURNING id, kind, input, total, recorded`,
      [own, now, new Date(now.getTime() - deadMs), Object.keys(handlers)],
    );
    return row === undefined ? undefined : { ...row, total: Number(row.total) };
  });
}

type Doing = { readonly job: Taken; readonly own: string; readonly isClosed: () => boolean };

async function carryOut(options: WorkerOptions, doing: Doing): Promise<void> {
  const { job, own, isClosed } = doing;
  const handler = options.handlers[job.kind];
  if (handler === undefined) throw new Error(`Nobody knows how to do ${job.kind}.`);
  const beating = setInterval(() => void beat(options, doing), (options.deadMs ?? 30_000) / 5);
  beating.unref();
  try {
    for (
      let part = await nextPart(options.registry, job);
      part !== undefined;
      part = await nextPart(options.registry, job)
    ) {
      if (isClosed()) return await giveBack(options, doing);
      await keepPart(options, doing, { ...(await handler.part(job, part.input, part.part)), part: part.part });
    }
    const outcome = await handler.finish(job, outcomesOf(options.registry, job.id));
    await end(options, { own, id: job.id, state: 'done', outcome });
  } catch (error) {
    if (error instanceof Lost) return;
    const fault = error instanceof Refused ? error.faults[0]?.code : undefined;
    if (fault !== undefined) return await end(options, { own, id: job.id, state: 'failed', fault });
    options.onDefect(error);
    await putBack(options, doing);
  } finally {
    clearInterval(beating);
  }
}

async function beat({ registry, clock, onDefect }: WorkerOptions, { job, own }: Doing): Promise<void> {
  await registry
    .query('UPDATE job SET beat = $3 WHERE id = $1 AND worker = $2', [job.id, own, clock()])
    .catch(onDefect);
}

async function nextPart(registry: Registry, { id }: Taken): Promise<{ part: number; input: Buffer } | undefined> {
  const [row] = await registry.query<{ part: number; input: Buffer }>(
    'SELECT part, input FROM job_part WHERE job = $1 AND outcome IS NULL ORDER BY part LIMIT 1',
    [id],
  );
  return row;
}

type Keeping = PartDone & { readonly part: number };

async function keepPart(
  { registry, clock }: WorkerOptions,
  { job, own }: Doing,
  { part, outcome, units }: Keeping,
): Promise<void> {
  await registry.transaction(async (query) => {
    const sql = 'UPDATE job SET done = done + $3, beat = $4 WHERE id = $1 AND worker = $2 RETURNING id';
    if ((await query(sql, [job.id, own, units, clock()])).length === 0) throw new Lost();
    await query('UPDATE job_part SET outcome = $3, input = NULL WHERE job = $1 AND part = $2', [job.id, part, outcome]);
  });
}

/** Lets a job be taken by others at once. */
async function giveBack({ registry }: WorkerOptions, { job, own }: Doing): Promise<void> {
  const sql = `UPDATE job SET state = 'waiting', worker = NULL, beat = NULL, attempts = attempts - 1 WHERE id = $1 AND worker = $2`;
  await registry.query(sql, [job.id, own]);
}

/** After a failure that nobody foresaw, such as a lost connection, it is tried again, but not without end. */
async function putBack({ registry, clock }: WorkerOptions, { job, own }: Doing): Promise<void> {
  const isOver = `attempts >= ${ATTEMPTS}`;
  await registry.query(
    `UPDATE job SET worker = NULL, beat = NULL, state = CASE WHEN ${isOver} THEN 'failed' ELSE 'waiting' END,
      fault = CASE WHEN ${isOver} THEN 'UNFORESEEN' END, ended = CASE WHEN ${isOver} THEN $3::timestamptz END
    WHERE id = $1 AND worker = $2`,
    [job.id, own, clock()],
  );
}

type Ending = {
  readonly own: string;
  readonly id: string;
  readonly state: 'done' | 'failed';
  readonly outcome?: JsonObject;
  readonly fault?: FaultCode;
};

async function end({ registry, clock }: WorkerOptions, { own, id, state, outcome, fault }: Ending): Promise<void> {
  await registry.query(
    `UPDATE job SET state = $3, outcome = $4, fault = $5, ended = $6, worker = NULL, beat = NULL
    WHERE id = $1 AND worker = $2`,
    [id, own, state, outcome === undefined ? null : JSON.stringify(outcome), fault ?? null, clock()],
  );
}

/** The outcomes of a job's parts in their order, one at a time. */
export async function* outcomesOf({ query }: { readonly query: Ask }, job: string): AsyncGenerator<Buffer> {
  for (let part = 0; ; part += 1) {
    const [row] = await query<{ outcome: Buffer | null }>('SELECT outcome FROM job_part WHERE job = $1 AND part = $2', [
      job,
      part,
    ]);
    if (row === undefined) return;
    if (row.outcome === null) throw new Error('A part of a job that is done has no outcome.');
    yield row.outcome;
  }
}
