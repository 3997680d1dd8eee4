import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import { type LuStatusReq, readLuStatusReq, writeLuStatusResp } from '../codecs/suppl76/message.ts';
import { NAMES } from '../codecs/suppl76/names.ts';
import type { Answer, Question } from '../decisions/core/question.ts';
import type { Asker, Checker, Count, Server } from './checker.ts';
import { certified, plainAddress } from './sbi/peer.ts';

/** What a listener of queries bears. Times in milliseconds. */
export type Suppl76Limits = {
  readonly connections: number;
  readonly bodyBytes: number;
  /** For a request to come in whole, from its first byte. */
  readonly requestMs: number;
  readonly idleMs: number;
  /** Queries that wait for the centre; above it 503 is answered. */
  readonly waiting: number;
  /** The longest wait for the centre; after it 504 is answered. */
  readonly askMs: number;
};

/** A listener of `LUStatusReq` (ITU-T Q Suppl.76 §7.1): HTTP/1.1 and JSON, with or without TLS. */
export type Suppl76Options = {
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  /** A socket that is bound already, in place of host and port: several threads of one process can listen on one port. */
  readonly fd?: number;
  /** PEM; with `ca` peers must show a certificate of it. */
  readonly tls?: { readonly key: Buffer | string; readonly cert: Buffer | string; readonly ca?: Buffer | string };
  /** Who may ask: IP addresses, and names of certificates; anybody where not told. */
  readonly peers?: readonly string[];
  /** The operator whose network asks here; '' where the node serves one only. */
  readonly operator?: string;
  /** How long an EIR may keep an answer. */
  readonly ttlSeconds?: number;
  readonly limits?: Partial<Suppl76Limits>;
  readonly checker: Checker;
  readonly count: Count;
};

const LIMITS: Suppl76Limits = {
  connections: 1024,
  bodyBytes: 4096,
  requestMs: 10_000,
  idleMs: 60_000,
  waiting: 2000,
  askMs: 3000,
};

type Refusal = { readonly status: number; readonly error: keyof typeof NAMES.errors; readonly detail: string };

const FAILED: Refusal = { status: 500, error: 'failed', detail: 'The check failed.' };
const BUSY: Refusal = { status: 503, error: 'busy', detail: 'Too many checks wait for their answer.' };
const LATE: Refusal = { status: 504, error: 'late', detail: 'The check was not decided in time.' };

const questionOf = ({ imei, svn, imsi, msisdn, rat }: LuStatusReq): Question => ({
  imei,
  equipment: 'imei',
  svn,
  imsi,
  msisdn,
  rat,
  at: Date.now(),
});

/** The queries of one listener, whoever brings them. */
class Queries {
  readonly #options: Suppl76Options;
  readonly #limits: Suppl76Limits;
  readonly #askers = new WeakMap<Socket, Asker | false>();
  #waiting = 0;

  constructor(options: Suppl76Options, limits: Suppl76Limits) {
    this.#options = options;
    this.#limits = limits;
  }

  /** Who asks on a connection; false for one that may not. */
  asker({ socket }: IncomingMessage): Asker | false {
    const known = this.#askers.get(socket);
    if (known !== undefined) return known;
    const { peers, operator = '' } = this.#options;
    const address = plainAddress(socket.remoteAddress);
    const names = certified(socket);
    const welcome = peers === undefined || [address, ...names].some((one) => peers.includes(one));
    const asker: Asker | false = welcome && { protocol: 'suppl76', peer: names[0] ?? address, operator };
    if (!welcome) this.#options.count('suppl76_cut', 'stranger');
    this.#askers.set(socket, asker);
    return asker;
  }

  async answer(body: unknown, asker: Asker, reply: FastifyReply): Promise<FastifyReply> {
    const read = readLuStatusReq(body);
    if (!read.ok) {
      const detail = read.fault === '' ? 'It is no such message.' : `The field ${read.fault} is wrong.`;
      return this.refuse(reply, { status: 400, error: 'malformed', detail });
    }
    const answer = await this.#decide(questionOf(read.value), asker);
    if ('error' in answer) return this.refuse(reply, answer);
    const { status, reason } = answer;
    this.#options.count('suppl76_answers', status);
    const ttlSeconds = this.#options.ttlSeconds ?? 3600;
    return reply.send(writeLuStatusResp({ message: read.value.message, at: new Date(), status, reason, ttlSeconds }));
  }

