import { constants } from 'node:crypto';
import path from 'node:path';
import fastify, { type FastifyInstance } from 'fastify';
import type { Fault } from '../../faults/fault.ts';
import type { Count } from '../checker.ts';
import { Answers } from './answers.ts';
import { Feed } from './feed.ts';
import type { Nodes } from './nodes.ts';
import type { CentreLimits, Parts } from './parts.ts';
import { Pieces } from './pieces.ts';
import { Reports } from './reports.ts';
import { addRoutes } from './routes.ts';
import { type SnapshotRules, Snapshots } from './snapshots.ts';
import type { StreamTimes } from './stream.ts';

const LIMITS: CentreLimits = { connections: 1024, requestMs: 30_000, questions: 10_000, far: 500_000 };
const TIMES: StreamTimes = { beatMs: 1000, stallMs: 30_000 };
const SNAPSHOTS: SnapshotRules = { changes: 50_000, share: 0.1, everyMs: 5000 };

/** A feed server. */
export type CentreOptions = {
  /** The feed folder, see `publishFeed` of `lists/feed.ts`. */
  readonly folder: string;
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  readonly nodes: Nodes;
  /** PEM; with `ca`, nodes must show a certificate of it beside their token. */
  readonly tls?: { readonly key: Buffer | string; readonly cert: Buffer | string; readonly ca?: Buffer | string };
  readonly count: Count;
  readonly limits?: Partial<CentreLimits>;
  readonly times?: Partial<StreamTimes>;
  readonly snapshots?: Partial<SnapshotRules>;
  readonly onFault?: (fault: Fault) => void;
  /** Told of failures that nobody foresaw; the words may quote numbers of persons. */
  readonly onDefect?: (error: unknown) => void;
};

/** A running centre. */
export type Centre = {
  /** Where it listens, as `host:port`. */
  readonly address: string;
  /** Ends streams, then the rest. */
  readonly close: () => Promise<void>;
};

/** Serves a feed folder to nodes. It never opens the stores: whoever owns them publishes into the folder. */
export async function startCentre(options: CentreOptions): Promise<Centre> {
  const { folder, count, nodes } = options;
  const limits = { ...LIMITS, ...options.limits };
  const feed = await Feed.open(folder, count);
  const snapshots = await Snapshots.open(feed, {
    operators: nodes.nodes.map(({ operator }) => operator),
    rules: { ...SNAPSHOTS, ...options.snapshots },
    count,
    onFault: options.onFault ?? (() => undefined),
  });
  const parts: Parts = {
    feed,
    pieces: new Pieces(),
    snapshots,
    reports: await Reports.open(path.join(folder, 'nodes'), nodes, count),
    answers: new Answers(feed, snapshots, limits.questions),
    nodes,
    limits,
    times: { ...TIMES, ...options.times },
    count,
    onDefect: options.onDefect ?? (() => undefined),
    streams: new Map(),
  };
  const app = appOf(options, limits);
  addRoutes(app, parts);
  const close = async (): Promise<void> => {
    for (const stream of parts.streams.values()) stream.stop();
    app.server.closeIdleConnections();
    await app.close();
    feed.close();
    await parts.answers.close();
    await snapshots.close();
    await parts.reports.close();
  };
  try {
    await app.listen({ host: options.host, port: options.port });
  } catch (error) {
    await close();
    throw error;
  }
  return { address: addressOf(app, options), close };
}

function addressOf(app: FastifyInstance, { host, port }: CentreOptions): string {
  const address = app.server.address();
  if (address === null || typeof address === 'string') return `${host}:${port}`;
  return `${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`;
}

function appOf({ tls }: CentreOptions, limits: CentreLimits): FastifyInstance {
  const common = {
    bodyLimit: 1 << 20,
    forceCloseConnections: true,
    keepAliveTimeout: 10_000,
    connectionTimeout: 0,
    ajv: { customOptions: { removeAdditional: false, coerceTypes: true } } as const,
    routerOptions: { maxParamLength: 128 },
    http: { maxHeaderSize: 8192, headersTimeout: limits.requestMs, requestTimeout: 0 },
  };
  const app =
    tls === undefined
      ? fastify(common)
      : (fastify({
          ...common,
          https: {
            key: tls.key,
            cert: tls.cert,
            minVersion: 'TLSv1.2' as const,
            secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
            handshakeTimeout: limits.requestMs,
            ...(tls.ca === undefined ? {} : { ca: tls.ca, requestCert: true, rejectUnauthorized: true }),
          },
        }) as unknown as FastifyInstance);
  app.server.maxConnections = limits.connections;
  app.server.headersTimeout = limits.requestMs;
  return app;
}
