import { Digits } from './digits.ts';
import { IMEI_RESULT, KIND, SESSION_END, TAG } from './message.ts';
import type { GsupReader } from './reader.ts';

/** Digits an IMSI can have (3GPP TS 23.003 §2.2; six at least, as OsmoHLR wants it). */
const IMSI_DIGITS = { min: 6, max: 15 };
/** Octets of 14 digits. */
const IMEI_OCTETS = 7;

/** What Check-IMEI requests ask, one after the other without a new object. */
export class Check {
  imsi = 0;
  imei = 0;
  /** The software version; -1 where it is not told. */
  svn = -1;
  readonly #digits = new Digits();

  /**
   * Reads the request. The IMEI element's value begins with a length octet of its own; 14 digits are the rule, 15 and 16
   * are tolerated: the 15th is not looked at, of 16 the last two are the software version (3GPP TS 23.003 §6.2). Answers
   * false where IMSI or IMEI is missing or malformed: cause `invalidMandatory`.
   */
  read(message: GsupReader): boolean {
    return this.#readImsi(message) && this.#readImei(message);
  }

  #readImsi(message: GsupReader): boolean {
    const start = message.start(TAG.imsi);
    const digits = this.#digits;
    if (start < 0 || !digits.read(message.bytes, start, start + message.size(TAG.imsi))) return false;
    this.imsi = digits.value;
    return digits.count >= IMSI_DIGITS.min && digits.count <= IMSI_DIGITS.max;
  }

  #readImei(message: GsupReader): boolean {
    const start = message.start(TAG.imei);
    const { bytes } = message;
    const octets = bytes[start] ?? 0;
    if (start < 0 || octets >= message.size(TAG.imei)) return false;
    if (octets < IMEI_OCTETS || octets > IMEI_OCTETS + 1) return false;
    const digits = this.#digits;
    const end = start + 1 + IMEI_OCTETS;
    if (!digits.read(bytes, start + 1, end) || digits.count !== 2 * IMEI_OCTETS) return false;
    this.imei = digits.value;
    this.svn = -1;
    if (octets === IMEI_OCTETS) return true;
    if (!digits.read(bytes, end, end + 1)) return false;
    if (digits.count === 2) this.svn = digits.value;
    return true;
  }
}

/** What is answered: the result of a check, or why there is none. */
export type Reply = { readonly kind: 'ack' | 'nack' } | { readonly kind: 'error'; readonly cause: number };

/** Writes answers one after the other, without a new object. */
export class ReplyWriter {
  #out: Buffer = Buffer.alloc(0);
  #at = 0;

  /**
   * Writes the answer to a request at `start`, with its elements in the order of Osmocom's encoder; answers the place after
   * it. At most three octets longer than the request. IMSI, message class and session are the request's; the names of
   * source and destination change places; the session is told to be over.
   */
  write(request: GsupReader, reply: Reply, out: Buffer, start: number): number {
    const error = reply.kind === 'error';
    this.#out = out;
    this.#at = start + 1;
    out[start] = (request.type & 0xfc) | (error ? KIND.error : KIND.result);
    this.#copy(request, TAG.imsi, TAG.imsi);
    if (error) this.#put(TAG.cause, reply.cause);
    if (request.octet(TAG.sessionState) > 0) {
      this.#copy(request, TAG.sessionId, TAG.sessionId);
      this.#put(TAG.sessionState, SESSION_END);
    }
    if (!error) this.#put(TAG.imeiResult, IMEI_RESULT[reply.kind]);
    const messageClass = request.octet(TAG.messageClass);
    if (messageClass > 0) this.#put(TAG.messageClass, messageClass);
    this.#copy(request, TAG.destinationName, TAG.sourceName);
    this.#copy(request, TAG.sourceName, TAG.destinationName);
    return this.#at;
  }

  #copy(from: GsupReader, tag: number, as: number): void {
    const start = from.start(tag);
    if (start < 0) return;
    const out = this.#out;
    const bytes = from.bytes;
    const end = start + from.size(tag);
    let at = this.#at;
    out[at] = as;
    out[at + 1] = end - start;
    at += 2;
    for (let octet = start; octet < end; octet += 1, at += 1) out[at] = bytes[octet] ?? 0;
    this.#at = at;
  }

  #put(tag: number, value: number): void {
    const out = this.#out;
    const at = this.#at;
    out[at] = tag;
    out[at + 1] = 1;
    out[at + 2] = value;
    this.#at = at + 3;
  }
}
