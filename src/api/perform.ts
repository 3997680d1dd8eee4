import type { FastifyReply } from 'fastify';
import type { Desk } from '../access/desk.ts';
import { reportQuota } from '../access/quota.ts';
import { Refused } from '../faults/fault.ts';
import type { Ask } from '../stores/registry.ts';
import type { Caller } from './caller.ts';
import type { House } from './house.ts';
import { type Kept, keep, recall, type Write } from './idempotency.ts';
import { problemOf } from './problem.ts';
import { type Asked, Content, Refusal, type Route } from './route.ts';
import { etagOf } from './version.ts';

/** What is to be sent. */
export type Outcome = Kept | Content;

/** One request to a route that acts. */
export type Performance = {
  readonly route: Route;
  readonly asked: Asked;
  readonly requestId: string;
  /** Makes the answer's text, by the schema of the route. */
  readonly written: (value: unknown) => string;
  /** Absent where nothing is changed. */
  readonly write: Write | undefined;
};

/** The desk at which somebody acts, within a transaction. */
export const deskOf = ({ vault, policy, clock }: House, query: Ask, { actor }: Caller): Desk => ({
  query,
  vault,
  policy,
  actor,
  now: clock(),
});

/**
 * Carries out one act: one transaction, in which the idempotency key is taken, the service runs and the answer is
 * recorded. What the transaction cannot commit has not happened, and the key is free again.
 */
export async function perform(house: House, performance: Performance): Promise<Outcome> {
  const { route, asked, write } = performance;
  return house.registry.transaction(async (query) => {
    const desk = deskOf(house, query, asked.caller);
    const known = write === undefined ? undefined : await recall(desk, write, house.limits.keyWaitMs);
    if (known !== undefined) return known;
    const value = await route.act?.(desk, asked);
    if (value instanceof Content) {
      if (write !== undefined) throw new Error(`${route.method} ${route.url} changes something and answers no JSON.`);
      return value;
    }
    const outcome = value instanceof Refusal ? refused(value, performance) : answered(value, performance);
    if (write !== undefined) await keep(desk, write, outcome);
    return outcome;
  });
}

/**
 * Answers somebody, and tells the auditor when he is refused for having read too much: what was refused is undone, so in
 * a transaction of its own.
 */
export async function watchingQuota<T>(house: House, caller: Caller, answer: () => Promise<T>): Promise<T> {
  try {
    return await answer();
  } catch (error) {
    if (error instanceof Refused && error.faults.some(({ code }) => code === 'READ_QUOTA'))
      await house.registry.transaction((query) => reportQuota(deskOf(house, query, caller)));
    throw error;
  }
}

function answered(value: unknown, { route, written }: Performance): Kept {
  const { answer, status, version, location } = route;
  const headers = {
    ...(answer === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' }),
    ...(version === undefined ? {} : { etag: etagOf(version(value)) }),
    ...(location === undefined ? {} : { location: location(value) }),
  };
  if (answer === undefined) return { status: status ?? 204, headers, body: '' };
  return { status: status ?? 200, headers, body: written(value) };
}

function refused({ faults }: Refusal, { requestId }: Performance): Kept {
  if (faults.length === 0) throw new Refused([]);
  const problem = problemOf(faults, requestId);
  const headers = { 'content-type': 'application/problem+json; charset=utf-8' };
  return { status: problem.status, headers, body: JSON.stringify(problem) };
}

/** Sends what came of it. */
export function send(reply: FastifyReply, outcome: Outcome): FastifyReply {
  if (outcome instanceof Content)
    return reply.code(outcome.status).headers(outcome.headers).type(outcome.type).send(outcome.bytes);
  const { status, headers, body } = outcome;
  return reply
    .code(status)
    .headers(headers)
    .send(body === '' ? undefined : body);
}
