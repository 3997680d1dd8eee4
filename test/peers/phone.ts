import { createServer, type Socket } from 'node:net';
import { CCM, ID_ACK, ID_TAG, idGet, PONG } from '../../src/codecs/ipa/ccm.ts';
import { IPA_HEADER, IPA_STREAM, ipaFrame, ipaFraming } from '../../src/codecs/ipa/frame.ts';
import { splitter } from '../../src/codecs/ipa/split.ts';
import { bcd, hex } from './msc.ts';

/** A short message as a phone sends it or gets it. */
export type PhoneMessage = { readonly number: string; readonly text: string };

/**
 * A base station controller with one phone, on SCCP over IPA over TCP, that sends and gets short messages (3GPP TS 48.006,
 * 48.008, 24.008, 24.011, 23.040). Nothing here is shared with openceir's own writers of short messages.
 */
export type Phone = {
  readonly port: number;
  /** How many times an MSC has acknowledged the reset: once for each MSC that came. */
  readonly resets: () => number;
  /** Tells the network that it is there; `accept`, or why not. */
  readonly attach: () => Promise<string>;
  /** Sends a message; what the network said: `accepted`, or the cause. */
  readonly send: (message: PhoneMessage) => Promise<string>;
  /** Messages that it got, parts put together, in their order. */
  readonly got: readonly PhoneMessage[];
  readonly close: () => Promise<void>;
};

const PATIENCE_MS = 60_000;
const AREA = '00f110 0001';

/** An SCCP address: routed on SSN, with point code. */
const address = (pointCode: number): Buffer => Buffer.from([0x43, pointCode & 0xff, pointCode >> 8, 0xfe]);
const lv = (content: Buffer): Buffer => Buffer.concat([Buffer.from([content.length]), content]);
/** A mobile identity: odd digits, type IMSI. */
const identity = (imsi: string): Buffer => lv(hex(`${imsi.charAt(0)}9`, imsi.slice(1).replace(/(.)(.)/g, '$2$1')));

/** The default alphabet as far as tests need it, and its packing (3GPP TS 23.038 §6.1.2). */
const ALPHABET =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u001bÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà';
const EXTENSION: Readonly<Record<number, string>> = {
  20: '^',
  40: '{',
  41: '}',
  47: '\\',
  60: '[',
  61: '~',
  62: ']',
  64: '|',
  101: '€',
};

function packed(text: string): Buffer {
  const bits = [...text]
    .map((char) => [...ALPHABET.indexOf(char).toString(2).padStart(7, '0')].reverse().join(''))
    .join('');
  return Buffer.from((bits.match(/.{1,8}/g) ?? []).map((octet) => Number.parseInt([...octet].reverse().join(''), 2)));
}

function unpacked(octets: Buffer, septets: number, skip = 0): string {
  const bits = [...octets].map((octet) => [...octet.toString(2).padStart(8, '0')].reverse().join('')).join('');
  const codes = (bits.match(/.{7}/g) ?? [])
    .slice(skip, septets)
    .map((code) => Number.parseInt([...code].reverse().join(''), 2));
  return codes.reduce((text, code, at) => {
    if (code === 27) return text;
    return text + (codes[at - 1] === 27 ? (EXTENSION[code] ?? ' ') : ALPHABET.charAt(code));
  }, '');
}

type Part = {
  readonly message: PhoneMessage;
  readonly of?: { readonly reference: number; readonly parts: number; readonly part: number };
};

/** Reads an SMS-DELIVER (3GPP TS 23.040 §9.2.2.1). */
function readDeliver(tpdu: Buffer): Part {
  const digits = tpdu.readUInt8(1);
  const end = 3 + Math.ceil(digits / 2);
  const alphanumeric = (tpdu.readUInt8(2) & 0x70) === 0x50;
  const address = tpdu.subarray(3, end);
  const number = alphanumeric
    ? unpacked(address, Math.floor((digits * 4) / 7))
    : address
        .toString('hex')
        .replace(/(.)(.)/g, '$2$1')
        .slice(0, digits);
  const wide = (tpdu.readUInt8(end + 1) & 0x0c) === 0x08;
  const length = tpdu.readUInt8(end + 9);
  const data = tpdu.subarray(end + 10);
  const header = (tpdu.readUInt8(0) & 0x40) === 0 ? 0 : data.readUInt8(0) + 1;
  const text = wide
    ? Buffer.from(data.subarray(header, length)).swap16().toString('utf16le')
    : unpacked(data, length, Math.ceil((header * 8) / 7));
  const of =
    header === 6 ? { of: { reference: data.readUInt8(3), parts: data.readUInt8(4), part: data.readUInt8(5) } } : {};
  return { message: { number, text }, ...of };
}

