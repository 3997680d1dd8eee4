import type { Socket } from 'node:net';

/** Octets that may wait to be sent to one side before nothing more is read for it. Above a socket's own high-water mark. */
const UNSENT = 262_144;

/** Limits of time for one connection, in milliseconds by a clock that never jumps. */
export type Patience = {
  /** Without an octet for so long, it is sent a ping. */
  readonly idleMs: number;
  /** Without an octet for so long after it, it is taken for dead. */
  readonly pongMs: number;
  /** What waits to be sent must have gone in so long. */
  readonly unreadMs: number;
};

/** One TCP connection of a session: writes in one go, and knows whether the other end lives and reads. */
export class Wire {
  readonly socket: Socket;
  readonly #changed: () => void;
  #heardAt = performance.now();
  #pingedAt = 0;
  #fullSince = 0;
  #paused = false;

  /** `changed` is called when the connection begins or ends to be full. */
  constructor(socket: Socket, changed: () => void) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on('drain', () => {
      if (this.#fullSince === 0) return;
      this.#fullSince = 0;
      changed();
    });
    this.#changed = changed;
  }

  /** Octets that wait to be sent. */
  get unsent(): number {
    return this.socket.writableLength;
  }

  /** Whether so much waits to be sent that nothing more should be read for it. */
  get full(): boolean {
    return this.#fullSince > 0;
  }

  /** Notes that octets came. */
  heard(): void {
    this.#heardAt = performance.now();
    this.#pingedAt = 0;
  }

  /** Sends the pieces as one write. */
  write(pieces: readonly Buffer[]): void {
    const { socket } = this;
    if (!socket.writable) return;
    socket.cork();
    for (const piece of pieces) socket.write(piece);
    socket.uncork();
    if (this.#fullSince > 0 || socket.writableLength <= UNSENT) return;
    this.#fullSince = performance.now();
    this.#changed();
  }

  /** Reads on, or not. While it does not the other end cannot be heard. */
  pause(paused: boolean): void {
    if (paused === this.#paused) return;
    this.#paused = paused;
    if (paused) this.socket.pause();
    else {
      this.heard();
      this.socket.resume();
    }
  }

  /** What is to be done at this time: cut it, with the cause, or send a ping. */
  look(now: number, patience: Patience): 'unread' | 'silent' | 'ping' | undefined {
    if (this.#fullSince > 0) return now - this.#fullSince > patience.unreadMs ? 'unread' : undefined;
    if (this.#paused) return undefined;
    if (this.#pingedAt > 0) return now - this.#pingedAt > patience.pongMs ? 'silent' : undefined;
    if (now - this.#heardAt <= patience.idleMs) return undefined;
    this.#pingedAt = now;
    return 'ping';
  }
}
