import { Type } from 'typebox';
import { MOST_BYTES, partsOf } from '../bulk/file.ts';
import { BULK_CHECK } from '../bulk/handler.ts';
import { submitJob } from '../jobs/job.ts';
import { type Route, route } from '../route.ts';
import { closed, IMEI } from '../schema.ts';
import { JOB, writeJob } from './job.ts';

/** Identifiers that one body of JSON may have; more come as a file. */
const MOST = 10_000;

/** Checks of many identifiers. */
export const BULK_ROUTES: readonly Route[] = [
  route({
    method: 'POST',
    url: '/v1/bulk',
    action: 'check.bulk',
    about: 'Enters a check of up to 10 000 identifiers; see the job for progress and result.',
    limit: 'heavy',
    bytes: 1 << 20,
    body: closed({ imeis: Type.Array(IMEI, { minItems: 1, maxItems: MOST }) }),
    answer: JOB,
    status: 202,
    faults: ['JOB_MANY', 'BULK_SIZE'],
    location: ({ id }) => `/v1/jobs/${id}`,
    act: async (desk, { body }) => {
      // One to a line, whatever is in it.
      const { lines, parts } = partsOf(Buffer.from(body.imeis.map((text) => text.replaceAll(/\s/g, ' ')).join('\n')));
      return writeJob(await submitJob(desk, { kind: BULK_CHECK, input: {}, total: lines, parts }));
    },
  }),
  route({
    method: 'POST',
    url: '/v1/bulk/file',
    action: 'check.bulk',
    about: 'Enters a check of up to 1 000 000 identifiers, as a text file with one on each line.',
    limit: 'heavy',
    file: { types: ['text/plain', 'text/csv'], most: MOST_BYTES },
    answer: JOB,
    status: 202,
    faults: ['JOB_MANY', 'BULK_SIZE'],
    location: ({ id }) => `/v1/jobs/${id}`,
    act: async (desk, { file }) => {
      const { lines, parts } = partsOf(file);
      return writeJob(await submitJob(desk, { kind: BULK_CHECK, input: {}, total: lines, parts }));
    },
  }),
];
