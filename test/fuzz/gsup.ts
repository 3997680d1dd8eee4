import {
  CLASS,
  ccm,
  checkImei,
  element,
  frame,
  gsup,
  hex,
  ID_ACK,
  ID_GET,
  idResp,
  imeiElement,
  imsiElement,
  locate,
  PING,
  PONG,
  result,
  sessionOf,
} from '../eir/gsup/frames.ts';
import type { Target } from './mutate.ts';

const IMSI = '901700000004620';
const longest = element(0x62, Buffer.alloc(255, 0xaa));

/** Every kind of frame the session tells apart, and streams of several. */
const corpus: readonly Buffer[] = [
  ...[
    '35693803564380',
    '35693803564381',
    '35693803564383',
    '35693803564319',
    '356938035643809',
    '3569380356438042',
  ].map((imei) => checkImei(IMSI, imei)),
  gsup(
    Buffer.concat([
      hex('30'),
      imsiElement(IMSI),
      hex('300420000001310101'),
      imeiElement('35693803564381'),
      CLASS,
      element(0x60, Buffer.from('MSC-1\0')),
      element(0x61, Buffer.from('HLR\0')),
    ]),
  ),
  gsup(Buffer.concat([hex('30'), imsiElement(IMSI), CLASS])),
  locate(IMSI),
  result(IMSI, true),
  gsup(Buffer.concat([hex('34'), imsiElement(IMSI), longest, longest, longest])),
  Buffer.concat([ID_GET, ID_ACK, PING, PONG]),
  Buffer.concat([idResp('MSC-1'), ID_ACK, checkImei(IMSI, '35693803564381'), locate(IMSI), PING]),
  Buffer.concat([
    frame(0xfd, Buffer.alloc(40, 1)),
    frame(0xee, hex('00aabb')),
    ccm('08 01'),
    frame(0x00, Buffer.alloc(0)),
  ]),
];

/** The whole frames a stream begins with, by a reading of our own. */
function framesOf(stream: Buffer): { readonly frames: readonly Buffer[]; readonly rest: number } {
  const frames: Buffer[] = [];
  let at = 0;
  while (at + 3 <= stream.length && at + 3 + stream.readUInt16BE(at) <= stream.length) {
    const end = at + 3 + stream.readUInt16BE(at);
    frames.push(stream.subarray(at, end));
    at = end;
  }
  return { frames, rest: stream.length - at };
}
const isCheck = (bytes: Buffer): boolean => bytes[2] === 0xee && bytes[3] === 0x05 && bytes[4] === 0x30;
const isControl = (bytes: Buffer): boolean => bytes[2] === 0xfe;

/** What a session makes of a stream of the client, and then of the same stream of the HLR, cut after every `step` octets. */
async function run(bytes: Buffer, step: number) {
  const { session, take, counted } = sessionOf();
  session.hlrUp();
  session.hlrReady();
  const up: unknown[] = [];
  for (let at = 0; at < bytes.length; at += step)
    up.push(session.fromClient(Buffer.from(bytes.subarray(at, at + step))));
  if (session.waiting > 0) await new Promise(setImmediate);
  const [answers, passed] = [take('client'), take('hlr')];
  for (let at = 0; at < bytes.length; at += step) up.push(session.fromHlr(Buffer.from(bytes.subarray(at, at + step))));
  return {
    answers,
    passed,
    back: take('client'),
    pongs: take('hlr'),
    cut: up.find(Boolean),
    counted,
    waiting: session.waiting,
  };
}

function promise(held: boolean, what: string): void {
  if (!held) throw new Error(what);
}

export const target: Target = {
  name: 'gsup',
  corpus,
  act: async (bytes) => {
    const whole = await run(bytes, Math.max(1, bytes.length));
    const cut = await run(bytes, 7);
    const { frames, rest } = framesOf(bytes);
    const others = frames.filter((one) => !isCheck(one) && !isControl(one));
    const through = Buffer.concat(others).toString('hex');
    const plain = (stream: string): string =>
      Buffer.concat(framesOf(Buffer.from(stream, 'hex')).frames.filter((one) => !isControl(one))).toString('hex');
    promise(whole.cut === undefined && whole.waiting === 0, 'no stream of whole octets cuts a side');
    promise(plain(whole.passed) === through, 'other frames pass octet for octet');
    promise(plain(cut.passed) === through, 'other frames pass octet for octet, however they are cut');
    promise(
      plain(whole.back) === Buffer.concat(frames.filter((one) => !isControl(one))).toString('hex'),
      'all comes back',
    );
    const replies = framesOf(Buffer.from(whole.answers, 'hex'));
    promise(replies.rest === 0 && framesOf(Buffer.from(whole.passed, 'hex')).rest === 0, 'only whole frames go out');
    const said = replies.frames.filter((one) => one[2] === 0xee).length;
    const dropped = whole.counted.get('gsup_dropped undecodable') ?? 0;
    promise(said + dropped === frames.filter(isCheck).length, 'each check is answered, or its drop is counted');
    const kinds = ['ack', 'nack', 'error'].filter((kind) => whole.counted.has(`gsup_answer ${kind}`));
    return (
      [
        ...kinds,
        dropped > 0 && 'undecodable',
        others.length > 0 && 'passed',
        rest > 0 && 'incomplete',
        frames.some(isControl) && 'control',
      ]
        .filter(Boolean)
        .join(' ') || 'nothing came'
    );
  },
};
