import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from 'pino';
import { SYSTEM } from '../access/actor.ts';
import type { Desk } from '../access/desk.ts';
import { ringSecrets, type Secret, startFaults } from '../access/secrets.ts';
import { authenticateBy } from '../api/authenticate.ts';
import { BULK_CHECK, bulkCheck } from '../api/bulk/handler.ts';
import { openPublicCheck, type PublicCheck } from '../api/check/open.ts';
import { CONSIGNMENT_FILE, consignmentFile } from '../api/goods/file.ts';
import type { House } from '../api/house.ts';
import { startWorker } from '../api/jobs/worker.ts';
import { LIMITS, type Limits } from '../api/limits.ts';
import { providerAt } from '../api/provider.ts';
import { makeApi, type Tls } from '../api/server.ts';
import type { Country } from '../country/country.ts';
import { explain } from '../decisions/explain.ts';
import { type CentreOptions, startCentre } from '../eir/centre/centre.ts';
import { Refused } from '../faults/fault.ts';
import { errorCode } from '../files/errno.ts';
import type { Channel } from '../notices/channel.ts';
import { runSender } from '../notices/sender.ts';
import { EngineError } from '../stores/protocol.ts';
import type { ServedStore } from '../stores/store.ts';
import type { Keys } from '../vault/keyfile.ts';
import { openKeys } from '../vault/open.ts';
import { vaultOf } from '../vault/seal.ts';
import { signerOf } from '../vault/signing.ts';
import { tendVault } from '../vault/tend.ts';
import { baselineDuty } from './baseline.ts';
import { clockDuties } from './duties.ts';
import { Duties, type Duty, type Record } from './duty.ts';
import { dutyMetrics } from './metrics.ts';
import { publishOffices, publishRuns } from './publish.ts';
import { lookAtChecks, lookAtRun } from './sightings.ts';
import { takersOf } from './takers.ts';

/** What is served, and how. Files that the configuration names have been read. */
export type ServeOptions = {
  readonly store: ServedStore;
  readonly country: Country;
  readonly listen: { readonly host: string; readonly port: number; readonly tls?: Tls | undefined };
  /** Where the public reaches it; where it listens, if absent. */
  readonly publicUrl?: string | undefined;
  readonly proxies?: readonly string[] | undefined;
  readonly feed: string;
  readonly centre?: Pick<CentreOptions, 'host' | 'port' | 'tls' | 'nodes'> | undefined;
  /** The ways by which notices leave, once the register is there that they answer by. */
  readonly channels: (house: House) => readonly Channel[];
  readonly logger: Logger;
  /** What was configured, to be held against what everybody knows. */
  readonly secrets?: readonly Secret[] | undefined;
  /** The secret of the register at the country's provider of identities. */
  readonly oidcSecret?: string | undefined;
  /** Secrets that everybody knows are refused. */
  readonly production: boolean;
  readonly clock?: (() => Date) | undefined;
  /** What the register bears, where not the usual. */
  readonly limits?: Limits | undefined;
};

/** A register that is served. */
export type Serving = {
  readonly url: string;
  /** Where nodes follow, where this process serves them. */
  readonly centre: string | undefined;
  readonly house: House;
  readonly duties: () => readonly Record[];
  /** Takes no more requests, ends those under way, and the turn at hand of each duty. The stores stay open. */
  close(): Promise<void>;
};

type Started = { close(): Promise<void> };

/** What is open so far, to be closed in reverse when one more cannot be opened. */
class Opened {
  readonly #closers: (() => Promise<void>)[] = [];

  keep<T extends Started>(one: T): T {
    this.#closers.push(() => one.close());
    return one;
  }

