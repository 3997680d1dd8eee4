import {
  type ClientHttp2Session,
  connect,
  constants,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http2';
import { type EirProfile, HEARTBEAT, heartBeatOf, instancePath, nfProfile } from '../../codecs/sbi/profile.ts';
import type { Count } from '../checker.ts';

/** How an EIR makes itself known at a Network Repository Function (3GPP TS 29.510 §5.2.2). */
export type NrfOptions = {
  /** Scheme, host, port and prefix of the NRF: `http://10.0.0.1:8000` (h2c) or `https://nrf.example/core`. */
  readonly root: string;
  readonly profile: EirProfile;
  /** PEM; for `https` only. `key` and `cert` are shown to the NRF where it asks for a certificate. */
  readonly tls?: { readonly ca?: Buffer | string; readonly key?: Buffer | string; readonly cert?: Buffer | string };
  /** Proposed seconds between heart-beats; the NRF's own answer decides. */
  readonly heartBeatSeconds?: number;
  /** How long one request may take, and the bounds of the pause before the next try after a failure. */
  readonly requestMs?: number;
  readonly retryMs?: { readonly least: number; readonly most: number };
  /** Labels of `n5geir_nrf`: {@link NRF_OUTCOMES}. */
  readonly count: Count;
};

/** What became of a request to the NRF. */
export const NRF_OUTCOMES = ['registered', 'beat', 'unknown', 'refused', 'unreachable', 'left'] as const;
type Outcome = (typeof NRF_OUTCOMES)[number];

/** A registration that keeps itself. */
export type Registration = {
  /** Whether the NRF has confirmed us last. */
  readonly registered: boolean;
  /** Leaves the NRF and stops; never rejects. What the NRF does not hear of, it finds out by missing heart-beats. */
  leave(): Promise<void>;
};

type Answer = { readonly status: number; readonly body: string };
type Request = { readonly method: string; readonly type?: string; readonly body?: string };

/** Longest answer that is read. */
const LONGEST = 65_536;

class Registrar implements Registration {
  readonly #options: NrfOptions;
  readonly #path: string;
  readonly #origin: string;
  #session: ClientHttp2Session | undefined;
  #registered = false;
  #left = false;
  #failures = 0;
  #beatSeconds: number;
  #timer: NodeJS.Timeout | undefined;
  #busy: Promise<void> = Promise.resolve();

  constructor(options: NrfOptions) {
    const { origin, pathname } = new URL(options.root);
    this.#options = options;
    this.#origin = origin;
    this.#path = instancePath(pathname.replace(/\/$/, ''), options.profile.instance);
    this.#beatSeconds = options.heartBeatSeconds ?? 10;
    this.#next(0);
  }

  get registered(): boolean {
    return this.#registered;
  }

  #next(afterMs: number): void {
    if (this.#left) return;
    this.#timer = setTimeout(() => {
      this.#busy = this.#turn();
    }, afterMs).unref();
  }

  async #turn(): Promise<void> {
    const outcome = await (this.#registered ? this.#beat() : this.#register()).catch((): Outcome => 'unreachable');
    this.#options.count('n5geir_nrf', outcome);
    this.#registered = outcome === 'registered' || outcome === 'beat';
    if (this.#registered) this.#failures = 0;
    else if (outcome !== 'unknown') this.#failures += 1;
    this.#next(this.#pause(outcome));
  }

  /** Until the next turn: a beat before the NRF's timer is over, at once where it forgot us, ever longer after failures. */
  #pause(outcome: Outcome): number {
    if (outcome === 'unknown') return 0;
    if (this.#registered) return this.#beatSeconds * 900;
    const { least = 500, most = 30_000 } = this.#options.retryMs ?? {};
    const longest = Math.min(most, least * 2 ** Math.min(this.#failures - 1, 20));
    // All of it random but the least, so that many that lost one NRF do not come back together.
    return least + Math.random() * Math.max(0, longest - least);
  }

  async #register(): Promise<Outcome> {
    const body = JSON.stringify(nfProfile(this.#options.profile, this.#beatSeconds));
    const { status, body: told } = await this.#ask({ method: 'PUT', type: 'application/json', body });
    if (status !== 201 && status !== 200) return 'refused';
    this.#beatSeconds = heartBeatOf(told) ?? this.#beatSeconds;
    return 'registered';
  }

  async #beat(): Promise<Outcome> {
    const { status, body } = await this.#ask({ method: 'PATCH', type: 'application/json-patch+json', body: HEARTBEAT });
    if (status === 404) return 'unknown';
    if (status !== 204 && status !== 200) return 'refused';
    this.#beatSeconds = heartBeatOf(body) ?? this.#beatSeconds;
    return 'beat';
  }

  #connected(): ClientHttp2Session {
    if (this.#session !== undefined && !this.#session.closed && !this.#session.destroyed) return this.#session;
    const session = connect(this.#origin, { ...this.#options.tls, settings: { enablePush: false } });
    const gone = (): void => {
      if (this.#session === session) this.#session = undefined;
    };
    session.on('error', gone).on('close', gone).on('goaway', gone);
    session.unref();
    this.#session = session;
    return session;
  }

  #ask({ method, type, body = '' }: Request): Promise<Answer> {
    const { requestMs = 5000 } = this.#options;
    const session = this.#connected();
    const headers: OutgoingHttpHeaders = {
      ':method': method,
      ':path': this.#path,
      accept: 'application/json, application/problem+json',
      'user-agent': `5G_EIR-${this.#options.profile.instance}`,
      ...(type === undefined ? {} : { 'content-type': type }),
    };
    return new Promise<Answer>((resolve, reject) => {
      const stream = session.request(headers, { endStream: body === '' });
      const timer = setTimeout(() => stream.close(constants.NGHTTP2_CANCEL), requestMs);
      let status = 0;
      let told = '';
      stream.on('response', (heads: IncomingHttpHeaders) => {
        status = Number(heads[':status'] ?? 0);
      });
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        if (told.length < LONGEST) told += chunk;
      });
      stream.on('error', reject).on('close', () => {
        clearTimeout(timer);
        if (stream.rstCode === constants.NGHTTP2_NO_ERROR && status > 0) resolve({ status, body: told });
        else {
          // A connection that does not answer may be dead: the next try makes a new one.
          session.destroy();
          reject(new Error('The NRF did not answer.'));
        }
      });
      if (body !== '') stream.end(body);
    });
  }

  async leave(): Promise<void> {
    if (this.#left) return;
    this.#left = true;
    clearTimeout(this.#timer);
    await this.#busy;
    if (this.#registered) {
      const done = await this.#ask({ method: 'DELETE' }).catch(() => undefined);
      this.#options.count('n5geir_nrf', done === undefined ? 'unreachable' : 'left');
    }
    this.#registered = false;
    this.#session?.close();
    this.#session = undefined;
  }
}

/** Registers at an NRF, keeps the heart-beat, and registers anew whenever the NRF was away or has forgotten us. */
export const joinNrf = (options: NrfOptions): Registration => new Registrar(options);
