import { type ClientHttp2Session, connect, type OutgoingHttpHeaders } from 'node:http2';
import { setTimeout as pause } from 'node:timers/promises';
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
  /** Ends after so many checks. */
  readonly checks: number;
  /** Checks per second; as fast as answers come where not told. Latency then counts from when a check was due. */
  readonly rate?: number;
  /** What check number n asks about. */
  readonly ask: (n: number) => { readonly imei: string; readonly imsi?: string };
};

/** What came of a load. */
export type SbiLoaded = {
  readonly seconds: number;
  readonly answered: number;
  /** Checks without an answer: streams reset, connections lost. */
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
  #done = 0;
  #failed = 0;
  #finish: () => void = () => undefined;
  readonly finished = new Promise<void>((resolve) => {
    this.#finish = resolve;
  });

  constructor(load: SbiLoad) {
    this.#load = load;
    this.#prefix = new URL(load.root).pathname.replace(/\/$/, '');
  }

  /** Whether another check is due now. */
  #due(now: number): boolean {
    const { checks, rate } = this.#load;
    if (this.#begun >= checks) return false;
    return rate === undefined || this.#begun < ((now - this.#began) / 1000) * rate;
  }

  #end(): void {
    this.#done += 1;
    if (this.#done >= this.#load.checks) this.#finish();
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
      this.#end();
      after();
    });
  }

  async connection(): Promise<void> {
    const session = connect(this.#load.root, { ...this.#load.tls, settings: { enablePush: false } });
    let open = 0;
    let lost = false;
    session.on('error', () => undefined);
    session.on('close', () => {
      lost = true;
      fill();
    });
    const fill = (): void => {
      while (open < this.#load.streams && this.#due(performance.now())) {
        if (lost || session.closed || session.destroyed) {
          this.#begun += 1;
          this.#failed += 1;
          this.#end();
          continue;
        }
        open += 1;
        this.#one(session, () => {
          open -= 1;
          fill();
        });
      }
    };
    fill();
    while (this.#load.rate !== undefined && this.#begun < this.#load.checks) {
      await pause(1);
      fill();
    }
    await this.finished;
    session.destroy();
  }

  get loaded(): SbiLoaded {
    return {
      seconds: (performance.now() - this.#began) / 1000,
      answered: this.#latency.count,
      failed: this.#failed,
      answers: Object.fromEntries(this.#answers),
      latency: this.#latency,
    };
  }
}

/** Asks an N5g-eir service many times, many at once, and measures how long each answer takes. */
export async function loadSbi(load: SbiLoad): Promise<SbiLoaded> {
  const run = new Load(load);
  const connections = Array.from({ length: load.connections }, () => run.connection());
  await run.finished;
  const { loaded } = run;
  await Promise.all(connections);
  return loaded;
}
