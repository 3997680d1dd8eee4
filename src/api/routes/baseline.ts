import { Type } from 'typebox';
import { propose } from '../../access/approval.ts';
import {
  type BaselineProgress,
  baselineProgress,
  baselineSubject,
  beginBaseline,
} from '../../registration/baseline.ts';
import { type Route, route } from '../route.ts';
import { closed, ID, text } from '../schema.ts';

const PROGRESS = Type.Object({
  day: Type.String(),
  identifiers: Type.Integer(),
  pairs: Type.Integer(),
  approvedBy: Type.Array(Type.String()),
  started: Type.String(),
  done: Type.Union([Type.String(), Type.Null()]),
});

const told = ({ day, identifiers, pairs, approvedBy, started, done }: BaselineProgress) => ({
  day,
  identifiers,
  pairs,
  approvedBy: [...approvedBy],
  started: started.toISOString(),
  done: done?.toISOString() ?? null,
});

/** The baseline: everything in use on a day is registered, and paired to its users (ITU-T Q.5050 §9.9). */
export const BASELINE_ROUTES: readonly Route[] = [
  route({
    method: 'POST',
    url: '/v1/baseline/proposals',
    action: 'baseline.propose',
    about: 'Proposes to take the baseline of the day that the country file names; another person has to approve it.',
    body: closed({ reason: text(2000) }),
    answer: Type.Object({ id: Type.String() }),
    status: 201,
    faults: ['REGISTRATION_VALUE', 'ACCESS_REASON'],
    act: (desk, { body: { reason } }) =>
      propose(desk, { kind: 'baseline', subject: baselineSubject(desk), payload: null, reason }),
  }),
  route({
    method: 'POST',
    url: '/v1/baseline',
    action: 'baseline.take',
    about: 'Begins the baseline that was approved; the register goes on with it by itself.',
    body: closed({ proposal: ID }),
    answer: PROGRESS,
    status: 202,
    faults: ['REGISTRATION_VALUE', 'ACCESS_PROPOSAL'],
    act: async (desk, { body }) => told(await beginBaseline(desk, body)),
  }),
  route({
    method: 'GET',
    url: '/v1/baseline',
    action: 'baseline.read',
    about: 'Tells how far the baseline has come; null before it was begun.',
    answer: Type.Object({ baseline: Type.Union([PROGRESS, Type.Null()]) }),
    faults: ['REGISTRATION_VALUE'],
    act: async (desk) => {
      const progress = await baselineProgress(desk);
      return { baseline: progress === undefined ? null : told(progress) };
    },
  }),
];
