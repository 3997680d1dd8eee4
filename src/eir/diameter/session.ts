import {
  CAPABILITIES_EXCHANGE,
  type Command,
  DEVICE_WATCHDOG,
  DISCONNECT_PEER,
  ME_IDENTITY_CHECK,
} from '../../codecs/diameter/command.ts';
import { FLAG, HEADER_BYTES, type Header, readHeader } from '../../codecs/diameter/header.ts';
import { commandOf, type Echo, echoOf, type Known, readMessage } from '../../codecs/diameter/read.ts';
import { RESULT, type Wrong } from '../../codecs/diameter/result.ts';
import { disconnectRequest, refusal, type Self, success, watchdogRequest } from './base.ts';
import { type Admitted, judge } from './capabilities.ts';
import { Checks } from './check.ts';
import type { Node, Standing } from './node.ts';
import type { Cause } from './options.ts';
import type { Outbox } from './outbox.ts';
import { type Watchdog, watch } from './watchdog.ts';

/** The transport under a session. */
export type Link = {
  /** Address of this end, for Host-IP-Address. */
  readonly address: string;
  /** Whether the certificate that the peer showed is for a host; absent without TLS. */
  readonly certified?: (host: string) => boolean;
  /** Sends; returns the octets that are not sent yet. */
  readonly write: (bytes: Buffer) => number;
  /** Ends the connection, after what was written has gone out or at once. */
  readonly close: (how: 'flushed' | 'at once') => void;
  /** The peer has shown its capabilities. */
  readonly opened: () => void;
};

export type SessionOptions = {
  readonly node: Node;
  readonly link: Link;
  /** False where every request takes the general way, so that a test can compare. */
  readonly plain?: boolean;
};

const viewed = ({ buffer, byteOffset, byteLength }: DataView): Buffer => Buffer.from(buffer, byteOffset, byteLength);

const NOTHING: Echo = { session: Buffer.alloc(0), proxies: Buffer.alloc(0) };

/**
 * One connection of a peer (RFC 6733 §5.6, the responder's half: this node never connects, so there is no election).
 * Octets come in by {@link receive} and go out by the link, all answers to one read in one write.
 */
export class Session implements Standing {
  readonly #node: Node;
  readonly #link: Link;
  readonly #plain: boolean;
  readonly #self: Self;
  readonly #out: Outbox;
  #state: 'waiting' | 'open' | 'leaving' | 'closed' = 'waiting';
  #peer: Admitted | undefined;
  #checks: Checks | undefined;
  #watchdog: Watchdog | undefined;
  readonly #noCapabilities: () => void;
  /** A message that has not come whole: first its first word, then all of it. */
  #part: Buffer = Buffer.alloc(4);
  #filled = 0;
  /** The octets in hand, and when they came. */
  #view: DataView = new DataView(new ArrayBuffer(0));
  #at = 0;
  #nextId = Math.floor(Math.random() * 0x1_0000_0000);
  /** Answers that came after their read, to be sent at the end of this turn. */
  readonly #waiting: Buffer[] = [];
  /** A message came since the watchdog was told. */
  #heard = false;

  constructor({ node, link, plain = true }: SessionOptions) {
    this.#node = node;
    this.#link = link;
    this.#out = node.out;
    this.#plain = plain;
    this.#self = { ...node.options.identity, address: link.address, stateId: node.stateId };
    this.#noCapabilities = node.clock.after(node.limits.firstMs, () => this.#close('silent', 'at once'));
  }

  /** The Origin-Host of the peer; '' before it showed its capabilities. */
  get host(): string {
    return this.#peer?.host ?? '';
  }

