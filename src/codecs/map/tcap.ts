import { contentsAre, type Element, element, readElement } from '../ber/read.ts';
import { type BerWriter, close, putOctet, putSmall } from '../ber/write.ts';

/** Message types (ITU-T Q.773 §3.2). */
export const TCAP = { unidirectional: 0x61, begin: 0x62, end: 0x64, continue: 0x65, abort: 0x67 } as const;

/** Tags of the transaction portion. */
const TAG = { origin: 0x48, destination: 0x49, cause: 0x4a, dialogue: 0x6b, components: 0x6c } as const;

/** Causes of an abort by the transaction sublayer (§3.2.3). */
export const P_ABORT = {
  unrecognizedMessageType: 0,
  unrecognizedTransaction: 1,
  badlyFormatted: 2,
  incorrectPortion: 3,
  resourceLimitation: 4,
} as const;

/** A transaction portion as it lies in the input; one object is filled again and again. */
export type Transaction = {
  type: number;
  /** Transaction identifiers as numbers, with how many octets (1 to 4) they came in; 0 octets where there is none. */
  origin: number;
  originOctets: number;
  destination: number;
  destinationOctets: number;
  /** Contents of the dialogue portion; start -1 where there is none. */
  dialogueStart: number;
  dialogueEnd: number;
  /** Contents of the component portion; start -1 where there is none. */
  componentsStart: number;
  componentsEnd: number;
  /** Cause of an abort by the other transaction sublayer; -1 where there is none. */
  cause: number;
};

export const transaction = (): Transaction => ({
  type: 0,
  origin: 0,
  originOctets: 0,
  destination: 0,
  destinationOctets: 0,
  dialogueStart: -1,
  dialogueEnd: -1,
  componentsStart: -1,
  componentsEnd: -1,
  cause: -1,
});

/** What is wrong with a transaction portion, by the abort cause that tells the other side. */
export type TcapProblem = (typeof P_ABORT)['unrecognizedMessageType' | 'badlyFormatted' | 'incorrectPortion'];

function reset(into: Transaction): void {
  into.type = 0;
  into.originOctets = 0;
  into.destinationOctets = 0;
  into.dialogueStart = -1;
  into.componentsStart = -1;
  into.cause = -1;
}

/** The order the parts of a message come in. */
const ORDER: ReadonlyMap<number, number> = new Map([
  [TAG.origin, 1],
  [TAG.destination, 2],
  [TAG.cause, 3],
  [TAG.dialogue, 4],
  [TAG.components, 5],
]);

/** Takes one part; answers whether it is well formed. */
function takePart(bytes: Buffer, part: Element, into: Transaction): boolean {
  const octets = part.end - part.start;
  switch (part.tag) {
    case TAG.origin:
    case TAG.destination: {
      if (octets < 1 || octets > 4) return false;
      const id = bytes.readUIntBE(part.start, octets);
      if (part.tag === TAG.origin) {
        into.origin = id;
        into.originOctets = octets;
      } else {
        into.destination = id;
        into.destinationOctets = octets;
      }
      return true;
    }
    case TAG.cause:
      if (octets !== 1) return false;
      into.cause = bytes[part.start] ?? 0;
      return true;
    case TAG.dialogue:
      into.dialogueStart = part.start;
      into.dialogueEnd = part.end;
      return true;
    default:
      into.componentsStart = part.start;
      into.componentsEnd = part.end;
      return true;
  }
}

const part = element();

/** Takes all parts that can be read, also behind a wrong one: whom to answer may come late. */
function takeParts(bytes: Buffer, start: number, end: number, into: Transaction): boolean {
  let order = 0;
  let wellFormed = true;
  for (let at = start; at < end; at = part.next) {
    if (readElement(bytes, at, end, part) !== undefined) return false;
    const place = ORDER.get(part.tag) ?? 0;
    const inOrder = place > order;
    // Out of order only the first identifier of the sender is of use.
    const isUseful = place > 0 && (inOrder || (part.tag === TAG.origin && into.originOctets === 0));
    const isTaken = isUseful && takePart(bytes, part, into);
    wellFormed &&= inOrder && isTaken;
    order = Math.max(order, place);
  }
  return wellFormed;
}

/** Which transaction identifiers a message type must and may have. */
function fits({ type, originOctets, destinationOctets, cause }: Transaction): boolean {
  const [from, to] = [originOctets > 0, destinationOctets > 0];
  switch (type) {
    case TCAP.begin:
      return from && !to && cause < 0;
    case TCAP.continue:
      return from && to && cause < 0;
    case TCAP.end:
      return !from && to && cause < 0;
    case TCAP.abort:
      return !from && to;
    default:
      return !from && !to && cause < 0;
  }
}

const whole = element();
const TYPES: ReadonlySet<number> = new Set(Object.values(TCAP));

/**
 * Reads the transaction portion of a TCAP message that is all of `bytes[start, end)`; octets behind it are a fault. Where
 * it answers a problem, `into` still has the identifiers that could be read, so that the sender can be told.
 */
export function readTransaction(bytes: Buffer, start: number, end: number, into: Transaction): TcapProblem | undefined {
  reset(into);
  const problem = readElement(bytes, start, end, whole);
  if (problem !== undefined) {
    // The length of the whole is wrong: the parts that can be read still tell whom to answer.
    into.type = start < end ? (bytes[start] ?? 0) : 0;
    if (start + 2 < end) takeParts(bytes, start + 2, end, into);
    return TYPES.has(into.type) ? P_ABORT.badlyFormatted : P_ABORT.unrecognizedMessageType;
  }
  into.type = whole.tag;
  const wellFormed = takeParts(bytes, whole.start, whole.end, into);
  if (!TYPES.has(into.type)) return P_ABORT.unrecognizedMessageType;
  if (!wellFormed || whole.next !== end) return P_ABORT.badlyFormatted;
  return fits(into) ? undefined : P_ABORT.incorrectPortion;
}

/** Puts a transaction identifier in as many octets as it is to have. */
function putId(writer: BerWriter, tag: number, id: number, octets: number): void {
  for (let count = 0; count < octets; count += 1) putOctet(writer, (id >>> (8 * count)) & 0xff);
  putOctet(writer, octets);
  putOctet(writer, tag);
}

/** The other side of a transaction: its identifier, and in how many octets it writes it. */
export type Peer = { readonly id: number; readonly octets: number };

/**
 * Completes a message whose portions have been written (nothing else is in the writer): identifiers, type, length. With
 * `own`, our identifier, it is a continue.
 */
export function closeMessage(writer: BerWriter, type: number, to: Peer, own?: number): void {
  const end = writer.bytes.length;
  putId(writer, TAG.destination, to.id, to.octets);
  if (own !== undefined) putId(writer, TAG.origin, own, 4);
  close(writer, type, end);
}

/** Completes components that were written since the place was `end`. */
export const closeComponents = (writer: BerWriter, end: number): void => close(writer, TAG.components, end);

/** Completes a dialogue portion that was written since the place was `end`. */
export const closeDialogue = (writer: BerWriter, end: number): void => close(writer, TAG.dialogue, end);

/** Puts the cause of an abort by the transaction sublayer. */
export const putCause = (writer: BerWriter, cause: number): void => putSmall(writer, TAG.cause, cause);

/** Whether an element is an OBJECT IDENTIFIER of these octets. */
export const isObject = (bytes: Buffer, one: Element, octets: Buffer): boolean =>
  one.tag === 0x06 && contentsAre(bytes, one, octets);
