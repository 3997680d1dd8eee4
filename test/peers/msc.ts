import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** What a mobile switching centre says to an EIR, put together octet by octet and not by openceir's own writers. */

export const hex = (...parts: readonly string[]): Buffer => Buffer.from(parts.join('').replaceAll(' ', ''), 'hex');

/** An element: tag, length of one octet (or `81` and one), contents. */
export function tlv(tag: string, ...contents: readonly (Buffer | string)[]): Buffer {
  const inside = Buffer.concat(contents.map((part) => (typeof part === 'string' ? hex(part) : part)));
  const length = inside.length > 127 ? hex('81', inside.length.toString(16)) : Buffer.from([inside.length]);
  return Buffer.concat([hex(tag), length, inside]);
}

/** Digits two an octet, the lower half first; an odd last one with filler f. */
export const bcd = (digits: string): string =>
  (digits.match(/../g) ?? []).map(([low, high]) => `${high}${low}`).join('') +
  (digits.length % 2 === 1 ? `f${digits.at(-1)}` : '');

export type Ask = {
  readonly version: 1 | 2 | 3;
  /** As many digits as the eight octets have: 15 with the spare one, or 16. */
  readonly imei: string;
  readonly transaction?: string;
  readonly invoke?: string;
  readonly operation?: string;
  /** The argument in place of the version's own. */
  readonly argument?: Buffer;
  /** The last octet of the application context, in place of the version. */
  readonly context?: string;
};

/** The argument of a version: the IMEI alone, or with the wish for the equipment status. */
const argumentOf = ({ version, imei }: Ask): Buffer =>
  version === 3 ? tlv('30', tlv('04', bcd(imei)), '03020680') : tlv('04', bcd(imei));

/** The dialogue portion of a request for equipmentMngtContext. */
export const request = (context: string): Buffer =>
  tlv(
    '6b',
    tlv('28', '060700118605010101', tlv('a0', tlv('60', '80020780', tlv('a1', `0607 04000001000d${context}`)))),
  );

/** An invoke of checkIMEI, or of another operation. */
export const invoke = (ask: Ask): Buffer =>
  tlv('a1', tlv('02', ask.invoke ?? '01'), tlv('02', ask.operation ?? '2b'), ask.argument ?? argumentOf(ask));

/** A begin with one question; version 1 without a dialogue portion. */
export const begin = (ask: Ask): Buffer =>
  tlv(
    '62',
    tlv('48', ask.transaction ?? '00000001'),
    ...(ask.version === 1 ? [] : [request(ask.context ?? `0${ask.version}`)]),
    tlv('6c', invoke(ask)),
  );

/** Addresses by subsystem alone: the EIR's, and that of an MSC. */
export const EIR = '42 09';
export const MSC = '42 08';

/** Unitdata; `second` is class 0 without return by default. */
export function udt(data: Buffer, { called = EIR, calling = MSC, second = '00' } = {}): Buffer {
  const [to, from] = [hex(called), hex(calling)];
  return Buffer.concat([
    hex('09', second),
    Buffer.from([3, 3 + to.length, 3 + to.length + from.length]),
    Buffer.from([to.length]),
    to,
    Buffer.from([from.length]),
    from,
    Buffer.from([data.length]),
    data,
  ]);
}

/** The data of a unitdata message, at the place its third pointer tells. */
export function dataOf(message: Buffer): Buffer {
  const at = 4 + message.readUInt8(4);
  return message.subarray(at + 1, at + 1 + message.readUInt8(at));
}

/** A frame of the IPA multiplex. */
export const ipa = (stream: string, payload: Buffer): Buffer => {
  const head = Buffer.alloc(2);
  head.writeUInt16BE(payload.length);
  return Buffer.concat([head, hex(stream), payload]);
};

/** Frames of IPA in a stream of octets. */
export function* ipaFrames(bytes: Buffer): Generator<{ readonly stream: number; readonly payload: Buffer }> {
  for (let at = 0; at + 3 <= bytes.length; at += 3 + bytes.readUInt16BE(at)) {
    const end = at + 3 + bytes.readUInt16BE(at);
    if (end > bytes.length) return;
    yield { stream: bytes.readUInt8(at + 2), payload: bytes.subarray(at + 3, end) };
  }
}

/** A message of M3UA: class and type in hexadecimal, parameters as they are. */
export function m3ua(kind: string, ...parameters: readonly (Buffer | string)[]): Buffer {
  const inside = Buffer.concat(parameters.map((part) => (typeof part === 'string' ? hex(part) : part)));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(8 + inside.length);
  return Buffer.concat([hex('0100', kind), length, inside]);
}

/** Protocol data of M3UA from one point code to another, SCCP, network indicator 2, link selection 5. */
export function protocolData(from: string, to: string, data: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(16 + data.length);
  const padding = Buffer.alloc((4 - (data.length % 4)) % 4);
  return Buffer.concat([hex('0210'), length, hex(from, to, '03 02 00 05'), data, padding]);
}

/** Messages of M3UA in a stream of octets. */
export function* m3uaMessages(bytes: Buffer): Generator<{ readonly kind: string; readonly message: Buffer }> {
  for (let at = 0; at + 8 <= bytes.length; at += bytes.readUInt32BE(at + 4)) {
    const end = at + bytes.readUInt32BE(at + 4);
    yield { kind: bytes.toString('hex', at + 2, at + 4), message: bytes.subarray(at, end) };
  }
}

/** An MSC that is connected to a signalling transfer point over IPA. */
export type Msc = {
  /** Sends an SCCP message and waits for the next one. */
  readonly ask: (message: Buffer) => Promise<Buffer>;
  readonly close: () => void;
};

/** Connects under a unit name: answers the request for identities, and says the acknowledgement back. */
export async function connectMsc(port: number, name: string): Promise<Msc> {
  const socket: Socket = connect(port, '127.0.0.1');
  const waiting: ((message: Buffer) => void)[] = [];
  let acknowledged = (): void => {};
  const ready = new Promise<void>((resolve) => {
    acknowledged = resolve;
  });
  let rest = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    for (const { stream, payload } of ipaFrames(rest)) {
      rest = rest.subarray(3 + payload.length);
      const type = payload[0];
      if (stream === 0xfd) waiting.shift()?.(payload);
      else if (type === 0x04) {
        const text = Buffer.from(`${name}\0`);
        const length = Buffer.from([0, text.length + 1, 1]);
        socket.write(ipa('fe', Buffer.concat([hex('05'), length, text])));
      } else if (type === 0x06) {
        socket.write(ipa('fe', hex('06')));
        acknowledged();
      } else if (type === 0x00) socket.write(ipa('fe', hex('01')));
    }
  });
  await once(socket, 'connect');
  await ready;
  return {
    ask: (message) =>
      new Promise((resolve) => {
        waiting.push(resolve);
        socket.write(ipa('fd', message));
      }),
    close: () => {
      socket.destroy();
    },
  };
}