  /** Takes what came and sends all answers in one write. */
  receive(chunk: Buffer): void {
    if (this.#state === 'closed') return;
    this.#out.room(chunk.length);
    this.#cut(chunk);
    if (this.#heard) this.#watchdog?.heard();
    this.#heard = false;
    this.#flush();
  }

  /** The transport is gone, or is to go for a fault of ours. */
  gone(cause: 'peer' | 'transport' | 'fault'): void {
    this.#close(cause, 'at once');
  }

  /** Another connection takes the place of this one. */
  replaced(): void {
    this.#finish('replaced', 'flushed'); // another session is filling the outbox
  }

  /** Makes room for newer connections. */
  crowded(): void {
    this.#close('crowded', 'at once');
  }

  /** Asks the peer to part (RFC 6733 §5.4); a connection that has not shown its capabilities is closed. */
  leave(): void {
    if (this.#state === 'waiting') {
      this.#close('drained', 'at once');
      return;
    }
    if (this.#state !== 'open') return;
    this.#state = 'leaving';
    this.#out.add(disconnectRequest(this.#self, this.#ids()));
    this.#flush();
  }

  /** Ends it, whatever is outstanding. */
  end(): void {
    this.#close('drained', 'at once');
  }

  /** Cuts octets into messages. */
  #cut(chunk: Buffer): void {
    let from = this.#complete(chunk);
    const view = this.#stand(chunk);
    while (this.#state !== 'closed' && chunk.length - from >= 4) {
      const length = this.#lengthOf(view.getUint32(from), chunk, from);
      if (length === 0) return;
      if (from + length > chunk.length) break;
      this.#message(chunk, from, from + length);
      from += length;
    }
    if (this.#state !== 'closed' && from < chunk.length) this.#begin(chunk.subarray(from));
  }

  /** Where the next messages stand. */
  #stand(bytes: Buffer): DataView {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#at = this.#node.clock.wall();
    this.#checks?.begin(bytes, this.#view, this.#at);
    return this.#view;
  }

  /** Completes the message that began in earlier reads; returns where the next one begins. */
  #complete(chunk: Buffer): number {
    let from = 0;
    while (this.#filled > 0 && this.#state !== 'closed' && from < chunk.length) {
      const copied = chunk.copy(this.#part, this.#filled, from);
      from += copied;
      this.#filled += copied;
      if (this.#filled < this.#part.length) break;
      if (this.#part.length > 4) this.#whole();
      else this.#widen();
    }
    return from;
  }

  /** The first word is there: makes room for the message it tells of. */
  #widen(): void {
    const length = this.#lengthOf(this.#part.readUInt32BE(0), this.#part, 0);
    if (length === 0) return;
    const part = Buffer.allocUnsafeSlow(length);
    this.#part.copy(part);
    this.#part = part;
  }

  #whole(): void {
    const part = this.#part;
    this.#part = Buffer.alloc(4);
    this.#filled = 0;
    this.#stand(part);
    this.#message(part, 0, part.length);
  }

  /** Keeps the beginning of a message. */
  #begin(rest: Buffer): void {
    if (rest.length >= 4) {
      rest.copy(this.#part, 0, 0, 4);
      this.#widen();
    }
    rest.copy(this.#part);
    this.#filled = rest.length;
  }

  /**
   * The length that the first word of a message tells; 0 where it cannot be trusted, and then nothing after it can: what
   * an open peer asked is answered where its header is there, and the connection ends.
   */
  #lengthOf(word: number, bytes: Buffer, from: number): number {
    const length = word & 0xffffff;
    const version = word >>> 24;
    if (version === 1 && length >= HEADER_BYTES && length % 4 === 0 && length <= this.#node.limits.messageBytes)
      return length;
    const rest = bytes.subarray(from);
    const asked = rest.length >= HEADER_BYTES && (rest.readUInt8(4) & FLAG.REQUEST) !== 0;
    const result = version === 1 ? RESULT.INVALID_MESSAGE_LENGTH : RESULT.UNSUPPORTED_VERSION;
    if (this.#state !== 'waiting' && asked) this.#refuse(readHeader(rest), { result }, NOTHING);
    this.#close(version === 1 ? 'length' : 'version', 'flushed');
    return 0;
  }

  #message(bytes: Buffer, from: number, end: number): void {
    this.#heard = true;
    if (this.#plain && this.#checks?.plain(from, end) === true) return;
    const message = bytes.subarray(from, end);
    const header = readHeader(message);
    if ((header.flags & FLAG.REQUEST) === 0) {
      this.#answered(header);
      return;
    }
    if (this.#state === 'waiting' && header.command !== CAPABILITIES_EXCHANGE.code) {
      this.#close('first', 'at once');
      return;
    }
    this.#request(header, message);
  }

  /** An answer to a request of ours; any other is passed over. */
  #answered(header: Header): void {
    if (this.#state === 'waiting') {
      this.#close('first', 'at once');
      return;
    }
    const base = header.application === 0;
    if (base && header.command === DEVICE_WATCHDOG.code) this.#watchdog?.answered();
    else if (base && header.command === DISCONNECT_PEER.code && this.#state === 'leaving')
      this.#close('drained', 'flushed');
    else this.#node.options.count('stray');
  }

  #request(header: Header, message: Buffer): void {
    const command = commandOf(header);
    if ('result' in command) {
      this.#refuse(header, command, echoOf(message));
      if (this.#state === 'waiting') this.#close('refused', 'flushed');
      return;
    }
    const { known, wrong } = readMessage(message, command.request);
    if (wrong !== undefined) {
      this.#refuse(header, wrong, echoOf(message), command);
      if (this.#state === 'waiting') this.#close('refused', 'flushed');
      return;
    }
    if (command === ME_IDENTITY_CHECK) {
      this.#checks?.general(message, known);
      return;
    }
    if (command === DEVICE_WATCHDOG) {
      this.#out.add(success(this.#self, header, command));
      return;
    }
    if (command === DISCONNECT_PEER) {
      this.#out.add(success(this.#self, header, command));
      this.#close('disconnect', 'flushed');
      return;
    }
    this.#capabilities(header, known, command);
  }

  #capabilities(header: Header, known: readonly Known[], command: Command): void {
    const verdict = judge(this.#node, known, {
      host: this.host,
      ...(this.#link.certified === undefined ? {} : { certified: this.#link.certified }),
    });
    if ('cause' in verdict) {
      this.#refuse(header, { result: verdict.result }, NOTHING, command);
      this.#close(verdict.cause, 'flushed');
      return;
    }
    this.#out.add(success(this.#self, header, command));
    if (this.#state === 'waiting') this.#open(verdict);
  }

  #open(peer: Admitted): void {
    const { open, clock, limits, options } = this.#node;
    this.#noCapabilities();
    this.#state = 'open';
    this.#peer = peer;
    const key = peer.host.toLowerCase();
    open.get(key)?.replaced();
    open.set(key, this);
    this.#checks = new Checks(this.#node, peer, {
      refuse: (request, wrong, echo) => this.#refuse(request, wrong, echo, ME_IDENTITY_CHECK),
      later: (write) => this.#late(write),
    });
    this.#checks.begin(viewed(this.#view), this.#view, this.#at);
    this.#watchdog = watch(
      { clock, watchdogMs: limits.watchdogMs },
      {
        send: () => {
          this.#out.add(watchdogRequest(this.#self, this.#ids()));
          this.#flush();
        },
        dead: () => this.#close('watchdog', 'at once'),
      },
    );
    options.count('opened');
    this.#link.opened();
  }

  #refuse(request: Header, wrong: Wrong, echo: Echo, command?: Command): void {
    this.#node.options.count('error', String(wrong.result));
    this.#out.add(refusal(this.#self, request, { wrong, echo, command }));
  }

