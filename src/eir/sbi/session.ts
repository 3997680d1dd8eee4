import type { IncomingHttpHeaders, ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import { constants } from 'node:http2';
import type { Count } from '../checker.ts';
import type { SbiLimits } from './limits.ts';
import type { Reply } from './reply.ts';
import { makeSeat, type Seat, type Service } from './service.ts';

/** Why a connection is cut off or not taken; the labels of the counter `n5geir_cut`. */
export const CUTS = [
  'stranger',
  'connections',
  'crowded',
  'handshake',
  'no-h2',
  'protocol',
  'silent',
  'idle',
  'unread',
  'dead',
  'resets',
  'pings',
  'grace',
] as const;
export type Cut = (typeof CUTS)[number];

/** The counters of a listener. Labels of `answers` are verdicts, causes and statuses; of `cut` they are {@link CUTS}. */
export const COUNTERS = [
  'n5geir_answers',
  'n5geir_unsent',
  'n5geir_failed',
  'n5geir_ignored',
  'n5geir_opened',
  'n5geir_closed',
  'n5geir_lost',
  'n5geir_cut',
] as const;

/** What a session is made of. */
export type SessionParts = { readonly service: Service; readonly limits: SbiLimits; readonly count: Count };

/** One HTTP/2 connection: it answers streams, and is looked over from time to time by {@link Session.sweep}. */
export class Session {
  readonly #h2: ServerHttp2Session;
  readonly #parts: SessionParts;
  readonly #seat: Seat;
  /** By the clock that never jumps. */
  readonly #began = performance.now();
  #opened = 0;
  #closed = 0;
  #resets = 0;
  #pings = 0;
  #seenOpened = 0;
  #seenClosed = 0;
  #lastOpened = this.#began;
  #lastClosed = this.#began;
  /** When it was last asked whether it is there still and has not answered yet; 0 otherwise. */
  #probed = 0;
  #heard = 0;
  #over = false;

  constructor(h2: ServerHttp2Session, peer: { readonly name: string; readonly operator: string }, parts: SessionParts) {
    this.#h2 = h2;
    this.#parts = parts;
    this.#seat = makeSeat({ protocol: 'n5g-eir', peer: peer.name, operator: peer.operator });
    const session = this;
    // Node calls both with the stream as `this`, so that no stream needs functions of its own.
    const closed = function (this: ServerHttp2Stream): void {
      session.#closed += 1;
      // When the session ends its streams do, which is no fault of the peer's.
      if (this.rstCode !== constants.NGHTTP2_NO_ERROR && !h2.destroyed) session.#reset();
    };
    h2.on('stream', (stream, headers) => {
      this.#opened += 1;
      stream.on('error', ignore);
      stream.on('close', closed);
      this.#answer(stream, headers);
    });
    h2.on('ping', () => this.#noise());
    h2.on('remoteSettings', () => this.#noise());
    h2.on('error', (fault: NodeJS.ErrnoException) => this.#broken(fault));
  }

  /** Whether it has asked anything yet. */
  get asked(): boolean {
    return this.#opened > 0;
  }

  #answer(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    const reply = this.#parts.service.answer(headers, this.#seat);
    if (!stream.endAfterHeaders) this.#discard(stream, reply);
    else if (reply instanceof Promise) reply.then((later) => this.#send(stream, later), ignore);
    else this.#send(stream, reply);
  }

  #send(stream: ServerHttp2Stream, { headers, body, label }: Reply): void {
    if (stream.destroyed || stream.closed) {
      this.#parts.count('n5geir_unsent', label);
      return;
    }
    stream.respond(headers);
    stream.end(body);
    this.#parts.count('n5geir_answers', label);
  }

  /**
   * A GET has no content: what one brings is thrown away, and answered is when it is over. Clients that still send take an
   * answer, or the end of the stream, for a failure. Of too much or too slow content the rest is refused behind the answer
   * (RFC 9113 §8.1).
   */
  #discard(stream: ServerHttp2Stream, reply: Reply | Promise<Reply>): void {
    let octets = 0;
    let over = false;
    const send = (refuse: boolean): void => {
      if (over) return;
      over = true;
      clearTimeout(late);
      Promise.resolve(reply).then((made) => {
        this.#send(stream, made);
        if (refuse) stream.close(constants.NGHTTP2_NO_ERROR);
      }, ignore);
    };
    const late = setTimeout(() => send(true), this.#parts.limits.contentMs).unref();
    stream.on('data', (chunk: Buffer) => {
      octets += chunk.length;
      if (octets > CONTENT_OCTETS) send(true);
    });
    stream.once('end', () => send(false));
    stream.once('close', () => send(false));
  }

  #reset(): void {
    this.#resets += 1;
    if (this.#resets > this.#parts.limits.resets) this.cut('resets');
  }

  /** A frame that has to be answered and asks nothing. */
  #noise(): void {
    this.#pings += 1;
    if (this.#pings > this.#parts.limits.pings) this.cut('pings');
  }

  #broken({ code }: NodeJS.ErrnoException): void {
    if (this.#over) return;
    if (code?.startsWith('ERR_HTTP2') === true) this.#count('protocol');
    else this.#parts.count('n5geir_lost');
  }

  #count(cause: Cut): void {
    if (this.#over) return;
    this.#over = true;
    this.#parts.count('n5geir_cut', cause);
  }

  /** Ends the connection at once, with a counted cause. */
  cut(cause: Cut): void {
    this.#count(cause);
    this.#h2.destroy(new Error(cause), constants.NGHTTP2_ENHANCE_YOUR_CALM);
  }

  /**
   * Looks the connection over: cuts it where it keeps silent, does not read its answers, or is no longer there. Node tells
   * nothing of a connection that its HTTP/2 library has given up after a GOAWAY; that is found here too.
   */
  sweep(now: number): void {
    const { limits } = this.#parts;
    this.#resets = 0;
    this.#pings = 0;
    if (this.#opened !== this.#seenOpened) {
      this.#lastOpened = now;
      this.#probed = 0;
    }
    const pending = this.#opened - this.#closed - this.#seat.waiting;
    if (this.#closed !== this.#seenClosed || pending <= 0) this.#lastClosed = now;
    this.#seenOpened = this.#opened;
    this.#seenClosed = this.#closed;
    if (this.#opened === 0 && now - this.#began > limits.firstMs) this.cut('silent');
    else if (now - this.#lastClosed > limits.unreadMs) this.cut('unread');
    else if (now - this.#lastOpened > limits.idleMs) this.cut('idle');
    else if (now - Math.max(this.#lastOpened, this.#heard) > limits.quietMs) this.#probe(now);
  }

  #probe(now: number): void {
    if (this.#probed !== 0) {
      if (now - this.#probed > this.#parts.limits.firstMs) this.cut('dead');
      return;
    }
    this.#probed = now;
    const heard = (fault: Error | null): void => {
      if (fault !== null) return;
      this.#probed = 0;
      this.#heard = performance.now();
    };
    // A PING that cannot be sent is one that is not answered.
    if (!this.#h2.destroyed) this.#h2.ping(heard);
  }

  /**
   * Takes no more requests and ends when those taken are answered: first a GOAWAY that still lets through what is on its
   * way, and when the peer has seen it the last one (RFC 9113 §6.8).
   */
  drain(): void {
    if (this.#h2.destroyed || this.#h2.closed) return;
    this.#h2.goaway(constants.NGHTTP2_NO_ERROR, 2 ** 31 - 1);
    const end = (): void => {
      if (!this.#h2.destroyed) this.#h2.close();
    };
    if (!this.#h2.ping(end)) end();
  }
}

/** Octets of content that a GET may bring, though it has no use for any. */
const CONTENT_OCTETS = 65_536;

const ignore = (): void => undefined;
