import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import tls from 'node:tls';
import {
  APPLICATION,
  CAPABILITIES_EXCHANGE,
  DEVICE_WATCHDOG,
  ME_IDENTITY_CHECK,
} from '../../codecs/diameter/command.ts';
import { VENDOR_3GPP } from '../../codecs/diameter/dictionary.ts';
import { answering, FLAG, HEADER_BYTES, readHeader, writeMessage } from '../../codecs/diameter/header.ts';
import { numbersOf, readMessage } from '../../codecs/diameter/read.ts';
import { RESULT } from '../../codecs/diameter/result.ts';
import { avp, writeAvps } from '../../codecs/diameter/write.ts';
import { Latency } from '../latency.ts';

/** What an S13 load is made of. */
export type LoadOptions = {
  readonly host: string;
  readonly port: number;
  /** PEM; with it TLS is spoken, with a certificate of this end. */
  readonly tls?: { readonly key: Buffer; readonly cert: Buffer; readonly ca: Buffer; readonly servername: string };
  /** Origin-Host and Origin-Realm; further connections put their number before the host. */
  readonly identity: { readonly host: string; readonly realm: string };
  /** Destination-Realm: that of the EIR. */
  readonly realm: string;
  readonly connections: number;
  /** Requests that may be unanswered at once, per connection. */
  readonly window: number;
  /** Requests a second over all connections; absent: as many as the window allows. */
  readonly rate?: number;
  readonly seconds: number;
  /** The next IMEI, 14 digits as a number, and IMSI, 15 digits. */
  readonly imei: () => number;
  readonly imsi: () => number;
};

/** What came of a load. */
export type Load = {
  readonly seconds: number;
  readonly sent: number;
  /** Answers that came while requests were sent. */
  readonly answered: number;
  /** Requests that were never answered. */
  readonly lost: number;
  /** Answers by result: `white`, `black`, `grey`, `unknown`, or `other` for all refusals. */
  readonly verdicts: Readonly<Record<(typeof RESULTS)[number], number>>;
  /** Microseconds from when a request was due to when its answer was read. */
  readonly latency: Latency;
};

const RESULTS = ['white', 'black', 'grey', 'unknown', 'other'] as const;
const OTHER = RESULTS.indexOf('other');

/** Requests in flight are told apart by the low bits of Hop-by-Hop. */
const SLOTS = 65_536;
const IMEI_DIGITS = 14;
const IMSI_DIGITS = 15;
const application = [avp('Vendor-Id', VENDOR_3GPP), avp('Auth-Application-Id', APPLICATION.S13)];

type Origin = LoadOptions['identity'];

function capabilities({ host, realm }: Origin): Buffer {
  const { code, flags, application: base, request } = CAPABILITIES_EXCHANGE;
  return writeMessage(
    { flags, command: code, application: base, hopByHop: 0, endToEnd: 0 },
    writeAvps(request, {
      'Origin-Host': host,
      'Origin-Realm': realm,
      'Host-IP-Address': '127.0.0.1',
      'Vendor-Id': 0,
      'Product-Name': 'openceir load',
      'Supported-Vendor-Id': VENDOR_3GPP,
      'Vendor-Specific-Application-Id': application,
    }),
  );
}

/** An ECR of which only digits and identifiers change. */
function template({ host, realm }: Origin, destination: string): Buffer {
  const { code, flags, application: s13, request } = ME_IDENTITY_CHECK;
  const terminal = [avp('IMEI', '9'.repeat(IMEI_DIGITS)), avp('Software-Version', '01')];
  return writeMessage(
    { flags, command: code, application: s13, hopByHop: 0, endToEnd: 0 },
    writeAvps(request, {
      'Session-Id': `${host};1;1;load`,
      'Vendor-Specific-Application-Id': application,
      'Auth-Session-State': 1,
      'Origin-Host': host,
      'Origin-Realm': realm,
      'Destination-Realm': destination,
      'Terminal-Information': terminal,
      'User-Name': '9'.repeat(IMSI_DIGITS),
    }),
  );
}

function writeDigits(into: Buffer, end: number, { count, number }: { count: number; number: number }): void {
  let rest = number;
  for (let at = end - 1; at >= end - count; at -= 1) {
    const tens = Math.floor(rest / 10);
    into.writeUInt8(0x30 + rest - tens * 10, at);
    rest = tens;
  }
}

