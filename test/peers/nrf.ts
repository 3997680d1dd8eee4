import { once } from 'node:events';
import {
  createSecureServer,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Certificate } from './certificates.ts';

/** A request that the NRF got. */
export type Told = { readonly method: string; readonly instance: string; readonly body: unknown };

/** A small Network Repository Function (3GPP TS 29.510): it keeps profiles and checks what it is told. */
export type Nrf = {
  readonly root: string;
  /** What it knows now, by instance. */
  readonly known: Map<string, Readonly<Record<string, unknown>>>;
  readonly told: Told[];
  /** What was wrong with what it was told. */
  readonly wrong: string[];
  /** How many connections it has had. */
  readonly connections: () => number;
  /** Ends at once, as a killed process does: connections are torn, and what it knew is gone. */
  readonly kill: () => Promise<void>;
};

export type NrfWishes = {
  readonly port: number;
  /** The heart-beat timer it gives, in seconds. */
  readonly heartBeatSeconds: number;
  readonly tls?: Certificate & { readonly ca: Buffer };
  /** Refuses registrations with this status as long as it is told. */
  readonly refuse?: () => number | undefined;
};

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const PATH = /^\/nnrf-nfm\/v1\/nf-instances\/(?<instance>[^/?]+)$/;

type Members = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Members => typeof value === 'object' && value !== null;

/** What is wrong with an NFService (TS 29.510 §6.1.6.2.3); nothing where it is whole. */
function* faultsOfService(service: unknown): Generator<string> {
  if (!isObject(service)) return yield 'a service is no object';
  for (const name of ['serviceInstanceId', 'serviceName', 'scheme', 'nfServiceStatus'])
    if (typeof service[name] !== 'string') yield `a service lacks ${name}`;
  if (service['serviceName'] !== 'n5g-eir-eic') yield 'the service is not n5g-eir-eic';
  const versions = service['versions'];
  if (!Array.isArray(versions) || versions.length === 0) return yield 'a service has no versions';
  for (const version of versions as unknown[])
    if (!isObject(version) || version['apiVersionInUri'] !== 'v1' || typeof version['apiFullVersion'] !== 'string')
      yield 'a version is wrong';
  for (const end of (service['ipEndPoints'] ?? []) as Members[])
    if (typeof end['port'] !== 'number' || !('ipv4Address' in end || 'ipv6Address' in end))
      yield 'an end point is wrong';
}

/** What is wrong with an NFProfile (TS 29.510 §6.1.6.2.2). */
function* faultsOfProfile(profile: unknown, instance: string): Generator<string> {
  if (!isObject(profile)) return yield 'the profile is no object';
  if (profile['nfInstanceId'] !== instance) yield 'nfInstanceId is not that of the path';
  if (!UUID.test(instance)) yield 'nfInstanceId is no UUID';
  if (profile['nfType'] !== '5G_EIR') yield 'nfType is not 5G_EIR';
  if (profile['nfStatus'] !== 'REGISTERED') yield 'nfStatus is not REGISTERED';
  if (!['fqdn', 'ipv4Addresses', 'ipv6Addresses'].some((name) => name in profile)) yield 'no address is told';
  const services = profile['nfServices'];
  if (!Array.isArray(services) || services.length !== 1) return yield 'nfServices is not one service';
  yield* faultsOfService(services[0]);
}

type Reply = { readonly status: number; readonly body?: Members };

class Instances {
  readonly known = new Map<string, Members>();
  readonly told: Told[] = [];
  readonly wrong: string[] = [];
  readonly #wishes: NrfWishes;

  constructor(wishes: NrfWishes) {
    this.#wishes = wishes;
  }

  take(headers: IncomingHttpHeaders, text: string): Reply {
    const method = String(headers[':method']);
    const instance = PATH.exec(String(headers[':path']))?.groups?.['instance'];
    if (instance === undefined) {
      this.wrong.push(`the path ${headers[':path']}`);
      return { status: 404 };
    }
    const body: unknown = text === '' ? undefined : JSON.parse(text);
    this.told.push({ method, instance, body });
    if (method === 'PUT') return this.#put(headers, { method, instance, body });
    if (!this.known.has(instance)) return { status: 404, body: { cause: 'CONTEXT_NOT_FOUND', status: 404 } };
    if (method === 'PATCH') return this.#patch(headers, body);
    if (method !== 'DELETE') this.wrong.push(`the method ${method}`);
    this.known.delete(instance);
    return { status: 204 };
  }

  #put(headers: IncomingHttpHeaders, { instance, body }: Told): Reply {
    const refusal = this.#wishes.refuse?.();
    if (refusal !== undefined) return { status: refusal, body: { status: refusal } };
    if (headers['content-type'] !== 'application/json') this.wrong.push('a profile that is not application/json');
    const faults = [...faultsOfProfile(body, instance)];
    this.wrong.push(...faults);
    if (faults.length > 0 || !isObject(body)) return { status: 400, body: { status: 400 } };
    const status = this.known.has(instance) ? 200 : 201;
    this.known.set(instance, body);
    return { status, body: { ...body, heartBeatTimer: this.#wishes.heartBeatSeconds } };
  }

  #patch(headers: IncomingHttpHeaders, body: unknown): Reply {
    if (headers['content-type'] !== 'application/json-patch+json') this.wrong.push('a patch of another type');
    const [first] = Array.isArray(body) ? (body as unknown[]) : [];
    const good = isObject(first) && first['op'] === 'replace' && first['path'] === '/nfStatus';
    if (!good) this.wrong.push('a patch that is no heart-beat');
    return { status: 204 };
  }
}

function send(stream: ServerHttp2Stream, { status, body }: Reply): void {
  stream.respond({ ':status': status, ...(body === undefined ? {} : { 'content-type': 'application/json' }) });
  stream.end(body === undefined ? undefined : JSON.stringify(body));
}

function makeServer({ tls }: NrfWishes): Http2Server {
  if (tls === undefined) return createServer();
  const { key, cert, ca } = tls;
  return createSecureServer({ key, cert, ca, requestCert: true, rejectUnauthorized: true });
}

/** Starts an NRF on a port. */
export async function startNrf(wishes: NrfWishes): Promise<Nrf> {
  const instances = new Instances(wishes);
  const sessions = new Set<ServerHttp2Session>();
  let connections = 0;
  const server = makeServer(wishes);
  server.on('session', (session: ServerHttp2Session) => {
    connections += 1;
    sessions.add(session);
    session.on('close', () => sessions.delete(session));
  });
  server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    let text = '';
    stream.on('error', () => undefined);
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    stream.on('end', () => send(stream, instances.take(headers, text)));
  });
  server.listen(wishes.port, '127.0.0.1');
  await once(server, 'listening');
  return {
    root: `${wishes.tls === undefined ? 'http' : 'https'}://127.0.0.1:${wishes.port}`,
    known: instances.known,
    told: instances.told,
    wrong: instances.wrong,
    connections: () => connections,
    kill: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const session of sessions) session.destroy();
      await closed;
    },
  };
}