/** An RP-DATA with an SMS-SUBMIT that asks for no report (3GPP TS 24.011 §7.3.1, TS 23.040 §9.2.2.2). */
function submitOf({ number, text }: PhoneMessage, reference: number): Buffer {
  const wide = [...text].some((char) => !ALPHABET.includes(char));
  const data = wide ? Buffer.from(text, 'utf16le').swap16() : packed(text);
  const head = Buffer.concat([
    hex('01'),
    Buffer.from([reference, number.length, 0x81]),
    hex(bcd(number)),
    Buffer.from([0, wide ? 8 : 0]),
  ]);
  const tpdu = Buffer.concat([head, Buffer.from([wide ? data.length : text.length]), data]);
  return Buffer.concat([Buffer.from([0x00, reference, 0x00]), lv(hex('91', bcd('4179000000'))), lv(tpdu)]);
}

/** Starts to listen for an MSC. `here` and `there` are the point codes of BSC and MSC; the IMSI has 15 digits. */
export async function startPhone(here: number, there: number, imsi: string): Promise<Phone> {
  let msc: Socket | undefined;
  let resets = 0;
  const got: PhoneMessage[] = [];
  const waiting = new Map<string, Part[]>();
  let reference = 0;
  let sent = 0;
  /** Of each open connection: the MSC's reference, and who waits for its outcome. */
  const connections = new Map<
    number,
    { remote: Buffer; readonly outcome: (what: string) => void; pending?: PhoneMessage }
  >();

  const sccp = (...parts: readonly (Buffer | string)[]): void => {
    msc?.write(
      ipaFrame(IPA_STREAM.sccp, Buffer.concat(parts.map((part) => (typeof part === 'string' ? hex(part) : part)))),
    );
  };
  const three = (number: number): Buffer => Buffer.from([number & 0xff, (number >> 8) & 0xff, (number >> 16) & 0xff]);
  const data = (own: number, bssap: Buffer): void =>
    sccp('06', connections.get(own)?.remote ?? Buffer.alloc(3), '00 01', lv(bssap));
  const dtap = (own: number, sapi: string, message: Buffer): void =>
    data(own, Buffer.concat([hex('01', sapi), lv(message)]));
  const bssmap = (message: Buffer): Buffer => Buffer.concat([hex('00'), lv(message)]);
  const unitdata = (bssap: Buffer): void => {
    const [called, calling] = [lv(address(there)), lv(address(here))];
    const pointers = Buffer.from([3, 2 + called.length, 1 + called.length + calling.length]);
    sccp('09 00', pointers, called, calling, lv(bssap));
  };
  /** Opens a connection with the phone's first message. */
  const open = (message: Buffer, pending?: PhoneMessage): Promise<string> =>
    new Promise((resolve, reject) => {
      // Answers to pages wait for nobody.
      const late = setTimeout(() => reject(new Error('the MSC did not answer the phone')), PATIENCE_MS).unref();
      const outcome = (what: string): void => {
        clearTimeout(late);
        resolve(what);
      };
      reference += 1;
      connections.set(reference, { remote: Buffer.alloc(3), outcome, ...(pending === undefined ? {} : { pending }) });
      const complete = bssmap(Buffer.concat([hex('57 05 08 00', AREA, '0001 17'), lv(message)]));
      const called = lv(address(there));
      const options = Buffer.concat([hex('04'), lv(address(here)), hex('0f'), lv(complete), hex('00')]);
      sccp('01', three(reference), '02 02', Buffer.from([1 + called.length]), called, options);
    });

  const take = (part: Part): void => {
    const key = `${part.message.number} ${part.of?.reference}`;
    const parts = [...(waiting.get(key) ?? []), part];
    waiting.set(key, parts);
    if (parts.length < (part.of?.parts ?? 1)) return;
    const ordered = parts.toSorted((x, y) => (x.of?.part ?? 0) - (y.of?.part ?? 0));
    waiting.delete(key);
    got.push({ number: part.message.number, text: ordered.map(({ message }) => message.text).join('') });
  };
  /** Short message control: data are acknowledged on two levels. */
  const takeControl = (own: number, message: Buffer): void => {
    const answer = (message.readUInt8(0) ^ 0x80).toString(16).padStart(2, '0');
    if (message[1] !== 0x01) return;
    dtap(own, '03', hex(answer, '04'));
    const rp = message.subarray(3);
    if (rp[0] === 0x03) connections.get(own)?.outcome('accepted');
    if (rp[0] === 0x05) connections.get(own)?.outcome(`cause ${rp[3]}`);
    if (rp[0] !== 0x01) return;
    const after = 3 + rp.readUInt8(2);
    const user = after + 1 + rp.readUInt8(after);
    take(readDeliver(rp.subarray(user + 1, user + 1 + rp.readUInt8(user))));
    dtap(own, '03', hex(answer, '01 02 02', rp.subarray(1, 2).toString('hex')));
  };
  const takeLayer3 = (own: number, message: Buffer): void => {
    const connection = connections.get(own);
    const [discriminator = 0, type = 0] = message;
    if ((discriminator & 0x0f) === 0x09) takeControl(own, message);
    else if (type === 0x02) connection?.outcome('accept');
    else if (type === 0x04) connection?.outcome(`reject ${message[2]}`);
    else if (type === 0x22) connection?.outcome(`service reject ${message[2]}`);
    else if (type === 0x21 && connection?.pending !== undefined) {
      sent += 1;
      dtap(own, '03', Buffer.concat([hex('09 01'), lv(submitOf(connection.pending, sent))]));
    }
  };
  const takeBssap = (own: number, bssap: Buffer): void => {
    if (bssap[0] === 0x01) takeLayer3(own, bssap.subarray(3));
    else if (bssap[2] === 0x20) data(own, bssmap(hex('21')));
    else if (bssap[2] === 0x30) unitdata(bssmap(hex('31')));
    else if (bssap[2] === 0x31) resets += 1;
    // paged: the phone answers
    else if (bssap[2] === 0x52)
      open(Buffer.concat([hex('06 27 07 03 33 19 81'), identity(imsi)])).catch(() => undefined);
  };
  const takeSccp = (message: Buffer): void => {
    const own = message.length >= 4 ? message.readUIntLE(1, 3) : 0;
    const connection = connections.get(own);
    if (message[0] === 0x02 && connection !== undefined) {
      connection.remote = Buffer.from(message.subarray(4, 7));
      // the confirmation may bring the answer with it
      const place = message.indexOf(0x0f, 8);
      if (place > 0) takeBssap(own, message.subarray(place + 2, place + 2 + message.readUInt8(place + 1)));
    }
    if (message[0] === 0x03) connection?.outcome('refused');
    if (message[0] === 0x04) {
      sccp('05', message.subarray(4, 7), message.subarray(1, 4));
      connection?.outcome('released');
      connections.delete(own);
    }
    if (message[0] === 0x06) takeBssap(own, message.subarray(7));
    if (message[0] === 0x09) takeBssap(0, message.subarray(5 + message.readUInt8(4)));
  };
  const takeMultiplex = (type: number | undefined): void => {
    if (type === CCM.ping) msc?.write(PONG);
    if (type === CCM.idResp) msc?.write(ID_ACK);
    if (type === CCM.idAck) unitdata(bssmap(hex('30 04 01 20')));
  };
  const listener = createServer((socket) => {
    msc = socket;
    const frames = splitter(ipaFraming(65_535), (bytes, start, end) => {
      const payload = Buffer.from(bytes.subarray(start + IPA_HEADER, end));
      if (bytes[start + 2] === IPA_STREAM.ccm) takeMultiplex(payload[0]);
      else if (bytes[start + 2] === IPA_STREAM.sccp) takeSccp(payload);
      return true;
    });
    socket.on('data', (chunk) => frames.push(chunk)).on('error', () => undefined);
    socket.write(idGet([ID_TAG.unitName]));
  });
  await new Promise<void>((resolve) => {
    listener.listen(0, '127.0.0.1', resolve);
  });
  const place = listener.address();
  if (place === null || typeof place === 'string') throw new Error('a TCP listener without a port');
  return {
    port: place.port,
    resets: () => resets,
    got,
    attach: () => open(Buffer.concat([hex('05 08 70', AREA, '33'), identity(imsi)])),
    send: (message) => open(Buffer.concat([hex('05 24 74 03 33 19 81'), identity(imsi)]), message),
    close: () =>
      new Promise<void>((resolve) => {
        listener.close(() => resolve());
        msc?.destroy();
      }),
  };
}
