import type { Checker, Count, Server } from '../checker.ts';
import type { MapLink } from '../map/options.ts';
import type { Registration } from '../sbi/nrf.ts';
import type {
  GsupConfig,
  MapConfig,
  MapLinkConfig,
  NodeConfig,
  S13Config,
  SbiConfig,
  Suppl76Config,
} from './config.ts';
import { type Material, tlsOf } from './material.ts';

// Servers are loaded where they are used: a worker without them starts sooner, and the main thread needs none.

/** What one worker serves. */
export type Serving = {
  readonly config: Pick<NodeConfig, 'operator' | 'protocols'>;
  readonly material: Pick<Material, 'files'>;
  /** The node's NF instance id. */
  readonly instance: string;
  /** Where each listener is to listen: a descriptor that is bound already, or a port that was given out before. */
  readonly places: ReadonlyMap<string, { readonly fd?: number; readonly port?: number }>;
  /** Whether this one makes the outgoing links and registers at an NRF: one of the workers does. */
  readonly isFirst: boolean;
};

/** An NRF has so long to hear a farewell, however short the node's is. */
const LEAVE_MS = 250;

type With = { readonly checker: Checker; readonly count: Count };

/** The servers of one worker. */
export type Servers = {
  /** Where each listens, by its place in the node file: `s13[0]`. */
  readonly addresses: ReadonlyMap<string, string>;
  readonly close: (graceMs: number) => Promise<void>;
};

/** Starts all servers of a worker. Those that began are closed again when one cannot. */
export async function startServers(serving: Serving, using: With): Promise<Servers> {
  const started = new Map<string, Server>();
  const { s13, n5gEir, gsup, suppl76, map } = serving.config.protocols;
  const registrations: Registration[] = [];
  const close = async (graceMs: number): Promise<void> => {
    const until = performance.now() + graceMs;
    await farewell(registrations, graceMs);
    const rest = Math.max(0, until - performance.now());
    await Promise.all([...started.values()].map((server) => server.close(rest)));
  };
  try {
    for (const [at, one] of s13.entries()) started.set(`s13[${at}]`, await serveS13(serving, one, `s13[${at}]`, using));
    for (const [at, one] of n5gEir.entries()) {
      const key = `n5g_eir[${at}]`;
      const server = await serveSbi(serving, one, key, using);
      started.set(key, server);
      if (serving.isFirst && one.nrf !== undefined) registrations.push(await register(serving, one, server, using));
    }
    for (const [at, one] of gsup.entries())
      started.set(`gsup[${at}]`, await serveGsup(serving, one, `gsup[${at}]`, using));
    for (const [at, one] of suppl76.entries()) {
      const key = `suppl76[${at}]`;
      started.set(key, await serveSuppl76(serving, one, key, using));
    }
    if (serving.isFirst && map !== undefined) started.set('map', await serveMap(map, using));
  } catch (error) {
    await close(0);
    throw error;
  }
  return { addresses: new Map([...started].map(([key, { address }]) => [key, address])), close };
}

/** Leaves all NRFs. One that does not answer takes no more than half of the time that those who do answer have, too. */
async function farewell(registrations: readonly Registration[], graceMs: number): Promise<void> {
  if (registrations.length === 0) return;
  let limit: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    limit = setTimeout(resolve, Math.max(LEAVE_MS, graceMs / 2));
  });
  await Promise.race([over, Promise.all(registrations.map((one) => one.leave()))]);
  clearTimeout(limit);
}

/** Host, and port or descriptor. */
const placeOf = (
  { places }: Serving,
  key: string,
  { host, port }: { readonly host: string; readonly port: number },
) => ({
  host,
  port,
  ...places.get(key),
});

/** Counters of one server are told from those of others by the name of its protocol. */
const named =
  (count: Count, name: string): Count =>
  (counter, label) =>
    count(`${name}_${counter}`, label);

const operatorOf = ({ config }: Serving, named: string): string => (named === '' ? config.operator : named);

async function serveS13(serving: Serving, one: S13Config, key: string, { checker, count }: With): Promise<Server> {
  const { startDiameter } = await import('../diameter/server.ts');
  const { identity, realms, tls, peers, plmns, duplicate, limits } = one;
  const { key: pem = '', cert = '', ca = '' } = tls === undefined ? {} : tlsOf(serving.material, tls);
  return startDiameter({
    ...placeOf(serving, key, one),
    identity,
    realms,
    duplicate,
    limits,
    plmns: new Map(plmns.map(({ plmn, operator }) => [plmn, operator])),
    ...(peers === undefined ? {} : { peers }),
    ...(tls === undefined ? {} : { tls: { key: Buffer.from(pem), cert: Buffer.from(cert), ca: Buffer.from(ca) } }),
    checker,
    count: named(count, 's13'),
  });
}

