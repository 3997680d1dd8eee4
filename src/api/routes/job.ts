import { Readable } from 'node:stream';
import { Type } from 'typebox';
import { Refused } from '../../faults/fault.ts';
import { HEADER } from '../bulk/handler.ts';
import { PAGE, pageOf } from '../cursor.ts';
import { CONSIGNMENT_FILE, openErrors } from '../goods/file.ts';
import type { House } from '../house.ts';
import { cancelJob, type Job, listJobs, readJob, unfinished } from '../jobs/job.ts';
import { outcomesOf } from '../jobs/worker.ts';
import { deskOf } from '../perform.ts';
import { Content, type Route, route, telling } from '../route.ts';
import { closed, ID, TIME } from '../schema.ts';

/** A job as it is told. */
export const JOB = Type.Object({
  id: ID,
  kind: Type.String(),
  state: Type.Enum(['waiting', 'working', 'done', 'failed', 'cancelled']),
  total: Type.Integer(),
  done: Type.Integer(),
  recorded: TIME,
  ended: Type.Union([TIME, Type.Null()]),
  fault: Type.Union([Type.String(), Type.Null()]),
  outcome: Type.Union([Type.Record(Type.String(), Type.Unknown()), Type.Null()], {
    description:
      'Of a bulk check: the SHA-256 of the result, how many came to which verdict, and both signed. Of a file of a consignment: its verdict and counts.',
  }),
});

/** Tells a job. */
export const writeJob = ({ recorded, ended, ...job }: Job) => ({
  ...job,
  recorded: recorded.toISOString(),
  ended: ended?.toISOString() ?? null,
});

/** What became of jobs. */
export const JOB_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    url: '/v1/jobs',
    action: 'job.read',
    about: 'Lists one’s own jobs, the newest first.',
    query: closed(PAGE),
    answer: pageOf(JOB),
    faults: ['API_CURSOR'],
    act: async (desk, { query }) => {
      const { items, next } = await listJobs(desk, { cursor: query.cursor, limit: query.limit ?? 50 });
      return { items: items.map(writeJob), next };
    },
  }),
  route({
    method: 'GET',
    url: '/v1/jobs/:id',
    action: 'job.read',
    about: 'Tells how far a job is, and what came of it.',
    params: closed({ id: ID }),
    answer: JOB,
    faults: ['API_UNKNOWN'],
    act: async (desk, { params }) => writeJob(await readJob(desk, params.id)),
  }),
  telling({
    method: 'GET',
    url: '/v1/jobs/:id/result',
    action: 'job.read',
    about: 'Gives the whole result of a job that is done, as a CSV file.',
    params: closed({ id: ID }),
    produces: 'text/csv',
    faults: ['API_UNKNOWN', 'JOB_UNFINISHED'],
    tell: async ({ house, params, caller }) => {
      const { id, kind, state } = await readJob(deskOf(house, house.registry.query, caller), params.id);
      if (state !== 'done') throw new Refused([unfinished(state)]);
      const headers = { 'content-disposition': `attachment; filename="${id}.csv"` };
      return new Content('text/csv; charset=utf-8', Readable.from(resultOf(house, { id, kind })), { headers });
    },
  }),
  route({
    method: 'POST',
    url: '/v1/jobs/:id/cancel',
    action: 'job.read',
    about: 'Ends a job that is not done.',
    params: closed({ id: ID }),
    answer: JOB,
    faults: ['API_UNKNOWN', 'JOB_UNFINISHED'],
    act: async (desk, { params }) => writeJob(await cancelJob(desk, params.id)),
  }),
];

async function* resultOf(house: House, { id, kind }: Pick<Job, 'id' | 'kind'>): AsyncGenerator<Buffer> {
  const outcomes = outcomesOf(house.registry, id);
  if (kind === CONSIGNMENT_FILE) for await (const sealed of outcomes) yield openErrors(house, sealed);
  else {
    yield Buffer.from(HEADER);
    yield* outcomes;
  }
}
