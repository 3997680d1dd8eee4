import { LineCounter, parseDocument } from 'yaml';
import { choice, digits, type Form, integer, text, truth } from '../../country/scalar.ts';
import {
  checked,
  type Field,
  type Fields,
  type Holed,
  list,
  needed,
  note,
  optional,
  type Reader,
  record,
  type Spot,
  section,
  standing,
  type Walk,
  within,
} from '../../country/walk.ts';
import type { Fault } from '../../faults/fault.ts';
import { fail, ok, type Result } from '../../faults/result.ts';
import { LIMITS as S13_LIMITS } from '../diameter/options.ts';
import { SPOOL } from '../events/spool.ts';
import { SHRINK_PERCENT } from '../follow/shrink.ts';
import { GSUP_LIMITS } from '../gsup/server.ts';
import { MAP_LIMITS } from '../map/options.ts';
import { SBI_LIMITS } from '../sbi/limits.ts';

import {
  type Bounds,
  type EventsConfig,
  type GsupConfig,
  isLoopback,
  type MapConfig,
  type MapLinkConfig,
  type NodeConfig,
  type NrfConfig,
  type Place,
  type S13Config,
  type SbiConfig,
  type Suppl76Config,
  type TlsFiles,
} from './config.ts';

const NAME: Form = { pattern: /^[a-z0-9][a-z0-9-]{0,62}$/, about: 'a name of small letters, digits and hyphens' };
const ID: Form = { pattern: /^[a-z0-9_]{1,16}$/, about: "an operator's id, as in the country file" };
const HOST: Form = { pattern: /^[A-Za-z0-9._:-]{1,255}$/, about: 'an address or the name of a host' };
const FILE: Form = { pattern: /^[^\0\r\n]{1,4096}$/, about: 'the name of a file' };
const LINE: Form = { pattern: /^[^\p{Cc}]{1,255}$/u, about: 'one line of text' };
const WORD: Form = { pattern: /^[!-~]{1,255}$/, about: 'a word without spaces' };
const URL_FORM: Form = {
  pattern: /^https?:\/\/[^\s/]+(?:\/\S*)?$/,
  about: 'a URL that begins with http:// or https://',
};
const UUID: Form = {
  pattern: /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/,
  about: 'a UUID in small letters',
};
const PREFIX: Form = { pattern: /^\/[A-Za-z0-9._~/-]{0,200}$/, about: 'a path that begins with a slash' };
const PLMN: Form = { pattern: /^\d{5,6}$/, about: "MCC and MNC, such as '22801'" };
const DASHED: Form = { pattern: /^\d{3}-\d{2,3}$/, about: "MCC and MNC, such as '228-01'" };
const TITLE: Form = { pattern: /^\d{1,15}$/, about: 'the beginning of a global title, in digits' };

const port = integer({ min: 0, max: 65_535 });
const operator = standing(text(ID), '');
const tls = optional(record<TlsFiles>({ key: needed(text(FILE)), cert: needed(text(FILE)), ca: optional(text(FILE)) }));
const mutual = optional(
  record<TlsFiles>({ key: needed(text(FILE)), cert: needed(text(FILE)), ca: needed(text(FILE)) }),
);
const place = (usual: number): Fields<Place> => ({
  host: standing(text(HOST), '0.0.0.0'),
  port: standing(port, usual),
});
const words = optional(list(text(WORD)));

/** Any of a server's limits, as whole numbers. */
const limits = <T extends object>(known: T): Field<Bounds<T>> => {
  const bound = optional(integer({ min: 0, max: 2 ** 31 - 1 }));
  return section(record(Object.fromEntries(Object.keys(known).map((key) => [key, bound])) as Fields<Bounds<T>>));
};

const s13 = record<S13Config>({
  ...place(3868),
  identity: needed(record<S13Config['identity']>({ host: needed(text(HOST)), realm: needed(text(HOST)) })),
  realms: section(list(text(HOST))),
  tls: mutual,
  peers: optional(
    list(
      record<NonNullable<S13Config['peers']>[number]>({
        host: optional(text(HOST)),
        realm: optional(text(HOST)),
        operator,
      }),
    ),
  ),
  plmns: section(list(record<S13Config['plmns'][number]>({ plmn: needed(digits(PLMN)), operator: needed(text(ID)) }))),
  duplicate: standing(choice(['replace', 'refuse']), 'replace'),
  limits: limits(S13_LIMITS),
});