/** The number in RESULTS of what an ECA says. */
function verdictOf(bytes: Buffer, from: number, end: number): number {
  let [success, status, unknown] = [false, OTHER, false];
  for (let at = from + HEADER_BYTES; at + 8 <= end; ) {
    const code = bytes.readUInt32BE(at);
    if (code === 268) success = bytes.readUInt32BE(at + 8) === RESULT.SUCCESS;
    else if (code === 1445) status = bytes.readUInt32BE(at + 12);
    else if (code === 297) unknown = true;
    at += (bytes.readUIntBE(at + 5, 3) + 3) & ~3;
  }
  if (unknown) return RESULTS.indexOf('unknown');
  return success ? status : OTHER;
}

/** One connection of a load. */
class Loader {
  readonly #socket: net.Socket;
  readonly #options: LoadOptions;
  readonly #template: Buffer;
  readonly #imeiEnd: number;
  readonly #imsiEnd: number;
  readonly #due = new Float64Array(SLOTS);
  readonly #latency: Latency;
  readonly #counts: Float64Array;
  readonly #capable: { readonly promise: Promise<void>; readonly settle: (result: number) => void };
  #rest: Buffer = Buffer.alloc(0);
  #next = 0;
  #answered = 0;
  /** Called when answers were read, so that the window may be filled again. */
  onAnswers: () => void = () => undefined;

  constructor(socket: net.Socket, options: LoadOptions, origin: Origin, kept: Kept) {
    this.#socket = socket;
    this.#options = options;
    this.#latency = kept.latency;
    this.#counts = kept.counts;
    this.#template = template(origin, options.realm);
    this.#imeiEnd = this.#template.indexOf('9'.repeat(IMEI_DIGITS)) + IMEI_DIGITS;
    this.#imsiEnd = this.#template.lastIndexOf('9'.repeat(IMSI_DIGITS)) + IMSI_DIGITS;
    let settle = (_result: number): void => undefined;
    const promise = new Promise<void>((resolve, reject) => {
      settle = (result) => (result === RESULT.SUCCESS ? resolve() : reject(new Error(`CEA says ${result}`)));
      socket.once('close', () => reject(new Error('the connection was closed')));
    });
    promise.catch(() => undefined);
    this.#capable = { promise, settle };
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.#read(chunk));
    socket.on('error', () => socket.destroy());
    socket.write(capabilities(origin));
  }

  /** When the peer has accepted our capabilities. */
  get capable(): Promise<void> {
    return this.#capable.promise;
  }

  get sent(): number {
    return this.#next;
  }

  get answered(): number {
    return this.#answered;
  }

  /** Requests that may be sent now. */
  get room(): number {
    return this.#socket.destroyed ? 0 : this.#options.window - (this.#next - this.#answered);
  }

