import assert from 'node:assert/strict';
import { tagOf } from '../../src/codecs/ber/read.ts';
import type { Answer } from '../../src/decisions/core/question.ts';
import { ipaSession } from '../../src/eir/map/ipa.ts';
import { m3uaSession } from '../../src/eir/map/m3ua.ts';
import type { MapService } from '../../src/eir/map/options.ts';
import type { LinkCause, Session, Wire } from '../../src/eir/map/session.ts';
import { bcd, begin, hex, invoke, ipa, m3ua, protocolData, request, tlv, udt } from '../peers/msc.ts';
import type { Target } from './mutate.ts';

const IMEI = '356938030000010';
const SUBSCRIBER = [tlv('85', bcd('901700000004620')), tlv('df28', '91', bcd('49164529341'))];
const TCAP: readonly Buffer[] = [
  begin({ version: 1, imei: IMEI }),
  begin({ version: 2, imei: IMEI }),
  begin({ version: 3, imei: '3569380300000187' }),
  begin({ version: 2, imei: IMEI, context: '04' }),
  begin({ version: 2, imei: IMEI, operation: '38' }),
  begin({ version: 2, imei: '', argument: Buffer.concat([tlv('04', bcd(`${IMEI}0`)), ...SUBSCRIBER]) }),
  begin({
    version: 3,
    imei: '',
    argument: tlv('30', tlv('04', bcd(`${IMEI}0`)), '030206c0', tlv('a0', ...SUBSCRIBER)),
  }),
  tlv('62', '480101', request('02')),
  tlv('62', '480101', tlv('6c', invoke({ version: 1, imei: IMEI }), invoke({ version: 1, imei: IMEI, invoke: '02' }))),
  hex('6280 480400000001 6c80 a180 020101 02012b 3080 0408 5396833000001000 0000 0000 0000 0000'),
  tlv('65', '480101', '490402030405', tlv('6c', invoke({ version: 1, imei: IMEI }))),
  tlv('64', '490402030405'),
  tlv('67', '490402030405', '4a0101'),
];
const title = { calling: '12 08 00 12 04 94 71 00 21', second: '80' };
const SCCP: readonly Buffer[] = [
  ...TCAP.map((message) => udt(message)),
  udt(TCAP[1] ?? Buffer.alloc(0), title),
  udt(TCAP[1] ?? Buffer.alloc(0), { called: '42 06', second: '80' }),
  udt(hex('03 09 c0 18 00'), { called: '42 01', calling: '42 01' }),
  hex('11 81 0f 04 06 08 14 02 42 09 02 42 08 0a 62 1a 48 04 00 00 00 01 6c 12 10 04 c1 00 00 01 00'),
  hex('13 80 0f 0700 0800 0900 0000 02 42 06 02 42 08 0200 6200'),
];
const M3UA: readonly Buffer[] = [
  Buffer.concat([m3ua('0304'), m3ua('0403', '000b000800000002')]),
  m3ua('0303', '00090009 0102030405 000000'),
  m3ua('0201', '00120008 00000102'),
  m3ua('0000', '000c000800000006'),
  ...SCCP.map((message) => m3ua('0101', '0006000800000009', protocolData('00000102', '00000101', message))),
];
const IPA: readonly Buffer[] = [
  ...SCCP.map((message) => ipa('fd', message)),
  Buffer.concat([ipa('fe', hex('04 0108 0107 0101')), ipa('fe', hex('06')), ipa('fe', hex('00'))]),
  Buffer.concat(SCCP.map((message) => ipa('fd', message))),
];

const ANSWER: Answer = {
  status: 'permitted',
  step: '',
  reason: '',
  list: '',
  level: 'none',
  exception: '',
  intended: 'permitted',
  by: 'local',
};

/** Whether what was sent is whole frames of SCCP messages as we send them, or of control. */
function assertFrames(sent: Buffer): void {
  let at = 0;
  for (; at < sent.length; at += 3 + sent.readUInt16BE(at)) {
    const [stream, type] = [sent.readUInt8(at + 2), sent.readUInt8(at + 3)];
    assert.ok(stream === 0xfe || (stream === 0xfd && [0x09, 0x0a, 0x11, 0x12, 0x14].includes(type)));
  }
  assert.equal(at, sent.length);
}

function assertMessages(sent: Buffer): void {
  let at = 0;
  for (; at < sent.length; at += sent.readUInt32BE(at + 4)) assert.equal(sent.readUInt32BE(at + 4) % 4, 0);
  assert.equal(at, sent.length);
}

/** What one session made of some octets, which came in two pieces. */
type Outcome = { readonly sent: Buffer; readonly counted: ReadonlySet<string>; readonly cause: LinkCause | undefined };

function run(bytes: Buffer, make: (service: MapService, wire: Wire) => Session): Outcome {
  const [sent, counted]: [Buffer[], Set<string>] = [[], new Set()];
  let cause: LinkCause | undefined;
  const session = make(
    {
      checker: { check: () => ANSWER, ask: async () => ANSWER },
      count: (name, label = '') => counted.add(`${name} ${label}`),
      subscriber: { imsi: tagOf('context', 5), msisdn: tagOf('private', 40) },
    },
    {
      write: (piece) => sent.push(piece),
      end: (why) => {
        cause = why;
        session.gone();
      },
    },
  );
  session.start();
  const half = bytes.length >> 1;
  session.receive(bytes.subarray(0, half));
  session.receive(bytes.subarray(half));
  assert.equal(session.outstanding(), 0);
  return { sent: Buffer.concat(sent), counted, cause };
}

/** Octets as they would come: those that begin like TCAP or SCCP are put into what carries them, with right lengths. */
function carried(bytes: Buffer): Buffer {
  const first = bytes[0] ?? 0;
  if (first >= 0x60 && first <= 0x6f && bytes.length < 256) return ipa('fd', udt(bytes));
  return first >= 0x09 && first <= 0x14 && bytes.length < 4096 ? ipa('fd', bytes) : bytes;
}

/** Messages of every layer, so that each is met by changed octets and not only the frames around it. */
export const target: Target = {
  name: 'map',
  corpus: [...TCAP, ...SCCP, ...IPA, ...M3UA],
  act: (bytes) => {
    const isM3ua = bytes[0] === 1;
    const { sent, counted, cause } = run(carried(bytes), (service, wire) =>
      isM3ua
        ? m3uaSession({ kind: 'm3ua', name: 'sg', host: '', port: 0 }, service, wire)
        : ipaSession({ kind: 'ipa', name: 'stp', host: '', port: 0, unitName: 'eir' }, service, wire),
    );
    if (isM3ua) assertMessages(sent);
    else assertFrames(sent);
    if (cause !== undefined) return `link ended: ${cause}`;
    const first = [...counted].find((name) => !name.startsWith('map_question'));
    // Nothing counted: control messages and opened dialogues that were answered, or a frame whose rest is still to come.
    return first ?? (sent.length > (isM3ua ? 8 : 0) ? 'control' : 'waiting');
  },
};
