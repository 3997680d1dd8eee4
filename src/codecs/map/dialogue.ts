import { type Element, element, readElement } from '../ber/read.ts';
import { type BerWriter, berWriter, close, putElement, putOctet, putOctets, putSmall } from '../ber/write.ts';
import { closeDialogue, isObject } from './tcap.ts';

/** The abstract syntax of structured dialogues, `itu-t q 773 as(1) dialogue-as(1) version1(1)` (ITU-T Q.773 §3.3). */
const DIALOGUE_AS = Buffer.from('00118605010101', 'hex');

/** Dialogue units (§3.3.2): request, response, abort. */
const APDU = { request: 0x60, response: 0x61, abort: 0x64 } as const;

const TAG = { object: 0x06, external: 0x28, single: 0xa0, version: 0x80, context: 0xa1 } as const;

/** The longest application context name that is looked at, in octets. */
const CONTEXT_LIMIT = 32;

/** What a dialogue portion that begins a dialogue says. */
export type Dialogue =
  /** A request; the application context name is `bytes[start, end)`. */
  | { readonly kind: 'request'; readonly start: number; readonly end: number }
  /** A request of a protocol version we do not speak. */
  | { readonly kind: 'version' }
  /** Anything else: not a request, or not well formed. */
  | { readonly kind: 'malformed' };

const MALFORMED: Dialogue = { kind: 'malformed' };

// Filled again and again: reading makes no new objects.
const [one, field, name] = [element(), element(), element()];

/** Steps into the only element of the contents of `into`; answers whether it has the tag. */
function stepInto(bytes: Buffer, tag: number, into: Element): boolean {
  const { start, end } = into;
  return readElement(bytes, start, end, into) === undefined && into.tag === tag && into.next === end;
}

/** Reads the fields of a request: `protocol-version` [0] (version 1 by default), `application-context-name` [1], more. */
function readRequest(bytes: Buffer, start: number, end: number): Dialogue {
  let at = start;
  if (readElement(bytes, at, end, field) !== undefined) return MALFORMED;
  if (field.tag === TAG.version) {
    // BIT STRING: the octet of unused bits, then version1 as the first bit
    if (field.end - field.start < 2) return MALFORMED;
    if (((bytes[field.start + 1] ?? 0) & 0x80) === 0) return { kind: 'version' };
    at = field.next;
    if (readElement(bytes, at, end, field) !== undefined) return MALFORMED;
  }
  if (field.tag !== TAG.context) return MALFORMED;
  name.start = field.start;
  name.end = field.end;
  if (!stepInto(bytes, TAG.object, name)) return MALFORMED;
  if (name.end === name.start || name.end - name.start > CONTEXT_LIMIT) return MALFORMED;
  for (at = field.next; at < end; at = field.next) {
    if (readElement(bytes, at, end, field) !== undefined) return MALFORMED;
  }
  return { kind: 'request', start: name.start, end: name.end };
}

/** Reads the contents `bytes[start, end)` of the dialogue portion of a begin. Never throws. */
export function readDialogue(bytes: Buffer, start: number, end: number): Dialogue {
  one.start = start;
  one.end = end;
  if (!stepInto(bytes, TAG.external, one)) return MALFORMED;
  const { end: inner } = one;
  if (readElement(bytes, one.start, inner, one) !== undefined || !isObject(bytes, one, DIALOGUE_AS)) return MALFORMED;
  one.start = one.next;
  one.end = inner;
  if (!stepInto(bytes, TAG.single, one) || !stepInto(bytes, APDU.request, one)) return MALFORMED;
  return readRequest(bytes, one.start, one.end);
}

/** What stands around a dialogue unit that was written since the place was `end`. */
function closeUnit(writer: BerWriter, unit: number, end: number): void {
  close(writer, unit, end);
  close(writer, TAG.single, end);
  putElement(writer, TAG.object, DIALOGUE_AS);
  close(writer, TAG.external, end);
  closeDialogue(writer, end);
}

/** Diagnostics of a response (§3.3.2): who found it, and what. */
export const DIAGNOSTIC = {
  none: [0xa1, 0],
  contextNotSupported: [0xa1, 2],
  noCommonPortion: [0xa2, 2],
} as const satisfies Record<string, readonly [source: number, value: number]>;

/** Puts a response; it accepts where the diagnostic is none, and rejects for good otherwise. */
export function putResponse(
  writer: BerWriter,
  context: Uint8Array,
  [source, value]: readonly [source: number, value: number],
): void {
  const end = writer.at;
  putSmall(writer, 0x02, value);
  close(writer, source, end);
  close(writer, 0xa3, end);
  const result = writer.at;
  putSmall(writer, 0x02, source === DIAGNOSTIC.none[0] && value === DIAGNOSTIC.none[1] ? 0 : 1);
  close(writer, 0xa2, result);
  const name = writer.at;
  putElement(writer, TAG.object, context);
  close(writer, TAG.context, name);
  putVersion(writer);
  closeUnit(writer, APDU.response, end);
}

/** The whole dialogue portion that accepts a context: always the same, so that it is written once. */
export function acceptance(context: Uint8Array): Buffer {
  const writer = berWriter(64);
  putResponse(writer, context, DIAGNOSTIC.none);
  return writer.bytes.subarray(writer.at);
}

/** `protocol-version` {version1}: one bit, seven unused. */
function putVersion(writer: BerWriter): void {
  putOctets(writer, VERSION_1);
  putOctet(writer, VERSION_1.length);
  putOctet(writer, TAG.version);
}
const VERSION_1 = Buffer.from([0x07, 0x80]);

/** Puts an abort whose source is the dialogue service provider: the dialogue portion could not be understood. */
export function putAbort(writer: BerWriter): void {
  const end = writer.at;
  putSmall(writer, 0x80, 1);
  closeUnit(writer, APDU.abort, end);
}
