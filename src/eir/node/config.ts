import path from 'node:path';
import type { Limits as S13Limits } from '../diameter/options.ts';
import type { GsupLimits } from '../gsup/server.ts';
import type { MapLimits } from '../map/options.ts';
import type { SbiLimits } from '../sbi/limits.ts';

/** Where the PEM files of a listener are; with `ca` peers show a certificate of it. */
export type TlsFiles = { readonly key: string; readonly cert: string; readonly ca?: string };

/** Where something listens; port 0 takes a free one. */
export type Place = { readonly host: string; readonly port: number };

/** Any of a server's limits. */
export type Bounds<T> = { readonly [Key in keyof T]?: number };

export type S13Config = Place & {
  readonly identity: { readonly host: string; readonly realm: string };
  readonly realms: readonly string[];
  readonly tls?: TlsFiles;
  readonly peers?: readonly { readonly host?: string; readonly realm?: string; readonly operator: string }[];
  readonly plmns: readonly { readonly plmn: string; readonly operator: string }[];
  readonly duplicate: 'replace' | 'refuse';
  readonly limits: Bounds<S13Limits>;
};

export type NrfConfig = {
  readonly url: string;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** How consumers reach this node, as the NRF tells them. */
  readonly addresses: readonly string[];
  readonly fqdn?: string;
  readonly port?: number;
  /** Networks served, as `MCC-MNC`. */
  readonly plmns: readonly string[];
  readonly capacity: number;
  readonly priority: number;
};

export type SbiConfig = Place & {
  /** NF instance id, a UUID; made once and kept in the data folder where it is not told. */
  readonly instance?: string;
  readonly prefix?: string;
  readonly tls?: TlsFiles;
  readonly peers?: readonly string[];
  readonly operator: string;
  /** Whose access tokens hold: a PEM or JWK set file of the NRF. */
  readonly oauth2?: { readonly keys: string; readonly issuer?: string };
  readonly nrf?: NrfConfig;
  readonly limits: Bounds<SbiLimits>;
};

export type MapLinkConfig = {
  readonly name: string;
  readonly kind: 'ipa' | 'm3ua';
  readonly host: string;
  readonly port: number;
  readonly unitName?: string;
  readonly routingContext?: number;
  readonly networkAppearance?: number;
  readonly aspIdentifier?: number;
  readonly trafficMode?: 'override' | 'loadshare' | 'broadcast';
};

export type MapConfig = {
  readonly links: readonly MapLinkConfig[];
  readonly ssn: number;
  readonly subscriber: {
    readonly imsi?: number;
    readonly msisdn?: number;
    readonly msisdnForm: 'address' | 'digits';
  };
  readonly peers: readonly {
    readonly operator: string;
    readonly name?: string;
    readonly titles: readonly string[];
    readonly pointCodes: readonly number[];
  }[];
  readonly strangers?: 'answer' | 'drop';
  readonly limits: Bounds<MapLimits>;
};

export type GsupConfig = Place & {
  readonly tls?: TlsFiles;
  readonly hlr?: Place;
  readonly store: boolean;
  readonly unknown: 'permit' | 'refuse';
  readonly peers?: readonly { readonly name: string; readonly operator: string }[];
  readonly addresses?: readonly string[];
  readonly operator: string;
  readonly limits: Bounds<GsupLimits>;
};

export type Suppl76Config = Place & {
  readonly tls?: TlsFiles;
  readonly peers?: readonly string[];
  readonly operator: string;
  readonly ttlSeconds: number;
};

export type EventsConfig = {
  /** Whether checks are recorded at all. */
  readonly record: boolean;
  readonly mostMegabytes: number;
  readonly fileSeconds: number;
  readonly fileMegabytes: number;
  readonly alarms: {
    readonly unit: string;
    readonly reasons: readonly string[];
    readonly tracked: boolean;
    readonly againSeconds: number;
  };
};

/** One node, as its file tells. */
export type NodeConfig = {
  readonly name: string;
  /** The operator of those who ask and do not tell theirs. */
  readonly operator: string;
  /** The node's own folder: lists, journals, events, keys. */
  readonly data: string;
  readonly workers: number;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  readonly drainSeconds: number;
  /** A file of the 32 hex digits under which IMSIs become pseudonyms; the same on all nodes that are to be joined. */
  readonly pseudonymKey?: string;
  /** A file of the 32 hex digits of the country's pseudonym key, for the golden list; absent: it is not known here. */
  readonly goldenKey?: string;
  readonly centre?: {
    readonly url: string;
    readonly tokenFile: string;
    readonly ca?: string;
    readonly cert?: string;
    readonly key?: string;
    /** How much of what the node holds a snapshot may take off, in percent. */
    readonly shrinkPercent: number;
  };
  readonly admin?: Place & { readonly tokenFile?: string };
  readonly protocols: {
    readonly s13: readonly S13Config[];
    readonly n5gEir: readonly SbiConfig[];
    readonly map?: MapConfig;
    readonly gsup: readonly GsupConfig[];
    readonly suppl76: readonly Suppl76Config[];
  };
  readonly events: EventsConfig;
};

/** The key, host and port of each listener of a node. */
export function listenersOf({ protocols }: Pick<NodeConfig, 'protocols'>) {
  const { s13, n5gEir, gsup, suppl76 } = protocols;
  return Object.entries({ s13, n5g_eir: n5gEir, gsup, suppl76 }).flatMap(([name, all]) =>
    all.map(({ host, port }, at) => ({ key: `${name}[${at}]`, host, port })),
  );
}

/** Whether only this machine can reach an address. */
export const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || host.startsWith('127.');

/** A file that a node file names. */
export const beside = (nodeFile: string, named: string): string => path.resolve(path.dirname(nodeFile), named);
