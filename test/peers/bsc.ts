import { createServer, type Socket } from 'node:net';
import { CCM, ID_ACK, ID_TAG, idGet, PONG } from '../../src/codecs/ipa/ccm.ts';
import { IPA_HEADER, IPA_STREAM, ipaFrame, ipaFraming } from '../../src/codecs/ipa/frame.ts';
import { splitter } from '../../src/codecs/ipa/split.ts';

/** A phone: IMSI of 15 digits, IMEI of 15, software version of 2. */
export type Phone = { readonly imsi: string; readonly imei: string; readonly svn: string };

/** A base station controller with one phone at a time, on SCCP over IPA over TCP (3GPP TS 48.006, 48.008, 24.008). */
export type Bsc = {
  readonly port: number;
  /** Resolves when the MSC has acknowledged the reset. */
  readonly ready: Promise<void>;
  /** What became of the phone's location update: `accept`, or `reject` and the cause. */
  readonly locate: (phone: Phone) => Promise<string>;
  /** What the MSC asked the phone for during the last one: `imei`, `imeisv`, `imsi`. */
  readonly asked: () => readonly string[];
  readonly close: () => Promise<void>;
};

const SCCP = { cr: 0x01, cc: 0x02, cref: 0x03, rlsd: 0x04, rlc: 0x05, dt1: 0x06, udt: 0x09 } as const;
const BSSMAP = { clearCommand: 0x20, clearComplete: 0x21, reset: 0x30, resetAck: 0x31, layer3: 0x57 } as const;
const MM = { accept: 0x02, reject: 0x04, request: 0x08, identityRequest: 0x18, identityResponse: 0x19 } as const;
const MOBILITY = 0x05;
const PATIENCE_MS = 10_000;
const BSSAP = 0xfe;

/** Location area of the test network: country 001, network 01, area 1. */
const AREA = [0x00, 0xf1, 0x10, 0x00, 0x01];
const IDENTITY_TYPES: Readonly<Record<number, keyof typeof TYPES>> = { 1: 'imsi', 2: 'imei', 3: 'imeisv' };
const TYPES = { imsi: 1, imei: 2, imeisv: 3 } as const;

/** A mobile identity with its length octet (3GPP TS 24.008 §10.5.1.4). */
function identity(type: keyof typeof TYPES, digits: string): readonly number[] {
  const odd = digits.length % 2;
  const halves = [...digits, ...(odd === 1 ? '' : 'f')].map((digit) => Number.parseInt(digit, 16));
  const octets = [((halves[0] ?? 0) << 4) | (odd << 3) | TYPES[type]];
  for (let at = 1; at < halves.length; at += 2) octets.push(((halves[at + 1] ?? 0) << 4) | (halves[at] ?? 0));
  return [octets.length, ...octets];
}

/** An SCCP address: routed on SSN, with point code. */
const address = (pointCode: number): readonly number[] => [4, 0x43, pointCode & 0xff, pointCode >> 8, BSSAP];

