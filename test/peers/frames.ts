/** What every HTTP/2 client sends first (RFC 9113 §3.4). */
export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

/** Frame types (RFC 9113 §6). */
export const TYPE = {
  data: 0,
  headers: 1,
  reset: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  window: 8,
  continuation: 9,
} as const;

/** A frame, its length filled in. */
export function frame(type: number, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** An integer of HPACK after a prefix of 7 bits (RFC 7541 §5.1). */
function integer(value: number): Buffer {
  if (value < 127) return Buffer.from([value]);
  const octets = [127];
  let rest = value - 127;
  for (; rest >= 128; rest = Math.floor(rest / 128)) octets.push((rest % 128) + 128);
  return Buffer.from([...octets, rest]);
}

const text = (value: string): Buffer => Buffer.concat([integer(value.length), Buffer.from(value, 'latin1')]);

/** Headers as literals that no table remembers (RFC 7541 §6.2.2). */
export const headerBlock = (headers: readonly (readonly [string, string])[]): Buffer =>
  Buffer.concat(headers.map(([name, value]) => Buffer.concat([Buffer.from([0]), text(name), text(value)])));

/** A whole GET: one HEADERS frame that ends the stream. */
export const get = (stream: number, path: string, more: readonly (readonly [string, string])[] = []): Buffer =>
  frame(
    TYPE.headers,
    0x05,
    stream,
    headerBlock([[':method', 'GET'], [':scheme', 'http'], [':authority', 'eir'], [':path', path], ...more]),
  );

/** A SETTINGS frame; `initialWindow` is what each answer may send before it is asked for more. */
export function settings(initialWindow?: number): Buffer {
  if (initialWindow === undefined) return frame(TYPE.settings, 0, 0);
  const payload = Buffer.alloc(6);
  payload.writeUInt16BE(4, 0);
  payload.writeUInt32BE(initialWindow, 2);
  return frame(TYPE.settings, 0, 0, payload);
}

export const reset = (stream: number): Buffer => frame(TYPE.reset, 0, stream, Buffer.from([0, 0, 0, 8]));
export const ping = (): Buffer => frame(TYPE.ping, 0, 0, Buffer.alloc(8));

/** The frames in a stream of bytes: type, flags, stream and payload; a cut-off last one is left out. */
export function framesOf(
  bytes: Buffer,
): { readonly type: number; readonly flags: number; readonly stream: number; readonly payload: Buffer }[] {
  const frames = [];
  for (let at = 0; at + 9 <= bytes.length; ) {
    const length = bytes.readUIntBE(at, 3);
    if (at + 9 + length > bytes.length) break;
    const stream = bytes.readUInt32BE(at + 5) & 0x7fffffff;
    const payload = bytes.subarray(at + 9, at + 9 + length);
    frames.push({ type: bytes.readUInt8(at + 3), flags: bytes.readUInt8(at + 4), stream, payload });
    at += 9 + length;
  }
  return frames;
}