const nrf = checked(
  record<NrfConfig>({
    url: needed(text(URL_FORM)),
    ca: optional(text(FILE)),
    cert: optional(text(FILE)),
    key: optional(text(FILE)),
    addresses: section(list(text(HOST))),
    fqdn: optional(text(HOST)),
    port: optional(port),
    plmns: section(list(text(DASHED))),
    capacity: standing(port, 100),
    priority: standing(port, 1),
  }),
  ({ addresses, fqdn }, spot) => {
    if (addresses === undefined || addresses.length > 0 || fqdn !== undefined) return;
    const remedy = 'Add addresses, or fqdn: an NRF refuses who does not say where consumers reach it.';
    note(spot, { code: 'NODE_FILE', message: 'the NRF is not told where this node is', remedy });
  },
);

const n5gEir = record<SbiConfig>({
  ...place(7777),
  instance: optional(text(UUID)),
  prefix: optional(text(PREFIX)),
  tls,
  peers: words,
  operator,
  oauth2: optional(
    record<NonNullable<SbiConfig['oauth2']>>({ keys: needed(text(FILE)), issuer: optional(text(LINE)) }),
  ),
  nrf: optional(nrf),
  limits: limits(SBI_LIMITS),
});

const link = checked(
  record<MapLinkConfig>({
    name: needed(text(NAME)),
    kind: needed(choice(['ipa', 'm3ua'])),
    host: needed(text(HOST)),
    port: needed(integer({ min: 1, max: 65_535 })),
    unitName: optional(text(WORD)),
    routingContext: optional(integer({ min: 0, max: 2 ** 32 - 1 })),
    networkAppearance: optional(integer({ min: 0, max: 2 ** 32 - 1 })),
    aspIdentifier: optional(integer({ min: 0, max: 2 ** 32 - 1 })),
    trafficMode: optional(choice(['override', 'loadshare', 'broadcast'])),
  }),
  ({ kind, unitName }, spot) => {
    if (kind !== 'ipa' || unitName !== undefined) return;
    const remedy = 'Add unit_name: the name under which the other side knows this node.';
    note(spot, { code: 'NODE_FILE', message: 'a link of kind ipa has a unit_name', remedy });
  },
);

const map = record<MapConfig>({
  links: needed(list(link, { atLeastOne: 'link' })),
  ssn: standing(integer({ min: 1, max: 255 }), 9),
  subscriber: section(
    record<MapConfig['subscriber']>({
      imsi: optional(integer({ min: 0, max: 2 ** 31 - 1 })),
      msisdn: optional(integer({ min: 0, max: 2 ** 31 - 1 })),
      msisdnForm: standing(choice(['address', 'digits']), 'address'),
    }),
  ),
  peers: section(
    list(
      record<MapConfig['peers'][number]>({
        operator: needed(text(ID)),
        name: optional(text(NAME)),
        titles: section(list(digits(TITLE))),
        pointCodes: section(list(integer({ min: 0, max: 16_383 }))),
      }),
    ),
  ),
  strangers: optional(choice(['answer', 'drop'])),
  limits: limits(MAP_LIMITS),
});

const gsup = record<GsupConfig>({
  ...place(4222),
  tls: mutual,
  hlr: optional(record<Place>({ host: needed(text(HOST)), port: standing(port, 4222) })),
  store: standing(truth, false),
  unknown: standing(choice(['permit', 'refuse']), 'permit'),
  peers: optional(list(record<NonNullable<GsupConfig['peers']>[number]>({ name: needed(text(WORD)), operator }))),
  addresses: words,
  operator,
  limits: limits(GSUP_LIMITS),
});

const suppl76 = record<Suppl76Config>({
  ...place(7676),
  tls,
  peers: words,
  operator,
  ttlSeconds: standing(integer({ min: 0, max: 2_592_000, unit: 'seconds' }), 3600),
});

const events = record<EventsConfig>({
  record: standing(truth, true),
  mostMegabytes: standing(integer({ min: 1, max: 1_000_000, unit: 'MiB' }), SPOOL.mostBytes >> 20),
  fileSeconds: standing(integer({ min: 1, max: 3600, unit: 'seconds' }), SPOOL.fileMs / 1000),
  fileMegabytes: standing(integer({ min: 1, max: 60, unit: 'MiB' }), SPOOL.fileBytes >> 20),
  alarms: section(
    record<EventsConfig['alarms']>({
      unit: standing(text(LINE), 'police'),
      reasons: section(list(text(LINE))),
      tracked: standing(truth, true),
      againSeconds: standing(integer({ min: 0, max: 2_592_000, unit: 'seconds' }), 3600),
    }),
  ),
});