  async close(): Promise<void> {
    for (const close of this.#closers.reverse()) await close();
    this.#closers.length = 0;
  }
}

/** What is served from, with what only the register itself touches. */
type Home = House & { readonly checking: PublicCheck; readonly keys: Keys };

async function houseOf(options: ServeOptions, opened: Opened, records: () => readonly Record[]): Promise<Home> {
  const { store, country, feed, clock = () => new Date(), production, secrets = [] } = options;
  const keys = await openKeys(store.registry, { folder: store.folder });
  const faults = await startFaults(store.registry, {
    production,
    secrets: [...secrets, ...ringSecrets(keys.ring())],
  });
  if (faults.length > 0) throw new Refused(faults);
  const places = { feed, folder: path.join(store.folder, 'check'), store, policy: country, clock };
  const checking = opened.keep(await openPublicCheck(places));
  const publicUrl = options.publicUrl ?? `http://${options.listen.host}:${options.listen.port}`;
  return {
    registry: store.registry,
    vault: vaultOf(keys),
    signer: signerOf(keys, country.name),
    policy: country,
    clock,
    publicUrl,
    authenticate: authenticateBy(country),
    analytics: store,
    explaining: (wish) => explain(store, { country, ...wish }),
    checking,
    keys,
    measures: () => dutyMetrics(records()),
    ...(country.access.oidc === undefined
      ? {}
      : { provider: providerAt({ policy: country.access.oidc, publicUrl, secret: options.oidcSecret }) }),
    limits: options.limits ?? LIMITS,
  };
}

/** The register's own desk: for its clock, and for what networks report. */
const systemDesk =
  ({ vault, policy, clock }: House) =>
  (query: Desk['query']): Desk => ({ query, vault, policy, actor: SYSTEM, now: clock() });

function dutiesOf(options: ServeOptions, house: Home): readonly Duty[] {
  const { store, country, feed: folder } = options;
  const { vault, clock, registry, keys } = house;
  const policy = country;
  const publishing = { store, vault, country, folder, clock };
  const looking = {
    registry,
    analytics: store.analytics,
    policy,
    desk: systemDesk(house),
    takers: takersOf(store.analytics),
  };
  return [
    publishOffices(publishing),
    publishRuns(publishing),
    {
      name: 'refresh_check',
      every: 5,
      round: async () => {
        await house.checking.refresh();
        return 0;
      },
    },
    { name: 'look_at_runs', every: 10, round: () => lookAtRun(looking) },
    { name: 'look_at_checks', every: 2, round: () => lookAtChecks(looking, folder) },
    baselineDuty(looking),
    {
      name: 'tend_vault',
      every: 24 * 3600,
      round: async () => {
        const { rotated, resealed } = await tendVault({ registry, keys, vault, policy, now: clock(), batch: 1000 });
        return rotated.length + resealed;
      },
    },
    ...clockDuties(house.signer),
  ];
}

/** Serves a register: its interface, the nodes that follow its lists, and what it does by itself. */
export async function startServing(options: ServeOptions): Promise<Serving> {
  const { store, country, feed, logger, listen, proxies } = options;
  const onDefect = (what: string) => (error: unknown) => logger.error({ what, failure: nameOf(error) }, 'failed');
  const opened = new Opened();
  try {
    await mkdir(feed, { recursive: true, mode: 0o700 });
    let records = (): readonly Record[] => [];
    const house = await houseOf(options, opened, () => records());
    const { registry, vault, clock } = house;
    const worker = startWorker({
      registry,
      handlers: { [BULK_CHECK]: bulkCheck(house), [CONSIGNMENT_FILE]: consignmentFile(house) },
      clock,
      onDefect: onDefect('job'),
    });
    opened.keep(worker);
    const channels = options.channels(house);
    for (const channel of channels) opened.keep(channel);
    const sender = { vault, policy: country, channels, clock };
    opened.keep(untilClosed((signal) => runSender(registry, sender, signal), onDefect('sender')));
    const count = (name: string, label?: string): void => logger.debug({ count: name, label });
    const centre =
      options.centre &&
      opened.keep(await startCentre({ ...options.centre, folder: feed, count, onDefect: onDefect('feed') }));
    const onFailure = (duty: string, error: unknown): void => onDefect(duty)(error);
    const service = { registry, desk: systemDesk(house), clock, onFailure };
    const duties = opened.keep(new Duties(service, dutiesOf(options, house)));
    records = () => duties.records;
    opened.keep(store.listen('ceir_control', () => duties.wake('publish_offices')));
    const app = await makeApi({ house, tls: listen.tls, proxies, logger });
    opened.keep({ close: () => app.close() });
    const url = await app.listen({ host: listen.host, port: listen.port });
    return { url, centre: centre?.address, house, duties: () => duties.records, close: () => opened.close() };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

/** Of a failure, what cannot quote anybody's data. */
function nameOf(error: unknown): string {
  if (error instanceof Refused) return error.faults[0]?.code ?? 'Refused';
  if (error instanceof EngineError) return `EngineError ${error.engineCode ?? ''}`.trim();
  return `${error instanceof Error ? error.name : typeof error} ${errorCode(error) ?? ''}`.trim();
}

const AGAIN_MS = 5000;

/** Keeps something going until it is closed, again some seconds after it failed. */
function untilClosed(act: (signal: AbortSignal) => Promise<void>, onFailure: (error: unknown) => void): Started {
  const stop = new AbortController();
  const loop = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      try {
        await act(stop.signal);
      } catch (error) {
        onFailure(error);
        await wait(AGAIN_MS, undefined, { signal: stop.signal }).catch(() => undefined); // it is closed
      }
    }
  };
  const going = loop();
  return {
    close: () => {
      stop.abort();
      return going;
    },
  };
}
