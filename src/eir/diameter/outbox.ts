/** Octets that are allocated at once; many reads' answers fit. */
const CHUNK_BYTES = 65_536;

/**
 * Collects what goes out in one write. All connections of a server share one, since each fills and empties it in one go.
 * Octets that a socket may still hold are never written again.
 */
export class Outbox {
  bytes: Buffer = Buffer.allocUnsafe(0);
  view: DataView = new DataView(new ArrayBuffer(0));
  /** Where the next octet goes. */
  at = 0;
  #from = 0;
  #taken = 0;

  /** Makes room for so many octets at {@link at}. */
  room(length: number): void {
    if (this.at + length <= this.bytes.length) return;
    const waiting = this.bytes.subarray(this.#from, this.at);
    const fresh = Buffer.allocUnsafeSlow(Math.max(CHUNK_BYTES, 2 * (waiting.length + length)));
    waiting.copy(fresh);
    this.bytes = fresh;
    this.view = new DataView(fresh.buffer, fresh.byteOffset, fresh.length);
    this.at = waiting.length;
    this.#from = 0;
  }

  /** Adds a whole message. */
  add(message: Buffer): void {
    this.room(message.length);
    message.copy(this.bytes, this.at);
    this.at += message.length;
  }

  /** All that was added since the last time; undefined where nothing was. */
  take(): Buffer | undefined {
    if (this.at === this.#from) return undefined;
    const taken = this.bytes.subarray(this.#from, this.at);
    this.#taken = this.#from;
    this.#from = this.at;
    return taken;
  }

  /** What was taken last has left: its place is free again. */
  gone(): void {
    this.at = this.#taken;
    this.#from = this.#taken;
  }
}