async function serveSbi(serving: Serving, one: SbiConfig, key: string, { checker, count }: With): Promise<Server> {
  const { listenSbi } = await import('../sbi/server.ts');
  const { prefix, tls, peers, operator, oauth2, limits } = one;
  const instance = one.instance ?? serving.instance;
  const pems = tls === undefined ? {} : tlsOf(serving.material, tls);
  const keys = oauth2 === undefined ? '' : (serving.material.files.get(oauth2.keys) ?? '');
  return listenSbi({
    ...placeOf(serving, key, one),
    instance,
    operator: operatorOf(serving, operator),
    limits,
    ...(prefix === undefined ? {} : { prefix }),
    ...(tls === undefined ? {} : { tls: { key: '', cert: '', ...pems } }),
    ...(peers === undefined ? {} : { peers }),
    ...(oauth2 === undefined
      ? {}
      : { tokens: { keys, instance, ...(oauth2.issuer === undefined ? {} : { issuer: oauth2.issuer }) } }),
    checker,
    count,
  });
}

async function register(serving: Serving, one: SbiConfig, server: Server, { count }: With): Promise<Registration> {
  const { joinNrf } = await import('../sbi/nrf.ts');
  const { nrf, prefix = '', tls, oauth2 } = one;
  if (nrf === undefined) throw new Error('There is no NRF to register at.');
  const listening = Number(server.address.slice(server.address.lastIndexOf(':') + 1));
  const { addresses, fqdn, plmns, capacity, priority, port = listening } = nrf;
  return joinNrf({
    root: nrf.url,
    profile: {
      instance: one.instance ?? serving.instance,
      addresses,
      ...(fqdn === undefined ? {} : { fqdn }),
      port,
      scheme: tls === undefined ? 'http' : 'https',
      prefix,
      plmns,
      capacity,
      priority,
      oauth2: oauth2 !== undefined,
      allowedNfTypes: ['AMF'],
    },
    tls: tlsOf(serving.material, nrf),
    count,
  });
}

async function serveGsup(serving: Serving, one: GsupConfig, key: string, { checker, count }: With): Promise<Server> {
  const { startGsup } = await import('../gsup/server.ts');
  const { tls, hlr, store, unknown, peers, addresses, operator, limits } = one;
  const { key: pem = '', cert = '', ca = '' } = tls === undefined ? {} : tlsOf(serving.material, tls);
  const ours = operatorOf(serving, operator);
  return startGsup({
    ...placeOf(serving, key, one),
    ...(tls === undefined ? {} : { tls: { key: Buffer.from(pem), cert: Buffer.from(cert), ca: Buffer.from(ca) } }),
    ...(hlr === undefined ? {} : { hlr }),
    store,
    unknown,
    ...(peers === undefined
      ? {}
      : { peers: new Map(peers.map((peer) => [peer.name, peer.operator === '' ? ours : peer.operator])) }),
    ...(addresses === undefined ? {} : { addresses: new Set(addresses) }),
    operator: ours,
    limits,
    checker,
    count,
  });
}

async function serveSuppl76(
  serving: Serving,
  one: Suppl76Config,
  key: string,
  { checker, count }: With,
): Promise<Server> {
  const { listenSuppl76 } = await import('../suppl76.ts');
  const { tls, peers, operator, ttlSeconds } = one;
  return listenSuppl76({
    ...placeOf(serving, key, one),
    ...(tls === undefined ? {} : { tls: { key: '', cert: '', ...tlsOf(serving.material, tls) } }),
    ...(peers === undefined ? {} : { peers }),
    operator: operatorOf(serving, operator),
    ttlSeconds,
    checker,
    count,
  });
}

async function serveMap(one: MapConfig, { checker, count }: With): Promise<Server> {
  const { startMap } = await import('../map/server.ts');
  const { links, ssn, subscriber, peers, strangers, limits } = one;
  return startMap({
    links: links.map(linkOf),
    ssn,
    subscriber,
    peers,
    ...(strangers === undefined ? {} : { strangers }),
    limits,
    checker,
    count,
  });
}

function linkOf({ kind, unitName = '', ...rest }: MapLinkConfig): MapLink {
  const { name, host, port, routingContext, networkAppearance, aspIdentifier, trafficMode } = rest;
  if (kind === 'ipa') return { kind, name, host, port, unitName };
  return {
    kind,
    name,
    host,
    port,
    ...(routingContext === undefined ? {} : { routingContext }),
    ...(networkAppearance === undefined ? {} : { networkAppearance }),
    ...(aspIdentifier === undefined ? {} : { aspIdentifier }),
    ...(trafficMode === undefined ? {} : { trafficMode }),
  };
}
