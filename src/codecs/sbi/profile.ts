/** What an EIR tells a Network Repository Function of itself. */
export type EirProfile = {
  /** A UUID that stays the same over restarts. */
  readonly instance: string;
  /** Where the service is reached: literal addresses, or a name that consumers resolve. */
  readonly addresses: readonly string[];
  readonly fqdn?: string;
  readonly port: number;
  readonly scheme: 'http' | 'https';
  /** Path before `/n5g-eir-eic`, with its slash; '' for none. */
  readonly prefix: string;
  /** The networks served, as `MCC-MNC`; empty where it serves the NRF's own. */
  readonly plmns: readonly string[];
  /** 0 to 65535: share of the traffic among several, and who is asked first (the lower). */
  readonly capacity: number;
  readonly priority: number;
  /** Whether access tokens are asked for. */
  readonly oauth2: boolean;
  /** Which consumers may find it; empty for all. */
  readonly allowedNfTypes: readonly string[];
};

const isV6 = (address: string): boolean => address.includes(':');

function plmnOf(plmn: string): { readonly mcc: string; readonly mnc: string } {
  const [mcc = '', mnc = ''] = plmn.split('-');
  return { mcc, mnc };
}

const unless = (empty: boolean, told: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  empty ? {} : told;

/** The `NFService` of n5g-eir-eic (3GPP TS 29.510 §6.1.6.2.3). `supportedFeatures` is "0": the service defines none. */
function serviceOf(profile: EirProfile): Readonly<Record<string, unknown>> {
  const { instance, addresses, port, prefix, oauth2, allowedNfTypes } = profile;
  return {
    serviceInstanceId: `${instance}-n5g-eir-eic`,
    serviceName: 'n5g-eir-eic',
    versions: [{ apiVersionInUri: 'v1', apiFullVersion: '1.3.0' }],
    scheme: profile.scheme,
    nfServiceStatus: 'REGISTERED',
    ...unless(profile.fqdn === undefined, { fqdn: profile.fqdn }),
    ipEndPoints:
      addresses.length === 0
        ? [{ port, transport: 'TCP' }]
        : addresses.map((address) => ({
            [isV6(address) ? 'ipv6Address' : 'ipv4Address']: address,
            transport: 'TCP',
            port,
          })),
    ...unless(prefix === '', { apiPrefix: prefix }),
    ...unless(allowedNfTypes.length === 0, { allowedNfTypes }),
    capacity: profile.capacity,
    priority: profile.priority,
    supportedFeatures: '0',
    oauth2Required: oauth2,
  };
}

/** The `NFProfile` of a 5G_EIR (TS 29.510 §6.1.6.2.2). The service stands in the list of Release 15 and the map of 16. */
export function nfProfile(profile: EirProfile, heartBeatSeconds: number): Readonly<Record<string, unknown>> {
  const { instance, addresses, plmns } = profile;
  const service = serviceOf(profile);
  const [v4, v6] = [addresses.filter((one) => !isV6(one)), addresses.filter(isV6)];
  return {
    nfInstanceId: instance,
    nfType: '5G_EIR',
    nfStatus: 'REGISTERED',
    heartBeatTimer: heartBeatSeconds,
    ...unless(plmns.length === 0, { plmnList: plmns.map(plmnOf) }),
    ...unless(profile.fqdn === undefined, { fqdn: profile.fqdn }),
    ...unless(v4.length === 0, { ipv4Addresses: v4 }),
    ...unless(v6.length === 0, { ipv6Addresses: v6 }),
    capacity: profile.capacity,
    priority: profile.priority,
    nfServices: [service],
    nfServiceList: { [String(service['serviceInstanceId'])]: service },
  };
}

/** The heart-beat: a JSON Patch that says it is still registered (TS 29.510 §5.2.2.3.2). */
export const HEARTBEAT = JSON.stringify([{ op: 'replace', path: '/nfStatus', value: 'REGISTERED' }]);

/** The resource of an instance at an NRF (TS 29.510 §6.1.3.3). */
export const instancePath = (prefix: string, instance: string): string =>
  `${prefix}/nnrf-nfm/v1/nf-instances/${instance}`;

/** The seconds between heart-beats that an NRF's answer asks for; undefined where it tells none. */
export function heartBeatOf(body: string): number | undefined {
  try {
    const told: unknown = JSON.parse(body);
    const timer =
      typeof told === 'object' && told !== null && 'heartBeatTimer' in told ? told.heartBeatTimer : undefined;
    return typeof timer === 'number' && timer >= 1 && timer <= 86_400 ? timer : undefined;
  } catch {
    return undefined;
  }
}
