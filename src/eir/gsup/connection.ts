import { connect, type Socket } from 'node:net';
import { guarded } from '../guard.ts';
import type { Cause, Rules } from './rules.ts';
import { GsupSession } from './session.ts';
import { type Patience, Wire } from './wire.ts';

/** Octets of pongs that may wait for an HLR that does not read. */
const PONGS = 1_048_576;

/** Limits of one connection. */
export type Pace = Patience & {
  /** The client's first whole frame must come in so long; its name, where names are checked. */
  readonly firstMs: number;
  /** The HLR must take a connection in so long. */
  readonly connectMs: number;
  /** The HLR is tried again after so long. */
  readonly retryMs: number;
  /** How long the HLR, and then we, wait for the other to ask for the client's identity. */
  readonly askMs: number;
};

/** What a connection is made of. */
export type Parts = {
  readonly rules: Rules;
  readonly pace: Pace;
  /** Where the HLR listens; none in stand-alone mode. */
  readonly hlr: { readonly host: string; readonly port: number } | undefined;
  /** Called once, when all is closed. */
  readonly gone: (connection: Connection) => void;
};

/** The sockets of one {@link GsupSession}: the client's, and one to the HLR that is opened again whenever it is lost. */
export class Connection {
  readonly #parts: Parts;
  readonly #session: GsupSession;
  readonly #client: Wire;
  #hlr: Wire | undefined; // connected, or being connected
  #linkedAt = 0; // since when the HLR is connected; 0 while it is not
  #held = true; // the client is not read before the HLR was tried
  #closing = false; // nor after the server began to close
  readonly #since = performance.now();
  #retry: NodeJS.Timeout | undefined;
  #over: Cause | undefined;

  constructor(socket: Socket, parts: Parts) {
    this.#parts = parts;
    this.#session = new GsupSession(parts.rules, {
      toClient: (pieces) => this.#client.write(pieces),
      toHlr: (pieces) => this.#hlr?.write(pieces),
    });
    this.#client = new Wire(socket, () => this.#flow());
    socket.on('error', () => undefined); // "close" follows
    socket.on('close', () => this.#clientClosed());
    this.#flow();
    const fromClient = (chunk: Buffer): void => this.#fromClient(chunk);
    socket.on(
      'data',
      guarded(fromClient, () => this.cut('fault')),
    );
    if (parts.hlr === undefined) this.#release();
    else this.#link();
  }

  /** Whether the client has shown itself; one that has not gives its place to another. */
  get introduced(): boolean {
    return this.#session.introduced;
  }

  /** Checks that wait for the centre. */
  get waiting(): number {
    return this.#session.waiting;
  }

  #fromClient(chunk: Buffer): void {
    if (this.#over !== undefined) return;
    this.#client.heard();
    const cause = this.#session.fromClient(chunk);
    if (cause !== undefined) this.cut(cause);
  }

  /** Reads of either side no faster than the other takes it. */
  #flow(): void {
    const full = this.#client.full;
    this.#client.pause(this.#held || this.#closing || full || this.#hlr?.full === true);
    // The HLR is read on while it does not read: it may wait for just that. What it is answered then are pongs only.
    this.#hlr?.pause(full || (this.#hlr.full && this.#hlr.unsent > PONGS));
  }

  /** The HLR was tried: the client is read from now on, and told to say who it is where the HLR does not ask. */
  #release(): void {
    if (!this.#held) return;
    this.#held = false;
    if (this.#linkedAt === 0) this.#session.identify();
    this.#flow();
  }

  // ── the HLR ──

  #link(): void {
    const { hlr, pace } = this.#parts;
    if (hlr === undefined || this.#over !== undefined) return;
    const socket = connect({ host: hlr.host, port: hlr.port });
    const wire = new Wire(socket, () => this.#flow());
    this.#hlr = wire;
    let cause: Cause = 'unreachable';
    socket.setTimeout(pace.connectMs, () => socket.destroy());
    socket.on('error', () => undefined);
    socket.on('connect', () => {
      socket.setTimeout(0);
      cause = 'gone';
      wire.heard();
      this.#linkedAt = performance.now();
      this.#parts.rules.count('gsup_hlr_up');
      this.#session.hlrUp();
      this.#release();
    });
    const fromHlr = (chunk: Buffer): void => {
      if (this.#over !== undefined) return;
      wire.heard();
      const fault = this.#session.fromHlr(chunk);
      if (fault !== undefined) this.#cutHlr(fault);
    };
    socket.on(
      'data',
      guarded(fromHlr, () => this.#cutHlr('fault')),
    );
    socket.on('close', () => {
      if (this.#hlr === wire) this.#unlinked(cause);
    });
  }

  #cutHlr(cause: Cause): void {
    const wire = this.#hlr;
    this.#unlinked(cause);
    wire?.socket.destroy();
  }

  #unlinked(cause: Cause): void {
    this.#hlr = undefined;
    this.#linkedAt = 0;
    this.#session.hlrDown();
    if (this.#over !== undefined) return;
    this.#parts.rules.count('gsup_hlr_cut', cause);
    this.#release();
    this.#flow();
    this.#retry = setTimeout(() => this.#link(), this.#parts.pace.retryMs).unref();
  }

  // ── the end ──

  /** Cuts the client and closes what was opened for it. */
  cut(cause: Cause): void {
    if (this.#over !== undefined) return;
    this.#finish(cause);
    this.#client.socket.destroy();
  }

  /** Reads no more of the client. */
  hold(): void {
    this.#closing = true;
    this.#flow();
  }

  /** Closes in order: nothing more is read, what is answered goes out, then the client is told. */
  end(): void {
    if (this.#over !== undefined) return;
    this.#finish('closed');
    this.#client.pause(false); // what still comes is thrown away, so that the end of the other side is seen
    this.#client.socket.end();
  }

  /** Leaves nothing open. */
  destroy(): void {
    this.cut('closed');
    this.#client.socket.destroy();
    this.#hlr?.socket.destroy();
  }

  #finish(cause: Cause): void {
    this.#over = cause;
    clearTimeout(this.#retry);
    this.#hlr?.socket.destroySoon(); // what passed already goes out
    this.#hlr?.pause(false);
    this.#parts.rules.count('gsup_client_cut', cause);
  }

  #clientClosed(): void {
    if (this.#over === undefined) this.#finish('gone');
    this.#parts.gone(this);
  }

  /** What has to be done from time to time. */
  look(now: number): void {
    const { pace } = this.#parts;
    if (this.#over !== undefined || this.#held) return;
    if (!this.#session.introduced && now - this.#since > pace.firstMs) {
      this.cut('unidentified');
      return;
    }
    if (now - this.#since > pace.askMs) this.#session.identify();
    const found = this.#client.look(now, pace);
    if (found === 'ping') this.#session.ping('client');
    else if (found !== undefined) this.cut(found);
    if (this.#linkedAt > 0) this.#lookAtHlr(now);
  }

  #lookAtHlr(now: number): void {
    const { pace } = this.#parts;
    if (now - this.#linkedAt > pace.askMs) this.#session.hlrReady();
    const found = this.#hlr?.look(now, pace);
    if (found === 'ping') this.#session.ping('hlr');
    else if (found !== undefined) this.#cutHlr(found);
  }
}
