import { randomBytes } from 'node:crypto';
import cookie from '@fastify/cookie';
import fastify, { type FastifyInstance, LogController } from 'fastify';
import type { Logger } from 'pino';
import { addDocument } from './document.ts';
import { answerBroken, answerErrors } from './errors.ts';
import { addGate } from './gate.ts';
import { carefulHeaders } from './headers.ts';
import type { House } from './house.ts';
import { holdInputs } from './input.ts';
import type { Limits } from './limits.ts';
import { Measures, measuresRoute } from './measures.ts';
import { ratesOf } from './rates.ts';
import { denyByDefault, register } from './register.ts';
import type { Route } from './route.ts';
import { ROUTES } from './routes.ts';
import { PROBLEM } from './schema.ts';
import { boundBodies } from './slow.ts';

/** PEM. With `ca`, machines may show a certificate of it in place of a token. */
export type Tls = {
  readonly key: string | Buffer;
  readonly cert: string | Buffer;
  readonly ca?: string | Buffer | undefined;
};

/** How the register is to be asked over HTTP. */
export type ApiOptions = {
  readonly house: House;
  /** All routes, where absent. */
  readonly routes?: readonly Route[];
  readonly tls?: Tls | undefined;
  /** Addresses of the proxies before it, whose `X-Forwarded-For` is believed; of nobody's, where absent. */
  readonly proxies?: readonly string[] | undefined;
  /** Where requests and failures are logged; nowhere, where absent. */
  readonly logger?: Logger | undefined;
};

/**
 * The register's interface over HTTP, not listening yet. Whatever it takes is bounded in size, number and time, is held
 * against a schema, and is for a role of the table; whatever it refuses is a problem (RFC 9457).
 */
export async function makeApi({ house, routes = ROUTES, ...options }: ApiOptions): Promise<FastifyInstance> {
  const app = serverOf(options, house.limits);
  app.server.maxConnections = house.limits.connections;
  app.server.maxHeadersCount = 100;
  app.addSchema(PROBLEM);
  holdInputs(app);
  answerErrors(app);
  denyByDefault(app);
  await app.register(cookie);
  boundBodies(app, house.limits);
  const measures = new Measures();
  addGate(app, house, { rates: await ratesOf(app, house), measures, careful: await carefulHeaders() });
  const own = [await addDocument(app), measuresRoute(measures)];
  for (const route of [...routes, ...own]) register(app, house, route);
  await app.ready();
  return app;
}

function serverOf({ tls, proxies, logger }: Omit<ApiOptions, 'house' | 'routes'>, limits: Limits): FastifyInstance {
  const start = randomBytes(6).toString('hex');
  let count = 0;
  const common = {
    bodyLimit: limits.body,
    connectionTimeout: limits.fileMs + limits.idleMs,
    keepAliveTimeout: limits.idleMs,
    requestTimeout: limits.fileMs,
    forceCloseConnections: 'idle',
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    requestIdHeader: false,
    genReqId: (): string => {
      count += 1;
      return `${start}-${count.toString(36)}`;
    },
    trustProxy: proxies === undefined ? false : [...proxies],
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
    routerOptions: { maxParamLength: 128, caseSensitive: true, ignoreTrailingSlash: false },
    http: { maxHeaderSize: limits.head, headersTimeout: limits.headMs, connectionsCheckingInterval: 1000 },
    clientErrorHandler: answerBroken,
    ...(logger === undefined ? {} : { loggerInstance: logger }),
  } as const;
  if (tls === undefined) return fastify(common) as unknown as FastifyInstance;
  const { key, cert, ca } = tls;
  // A certificate of nobody known is no credential; it does not shut its bearer out either.
  const client = ca === undefined ? {} : { ca, requestCert: true, rejectUnauthorized: false };
  const https = {
    key,
    cert,
    minVersion: 'TLSv1.2' as const,
    handshakeTimeout: limits.headMs,
    ...client,
    ...common.http,
  };
  return fastify({ ...common, https }) as unknown as FastifyInstance;
}
