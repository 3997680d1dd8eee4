/** Connectionless SCCP messages (ITU-T Q.713 §4). */

/** Message types (§2.1). */
export const SCCP = { udt: 0x09, udts: 0x0a, xudt: 0x11, xudts: 0x12, ludt: 0x13, ludts: 0x14 } as const;

/** Return causes (§3.12), those that are sent from here. */
export const RETURN_CAUSE = { unequippedUser: 4, noReassembly: 10 } as const;

/** Why octets are no unitdata. */
export type SccpProblem =
  /** A message type that is not connectionless, or not known. */
  | 'type'
  /** A pointer or a length runs over the end. */
  | 'bounds';

/** Octets as they lie in some buffer. */
export type Span = { readonly bytes: Buffer; readonly start: number; readonly end: number };

/** A unitdata message or service message as it lies in the input; one object is filled again and again. */
export type Unitdata = {
  type: number;
  /** Protocol class, 0 or 1; of service messages 0. */
  protocolClass: number;
  /** Whether the message wants to come back where it cannot be delivered (§3.6). */
  returnOnError: boolean;
  /** Return cause of a service message; -1 of others. */
  cause: number;
  /** One of several segments of a message (§3.17). */
  segmented: boolean;
  calledStart: number;
  calledEnd: number;
  callingStart: number;
  callingEnd: number;
  dataStart: number;
  dataEnd: number;
};

export const unitdata = (): Unitdata => ({
  type: 0,
  protocolClass: 0,
  returnOnError: false,
  cause: -1,
  segmented: false,
  calledStart: 0,
  calledEnd: 0,
  callingStart: 0,
  callingEnd: 0,
  dataStart: 0,
  dataEnd: 0,
});

/** How a message type is laid out. */
type Layout = {
  /** Octets of type, class or cause, and hop counter. */
  readonly fixed: number;
  /** Octets of a pointer, and of the length of the data. */
  readonly wide: 1 | 2;
  /** Whether there is a pointer to optional parameters. */
  readonly optional: boolean;
  readonly service: boolean;
};

const LAYOUTS: ReadonlyMap<number, Layout> = new Map([
  [SCCP.udt, { fixed: 2, wide: 1, optional: false, service: false }],
  [SCCP.udts, { fixed: 2, wide: 1, optional: false, service: true }],
  [SCCP.xudt, { fixed: 3, wide: 1, optional: true, service: false }],
  [SCCP.xudts, { fixed: 3, wide: 1, optional: true, service: true }],
  [SCCP.ludt, { fixed: 3, wide: 2, optional: true, service: false }],
  [SCCP.ludts, { fixed: 3, wide: 2, optional: true, service: true }],
]);

/** Optional parameters (§3.1): end, segmentation. */
const OPTIONAL = { end: 0, segmentation: 0x10 } as const;

/** Numbers of one or two octets; the long messages write the least significant first (§3.21). */
const numberAt = (bytes: Buffer, at: number, wide: 1 | 2): number =>
  wide === 1 ? (bytes[at] ?? 0) : (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);

/** Where a pointer points: counted from its own, most significant octet (§2.3). */
const target = (bytes: Buffer, at: number, wide: 1 | 2): number => at + wide - 1 + numberAt(bytes, at, wide);

/** Whether the optional parameters are a run that ends as it must; fills what matters of them. */
function readOptional(bytes: Buffer, from: number, end: number, into: Unitdata): boolean {
  let at = from;
  while (at < end && bytes[at] !== OPTIONAL.end) {
    const length = bytes[at + 1] ?? 0;
    const next = at + 2 + length;
    if (at + 2 > end || next > end) return false;
    if (bytes[at] === OPTIONAL.segmentation && length > 0) {
      const octet = bytes[at + 2] ?? 0; // first segment, class, remaining segments (§3.17)
      into.segmented = (octet & 0x8f) !== 0x80;
    }
    at = next;
  }
  return at < end;
}