  /** Sends requests in one write; `due` is when each should have gone, in milliseconds. */
  send(count: number, due: (index: number) => number): void {
    if (count <= 0) return;
    const length = this.#template.length;
    const bytes = Buffer.allocUnsafe(count * length);
    for (let index = 0; index < count; index += 1) {
      const at = index * length;
      this.#template.copy(bytes, at);
      bytes.writeUInt32BE(this.#next, at + 12);
      bytes.writeUInt32BE(this.#next, at + 16);
      writeDigits(bytes, at + this.#imeiEnd, { count: IMEI_DIGITS, number: this.#options.imei() });
      writeDigits(bytes, at + this.#imsiEnd, { count: IMSI_DIGITS, number: this.#options.imsi() });
      this.#due[this.#next % SLOTS] = due(index);
      this.#next += 1;
    }
    this.#socket.write(bytes);
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const now = performance.now();
    let at = 0;
    while (bytes.length - at >= HEADER_BYTES) {
      const end = at + bytes.readUIntBE(at + 1, 3);
      if (end > bytes.length) break;
      this.#message(bytes, at, end, now);
      at = end;
    }
    this.#rest = bytes.subarray(at);
    this.onAnswers();
  }

  #message(bytes: Buffer, at: number, end: number, now: number): void {
    const word = bytes.readUInt32BE(at + 4);
    if ((word & 0xffffff) !== ME_IDENTITY_CHECK.code) {
      this.#base(bytes.subarray(at, end));
      return;
    }
    this.#answered += 1;
    this.#latency.record((now - (this.#due[bytes.readUInt32BE(at + 12) % SLOTS] ?? now)) * 1000);
    const verdict = verdictOf(bytes, at, end);
    this.#counts[verdict] = (this.#counts[verdict] ?? 0) + 1;
  }

  /** CEA, and the peer's watchdog. */
  #base(message: Buffer): void {
    const header = readHeader(message);
    if (header.command === CAPABILITIES_EXCHANGE.code) {
      const { known } = readMessage(message, CAPABILITIES_EXCHANGE.answer);
      this.#capable.settle(numbersOf(known, 'Result-Code')[0] ?? 0);
    } else if (header.command === DEVICE_WATCHDOG.code && (header.flags & FLAG.REQUEST) !== 0) {
      const { host, realm } = this.#options.identity;
      const values = { 'Result-Code': RESULT.SUCCESS, 'Origin-Host': host, 'Origin-Realm': realm };
      this.#socket.write(writeMessage(answering(header, false), writeAvps(DEVICE_WATCHDOG.answer, values)));
    }
  }
}

/** What all connections of a load keep together. */
type Kept = { readonly latency: Latency; readonly counts: Float64Array };

async function connect(options: LoadOptions, number: number, kept: Kept): Promise<Loader> {
  const { host, port, identity } = options;
  const socket = options.tls === undefined ? net.connect(port, host) : tls.connect({ host, port, ...options.tls });
  await once(socket, options.tls === undefined ? 'connect' : 'secureConnect');
  const origin = number === 0 ? identity : { ...identity, host: `${number}.${identity.host}` };
  const loader = new Loader(socket, options, origin, kept);
  await loader.capable;
  return loader;
}

/** Sends as many as the window allows. */
async function saturate(loaders: readonly Loader[], { seconds }: LoadOptions): Promise<void> {
  let going = true;
  const fill = (loader: Loader): void => {
    const now = performance.now();
    if (going) loader.send(loader.room, () => now);
  };
  for (const loader of loaders) {
    loader.onAnswers = () => fill(loader);
    fill(loader);
  }
  await pause(seconds * 1000);
  going = false;
}

/** Between two writes at a rate: what is due within it goes out together, as a busy MME's requests do. */
const STEP_MS = 0.1;

/** Sends at a rate; what the window holds back is late, and its latency counts from when it was due. */
async function pace(loaders: readonly Loader[], rate: number, seconds: number): Promise<void> {
  const started = performance.now();
  const total = Math.floor(rate * seconds);
  let [sent, turn] = [0, 0];
  await new Promise<void>((resolve) => {
    let nextMs = 0;
    const step = (): void => {
      const elapsed = performance.now() - started;
      if (elapsed < nextMs) {
        setImmediate(step);
        return;
      }
      nextMs = elapsed + STEP_MS;
      const first = sent;
      const loader = loaders[turn % loaders.length];
      const count = Math.min(Math.floor((elapsed * rate) / 1000), total) - sent;
      const able = Math.min(count, loader?.room ?? 0);
      loader?.send(able, (index) => started + ((first + index) * 1000) / rate);
      sent += Math.max(0, able);
      turn += 1;
      if (sent >= total || elapsed > seconds * 2000) resolve();
      else setImmediate(step);
    };
    step();
  });
}

/** How long answers may still come after the last request. */
const LAST_MS = 2000;

/** Puts an EIR under load as one or more MMEs, and measures how it answers. */
export async function loadS13(options: LoadOptions): Promise<Load> {
  const kept: Kept = { latency: new Latency(), counts: new Float64Array(RESULTS.length) };
  const numbers = Array.from({ length: options.connections }, (_, number) => number);
  const loaders = await Promise.all(numbers.map((number) => connect(options, number, kept)));
  const started = performance.now();
  if (options.rate === undefined) await saturate(loaders, options);
  else await pace(loaders, options.rate, options.seconds);
  const ended = performance.now();
  const sum = (of: (loader: Loader) => number): number => loaders.reduce((all, loader) => all + of(loader), 0);
  const answered = sum((loader) => loader.answered);
  const sent = sum((loader) => loader.sent);
  while (sum((loader) => loader.answered) < sent && performance.now() < ended + LAST_MS) await pause(5);
  for (const loader of loaders) loader.close();
  const [white = 0, black = 0, grey = 0, unknown = 0, other = 0] = kept.counts;
  return {
    seconds: (ended - started) / 1000,
    sent,
    answered,
    lost: sent - sum((loader) => loader.answered),
    verdicts: { white, black, grey, unknown, other },
    latency: kept.latency,
  };
}
