import { APPLICATION } from './command.ts';
import { VENDOR_3GPP } from './dictionary.ts';
import { IMSI_DIGITS } from './ecr.ts';
import { NAME_BYTES, NAME_OCTET } from './value.ts';
import { avp } from './write.ts';

/** This node as requests name it, in the very octets; other spellings go the general way. */
export type Self = { readonly host: string; readonly realm: string };

/** Realms of origin that one connection remembers; a relay may bring more, which are read the general way. */
const MOST_REALMS = 16;

/** Flags, command code: REQ and PXY set, T and E clear; ME-Identity-Check. */
const ECR_WORD = 0xc0000144;

/** One bit per AVP read, so that a second one is seen. */
const SEEN = { session: 1, vsai: 2, state: 4, host: 8, realm: 16, toHost: 32, toRealm: 64, terminal: 128, user: 256 };
const NEEDED = SEEN.session | SEEN.state | SEEN.host | SEEN.realm | SEEN.toRealm | SEEN.terminal;
/** What may stand any number of times. */
const REPEATABLE = 512;

const M = 0x40000000;
const VM = 0xc0000000;

const viewOf = (text: string | Buffer): DataView => {
  const bytes = Buffer.from(text);
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
};

const VSAI = viewOf(
  avp('Vendor-Specific-Application-Id', [avp('Vendor-Id', VENDOR_3GPP), avp('Auth-Application-Id', APPLICATION.S13)]),
);

/** Whether the octets at a place are these; looked at in words. */
function same(view: DataView, at: number, length: number, octets: DataView): boolean {
  if (length !== octets.byteLength) return false;
  const words = length & ~3;
  for (let index = 0; index < words; index += 4)
    if (view.getUint32(at + index) !== octets.getUint32(index)) return false;
  for (let index = words; index < length; index += 1)
    if (view.getUint8(at + index) !== octets.getUint8(index)) return false;
  return true;
}

/** Whether a place holds a name, which all hosts and realms are. */
function isName(view: DataView, at: number, length: number): boolean {
  if (length < 1 || length > NAME_BYTES) return false;
  for (let index = 0; index < length; index += 1) if (NAME_OCTET[view.getUint8(at + index)] !== 1) return false;
  return true;
}

/** The number that digits make; -1 where one is none. As halves, so that the arithmetic is that of small integers. */
function digits(view: DataView, at: number, count: number): number {
  let [high, low] = [0, 0];
  const half = count > 8 ? count - 8 : 0;
  for (let index = 0; index < half; index += 1) {
    const digit = view.getUint8(at + index) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    high = high * 10 + digit;
  }
  for (let index = half; index < count; index += 1) {
    const digit = view.getUint8(at + index) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    low = low * 10 + digit;
  }
  return half === 0 ? low : high * 100_000_000 + low;
}

/** Whether text is ASCII and its padding zero; it is looked at in words. */
function isPlainText(view: DataView, at: number, length: number): boolean {
  const end = at + length;
  for (let place = at; place < end; place += 4) {
    if ((view.getUint32(place) & 0x80808080) !== 0) return false;
  }
  const spare = -length & 3;
  return spare === 0 || (view.getUint32(end + spare - 4) & ((1 << (spare * 8)) - 1)) === 0;
}

/**
 * Reads an ECR that has nothing unusual in place, making no text and no object: what it found stands in its fields until
 * the next reading. Whatever it does not take, good or bad, is for the general way (`read.ts`, `ecr.ts`), which gives the
 * same answers; this one only gives them sooner.
 */
export class PlainReader {
  imei = -1;
  svn = -1;
  imsi = 0;
  /** Where the Session-Id AVP begins, and its octets with padding. */
  sessionAt = 0;
  sessionBytes = 0;
  /** Which of the learnt realms of origin asks. */
  realm = -1;

  readonly #host: DataView;
  readonly #realm: DataView;
  readonly #realms: DataView[] = [];
  /** The last host of origin that was a name: mostly it is the same one again. */
  #origins = new DataView(new ArrayBuffer(0));

  constructor(self: Self) {
    this.#host = viewOf(self.host);
    this.#realm = viewOf(self.realm);
  }

