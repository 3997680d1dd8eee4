import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Refused } from '../faults/fault.ts';
import type { Limits } from './limits.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Ends the wait for the body. */
    bodyTimer: NodeJS.Timeout | null;
    /** Whether one of the places for files is taken. */
    isFiling: boolean;
  }
}

const hasBody = ({ headers }: FastifyRequest): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

/** Bounds how long a body may take to arrive, what type it may have, and how many files are received at once. */
export function boundBodies(app: FastifyInstance, { bodyMs, fileMs, files }: Limits): void {
  let filing = 0;
  app.decorateRequest('bodyTimer', null);
  app.decorateRequest('isFiling', false);
  app.removeContentTypeParser('text/plain');
  for (const type of ['text/plain', 'text/csv', 'application/octet-stream'])
    app.addContentTypeParser(type, { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) =>
    done(null, Object.fromEntries(new URLSearchParams(String(body)))),
  );
  app.addHook('onRequest', async (request) => {
    if (!hasBody(request)) return;
    const { types = [], isFile = false } = request.routeOptions.config.ceir ?? {};
    if (!types.includes(request.mediaType ?? '')) throw Object.assign(new Error('media type'), { statusCode: 415 });
    if (isFile) {
      if (filing >= files) throw new Refused([FULL]);
      filing += 1;
      request.isFiling = true;
    }
    if (request.raw.complete) return; // it came along with the head
    request.bodyTimer = setTimeout(() => giveUp(request), isFile ? fileMs : bodyMs).unref();
  });
  app.addHook('preValidation', (request, _reply, done) => {
    stop(request);
    done();
  });
  app.addHook('onResponse', (request, _reply, done) => {
    stop(request);
    if (request.isFiling) filing -= 1;
    request.isFiling = false;
    done();
  });
}

const FULL = {
  code: 'API_BUSY',
  message: 'As many files are being received as can be at a time.',
  remedy: 'Send it again in a minute.',
} as const;

function stop(request: FastifyRequest): void {
  if (request.bodyTimer !== null) clearTimeout(request.bodyTimer);
  request.bodyTimer = null;
}

/** Whoever reads the body is told that it ends here, and answers; where nobody does yet, the connection just ends. */
function giveUp({ raw }: FastifyRequest): void {
  const error = Object.assign(new Error('The body did not arrive in time.'), { statusCode: 408 });
  if (raw.listenerCount('error') > 0) raw.emit('error', error);
  else raw.destroy();
}
