import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchema, HTTPMethods } from 'fastify';
import { type TObject, Type } from 'typebox';
import { ACTIONS, type ActionName } from '../access/actions.ts';
import { credentialsOf } from './caller.ts';
import type { House } from './house.ts';
import { KEY_FORM, type Write } from './idempotency.ts';
import type { LimitClass } from './limits.ts';
import { perform, send, watchingQuota } from './perform.ts';
import { type Asked, Content, isWrite, type Route } from './route.ts';
import { openPlaces } from './schema.ts';
import { etagOf, etagOfText, isKnown, matchOf } from './version.ts';

/** What hooks read of the route that is asked. */
export type RouteConfig = {
  readonly action: ActionName;
  readonly limit: LimitClass;
  /** Media types of its body, and whether that is a file. */
  readonly types: readonly string[];
  readonly isFile: boolean;
};

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Of every route: one without cannot be registered. */
    ceir?: RouteConfig;
  }
}

/** From now on the server takes no route that says no action of the table: what nobody thought of is denied. */
export function denyByDefault(app: FastifyInstance): void {
  app.addHook('onRoute', ({ method, url, config }) => {
    const action = config?.ceir?.action;
    if (action === undefined || !Object.hasOwn(ACTIONS, action))
      throw new Error(`${String(method)} ${url} names no action of the table; it is not registered.`);
  });
}

/** Registers a route. @throws Error where it leaves something open that a route must not */
export function register(app: FastifyInstance, house: House, route: Route): void {
  noteOpen(route);
  const { method, url, action, file, limit, bytes } = route;
  const config: RouteConfig = {
    action,
    limit: limit ?? (isWrite(route) ? 'write' : 'read'),
    types: typesOf(route),
    isFile: file !== undefined,
  };
  app.route({
    method: method as HTTPMethods,
    url,
    config: { ceir: config },
    schema: schemaOf(route),
    ...(file === undefined && bytes === undefined ? {} : { bodyLimit: file?.most ?? bytes }),
    exposeHeadRoute: false,
    handler: (request, reply) => watchingQuota(house, request.caller, () => handle(house, route, { request, reply })),
  });
}

const typesOf = ({ file, isForm }: Route): readonly string[] =>
  file?.types ?? ['application/json', ...(isForm === true ? ['application/x-www-form-urlencoded'] : [])];

function noteOpen(route: Route): void {
  const { method, url, action, params, query, body } = route;
  const name = `${method} ${url}`;
  for (const [part, schema] of Object.entries({ params, query, body })) {
    const open = openPlaces(schema);
    if (open.length > 0) throw new Error(`${name}: ${part} has no bounds at ${open.join(', ')}.`);
  }
  const named = [...url.matchAll(/:(\w+)/g)].map((match) => match[1] ?? '').sort();
  if (
    named.join() !==
    Object.keys(params?.properties ?? {})
      .sort()
      .join()
  )
    throw new Error(`${name}: its params are not those of its address.`);
  if (!Object.hasOwn(ACTIONS, action)) throw new Error(`${name}: there is no action ${action}.`);
  if (ACTIONS[action].effect === 'write' && !isWrite(route)) throw new Error(`${name}: ${action} changes something.`);
  if ((route.act === undefined) === (route.tell === undefined)) throw new Error(`${name}: it acts or it tells.`);
  if (route.tell !== undefined && isWrite(route)) throw new Error(`${name}: what tells changes nothing.`);
}

const KEY = Type.String({
  pattern: KEY_FORM.source,
  description: 'Made by the asker, new for each act; repeats do nothing.',
});
const PURPOSE = Type.Optional(
  Type.String({ maxLength: 1000, description: 'What personal data are read for, percent-encoded.' }),
);

function headersOf(route: Route): TObject | undefined {
  const headers = {
    ...(isWrite(route) ? { 'idempotency-key': KEY } : {}),
    ...(ACTIONS[route.action].personal === true ? { 'x-purpose': PURPOSE, 'x-case': PURPOSE } : {}),
  };
  return Object.keys(headers).length === 0 ? undefined : Type.Object(headers);
}

