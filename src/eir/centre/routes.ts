import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { Refused } from '../../faults/fault.ts';
import { FILE_LENGTH } from '../follow/snapshot.ts';
import { behind, FEED_LISTS, type Stand, standOf } from '../follow/wire.ts';
import type { Handed } from './answers.ts';
import { EVENT_LIMIT, EVENT_NAME, storeEvents } from './events.ts';
import { keyOf } from './feed.ts';
import { callerBy, type FeedNode } from './nodes.ts';
import type { Parts } from './parts.ts';
import type { Ack } from './reports.ts';
import { Stream } from './stream.ts';

const number = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const STAND = Type.Object(
  { log: number, rules: number, ...Object.fromEntries(FEED_LISTS.map((list) => [list, number])) },
  { additionalProperties: false },
);
const ACK = Type.Object(
  {
    applied: STAND,
    durable: STAND,
    lag: number,
    lists: Type.Union(['none', 'partial', 'whole'].map((word) => Type.Literal(word))),
    mode: Type.String({ maxLength: 64 }),
    counts: Type.Record(Type.String({ pattern: '^[a-z0-9_.:-]{1,64}$' }), Type.Number(), { maxProperties: 256 }),
  },
  { additionalProperties: false },
);
const digits = Type.Integer({ minimum: 0, maximum: 999_999_999_999_999 });
const QUESTION = Type.Object(
  {
    imei: Type.Integer({ minimum: -1, maximum: 99_999_999_999_999 }),
    equipment: Type.Union(['imei', 'mac', 'eui', 'other'].map((word) => Type.Literal(word))),
    svn: Type.Integer({ minimum: -1, maximum: 99 }),
    imsi: digits,
    msisdn: digits,
    rat: number,
    at: number,
    peer: Type.Optional(Type.String({ maxLength: 255 })),
    stayDays: Type.Optional(Type.Integer({ minimum: -1, maximum: 100_000 })),
  },
  { additionalProperties: false },
);
const QUESTIONS = Type.Union([QUESTION, Type.Array(QUESTION, { minItems: 1, maxItems: 1000 })]);

type Told = { readonly error: string; readonly message: string };
const told = (error: string, message: string): Told => ({ error, message });

declare module 'fastify' {
  interface FastifyRequest {
    /** The node that asks; null for the administrator. */
    feedNode: FeedNode | null;
  }
}

/** Adds what nodes, and who watches them, can ask. Whoever is not known is told nothing at all. */
export function addRoutes(app: FastifyInstance, parts: Parts): void {
  const callerOf = callerBy(parts.nodes);
  app.decorateRequest('feedNode', null);
  app.addHook('onRequest', async (request, reply) => {
    const caller = callerOf(request.headers.authorization);
    const isAdmin = request.routeOptions.url === '/v1/nodes';
    if (caller !== undefined && (caller.is === 'admin') === isAdmin) {
      request.feedNode = caller.is === 'node' ? caller.node : null;
      return;
    }
    parts.count('feed_denied', caller === undefined ? 'unknown' : 'not allowed');
    const status = caller === undefined ? 401 : 403;
    return reply.code(status).header('connection', 'close').send(told('denied', 'This token does not allow it.'));
  });
  app.setErrorHandler((error, _request, reply) => answerError(parts, error, reply));
  app.setNotFoundHandler((_request, reply) => reply.code(404).send(told('unknown', 'There is no such thing here.')));
  app.addContentTypeParser('application/octet-stream', (_request, payload, done) => done(null, payload));
  addFeed(app, parts);
  addSnapshot(app, parts);
  addReports(app, parts);
  addCheck(app, parts);
  addEvents(app, parts);
}

/** What was sent is never told back: it may be personal. */
function answerError({ count, onDefect }: Parts, error: unknown, reply: FastifyReply): FastifyReply {
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  if (status >= 400 && status < 500) return reply.code(status).send(told('malformed', 'This is no such request.'));
  count('feed_failed', error instanceof Error ? error.name : '');
  onDefect(error);
  return reply.code(500).send(told('failed', 'The centre failed to answer.'));
}

function nodeOf(request: FastifyRequest): FeedNode {
  if (request.feedNode === null) throw new Error('Only nodes come here.');
  return request.feedNode;
}

/** Why a node cannot go on from where it stands; undefined where it can. */
function goneOf({ feed, limits, snapshots }: Parts, { operator }: FeedNode, stand: Stand): Told | undefined {
  if (stand.log !== 0 && stand.log !== feed.log) return told('other', 'The numbers are of another change log.');
  for (const list of FEED_LISTS) {
    const place = feed.place(keyOf(list, operator), stand[list] + 1);
    if (place.is === 'pruned') return told('pruned', `The changes of ${list} from that number on were removed.`);
    if (place.is === 'ahead') return told('ahead', `The list ${list} does not reach that number.`);
  }
  const newest = snapshots.newest(operator);
  const lacks = behind(stand, feed.heads(operator));
  if (newest === undefined || lacks <= limits.far || behind(stand, newest.stand) < lacks / 2) return undefined;
  return told('far', 'A snapshot is quicker than so many changes.');
}

