import { reaches } from '../../access/actions.ts';
import type { Desk } from '../../access/desk.ts';
import { type Fault, Refused } from '../../faults/fault.ts';
import type { JsonObject } from '../../stores/run.ts';
import { readCursor, writeCursor } from '../cursor.ts';

// A table of our own, as the run ledger is one: the well-kept queues on PostgreSQL either no longer run on Node 20
// (pg-boss 11 and later) or bring more packages than the whole program has. What is needed is small: take a row, show that
// one lives, go on where somebody ended.

/** Where a job stands. `waiting` is also one whose worker ended amid it, until another takes it. */
export type JobState = 'waiting' | 'working' | 'done' | 'failed' | 'cancelled';

/** A job as its owner sees it. */
export type Job = {
  readonly id: string;
  readonly kind: string;
  readonly state: JobState;
  /** Units of the whole, and those that are done. */
  readonly total: number;
  readonly done: number;
  /** What came of it, once it is done. */
  readonly outcome: JsonObject | null;
  readonly fault: string | null;
  readonly recorded: Date;
  readonly ended: Date | null;
};

/** A job to be done. */
export type NewJob = {
  readonly kind: string;
  readonly input: JsonObject;
  readonly total: number;
  readonly parts: readonly Buffer[];
};

type Row = Omit<Job, 'total' | 'done'> & {
  readonly number: string;
  readonly total: string;
  readonly done: string;
  readonly owner: string;
  readonly organisation: string | null;
};

const COLUMNS = 'id, number, kind, state, total, done, outcome, fault, recorded, ended, owner, organisation';

const jobOf = ({ id, kind, state, total, done, outcome, fault, recorded, ended }: Row): Job => ({
  id,
  kind,
  state,
  total: Number(total),
  done: Number(done),
  outcome: state === 'done' ? outcome : null,
  fault,
  recorded,
  ended,
});

/** Unfinished jobs that an account may have. */
const MOST = 10;

/** Enters a job; a worker takes it. @throws Refused JOB_MANY */
export async function submitJob({ query, actor, now }: Desk, { kind, input, total, parts }: NewJob): Promise<Job> {
  // Of two that enter at once the second counts what the first has entered.
  await query(`SELECT pg_advisory_xact_lock(hashtextextended('job ' || $1, 0))`, [actor.id]);
  const open = await query(`SELECT 1 FROM job WHERE owner = $1 AND state IN ('waiting', 'working') LIMIT ${MOST}`, [
    actor.id,
  ]);
  if (open.length >= MOST) throw new Refused([MANY]);
  const [row] = await query<Row>(
    `INSERT INTO job (kind, owner, organisation, input, total, recorded) VALUES ($1, $2, $3, $4, $5, $6) RETURNING ${COLUMNS}`,
    [kind, actor.id, actor.organisation?.id ?? null, JSON.stringify(input), total, now],
  );
  if (row === undefined) throw new Error('a job without a row');
  for (const [part, bytes] of parts.entries())
    await query('INSERT INTO job_part (job, part, input) VALUES ($1, $2, $3)', [row.id, part, bytes]);
  return jobOf(row);
}

/** A job of the actor's own, or his organisation's. @throws Refused API_UNKNOWN of any other */
export async function readJob(desk: Pick<Desk, 'query' | 'actor'>, id: string, lock = ''): Promise<Job> {
  const [row] = await desk.query<Row>(`SELECT ${COLUMNS} FROM job WHERE id = $1 ${lock}`, [id]);
  if (row === undefined || !mayRead(desk, row)) throw new Refused([UNKNOWN]);
  return jobOf(row);
}

const mayRead = ({ actor }: Pick<Desk, 'actor'>, { owner, organisation }: Row): boolean =>
  owner === actor.id || reaches(actor, 'job.read', { person: owner, organisation: organisation ?? undefined });

/** The actor's own jobs, the newest first, a page at a time. @throws Refused API_CURSOR */
export async function listJobs(
  desk: Pick<Desk, 'query' | 'actor' | 'vault'>,
  { cursor, limit }: { readonly cursor?: string | undefined; readonly limit: number },
): Promise<{ readonly items: readonly Job[]; readonly next: string | null }> {
  const [before = null] = readCursor(desk, 'jobs', cursor) ?? [];
  const rows = await desk.query<Row>(
    `SELECT ${COLUMNS} FROM job WHERE owner = $1 AND ($2::bigint IS NULL OR number < $2) ORDER BY number DESC LIMIT $3`,
    [desk.actor.id, before, limit + 1],
  );
  const last = rows[limit - 1];
  const next = rows.length > limit && last !== undefined ? writeCursor(desk, 'jobs', [last.number]) : null;
  return { items: rows.slice(0, limit).map(jobOf), next };
}

/** Ends a job that is not done, and forgets what it was to do. @throws Refused API_UNKNOWN, JOB_UNFINISHED where it ended already */
export async function cancelJob(desk: Desk, id: string): Promise<Job> {
  const { state } = await readJob(desk, id, 'FOR UPDATE');
  if (state !== 'waiting' && state !== 'working') throw new Refused([unfinished(state)]);
  await desk.query(`UPDATE job SET state = 'cancelled', ended = $2, worker = NULL, beat = NULL WHERE id = $1`, [
    id,
    desk.now,
  ]);
  await desk.query('DELETE FROM job_part WHERE job = $1', [id]);
  return readJob(desk, id);
}

/** Days for which results can be fetched. */
const KEPT_DAYS = 7;

/** Forgets jobs that ended long ago, with their results; gives how many. */
export async function forgetJobs({ query, now }: Pick<Desk, 'query' | 'now'>): Promise<number> {
  const before = new Date(now.getTime() - KEPT_DAYS * 86_400_000);
  return (await query('DELETE FROM job WHERE ended < $1 RETURNING 1 AS gone', [before])).length;
}

/** Why a job has no result. */
export const unfinished = (state: JobState): Fault => ({
  code: 'JOB_UNFINISHED',
  message: `The job is ${state}.`,
  remedy: state === 'waiting' || state === 'working' ? 'Ask for it until it is done.' : 'Enter it again.',
});

const UNKNOWN: Fault = { code: 'API_UNKNOWN', message: 'There is no such job.', remedy: 'See /v1/jobs for your own.' };
const MANY: Fault = {
  code: 'JOB_MANY',
  message: `The account has ${MOST} jobs that are not done.`,
  remedy: 'Wait until one is done, or cancel one.',
};