/** Everything of a route that the OpenAPI document tells, and that inputs and answers are held against. */
function schemaOf(route: Route): FastifySchema {
  const { method, url, about, params, query, body, answer, status, action, file, produces } = route;
  const headers = headersOf(route);
  const told = status ?? (answer === undefined && produces === undefined ? 204 : 200);
  const content =
    produces === undefined ? answer : { description: about, content: { [produces]: { schema: Type.String() } } };
  const problem = {
    description: 'Refused.',
    content: { 'application/problem+json': { schema: { $ref: 'Problem#' } } },
  };
  return {
    summary: about,
    operationId: `${method.toLowerCase()}${url.replaceAll(/[^a-zA-Z0-9]+/g, '_')}`,
    tags: [action.split('.')[0] ?? ''],
    ...(body === undefined && file === undefined ? {} : { consumes: [...typesOf(route)] }),
    ...(params === undefined ? {} : { params }),
    ...(query === undefined ? {} : { querystring: query }),
    ...(body === undefined ? {} : { body }),
    ...(headers === undefined ? {} : { headers }),
    ...(ACTIONS[action].open === true ? { security: [] } : {}),
    response: { [told]: content ?? { type: 'null', description: 'Done.' }, '4xx': problem, '5xx': problem },
  };
}

type Pair = { readonly request: FastifyRequest; readonly reply: FastifyReply };

async function handle(house: House, route: Route, { request, reply }: Pair): Promise<FastifyReply> {
  const asked = askedOf(house, route, request);
  if (route.tell !== undefined) return tell(route, asked, { request, reply });
  const write = isWrite(route) ? writeOf(route, asked, request) : undefined;
  const status = route.status ?? 200;
  const written = (value: unknown): string => String(reply.code(status).serialize(value as object));
  const outcome = await perform(house, { route, asked, requestId: request.id, written, write });
  if (outcome instanceof Content || route.method !== 'GET' || outcome.status !== 200) return send(reply, outcome);
  return sendKnown(reply, { request, body: outcome.body, headers: outcome.headers });
}

async function tell(route: Route, asked: Asked, { request, reply }: Pair): Promise<FastifyReply> {
  const value: unknown = await route.tell?.(asked);
  if (value instanceof Content) return send(reply, value);
  const body = String(reply.code(route.status ?? 200).serialize(value as object));
  const etag = route.version === undefined ? {} : { etag: etagOf(route.version(value)) };
  const headers = { 'content-type': 'application/json; charset=utf-8', ...etag };
  if (route.method === 'GET') return sendKnown(reply, { request, body, headers });
  return reply.headers(headers).send(body);
}

type Answered = {
  readonly request: FastifyRequest;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
};

/** Sends an answer, or that the asker has it already (RFC 9110 §15.4.5). */
function sendKnown(reply: FastifyReply, { request, body, headers }: Answered): FastifyReply {
  const etag = headers['etag'] ?? etagOfText(body);
  reply.headers({ ...headers, etag });
  return isKnown(request.headers['if-none-match'], etag) ? reply.code(304).send() : reply.code(200).send(body);
}

const NO_FILE = Buffer.alloc(0);

function askedOf(house: House, route: Route, request: FastifyRequest): Asked {
  const isFile = route.file !== undefined;
  return {
    params: request.params as Asked['params'],
    query: request.query as Asked['query'],
    body: (isFile ? undefined : request.body) as Asked['body'],
    file: isFile && Buffer.isBuffer(request.body) ? request.body : NO_FILE,
    match: matchOf(request.headers['if-match']),
    reading: readingOf(request),
    caller: request.caller,
    token: tokenOf(credentialsOf(request)),
    cookies: request.cookies,
    address: request.ip,
    house,
  };
}

const tokenOf = (shown: ReturnType<typeof credentialsOf>): string | undefined =>
  typeof shown === 'object' && 'token' in shown ? shown.token : undefined;

const headerOf = ({ headers }: FastifyRequest, name: string): string => {
  const value = headers[name];
  if (typeof value !== 'string') return '';
  try {
    return decodeURIComponent(value).slice(0, 300);
  } catch {
    return value.slice(0, 300);
  }
};

function readingOf(request: FastifyRequest): Asked['reading'] {
  const inCase = headerOf(request, 'x-case');
  return { purpose: headerOf(request, 'x-purpose'), ...(inCase === '' ? {} : { case: inCase }) };
}

function writeOf({ method, url }: Route, { params, query, caller, file }: Asked, request: FastifyRequest): Write {
  const key = request.headers['idempotency-key'];
  if (typeof key !== 'string') throw new Error('A write came without its key.');
  const route = `${method} ${url} ${JSON.stringify([params ?? {}, query ?? {}])}`;
  const sent = file.length > 0 ? file : JSON.stringify(request.body ?? null);
  return { account: caller.account, key, route, sent };
}
