import { createHash, timingSafeEqual } from 'node:crypto';
import fastify, { type FastifyInstance } from 'fastify';
import type { Answered } from './explain.ts';
import { imeiOf } from './identify.ts';

/** What the admin address answers with. */
export type AdminOptions = {
  readonly host: string;
  readonly port: number;
  /** Asked for by everything but /health and /ready; absent on an address that only this machine reaches. */
  readonly token?: string;
  readonly health: () => Readonly<Record<string, unknown>>;
  /** What keeps the node from being ready; none when it is. */
  readonly unready: () => readonly string[];
  readonly metrics: () => string;
  readonly check: (asked: Asked) => Promise<Answered>;
};

/** A question of a person or a script. */
export type Asked = {
  readonly imei: number;
  readonly svn: number;
  readonly imsi: number;
  readonly msisdn: number;
  readonly operator: string;
  readonly peer: string;
};

/** JSON Schema of a question. */
const BODY = {
  type: 'object',
  required: ['imei'],
  additionalProperties: false,
  properties: {
    imei: { type: 'string', pattern: '^\\d{14,16}$' },
    imsi: { type: 'string', pattern: '^\\d{5,15}$' },
    msisdn: { type: 'string', pattern: '^\\d{5,15}$' },
    operator: { type: 'string', pattern: '^[a-z0-9_]{1,16}$' },
    peer: { type: 'string', maxLength: 255 },
  },
} as const;

type Body = {
  readonly imei: string;
  readonly imsi?: string;
  readonly msisdn?: string;
  readonly operator?: string;
  readonly peer?: string;
};

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** The address at which a node tells of itself; never the networks' way. */
export type Admin = { readonly address: string; readonly close: () => Promise<void> };

export async function startAdmin(options: AdminOptions): Promise<Admin> {
  const app = fastify({
    logger: false,
    bodyLimit: 4096,
    requestTimeout: 10_000,
    keepAliveTimeout: 5000,
    forceCloseConnections: true,
  });
  app.server.maxConnections = 64;
  protect(app, options.token);
  app.setErrorHandler((error: { readonly statusCode?: number }, _request, reply) => {
    const { statusCode = 500 } = error;
    // What was sent is never told back: it may be personal.
    return reply.code(statusCode).send({ error: statusCode < 500 ? 'malformed' : 'failed' });
  });
  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: 'unknown' }));
  app.get('/health', async () => options.health());
  app.get('/ready', async (_request, reply) => {
    const unready = options.unready();
    return reply.code(unready.length === 0 ? 200 : 503).send({ ready: unready.length === 0, unready });
  });
  app.get('/metrics', async (_request, reply) =>
    reply.header('content-type', 'text/plain; version=0.0.4; charset=utf-8').send(options.metrics()),
  );
  app.post('/check', { schema: { body: BODY } }, async (request) => options.check(askedOf(request.body as Body)));
  await app.listen({ host: options.host, port: options.port });
  const bound = app.server.address();
  if (bound === null || typeof bound === 'string') throw new Error('a TCP listener without a port');
  const host = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address;
  return { address: `${host}:${bound.port}`, close: () => app.close() };
}

/** Lets nobody ask without the token but for whether the node lives. */
function protect(app: FastifyInstance, token: string | undefined): void {
  if (token === undefined) return;
  const known = digest(`Bearer ${token}`);
  app.addHook('onRequest', async (request, reply) => {
    if (request.routeOptions.url === '/health' || request.routeOptions.url === '/ready') return;
    if (timingSafeEqual(known, digest(request.headers.authorization ?? ''))) return;
    return reply.code(401).header('connection', 'close').send({ error: 'denied' });
  });
}

const askedOf = ({ imei, imsi = '0', msisdn = '0', operator = '', peer = '' }: Body): Asked => ({
  ...imeiOf(imei),
  imsi: Number(imsi),
  msisdn: Number(msisdn),
  operator,
  peer,
});