/** Starts to listen for an MSC. `here` and `there` are the point codes of BSC and MSC. */
export async function startBsc(here: number, there: number): Promise<Bsc> {
  let msc: Socket | undefined;
  let reference = 0;
  let remote = [0, 0, 0];
  let sequence = 0;
  let phone: Phone | undefined;
  let asked: string[] = [];
  let acknowledged = (): void => undefined;
  const ready = new Promise<void>((resolve) => {
    acknowledged = resolve;
  });
  let outcome = (_: string): void => undefined;

  const sccp = (...octets: readonly number[]): void => {
    msc?.write(ipaFrame(IPA_STREAM.sccp, Uint8Array.from(octets)));
  };
  const own = (): readonly number[] => [reference & 0xff, (reference >> 8) & 0xff, 0x10];
  const data = (...bssap: readonly number[]): void => sccp(SCCP.dt1, ...remote, 0, 1, bssap.length, ...bssap);
  const bssmap = (...message: readonly number[]): readonly number[] => [0x00, message.length, ...message];
  const unitdata = (bssap: readonly number[]): void => {
    const [called, calling] = [address(there), address(here)];
    sccp(
      SCCP.udt,
      0,
      3,
      2 + called.length,
      1 + called.length + calling.length,
      ...called,
      ...calling,
      bssap.length,
      ...bssap,
    );
  };
  /** A mobility management message; its sequence bit toggles (3GPP TS 24.007 §11.2.3.2). */
  const mobility = (type: number, ...rest: readonly number[]): readonly number[] => {
    const message = [MOBILITY, type | ((sequence & 1) << 6), ...rest];
    sequence += 1;
    return message;
  };

  const answerIdentity = (who: Phone, type: keyof typeof TYPES): void => {
    asked.push(type);
    const digits = { imsi: who.imsi, imei: who.imei, imeisv: who.imei.slice(0, 14) + who.svn }[type];
    const answer = mobility(MM.identityResponse, ...identity(type, digits));
    data(0x01, 0x00, answer.length, ...answer);
  };
  const takeMobility = (message: Buffer): void => {
    const [discriminator, type, value = 0] = message;
    if (discriminator !== MOBILITY || phone === undefined) return;
    if (type === MM.accept) outcome('accept');
    if (type === MM.reject) outcome(`reject ${value}`);
    if (type === MM.identityRequest) answerIdentity(phone, IDENTITY_TYPES[value & 7] ?? 'imsi');
  };
  const takeBssap = (bssap: Buffer): void => {
    if (bssap[0] === 0x01) takeMobility(bssap.subarray(3));
    else if (bssap[2] === BSSMAP.clearCommand) data(...bssmap(BSSMAP.clearComplete));
    else if (bssap[2] === BSSMAP.reset) unitdata(bssmap(BSSMAP.resetAck));
    else if (bssap[2] === BSSMAP.resetAck) acknowledged();
  };
  const takeSccp = (message: Buffer): void => {
    const type = message[0];
    if (type === SCCP.cc) remote = [...message.subarray(4, 7)];
    if (type === SCCP.cref) outcome('refused');
    if (type === SCCP.rlsd) sccp(SCCP.rlc, ...message.subarray(4, 7), ...message.subarray(1, 4));
    if (type === SCCP.dt1) takeBssap(message.subarray(7));
    if (type === SCCP.udt) takeBssap(message.subarray(5 + (message[4] ?? 0)));
  };
  const takeControl = (type: number): void => {
    if (type === CCM.ping) msc?.write(PONG);
    if (type === CCM.idResp) msc?.write(ID_ACK);
    if (type === CCM.idAck) unitdata(bssmap(BSSMAP.reset, 0x04, 0x01, 0x20));
  };

  const listener = createServer((socket) => {
    msc = socket;
    const frames = splitter(ipaFraming(65_535), (bytes, start, end) => {
      const payload = Buffer.from(bytes.subarray(start + IPA_HEADER, end));
      if (bytes[start + 2] === IPA_STREAM.ccm) takeControl(payload[0] ?? 0);
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

  const locate = (who: Phone): Promise<string> => {
    phone = who;
    asked = [];
    sequence = 0;
    reference += 1;
    // no key, normal update, class mark of a phone with A5/1
    const request = mobility(MM.request, 0x70, ...AREA, 0x33, ...identity('imsi', who.imsi));
    const cell = [0x05, 0x08, 0x00, ...AREA, 0x00, 0x01];
    const complete = bssmap(BSSMAP.layer3, ...cell, 0x17, request.length, ...request);
    const called = address(there);
    const options = [0x04, ...address(here), 0x0f, complete.length, ...complete, 0x00];
    sccp(SCCP.cr, ...own(), 0x02, 2, 1 + called.length, ...called, ...options);
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error('the MSC did not answer the phone')), PATIENCE_MS);
      outcome = (what) => {
        clearTimeout(late);
        resolve(what);
      };
    });
  };
  return {
    port: place.port,
    ready,
    locate,
    asked: () => asked,
    close: () =>
      new Promise<void>((resolve) => {
        listener.close(() => resolve());
        msc?.destroy();
      }),
  };
}
