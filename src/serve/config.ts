import { LineCounter, parseDocument } from 'yaml';
import { choice, type Form, integer, text, truth } from '../country/scalar.ts';
import {
  checked,
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
} from '../country/walk.ts';
import { isLoopback } from '../eir/node/config.ts';
import type { Fault } from '../faults/fault.ts';
import { fail, ok, type Result } from '../faults/result.ts';

/** Files in PEM. With `ca`, whoever connects may show a certificate of it. */
export type TlsFiles = { readonly key: string; readonly cert: string; readonly ca?: string };

/** Where something listens. */
export type Place = { readonly host: string; readonly port: number; readonly tls?: TlsFiles };

/** The SMS centre (SMPP 3.4) that messages to people go to. */
export type SmsConfig = {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly systemId: string;
  readonly passwordFile: string;
};

/** The mail server (SMTP). */
export type EmailConfig = {
  readonly host: string;
  readonly port: number;
  /** TLS from the first octet; without it, STARTTLS is demanded. */
  readonly tls: boolean;
  readonly from: string;
  readonly user?: string;
  readonly passwordFile?: string;
  readonly perSecond: number;
};

/** How a register is served: everything that is of this machine, and nothing that is the country's. */
export type ServeConfig = {
  /** How the public reaches it. */
  readonly publicUrl?: string;
  readonly listen: Place;
  /** Addresses of proxies before it, whose word about who asks is believed. */
  readonly proxies: readonly string[];
  readonly feed: {
    /** The folder of the feed; `feed` in the data folder where absent. */
    readonly folder?: string;
    /** Where nodes follow; without it another process serves the folder (`ceir feed`). */
    readonly listen?: Place;
    /** Which nodes may follow: the nodes file of `ceir feed`. */
    readonly nodes?: string;
  };
  readonly sms?: SmsConfig;
  readonly email?: EmailConfig;
  /** Where operators fetch notices to their own subscribers; `notices` in the data folder where absent. */
  readonly operators: { readonly folder?: string };
  /** The key by which messages to other systems are signed. */
  readonly webhook?: {
    readonly keyFile: string;
    /** Where messages may go; to nothing else is anything sent. */
    readonly addresses: readonly string[];
    readonly privateAddresses: boolean;
  };
  /** The secret of the register at the provider of identities. */
  readonly oidcSecretFile?: string;
  readonly logLevel: (typeof LEVELS)[number];
};

const LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;

const HOST: Form = { pattern: /^[A-Za-z0-9._:-]{1,255}$/, about: 'an address or the name of a host' };
const FILE: Form = { pattern: /^[^\0\r\n]{1,4096}$/, about: 'the name of a file or folder' };
const WORD: Form = { pattern: /^[!-~]{1,255}$/, about: 'a word without spaces' };
const ORIGIN: Form = { pattern: /^https?:\/\/[^\s/?#]+$/, about: 'an address such as https://ceir.example' };
const ADDRESS: Form = { pattern: /^https:\/\/[^\s]{1,1000}$/, about: 'an address that begins with https://' };
const MAILBOX: Form = {
  pattern: /^[^\s@<>\p{Cc}]{1,64}@[^\s@<>\p{Cc}]{1,190}$/u,
  about: 'a mailbox such as ceir@authority.example',
};

const port = integer({ min: 0, max: 65_535 });
const rate = integer({ min: 1, max: 100_000, unit: 'a second' });
const tls = optional(record<TlsFiles>({ key: needed(text(FILE)), cert: needed(text(FILE)), ca: optional(text(FILE)) }));
const place = (host: string, usual: number) =>
  record<Place>({ host: standing(text(HOST), host), port: standing(port, usual), tls });

const config = checked(
  record<ServeConfig>({
    publicUrl: optional(text(ORIGIN)),
    listen: section(place('127.0.0.1', 8080)),
    proxies: section(list(text(HOST))),
    feed: section(
      record<ServeConfig['feed']>({
        folder: optional(text(FILE)),
        listen: optional(place('127.0.0.1', 7400)),
        nodes: optional(text(FILE)),
      }),
    ),
    sms: optional(
      record<SmsConfig>({
        host: needed(text(HOST)),
        port: standing(port, 2775),
        tls: standing(truth, false),
        systemId: needed(text(WORD)),
        passwordFile: needed(text(FILE)),
      }),
    ),
    email: optional(
      record<EmailConfig>({
        host: needed(text(HOST)),
        port: standing(port, 587),
        tls: standing(truth, false),
        from: needed(text(MAILBOX)),
        user: optional(text(WORD)),
        passwordFile: optional(text(FILE)),
        perSecond: standing(rate, 20),
      }),
    ),
    operators: section(record<ServeConfig['operators']>({ folder: optional(text(FILE)) })),
    webhook: optional(
      record<NonNullable<ServeConfig['webhook']>>({
        keyFile: needed(text(FILE)),
        addresses: section(list(text(ADDRESS))),
        privateAddresses: standing(truth, false),
      }),
    ),
    oidcSecretFile: optional(text(FILE)),
    logLevel: standing(choice(LEVELS), 'info'),
  }),
  (found, spot) => {
    noteNodes(found, spot);
    noteBare(found, spot);
  },
);

function noteNodes({ feed }: Holed<ServeConfig>, spot: Spot): void {
  if (feed === undefined || (feed.listen === undefined) === (feed.nodes === undefined)) return;
  const remedy = 'Give both, or neither: then ceir feed may serve the folder.';
  note(within(spot, 'feed'), { code: 'SERVE_FILE', message: 'feed.listen and feed.nodes go together', remedy });
}

/** Passwords and sessions do not go over a network in the clear. */
function noteBare({ listen, publicUrl }: Holed<ServeConfig>, spot: Spot): void {
  if (listen?.host === undefined || listen.tls !== undefined || isLoopback(listen.host)) return;
  if (publicUrl?.startsWith('https://') === true) return; // a proxy before it speaks TLS
  const message = 'the register would be served to others without TLS';
  const remedy = 'Add listen.tls, or a public_url with https:// where a proxy before it has the certificate.';
  note(within(spot, 'listen'), { code: 'SERVE_FILE', message, remedy });
}

/** Reads the file of a served register; all faults at once, with their lines. An empty text is the defaults. */
export function parseServe(source: string, name: string): Result<ServeConfig, readonly Fault[]> {
  const walk: Walk = { file: name, lines: new LineCounter(), faults: [], places: new Map() };
  const document = parseDocument(source.trim() === '' ? '{}' : source, { lineCounter: walk.lines, uniqueKeys: false });
  const root: Spot = { walk, node: document.contents, offset: 0, path: '' };
  for (const { message, pos } of document.errors) {
    const [first = ''] = message.split('\n', 1);
    note({ ...root, offset: pos[0] }, { code: 'SERVE_FILE', message: first, remedy: 'Correct the YAML here.' });
  }
  const read: ServeConfig | undefined = document.errors.length > 0 ? undefined : (config as Reader<ServeConfig>)(root);
  const faults = walk.faults.map((fault): Fault => {
    const message = fault.message.replace('a country file', 'a serve file');
    return { ...fault, code: 'SERVE_FILE', message };
  });
  return read === undefined || faults.length > 0 ? fail(faults) : ok(read);
}