  /** Remembers a realm of origin; the number by which {@link realm} tells it, or -1 where there is no room. */
  learn(realm: string): number {
    if (this.#realms.length >= MOST_REALMS) return -1;
    this.realm = this.#realms.length;
    this.#realms.push(viewOf(realm));
    return this.realm;
  }

  /** Reads the message from `from` to below `end`, whose length and version are known to be good. */
  read(view: DataView, from: number, end: number): boolean {
    if (end - from < 20 || view.getUint32(from + 4) !== ECR_WORD || view.getUint32(from + 8) !== APPLICATION.S13)
      return false;
    this.imsi = 0;
    let [at, seen] = [from + 20, 0];
    while (at < end) {
      if (end - at < 8) return false;
      const word = view.getUint32(at + 4);
      const length = word & 0xffffff;
      const next = at + ((length + 3) & ~3);
      if (length < 8 || next > end) return false;
      const bit = this.#take(view, at, word);
      if (bit === 0 || (seen & bit) !== 0) return false;
      seen |= bit & ~REPEATABLE;
      at = next;
    }
    return (seen & NEEDED) === NEEDED;
  }

  /** Takes one AVP whose length is within the message; 0 where it is unusual. */
  #take(view: DataView, at: number, word: number): number {
    const length = word & 0xffffff;
    switch (view.getUint32(at)) {
      case 263:
        return this.#session(view, at, word) ? SEEN.session : 0;
      case 260:
        return same(view, at, length, VSAI) ? SEEN.vsai : 0;
      case 277:
        return word === M + 12 && view.getUint32(at + 8) >>> 1 === 0 ? SEEN.state : 0;
      case 264:
        return word === M + length && this.#from(view, at + 8, length - 8) ? SEEN.host : 0;
      case 296:
        return word === M + length && this.#origin(view, at + 8, length - 8) ? SEEN.realm : 0;
      case 293:
        return word === M + length && same(view, at + 8, length - 8, this.#host) ? SEEN.toHost : 0;
      case 283:
        return word === M + length && same(view, at + 8, length - 8, this.#realm) ? SEEN.toRealm : 0;
      case 282:
        return word === M + length && this.#passed(view, at + 8, length - 8) ? REPEATABLE : 0;
      case 1401:
        return word === VM + length && length > 12 && this.#terminal(view, at, at + length) ? SEEN.terminal : 0;
      case 1:
        return word === M + length && this.#user(view, at + 8, length - 8) ? SEEN.user : 0;
      default:
        return 0;
    }
  }

  #session(view: DataView, at: number, word: number): boolean {
    const length = word & 0xffffff;
    this.sessionAt = at;
    this.sessionBytes = (length + 3) & ~3;
    return word === M + length && isPlainText(view, at + 8, length - 8);
  }

  #from(view: DataView, at: number, length: number): boolean {
    if (same(view, at, length, this.#origins)) return length > 0;
    if (!isName(view, at, length)) return false;
    this.#origins = new DataView(new ArrayBuffer(length));
    for (let index = 0; index < length; index += 1) this.#origins.setUint8(index, view.getUint8(at + index));
    return true;
  }

  #origin(view: DataView, at: number, length: number): boolean {
    const realms = this.#realms;
    const last = this.realm < 0 ? undefined : realms[this.realm];
    if (last !== undefined && same(view, at, length, last)) return true;
    for (let index = 0; index < realms.length; index += 1) {
      const realm = realms[index];
      if (realm !== undefined && same(view, at, length, realm)) {
        this.realm = index;
        return true;
      }
    }
    return false;
  }

  /** A host that passed the request on and could not be ourselves under any spelling. */
  #passed(view: DataView, at: number, length: number): boolean {
    if (!isName(view, at, length)) return false;
    if (length !== this.#host.byteLength) return true;
    // Letters that differ in case only differ in this bit: what is the same without it is left to the general way.
    for (let index = 0; index < length; index += 1)
      if ((view.getUint8(at + index) | 0x20) !== (this.#host.getUint8(index) | 0x20)) return true;
    return false;
  }

  #user(view: DataView, at: number, length: number): boolean {
    if (length < IMSI_DIGITS.least || length > IMSI_DIGITS.most) return false;
    this.imsi = digits(view, at, length);
    return this.imsi >= 0;
  }

  /** IMEI and Software-Version, each once, and nothing else. */
  #terminal(view: DataView, from: number, end: number): boolean {
    if (view.getUint32(from + 8) !== VENDOR_3GPP) return false;
    let at = from + 12;
    [this.imei, this.svn] = [-1, -1];
    let told = -1;
    while (end - at >= 12) {
      const code = view.getUint32(at);
      const word = view.getUint32(at + 4);
      const length = word & 0xffffff;
      if (at + length > end || view.getUint32(at + 8) !== VENDOR_3GPP) return false;
      if (code === 1402 && this.imei < 0 && word >= VM + 26 && word <= VM + 28)
        this.#equipment(view, at + 12, length - 12);
      else if (code === 1403 && told < 0 && word === VM + 14) told = digits(view, at + 12, 2);
      else return false;
      if (code === 1403 ? told < 0 : this.imei < 0) return false;
      at += (length + 3) & ~3;
    }
    if (told >= 0) this.svn = told;
    return at >= end && this.imei >= 0;
  }

  #equipment(view: DataView, at: number, count: number): void {
    this.imei = digits(view, at, 14);
    if (count > 14 && digits(view, at + 14, count - 14) < 0) this.imei = -1;
    this.svn = count === 16 ? digits(view, at + 14, 2) : -1;
  }
}