const file = checked(
  record<NodeConfig>({
    name: needed(text(NAME)),
    operator: needed(text(ID)),
    data: needed(text(FILE)),
    workers: standing(integer({ min: 1, max: 64 }), 1),
    logLevel: standing(choice(['debug', 'info', 'warn', 'error', 'silent']), 'info'),
    drainSeconds: standing(integer({ min: 1, max: 300, unit: 'seconds' }), 10),
    pseudonymKey: optional(text(FILE)),
    goldenKey: optional(text(FILE)),
    centre: optional(
      record<NonNullable<NodeConfig['centre']>>({
        url: needed(text(URL_FORM)),
        tokenFile: needed(text(FILE)),
        ca: optional(text(FILE)),
        cert: optional(text(FILE)),
        key: optional(text(FILE)),
        shrinkPercent: standing(integer({ min: 0, max: 100, unit: 'percent' }), SHRINK_PERCENT),
      }),
    ),
    admin: optional(
      record<NonNullable<NodeConfig['admin']>>({
        host: standing(text(HOST), '127.0.0.1'),
        port: standing(port, 9464),
        tokenFile: optional(text(FILE)),
      }),
    ),
    protocols: section(
      record<NodeConfig['protocols']>({
        s13: section(list(s13)),
        n5gEir: section(list(n5gEir)),
        map: optional(map),
        gsup: section(list(gsup)),
        suppl76: section(list(suppl76)),
      }),
    ),
    events: section(events),
  }),
  (found, spot) => {
    noteNothing(found, spot);
    notePortsTwice(found, spot);
    noteBareAdmin(found, spot);
  },
);

function noteNothing({ protocols }: Holed<NodeConfig>, spot: Spot): void {
  if (protocols === undefined || protocols.map !== undefined) return;
  const { s13: one, n5gEir: two, gsup: three, suppl76: four } = protocols;
  if ([one, two, three, four].some((all) => all === undefined || all.length > 0)) return;
  const remedy = 'Name at least one of s13, n5g_eir, map, gsup, suppl76 under protocols.';
  note(within(spot, 'protocols'), { code: 'NODE_FILE', message: 'the node answers in no protocol', remedy });
}

function notePortsTwice({ protocols, admin }: Holed<NodeConfig>, spot: Spot): void {
  const places = [
    ...Object.entries({ s13: 's13', n5gEir: 'n5g_eir', gsup: 'gsup', suppl76: 'suppl76' } as const).flatMap(
      ([name, key]) =>
        (protocols?.[name as 's13' | 'n5gEir' | 'gsup' | 'suppl76'] ?? []).map((one, at) => ({
          port: one?.port,
          path: `protocols.${key}[${at}].port`,
        })),
    ),
    { port: admin?.port, path: 'admin.port' },
  ].filter((one) => one.port !== undefined && one.port !== 0);
  for (const [at, one] of places.entries()) {
    if (places.findIndex((other) => other.port === one.port) === at) continue;
    const message = `port ${one.port} is given twice`;
    note(within(spot, one.path), { code: 'NODE_FILE', message, remedy: 'Give each listener a port of its own.' });
  }
}

function noteBareAdmin({ admin }: Holed<NodeConfig>, spot: Spot): void {
  if (admin?.host === undefined || admin.tokenFile !== undefined || isLoopback(admin.host)) return;
  const message = 'the admin address can be reached by others, and nothing protects it';
  note(within(spot, 'admin.host'), { code: 'NODE_FILE', message, remedy: 'Add token_file, or let host be 127.0.0.1.' });
}

/**
 * Reads a node file. All faults are found at once, each with its line and what to do. Names of files that are not absolute
 * are taken from the folder of the node file.
 */
export function parseNode(source: string, name: string): Result<NodeConfig, readonly Fault[]> {
  const walk: Walk = { file: name, lines: new LineCounter(), faults: [], places: new Map() };
  const document = parseDocument(source, { lineCounter: walk.lines, uniqueKeys: false });
  const root: Spot = { walk, node: document.contents, offset: 0, path: '' };
  for (const { message, pos } of document.errors) {
    const [first = ''] = message.split('\n', 1);
    note({ ...root, offset: pos[0] }, { code: 'NODE_FILE', message: first, remedy: 'Correct the YAML here.' });
  }
  const read: NodeConfig | undefined = document.errors.length > 0 ? undefined : (file as Reader<NodeConfig>)(root);
  const faults = walk.faults.map((fault): Fault => {
    const message = fault.message.replace('a country file', 'a node file');
    return { ...fault, code: 'NODE_FILE', message };
  });
  return read === undefined || faults.length > 0 ? fail(faults) : ok(read);
}