/** Reads `bytes[start, end)`. Nothing is copied; never throws. */
export function readSccp(bytes: Buffer, start: number, end: number, into: Unitdata): SccpProblem | undefined {
  into.type = start < end ? (bytes[start] ?? 0) : 0;
  const layout = LAYOUTS.get(into.type);
  if (layout === undefined) return 'type';
  const { fixed, wide, optional, service } = layout;
  const pointers = start + fixed;
  if (pointers + wide * (optional ? 4 : 3) > end) return 'bounds';
  const second = bytes[start + 1] ?? 0;
  into.protocolClass = service ? 0 : second & 0xf;
  into.returnOnError = !service && (second & 0x80) !== 0;
  into.cause = service ? second : -1;
  into.segmented = false;
  const called = target(bytes, pointers, wide);
  const calling = target(bytes, pointers + wide, wide);
  const data = target(bytes, pointers + 2 * wide, wide);
  if (called >= end || calling >= end || data + wide > end) return 'bounds';
  into.calledStart = called + 1;
  into.calledEnd = called + 1 + (bytes[called] ?? 0);
  into.callingStart = calling + 1;
  into.callingEnd = calling + 1 + (bytes[calling] ?? 0);
  into.dataStart = data + wide;
  into.dataEnd = data + wide + numberAt(bytes, data, wide);
  if (into.calledEnd > end || into.callingEnd > end || into.dataEnd > end) return 'bounds';
  if (!optional || numberAt(bytes, pointers + 3 * wide, wide) === 0) return;
  return readOptional(bytes, target(bytes, pointers + 3 * wide, wide), end, into) ? undefined : 'bounds';
}

/** What a message to be written has. */
export type Outgoing = {
  readonly type: number;
  /** Protocol class of a unitdata, return cause of a service message. */
  readonly second: number;
  readonly called: Span;
  readonly calling: Span;
  readonly data: Span;
};

/** A fresh message may pass this many translations (§3.18). */
const HOPS = 15;

/** The most octets {@link putSccp} adds to addresses and data. */
export const SCCP_OVERHEAD = 16;

/** Above this many octets a copy out of JavaScript costs less than a loop. */
const LOOP = 160;

/** Puts a length of one or two octets and a span; answers the place after it. */
function putSpan(out: Buffer, at: number, { bytes, start, end }: Span, wide: 1 | 2): number {
  const length = end - start;
  out[at] = length & 0xff;
  if (wide === 2) out[at + 1] = length >> 8;
  const from = at + wide;
  if (length > LOOP) bytes.copy(out, from, start, end);
  else for (let index = 0; index < length; index += 1) out[from + index] = bytes[start + index] ?? 0;
  return from + length;
}

/** Puts the pointer at `pointer` to a parameter. */
function putPointer(out: Buffer, pointer: number, to: number, wide: 1 | 2): void {
  const distance = to - (pointer + wide - 1);
  out[pointer] = distance & 0xff;
  if (wide === 2) out[pointer + 1] = distance >> 8;
}

const SHORT: Layout = { fixed: 2, wide: 1, optional: false, service: false };

/** Writes a message at `at`; answers the place after it. Data of all but LUDT and LUDTS have at most 255 octets. */
export function putSccp(out: Buffer, at: number, message: Outgoing): number {
  const { fixed, wide, optional } = LAYOUTS.get(message.type) ?? SHORT;
  out[at] = message.type;
  out[at + 1] = message.second;
  if (fixed === 3) out[at + 2] = HOPS;
  const pointers = at + fixed;
  let next = pointers + wide * (optional ? 4 : 3);
  putPointer(out, pointers, next, wide);
  next = putSpan(out, next, message.called, 1);
  putPointer(out, pointers + wide, next, wide);
  next = putSpan(out, next, message.calling, 1);
  putPointer(out, pointers + 2 * wide, next, wide);
  next = putSpan(out, next, message.data, wide);
  if (optional) {
    out[pointers + 3 * wide] = 0;
    if (wide === 2) out[pointers + 3 * wide + 1] = 0;
  }
  return next;
}