  #decide(question: Question, asker: Asker): Promise<Answer | Refusal> | Answer | Refusal {
    try {
      const { checker } = this.#options;
      return checker.check(question, asker) ?? this.#ask(question, asker);
    } catch {
      this.#options.count('suppl76_failed');
      return FAILED;
    }
  }

  #ask(question: Question, asker: Asker): Promise<Answer | Refusal> | Refusal {
    if (this.#waiting >= this.#limits.waiting) return BUSY;
    this.#waiting += 1;
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(LATE), this.#limits.askMs);
      const leave = (answer: Answer | Refusal): void => {
        clearTimeout(timer);
        this.#waiting -= 1;
        resolve(answer);
      };
      this.#options.checker.ask(question, asker).then(leave, () => leave(FAILED));
    });
  }

  refuse(reply: FastifyReply, { status, error, detail }: Refusal): FastifyReply {
    this.#options.count('suppl76_answers', NAMES.errors[error]);
    if (status === 503) reply.header('retry-after', '1');
    return reply.code(status).send({ [NAMES.fields.error]: NAMES.errors[error], [NAMES.fields.detail]: detail });
  }
}

function makeApp({ tls }: Suppl76Options, limits: Suppl76Limits): FastifyInstance {
  const common = {
    bodyLimit: limits.bodyBytes,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.idleMs,
    forceCloseConnections: 'idle',
    // A body of another type is refused by its type before it is read.
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
  } as const;
  // Node looks for requests that take too long only so often.
  const http = { connectionsCheckingInterval: Math.min(1000, limits.requestMs), headersTimeout: limits.requestMs };
  if (tls === undefined) return fastify({ ...common, http });
  const mutual = tls.ca !== undefined;
  const https = { ...http, ...tls, minVersion: 'TLSv1.2', requestCert: mutual, rejectUnauthorized: mutual } as const;
  return fastify({ ...common, https }) as unknown as FastifyInstance;
}

/** Makes the service without a listener; bytes reach it through {@link listenSuppl76}, or are injected. */
export function makeSuppl76(options: Suppl76Options): FastifyInstance {
  const limits = { ...LIMITS, ...options.limits };
  const app = makeApp(options, limits);
  const queries = new Queries(options, limits);
  app.server.maxConnections = limits.connections;
  app.server.on('drop', () => options.count('suppl76_cut', 'connections'));
  app.server.on('tlsClientError', () => options.count('suppl76_cut', 'handshake'));
  let closing = false;
  app.addHook('preClose', async () => {
    closing = true;
  });
  app.addHook('onSend', async (_, reply) => {
    if (closing) reply.header('connection', 'close');
  });
  app.addHook('onRequest', async ({ raw }, reply) => {
    if (queries.asker(raw) === false) await reply.code(403).send();
  });
  app.post(NAMES.path, (request, reply) => {
    const asker = queries.asker(request.raw);
    return asker === false ? reply.code(403).send() : queries.answer(request.body, asker, reply);
  });
  app.setErrorHandler((fault: { readonly statusCode?: number }, _, reply) => {
    const { statusCode = 500 } = fault;
    if (statusCode >= 500) return queries.refuse(reply, FAILED);
    return queries.refuse(reply, { status: statusCode, error: 'malformed', detail: 'It is no such message.' });
  });
  return app;
}

async function listenOn(app: FastifyInstance, fd: number): Promise<void> {
  await app.ready();
  await new Promise<void>((resolve, reject) => {
    app.server.once('error', reject).listen({ fd }, resolve);
  });
}

/** Listens for queries of EIRs. */
export async function listenSuppl76(options: Suppl76Options): Promise<Server> {
  const app = makeSuppl76(options);
  const { fd, host, port } = options;
  // What fastify listens on cannot be a descriptor; its server can.
  await (fd === undefined ? app.listen({ host, port }) : listenOn(app, fd));
  const address = app.server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP listener without a port');
  return {
    address: `${options.host}:${address.port}`,
    close: async (graceMs = 5000) => {
      const timer = setTimeout(() => app.server.closeAllConnections(), graceMs);
      await app.close();
      clearTimeout(timer);
    },
  };
}
