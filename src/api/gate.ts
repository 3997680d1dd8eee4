import type { Span } from '@opentelemetry/api';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { may, roleFault } from '../access/actions.ts';
import { type Fault, Refused } from '../faults/fault.ts';
import { type Caller, credentialsOf, NOBODY } from './caller.ts';
import { NO_SESSION } from './cookie.ts';
import type { House } from './house.ts';
import type { Measures } from './measures.ts';
import type { Rates } from './rates.ts';
import { beginSpan, endSpan, tracedBy } from './trace.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks. */
    caller: Caller;
    /** The trace that it belongs to, 32 hexadecimal digits. */
    trace: string;
    span: Span | null;
  }
}

/** What counts, and the headers of every answer. */
type Counting = {
  readonly rates: Rates;
  readonly measures: Measures;
  readonly careful: Readonly<Record<string, string>>;
};

/** Why somebody is not let in. */
const LOGIN: Fault = {
  code: 'API_LOGIN',
  message: 'This is only for who has signed in; no credentials were shown, or they are not valid any more.',
  remedy: 'Sign in, and send the token as Authorization: Bearer.',
};

/**
 * What stands before every route: each request is counted, known by an id and a trace, its asker found out and held
 * against the table of roles, before its body is read. Logged is what was asked of whom and what came of it: patterns of
 * addresses, accounts, never what stood in them.
 */
export function addGate(app: FastifyInstance, house: House, { rates, measures, careful }: Counting): void {
  app.decorateRequest('caller', null as unknown as Caller);
  app.decorateRequest('trace', '');
  app.decorateRequest('span', null);
  app.addHook('onRequest', async (request, reply) => {
    const pattern = request.routeOptions.url ?? 'unknown';
    request.caller = NOBODY;
    request.trace = tracedBy(request.headers).trace;
    request.span = beginSpan(request.headers, `${request.method} ${pattern}`);
    reply.headers(careful).header('x-request-id', request.id);
    reply.header('cache-control', request.method === 'GET' ? 'private, no-cache' : 'no-store');
    await admit(house, rates, { request, reply });
  });
  app.addHook('onResponse', (request, reply, done) => {
    if (request.span !== null) endSpan(request.span, reply.statusCode);
    const answered = {
      method: request.method,
      route: request.routeOptions.url ?? 'unknown',
      status: reply.statusCode,
      ms: reply.elapsedTime,
    };
    measures.add(answered);
    const { trace, caller } = request;
    request.log.info({ trace, account: caller.account, ...answered }, 'answered');
    done();
  });
}

type Pair = { readonly request: FastifyRequest; readonly reply: FastifyReply };

async function admit(house: House, rates: Rates, { request, reply }: Pair): Promise<void> {
  const config = request.routeOptions.config.ceir;
  const shown = credentialsOf(request);
  if (shown !== undefined) {
    await rates.demandTrust(request, reply);
    const at = { query: house.registry.query, now: house.clock() };
    const caller = shown === 'malformed' ? undefined : await house.authenticate(shown, at);
    if (caller !== undefined) request.caller = caller;
    // A browser sends its cookie without being asked: who was signed in once is nobody now, and may sign in again.
    else if (shown === 'malformed' || shown.kind !== 'cookie') {
      await rates.fail(request, reply);
      throw unknown(reply);
    }
  }
  await rates.count(request, reply, config?.limit ?? 'read');
  if (config === undefined || may(request.caller.actor, config.action)) return;
  if (request.caller.by !== 'none') throw new Refused([roleFault(config.action)]);
  if (shown !== undefined) reply.header('set-cookie', NO_SESSION);
  throw unknown(reply);
}

function unknown(reply: FastifyReply): Refused {
  reply.header('www-authenticate', 'Bearer');
  return new Refused([LOGIN]);
}
