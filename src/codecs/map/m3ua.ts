import type { Framing } from '../ipa/split.ts';

/** M3UA (RFC 4666). Over TCP messages follow each other, cut by their length field (not in the RFC; as Osmocom does). */

// Numbers are read and written by shifts: Buffer's own functions check what has been checked, at several times the cost.
const get16 = (bytes: Buffer, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
const get32 = (bytes: Buffer, at: number): number => ((get16(bytes, at) << 16) | get16(bytes, at + 2)) >>> 0;
function put16(out: Buffer, at: number, value: number): void {
  out[at] = (value >>> 8) & 0xff;
  out[at + 1] = value & 0xff;
}
function put32(out: Buffer, at: number, value: number): void {
  put16(out, at, value >>> 16);
  put16(out, at + 2, value & 0xffff);
}

/** Octets of the common header (§3.1). */
export const M3UA_HEADER = 8;

/** Class and type of a message in one number (§3.1.2, §3.1.3). */
export const M3UA = {
  err: 0x0000,
  ntfy: 0x0001,
  data: 0x0101,
  duna: 0x0201,
  dava: 0x0202,
  daud: 0x0203,
  scon: 0x0204,
  dupu: 0x0205,
  drst: 0x0206,
  aspUp: 0x0301,
  aspDown: 0x0302,
  beat: 0x0303,
  aspUpAck: 0x0304,
  aspDownAck: 0x0305,
  beatAck: 0x0306,
  aspActive: 0x0401,
  aspInactive: 0x0402,
  aspActiveAck: 0x0403,
  aspInactiveAck: 0x0404,
} as const;

/** Parameter tags (§3.2). */
export const PARAMETER = {
  info: 0x0004,
  routingContext: 0x0006,
  diagnostic: 0x0007,
  heartbeat: 0x0009,
  trafficMode: 0x000b,
  errorCode: 0x000c,
  status: 0x000d,
  aspIdentifier: 0x0011,
  affectedPointCode: 0x0012,
  networkAppearance: 0x0200,
  protocolData: 0x0210,
} as const;

/** Codes of ERR (§3.8.1). */
export const M3UA_ERROR = {
  invalidVersion: 0x01,
  unsupportedClass: 0x03,
  unsupportedType: 0x04,
  unexpectedMessage: 0x06,
  protocolError: 0x07,
  parameterField: 0x12,
  invalidAppearance: 0x15,
  missingParameter: 0x16,
  invalidContext: 0x19,
} as const;

/** Traffic modes (§3.7.1). */
export const TRAFFIC_MODE = { override: 1, loadshare: 2, broadcast: 3 } as const;

/** The service indicator of SCCP in protocol data (§3.3.1). */
export const SI_SCCP = 3;

export const m3uaFraming = (limit: number): Framing => ({
  header: M3UA_HEADER,
  length: (bytes, at) => get32(bytes, at + 4),
  limit,
});

/** A parameter as it lies in the input; one object is filled again and again. */
export type Parameter = { tag: number; start: number; end: number; next: number };

export const parameter = (): Parameter => ({ tag: 0, start: 0, end: 0, next: 0 });

/** Reads the parameter at `at` of `bytes[at, end)`; false where its length is wrong. The last one may lack its padding. */
export function readParameter(bytes: Buffer, at: number, end: number, into: Parameter): boolean {
  if (at + 4 > end) return false;
  into.tag = get16(bytes, at);
  const length = get16(bytes, at + 2);
  into.start = at + 4;
  into.end = at + length;
  into.next = Math.min(end, at + ((length + 3) & ~3));
  return length >= 4 && into.end <= end;
}

/** The parameters of a message, each tag's first one; undefined where a length is wrong. For messages that are rare. */
export function parametersOf(bytes: Buffer, start: number, end: number): ReadonlyMap<number, Parameter> | undefined {
  const found = new Map<number, Parameter>();
  for (let at = start; at < end; ) {
    const one = parameter();
    if (!readParameter(bytes, at, end, one)) return;
    if (!found.has(one.tag)) found.set(one.tag, one);
    at = one.next;
  }
  return found;
}

/** A DATA message as it lies in the input (§3.3.1); one object is filled again and again. */
export type Data = {
  /** -1 where there is none. */
  appearance: number;
  context: number;
  origin: number;
  destination: number;
  service: number;
  /** Network indicator, priority, link selection as one number: they go back as they came. */
  label: number;
  start: number;
  end: number;
};

export const data = (): Data => ({
  appearance: -1,
  context: -1,
  origin: 0,
  destination: 0,
  service: 0,
  label: 0,
  start: 0,
  end: 0,
});

/** Octets of the routing label before the user data. */
const LABEL = 12;

const one = parameter();

/** Takes one parameter of DATA; answers whether it is of the length it must have. */
function takeParameter(bytes: Buffer, into: Data): boolean {
  const length = one.end - one.start;
  switch (one.tag) {
    case PARAMETER.networkAppearance:
      if (length !== 4) return false;
      into.appearance = get32(bytes, one.start);
      return true;
    case PARAMETER.routingContext:
      if (length !== 4) return false; // exactly one in DATA (§3.3.1)
      into.context = get32(bytes, one.start);
      return true;
    case PARAMETER.protocolData:
      if (length < LABEL) return false;
      into.origin = get32(bytes, one.start);
      into.destination = get32(bytes, one.start + 4);
      into.service = bytes[one.start + 8] ?? 0;
      into.label = get32(bytes, one.start + 8) & 0xffffff;
      into.start = one.start + LABEL;
      into.end = one.end;
      return true;
    default:
      return true;
  }
}

/** Reads the parameters `bytes[start, end)` of DATA. Answers the error to tell, by its code. */
export function readData(bytes: Buffer, start: number, end: number, into: Data): number | undefined {
  into.appearance = -1;
  into.context = -1;
  into.start = -1;
  for (let at = start; at < end; at = one.next) {
    if (!readParameter(bytes, at, end, one) || !takeParameter(bytes, into)) return M3UA_ERROR.parameterField;
  }
  return into.start < 0 ? M3UA_ERROR.missingParameter : undefined;
}

function putHeader(out: Buffer, at: number, kind: number): void {
  out[at] = 1;
  out[at + 1] = 0;
  put16(out, at + 2, kind);
}

const putParameter = (out: Buffer, at: number, tag: number, value: number): number => {
  put16(out, at, tag);
  put16(out, at + 2, 8);
  put32(out, at + 4, value);
  return at + 8;
};

/** The most octets DATA adds to the user data, padding and all. */
export const DATA_OVERHEAD = M3UA_HEADER + 8 + 8 + 4 + LABEL + 3;

/** Begins DATA at `at`, in answer to one (§3.3.1): point codes change sides. Answers where the user data go. */
export function beginAnswer(out: Buffer, at: number, asked: Data): number {
  putHeader(out, at, M3UA.data);
  let next = at + M3UA_HEADER;
  if (asked.appearance >= 0) next = putParameter(out, next, PARAMETER.networkAppearance, asked.appearance);
  if (asked.context >= 0) next = putParameter(out, next, PARAMETER.routingContext, asked.context);
  put16(out, next, PARAMETER.protocolData);
  put32(out, next + 4, asked.destination);
  put32(out, next + 8, asked.origin);
  put32(out, next + 12, (asked.service << 24) | asked.label);
  return next + 4 + LABEL;
}

/** Completes DATA that began at `at`, whose user data are `out[start, end)`; answers the place after it. */
export function endAnswer(out: Buffer, at: number, start: number, end: number): number {
  put16(out, start - LABEL - 2, end - start + 4 + LABEL);
  const next = at + ((end - at + 3) & ~3);
  for (let place = end; place < next; place += 1) out[place] = 0;
  put32(out, at + 4, next - at);
  return next;
}

/** A whole message of the parameters given: values are numbers of four octets, or octets as they are. */
export function m3uaMessage(
  kind: number,
  parameters: readonly (readonly [tag: number, value: number | Buffer])[],
): Buffer {
  const parts = parameters.map(([tag, value]) => {
    const length = typeof value === 'number' ? 8 : 4 + value.length;
    const part = Buffer.alloc((length + 3) & ~3);
    part.writeUInt16BE(tag, 0);
    part.writeUInt16BE(length, 2);
    if (typeof value === 'number') part.writeUInt32BE(value, 4);
    else value.copy(part, 4);
    return part;
  });
  const whole = Buffer.concat([Buffer.alloc(M3UA_HEADER), ...parts]);
  putHeader(whole, 0, kind);
  whole.writeUInt32BE(whole.length, 4);
  return whole;
}