  #ids(): { readonly hopByHop: number; readonly endToEnd: number } {
    this.#nextId = (this.#nextId + 1) >>> 0;
    return { hopByHop: this.#nextId, endToEnd: this.#nextId };
  }

  #flush(): void {
    const bytes = this.#out.take();
    if (bytes !== undefined && this.#send(bytes) === 0) this.#out.gone();
  }

  /** Returns what has not left yet. */
  #send(bytes: Buffer): number {
    const unread = this.#link.write(bytes);
    if (unread > this.#node.limits.unreadBytes) this.#close('unread', 'at once');
    return unread;
  }

  /** Answers that come after their read go out together, those of one turn in one write. */
  #late(write: () => void): void {
    if (this.#state === 'closed') return;
    write();
    const bytes = this.#out.take();
    if (bytes !== undefined) this.#waiting.push(Buffer.from(bytes));
    this.#out.gone();
    if (this.#waiting.length > 1) return;
    setImmediate(() => {
      if (this.#state !== 'closed' && this.#waiting.length > 0) this.#send(Buffer.concat(this.#waiting.splice(0)));
    });
  }

  #close(cause: Cause, how: 'flushed' | 'at once'): void {
    if (this.#state === 'closed') return;
    if (how === 'flushed') {
      if (this.#waiting.length > 0) this.#send(Buffer.concat(this.#waiting.splice(0)));
      this.#flush();
    }
    // The write may have ended it.
    this.#finish(cause, how);
  }

  #finish(cause: Cause, how: 'flushed' | 'at once'): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#noCapabilities();
    this.#watchdog?.stop();
    const key = this.host.toLowerCase();
    if (this.#node.open.get(key) === this) this.#node.open.delete(key);
    this.#node.options.count('closed', cause);
    this.#link.close(how);
  }
}
