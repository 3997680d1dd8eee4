import { type ClientHttp2Session, connect, type OutgoingHttpHeaders } from 'node:http2';
import { decodeStatus } from '../../codecs/sbi/status.ts';
import { Latency } from '../latency.ts';

/** A load of checks upon an N5g-eir service. */
export type SbiLoad = {
  /** Scheme, host, port and prefix: `http://127.0.0.1:7777` (h2c) or `https://eir.example`. */
  readonly root: string;
  readonly tls?: {
    readonly ca?: Buffer | string;
    readonly key?: Buffer | string;
    readonly cert?: Buffer | string;
    readonly servername?: string;
  };
  /** An access token to send with each. */
  readonly token?: string;
  readonly connections: number;
  /** Checks under way on each connection. */
  readonly streams: number;
  /** Ends after so many checks, or so many seconds, whichever is told; at the first of both. */
  readonly checks?: number;
  readonly seconds?: number;
  /** Checks per second; as fast as answers come where not told. Latency then counts from when a check was due. */
  readonly rate?: number;
  /** What check number n asks about. */
  readonly ask: (n: number) => { readonly imei: string; readonly imsi?: string };
};

/** What came of a load. */
export type SbiLoaded = {
  readonly seconds: number;
  readonly answered: number;
  /** Checks without an answer: streams reset, connections lost, and what was still to be asked when all were. */
  readonly failed: number;
  /** Answers by verdict (`permitted`, `tracked`, `blocked`) or HTTP status. */
  readonly answers: Readonly<Record<string, number>>;
  readonly latency: Latency;
};

/** A PEI of 14 to 16 digits: 14 get a spare 0 in the check digit's place (TS 23.003 §6.2.1). */
const peiOf = (imei: string): string =>
  imei.length === 16 ? `imeisv-${imei}` : `imei-${imei.length === 14 ? `${imei}0` : imei}`;

class Load {
  readonly #load: SbiLoad;
  readonly #latency = new Latency();
  readonly #answers = new Map<string, number>();
  readonly #prefix: string;
  readonly #began = performance.now();
  #begun = 0;
  #failed = 0;

  constructor(load: SbiLoad) {
    this.#load = load;
    this.#prefix = new URL(load.root).pathname.replace(/\/$/, '');
  }

  /** Whether no more is to be asked. */
  #over(now: number): boolean {
    const { checks = Infinity, seconds = Infinity } = this.#load;
    return this.#begun >= checks || now - this.#began >= seconds * 1000;
  }

  /** Whether another check is due now. */
  #due(now: number): boolean {
    const { rate } = this.#load;
    return !this.#over(now) && (rate === undefined || this.#begun < ((now - this.#began) / 1000) * rate);
  }

  #headers(n: number): OutgoingHttpHeaders {
    const { imei, imsi } = this.#load.ask(n);
    const supi = imsi === undefined ? '' : `&supi=imsi-${imsi}`;
    const { token } = this.#load;
    return {
      ':path': `${this.#prefix}/n5g-eir-eic/v1/equipment-status?pei=${peiOf(imei)}${supi}`,
      accept: 'application/json, application/problem+json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    };
  }

  #one(session: ClientHttp2Session, after: () => void): void {
    const { rate } = this.#load;
    const started = rate === undefined ? performance.now() : this.#began + (this.#begun / rate) * 1000;
    const stream = session.request(this.#headers(this.#begun), { endStream: true });
    this.#begun += 1;
    let status = 0;
    let body = '';
    stream.setEncoding('latin1');
    stream.on('response', (headers) => {
      status = Number(headers[':status'] ?? 0);
    });
    stream.on('data', (chunk: string) => {
      body += chunk;
    });
    stream.on('error', () => undefined);
    stream.on('close', () => {
      if (status > 0) {
        this.#latency.record((performance.now() - started) * 1000);
        const label = (status === 200 ? decodeStatus(body) : undefined) ?? String(status);
        this.#answers.set(label, (this.#answers.get(label) ?? 0) + 1);
      } else this.#failed += 1;
      after();
    });
  }

  /** Asks over one connection, until all is answered or it is lost. */
  async connection(): Promise<void> {
    const { root, tls, streams, rate } = this.#load;
    const session = connect(root, { ...tls, settings: { enablePush: false } });
    session.on('error', () => undefined);
    const isLost = (): boolean => session.closed || session.destroyed;
    let open = 0;
    let pacing: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      const fill = (): void => {
        while (open < streams && !isLost() && this.#due(performance.now())) {
          open += 1;
          this.#one(session, () => {
            open -= 1;
            fill();
          });
        }
        if (open === 0 && (isLost() || this.#over(performance.now()))) resolve();
      };
      session.on('close', fill);
      if (rate !== undefined) pacing = setInterval(fill, 1);
      fill();
    });
    clearInterval(pacing);
    session.destroy();
  }

  get loaded(): SbiLoaded {
    const { checks } = this.#load;
    return {
      seconds: (performance.now() - this.#began) / 1000,
      answered: this.#latency.count,
      failed: this.#failed + (checks === undefined ? 0 : Math.max(0, checks - this.#begun)),
      answers: Object.fromEntries(this.#answers),
      latency: this.#latency,
    };
  }
}

/** Asks an N5g-eir service many times, many at once, and measures how long each answer takes. */
export async function loadSbi(load: SbiLoad): Promise<SbiLoaded> {
  const run = new Load(load);
  await Promise.all(Array.from({ length: load.connections }, () => run.connection()));
  return run.loaded;
}
