import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { SESSION_COOKIE } from './caller.ts';
import { Content, type Route, telling } from './route.ts';

const ABOUT = `The register of mobile equipment: its public check, its offices, its lists. Every write takes an
Idempotency-Key and may be repeated; every refusal is a problem (RFC 9457) whose code keeps its meaning.`;

const SCHEMES = {
  bearer: { type: 'http', scheme: 'bearer', description: 'The token of a session, or a machine’s.' },
  cookie: { type: 'apiKey', in: 'cookie', name: SESSION_COOKIE, description: 'Writes also need X-CSRF-Token.' },
  certificate: { type: 'mutualTLS', description: 'A client certificate that is entered for a machine.' },
} as const;

/** Has an OpenAPI 3.1 document made of all routes that are registered from now on; gives the route that tells it. */
export async function addDocument(app: FastifyInstance): Promise<Route> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'openceir',
        version: '1.0.0',
        description: ABOUT,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/' }],
      security: [{ bearer: [] }, { cookie: [] }, { certificate: [] }],
      components: {
        securitySchemes: SCHEMES as never, // its types know those of OpenAPI 3.0 only
      },
    },
    refResolver: { buildLocalReference: (json, _base, _fragment, at) => String(json['$id'] ?? `def-${at}`) },
  });
  let text: string | undefined;
  return telling({
    method: 'GET',
    url: '/v1/openapi.json',
    action: 'health.read',
    about: 'This document.',
    produces: 'application/json',
    tell: () => {
      text ??= JSON.stringify(app.swagger());
      return new Content('application/json; charset=utf-8', text);
    },
  });
}
