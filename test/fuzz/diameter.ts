import { avp } from '../../src/codecs/diameter/write.ts';
import { drive } from '../eir/diameter/harness.ts';
import { cer, dpr, dwr, ecr, messagesOf, resultOf, terminal } from '../eir/diameter/messages.ts';
import type { Target } from './mutate.ts';

const proxy = [avp('Proxy-Host', 'dra.localdomain'), avp('Proxy-State', 'a')];
const features = [avp('Vendor-Id', 10415), avp('Feature-List-ID', 1), avp('Feature-List', 3)];
const values = {
  'Destination-Host': 'eir.localdomain',
  'Supported-Features': features,
  'Proxy-Info': { each: [proxy, proxy] },
  'Route-Record': { each: ['dra.localdomain', 'dra2.localdomain'] },
};

/** Every command, requests and answers, with all AVPs they may have, and streams of several. */
const corpus: readonly Buffer[] = [
  cer(),
  cer({ values: { 'Inband-Security-Id': 0, 'Auth-Application-Id': 16777252, 'Firmware-Revision': 7 } }),
  dwr({ values: { 'Origin-State-Id': 9 } }),
  dwr({ flags: 0 }),
  dpr(),
  ecr(),
  ecr({ flags: 0xd0, endToEnd: 9 }),
  ecr({ values }),
  ecr({ values: { 'Terminal-Information': terminal('356938035643890', '77'), 'User-Name': '001010' } }),
  ecr({ values: { 'Terminal-Information': [...terminal('3569380356438100'), avp('3GPP2-MEID', '1234567')] } }),
  Buffer.concat([ecr(), ecr({ hopByHop: 2 }), dwr(), ecr({ hopByHop: 3 })]),
  Buffer.concat([ecr({ values }), dpr(), ecr()]),
];

function promise(held: boolean, what: string): void {
  if (!held) throw new Error(what);
}

/** What a session makes of a stream, cut after every `step` octets. */
function run(bytes: Buffer, { step, plain, open }: { step: number; plain: boolean; open: boolean }) {
  const { session, tell, taken, counts, closed } = drive({ plain, limits: { repeats: 8 } });
  if (open) tell(cer(), ecr());
  for (let at = 0; at < bytes.length; at += step) session.receive(Buffer.from(bytes.subarray(at, at + step)));
  const answers = Buffer.concat(taken());
  return { answers, counts, closed: closed() };
}

/** Requests that begin the stream whole, by a reading of our own, up to the first length that cannot be trusted. */
function requestsOf(bytes: Buffer): number {
  let [at, count] = [0, 0];
  while (at + 20 <= bytes.length) {
    const length = bytes.readUIntBE(at + 1, 3);
    if (bytes[at] !== 1 || length < 20 || length % 4 !== 0 || length > 65_536 || at + length > bytes.length) break;
    if ((bytes.readUInt8(at + 4) & 0x80) !== 0) count += 1;
    at += length;
  }
  return count;
}

export const target: Target = {
  name: 'diameter',
  corpus,
  act: (bytes) => {
    const whole = run(bytes, { step: Math.max(1, bytes.length), plain: true, open: true });
    const general = run(bytes, { step: Math.max(1, bytes.length), plain: false, open: true });
    promise(whole.answers.equals(general.answers), 'both ways of reading answer alike');
    const pieces = run(bytes, { step: 7, plain: true, open: true });
    promise(pieces.counts.join() === whole.counts.join() || whole.closed !== undefined, 'cuts change nothing');
    const first = run(bytes, { step: Math.max(1, bytes.length), plain: true, open: false });
    promise(first.answers.length === 0 || bytes.readUIntBE(5, 3) === 257, 'nobody is served before its CER');
    const answers = messagesOf(whole.answers);
    for (const answer of answers) {
      promise((answer.readUInt8(4) & 0x80) === 0 && answer.length % 4 === 0, 'answers only, of whole words');
      promise(resultOf(answer) >= 2001 && resultOf(answer) < 6000, 'with a result');
    }
    const asked = requestsOf(bytes);
    const ended = whole.counts.find((name) => name.startsWith('closed '));
    promise(ended !== undefined || answers.length === asked, 'each request is answered while the peer stays');
    promise(answers.length <= asked + 1, 'and none twice');
    const results = [...new Set(answers.map(resultOf))].sort((a, b) => a - b);
    return [...results, ended, whole.counts.includes('stray') && 'stray'].filter(Boolean).join(' ') || 'incomplete';
  },
};
