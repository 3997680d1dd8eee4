import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Fault, Refused } from '../faults/fault.ts';
import { bareProblem, PROBLEM_TYPE, type Problem, problemOf } from './problem.ts';

/** What the server itself refuses, by its own codes and by status. What was sent is never told back: it may be personal. */
const FORM: Fault = {
  code: 'API_FORM',
  message: 'The request cannot be read.',
  remedy: 'Send HTTP with a JSON body, as /v1/openapi.json says.',
};
const BY_STATUS: Readonly<Record<number, Fault>> = {
  408: { code: 'API_SLOW', message: 'The request took too long to arrive.', remedy: 'Send it without pauses.' },
  413: { code: 'API_SIZE', message: 'The body is too large.', remedy: 'Send less at a time.' },
  414: { code: 'API_SIZE', message: 'The address is too long.', remedy: 'Send a shorter one.' },
  415: {
    code: 'API_MEDIA',
    message: 'The body has a content type that is not taken here.',
    remedy: 'Send application/json, or what /v1/openapi.json says.',
  },
  431: { code: 'API_SIZE', message: 'The headers are too long.', remedy: 'Send fewer or shorter headers.' },
};

const statusIn = (error: unknown): number =>
  typeof error === 'object' && error !== null && 'statusCode' in error ? Number(error.statusCode) : 500;

/** Why a request is refused; undefined for what nobody foresaw. */
function faultsIn(error: unknown): readonly Fault[] | undefined {
  if (error instanceof Refused) return error.faults;
  const status = statusIn(error);
  if (status < 400 || status > 499) return undefined;
  return [BY_STATUS[status] ?? FORM];
}

function answer(reply: FastifyReply, problem: Problem): FastifyReply {
  // What is left of a body that was not read whole would be taken for the next request.
  if ([408, 413, 415].includes(problem.status)) reply.header('connection', 'close');
  return reply
    .code(problem.status)
    .type(`${PROBLEM_TYPE}; charset=utf-8`)
    .header('cache-control', 'no-store')
    .send(JSON.stringify(problem));
}

/** Makes every refusal and failure a problem (RFC 9457). */
export function answerErrors(app: FastifyInstance): void {
  app.setErrorHandler((error: unknown, request: FastifyRequest, reply: FastifyReply) => {
    const faults = faultsIn(error);
    if (faults !== undefined && faults.length > 0) return answer(reply, problemOf(faults, request.id));
    request.log.error({ err: error }, 'a request failed');
    return answer(reply, bareProblem(request.id));
  });
  app.setNotFoundHandler(async (request, reply) => {
    const allowed = methodsAt(app, request.url);
    if (allowed.length > 0) reply.header('allow', allowed.join(', '));
    return answer(reply, problemOf([allowed.length > 0 ? METHOD : UNKNOWN], request.id));
  });
}

const UNKNOWN: Fault = {
  code: 'API_UNKNOWN',
  message: 'There is nothing at this address.',
  remedy: 'See /v1/openapi.json for what there is.',
};
const METHOD: Fault = {
  code: 'API_METHOD',
  message: 'This address does not take this method.',
  remedy: 'See the header Allow.',
};

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

const methodsAt = (app: FastifyInstance, url: string): readonly string[] => {
  const [path = '/'] = url.split('?');
  return METHODS.filter((method) => app.findRoute({ method, url: path }) !== null);
};

/** Answers what is no HTTP, or too slow to become some; no request has been made of it yet. */
export function answerBroken(error: Error & { code?: string }, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const status = { ERR_HTTP_REQUEST_TIMEOUT: 408, HPE_HEADER_OVERFLOW: 431 }[error.code ?? ''] ?? 400;
  const body = JSON.stringify(problemOf([BY_STATUS[status] ?? FORM], ''));
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-type: ${PROBLEM_TYPE}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}