function addFeed(app: FastifyInstance, parts: Parts): void {
  const query = Type.Object(
    Object.fromEntries(['log', 'rules', ...FEED_LISTS].map((name) => [name, Type.Optional(number)])),
    { additionalProperties: false },
  );
  app.get('/v1/feed', { schema: { querystring: query } }, async (request, reply) => {
    const node = nodeOf(request);
    const stand = standOf(request.query as Readonly<Record<string, unknown>>);
    const gone = goneOf(parts, node, stand);
    if (gone !== undefined) {
      parts.count('feed_gone', gone.error);
      if (parts.snapshots.newest(node.operator) === undefined) parts.snapshots.want(node.operator);
      return reply.code(410).send(gone);
    }
    reply.hijack();
    // A node has one stream: the older is of a connection that it has given up.
    parts.streams.get(node.name)?.stop('closed');
    const stream = new Stream(parts, { operator: node.operator, stand }, reply.raw, parts.times);
    parts.streams.set(node.name, stream);
    parts.count('feed_streams', 'opened');
    try {
      parts.count('feed_streams', await stream.run());
    } catch (error) {
      parts.count('feed_streams', 'failed');
      parts.onDefect(error);
      reply.raw.destroy();
    } finally {
      if (parts.streams.get(node.name) === stream) parts.streams.delete(node.name);
    }
    return reply;
  });
}

function addSnapshot(app: FastifyInstance, parts: Parts): void {
  const { snapshots, count } = parts;
  const busy = new Set<string>();
  app.get('/v1/snapshot', async (request, reply) => {
    const { name, operator } = nodeOf(request);
    const sending = snapshots.sending(operator);
    if (sending === undefined) {
      snapshots.want(operator);
      return reply.code(503).header('retry-after', '1').send(told('none', 'There is no snapshot yet.'));
    }
    const { etag, length: fileLength } = sending.snapshot;
    if (request.headers['if-none-match'] === etag) return reply.code(304).send();
    const from = rangeOf(request, etag);
    if (from >= sending.length) return reply.code(416).header('content-range', `bytes */${sending.length}`).send();
    if (busy.has(name)) return reply.code(503).header('retry-after', '1').send(told('busy', 'One at a time.'));
    busy.add(name);
    reply.hijack();
    const range = from === 0 ? {} : { 'content-range': `bytes ${from}-${sending.length - 1}/${sending.length}` };
    reply.raw.writeHead(from === 0 ? 200 : 206, {
      'content-type': 'application/octet-stream',
      'content-length': sending.length - from,
      'accept-ranges': 'bytes',
      [FILE_LENGTH]: fileLength,
      etag,
      ...range,
    });
    reply.raw.setTimeout(parts.times.stallMs, () => reply.raw.destroy());
    try {
      await pipeline(snapshots.bytes(operator, sending, from), reply.raw);
      count('feed_snapshots', 'sent');
    } catch {
      count('feed_snapshots', 'cut');
    } finally {
      busy.delete(name);
    }
    return reply;
  });
}

/** From where on a snapshot is wanted: only the rest of the same one can be gone on with. */
function rangeOf({ headers }: FastifyRequest, etag: string): number {
  const from = /^bytes=(\d{1,15})-$/.exec(headers.range ?? '')?.[1];
  const condition = headers['if-range'];
  if (from === undefined || (condition !== undefined && condition !== etag)) return 0;
  return Number(from);
}

function addReports(app: FastifyInstance, { reports, streams, feed }: Parts): void {
  app.post('/v1/ack', { schema: { body: ACK } }, async (request, reply) => {
    reports.take(nodeOf(request).name, request.body as Ack);
    return reply.code(204).send();
  });
  app.get('/v1/nodes', async () => ({
    log: feed.log,
    rules: feed.rules?.version ?? 0,
    nodes: reports
      .all((name) => streams.has(name))
      .map((report) => ({ ...report, heads: feed.heads(report.operator) })),
  }));
}

function addCheck(app: FastifyInstance, { answers, count }: Parts): void {
  app.post('/v1/check', { schema: { body: QUESTIONS } }, async (request, reply) => {
    const body = request.body as Handed | readonly Handed[];
    const isBatch = Array.isArray(body);
    const questions = (isBatch ? body : [body]) as readonly Handed[];
    const found = await answers.answer(nodeOf(request).operator, questions);
    if (typeof found === 'string') {
      count('feed_checks', found);
      const message = found === 'busy' ? 'Too many questions wait.' : 'There are no lists yet.';
      return reply.code(503).header('retry-after', '1').send(told(found, message));
    }
    count('feed_checks', 'answered');
    return isBatch ? found : found[0];
  });
}

function addEvents(app: FastifyInstance, { feed, count }: Parts): void {
  const busy = new Set<string>();
  app.put('/v1/events/:name', { bodyLimit: EVENT_LIMIT }, async (request, reply) => {
    const node = nodeOf(request);
    const { name } = request.params as { readonly name: string };
    const sha256 = request.headers['x-sha256'];
    const isRight = EVENT_NAME.test(name) && typeof sha256 === 'string' && /^[0-9a-f]{64}$/.test(sha256);
    if (!isRight || request.headers['content-type'] !== 'application/octet-stream')
      return reply.code(400).send(told('malformed', 'An event file has a plain name and the header X-Sha256.'));
    if (busy.has(node.name)) return reply.code(503).header('retry-after', '1').send(told('busy', 'One at a time.'));
    busy.add(node.name);
    try {
      const folder = path.join(feed.folder, 'events', node.name);
      const stored = await storeEvents(folder, { name, sha256, body: request.raw });
      count('feed_events', stored);
      return reply.code(STATUSES[stored]).send({ stored });
    } catch (error) {
      const fault = error instanceof Refused ? error.faults[0] : undefined;
      if (fault?.code !== 'FILE_DISK_FULL') throw error;
      count('feed_events', 'full');
      return reply.code(507).send(told('full', 'The disk of the centre is full: keep it.'));
    } finally {
      busy.delete(node.name);
    }
  });
}

const STATUSES = { new: 201, same: 200, other: 409, altered: 422, 'too large': 413 } as const;
