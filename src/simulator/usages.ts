import { luhnDigit } from '../identifiers/luhn.ts';
import { carrierAt, type Line } from './numbering.ts';
import { RADIOS, type Radio } from './rats.ts';

/** A line in a device: who is seen with what, from when to when, how often. */
export type Usage = {
  /** The IMEI's 14 digits, or the text that the network sees in its place. */
  readonly imei: string;
  readonly line: Line;
  /** First and last day, counted from the first day of the data. */
  readonly from: number;
  readonly to: number;
  /** The probability of being seen on a day. */
  readonly activity: number;
  readonly radio: Radio;
  /** Index of the model, -1 where there is none. */
  readonly model: number;
  /** Seen on its first and last day for certain, and never with a field left out: what is planted must be found. */
  readonly certain?: boolean;
  /** The only usage of its IMEI so far, registered and without any fact: free to become somebody's victim. */
  readonly plain?: boolean;
};

/** Flags of a usage. */
export const CERTAIN = 1;
export const PLAIN = 2;
export const WALKS = 4;

const STRIDE = 52;

/**
 * All usages, in arrays of plain numbers: about 75 bytes each, so that a million devices fit into memory beside the
 * buffers. The part of a row that never changes (`imei,imsi,msisdn,`) is kept as bytes.
 */
export class Usages {
  count = 0;
  #capacity = 1024;
  texts: Uint8Array = new Uint8Array(this.#capacity * STRIDE);
  lengths: Uint8Array = new Uint8Array(this.#capacity);
  carriers: Uint8Array = new Uint8Array(this.#capacity);
  froms: Uint16Array = new Uint16Array(this.#capacity);
  tos: Uint16Array = new Uint16Array(this.#capacity);
  /** The probability times 2^32. */
  thresholds: Uint32Array = new Uint32Array(this.#capacity);
  radios: Uint8Array = new Uint8Array(this.#capacity);
  models: Int16Array = new Int16Array(this.#capacity);
  flags: Uint8Array = new Uint8Array(this.#capacity);
  /** The IMEI's key as a number, -1 where it is none. */
  keys: Float64Array = new Float64Array(this.#capacity);
  /** The registered person as a number, -1 for none. */
  persons: Int32Array = new Int32Array(this.#capacity);

  add(usage: Usage): number {
    if (this.count === this.#capacity) this.#grow();
    const at = this.count;
    this.count += 1;
    const { imei, line, from, to, activity, radio, model } = usage;
    const text = `${written(imei, line.carrier)},${line.imsi},${line.msisdn},`;
    if (text.length > STRIDE) throw new RangeError('An identifier is longer than its field.');
    for (let index = 0; index < text.length; index += 1) this.texts[at * STRIDE + index] = text.charCodeAt(index);
    this.lengths[at] = text.length;
    this.carriers[at] = line.carrier;
    this.froms[at] = from;
    this.tos[at] = to;
    this.thresholds[at] = Math.min(activity * 0x1_0000_0000, 0xffff_ffff);
    this.radios[at] = RADIOS.indexOf(radio);
    this.models[at] = model;
    this.flags[at] = (usage.certain ? CERTAIN : 0) | (usage.plain ? PLAIN : 0);
    this.keys[at] = WHOLE.test(imei) ? Number(imei) : -1;
    this.persons[at] = line.uid === undefined ? -1 : Number(line.uid.slice(1));
    return at;
  }

  /** Where the bytes `imei,imsi,msisdn,` of a usage begin in {@link texts}. */
  textAt(at: number): number {
    return at * STRIDE;
  }

  /** The IMEI (14 digits) of a usage that has one. */
  imeiOf(at: number): string {
    return String(this.keys[at] ?? 0).padStart(14, '0');
  }

  /** IMSI and MSISDN of a usage, as its rows carry them. */
  lineOf(at: number): { readonly imsi: string; readonly msisdn: string } {
    const start = this.textAt(at);
    const bytes = this.texts.subarray(start, start + (this.lengths[at] ?? 0));
    const [, imsi = '', msisdn = ''] = Buffer.from(bytes).toString('latin1').split(',');
    return { imsi, msisdn };
  }

  #grow(): void {
    this.#capacity = Math.ceil(this.#capacity * 1.6);
    const widen = <A extends { length: number; set(from: A): void }>(old: A, fresh: A): A => {
      fresh.set(old);
      return fresh;
    };
    const size = this.#capacity;
    this.texts = widen<Uint8Array>(this.texts, new Uint8Array(size * STRIDE));
    this.lengths = widen<Uint8Array>(this.lengths, new Uint8Array(size));
    this.carriers = widen<Uint8Array>(this.carriers, new Uint8Array(size));
    this.froms = widen<Uint16Array>(this.froms, new Uint16Array(size));
    this.tos = widen<Uint16Array>(this.tos, new Uint16Array(size));
    this.thresholds = widen<Uint32Array>(this.thresholds, new Uint32Array(size));
    this.radios = widen<Uint8Array>(this.radios, new Uint8Array(size));
    this.models = widen<Int16Array>(this.models, new Int16Array(size));
    this.flags = widen<Uint8Array>(this.flags, new Uint8Array(size));
    this.keys = widen<Float64Array>(this.keys, new Float64Array(size));
    this.persons = widen<Int32Array>(this.persons, new Int32Array(size));
  }
}

const WHOLE = /^\d{14}$/;

/** The IMEI as the network's feed writes it: 14 digits, 15 with the check digit, or 16 with a software version. */
function written(imei: string, carrier: number): string {
  if (!WHOLE.test(imei)) return imei;
  const { form } = carrierAt(carrier);
  if (form === 14) return imei;
  return form === 15 ? imei + luhnDigit(imei) : `${imei}0${1 + (Number(imei.slice(9)) % 8)}`;
}
