import assert from 'node:assert/strict';
import { test } from 'node:test';
import { writeAvp } from '../../../src/codecs/diameter/avp.ts';
import { entryByName } from '../../../src/codecs/diameter/dictionary.ts';
import { avp } from '../../../src/codecs/diameter/write.ts';
import { drive } from './harness.ts';
import { cer, dwr, EIR, ecr, MME, resultOf, show, terminal } from './messages.ts';

/** What an open session answers. */
function answer(request: Buffer): string {
  const { tell } = drive();
  tell(cer());
  const answers = tell(request);
  assert.equal(answers.length, 1, 'one answer');
  return show(answers[0] ?? Buffer.alloc(20));
}

const { host, realm } = EIR;
const SESSION = `Session-Id=${MME.host};1;2;app`;
const ORIGIN = `Origin-Host=${host} Origin-Realm=${realm}`;
const VSAI = 'Vendor-Specific-Application-Id{Vendor-Id=10415 Auth-Application-Id=16777252}';
/** An ECA with a permanent failure. */
const failure = (result: number, failed: string): string =>
  `324 P ${SESSION} ${VSAI} Result-Code=${result} Auth-Session-State=1 ${ORIGIN} Failed-AVP{${failed}}`;
/** An answer-message to a protocol error. */
const error = (result: number, failed = ''): string =>
  `324 PE ${SESSION} ${ORIGIN} Result-Code=${result}${failed === '' ? '' : ` Failed-AVP{${failed}}`}`;
/** An AVP with other flags than its own. */
const flagged = (name: string, must: number, value: Buffer): Buffer => writeAvp({ ...entryByName(name), must }, value);
/** An AVP of nobody. */
const strange = (must: number, value = 'x'): Buffer => writeAvp({ code: 9999, vendor: 0, must }, Buffer.from(value));
const resized = (bytes: Buffer, length: number): Buffer => {
  const copy = Buffer.from(bytes);
  copy.writeUIntBE(length, 5, 3);
  return copy;
};

test('3001: a command that S13 or the base does not have', () => {
  assert.equal(answer(ecr({ command: 316 })), error(3001).replace('324', '316'));
  assert.equal(answer(ecr({ application: 0 })), error(3001), 'an ECR of the base application');
});

test('3007: an application that is not S13', () => {
  assert.equal(answer(ecr({ application: 16777251 })), error(3007));
});

test('3002 and 3003: a request for another host or realm', () => {
  assert.equal(answer(ecr({ values: { 'Destination-Host': 'hss.localdomain' } })), error(3002));
  assert.equal(answer(ecr({ values: { 'Destination-Realm': 'elsewhere' } })), error(3003));
  const ours = { 'Destination-Host': 'EIR.LocalDomain', 'Destination-Realm': 'elsewhere' };
  assert.match(answer(ecr({ values: ours })), /Equipment-Status=0/, 'its own host decides, in any spelling');
});

test('3005: a request that has passed this node', () => {
  const route = { each: ['dra.localdomain', 'Eir.localdomain'] };
  assert.equal(answer(ecr({ values: { 'Route-Record': route } })), error(3005));
});

test('3008: header bits that contradict the command', () => {
  assert.equal(answer(ecr({ flags: 0xe0 })), error(3008), 'a request with E');
  assert.equal(answer(ecr({ flags: 0x80 })), error(3008).replace('PE', 'E'), 'an ECR that is not proxiable');
  assert.equal(answer(dwr({ flags: 0xc0 })), `280 PE ${ORIGIN} Result-Code=3008`, 'a DWR that is');
  assert.match(answer(ecr({ flags: 0xcf })), /Equipment-Status=0/, 'reserved bits are ignored');
});

test('3009: AVP bits that contradict the dictionary', () => {
  const value = Buffer.from('999010000000001');
  const without = flagged('User-Name', 0, value);
  assert.equal(answer(ecr({ more: [without] })), error(3009, `User-Name=${value}`));
  const vendor = flagged('User-Name', 0xc0, value);
  assert.equal(answer(ecr({ more: [vendor] })), error(3009, `User-Name=${value}`), 'V with vendor 0');
  const reserved = flagged('User-Name', 0x48, value);
  assert.equal(answer(ecr({ more: [reserved] })), error(3009, `User-Name=${value}`), 'a bit that nobody knows');
  assert.equal(answer(ecr({ more: [strange(0x10)] })), error(3009, '0/9999=78'));
});

test('5001: an unknown AVP that is mandatory, also within another', () => {
  assert.equal(answer(ecr({ more: [strange(0x40)] })), failure(5001, '0/9999=78'));
  const within = { 'Terminal-Information': [...terminal('35693803564380'), strange(0x40)] };
  assert.equal(answer(ecr({ values: within })), failure(5001, 'Terminal-Information{0/9999=78}'));
  assert.match(answer(ecr({ more: [strange(0)] })), /Equipment-Status=0/, 'one that is not is passed over');
});

test('5004: an IMEI or IMSI that is none', () => {
  const imei = (text: string): string => answer(ecr({ values: { 'Terminal-Information': terminal(text) } }));
  for (const text of ['3569380356438', '35693803564380123', '3569380356438x', '35693803564380x', ''])
    assert.equal(imei(text), failure(5004, `Terminal-Information{IMEI=${text}}`));
  const imsi = (text: string): string => answer(ecr({ values: { 'User-Name': text } }));
  for (const text of ['99901', '9990100000000012', 'nobody', ''])
    assert.equal(imsi(text), failure(5004, `User-Name=${text}`));
  assert.equal(answer(ecr({ values: { 'Auth-Session-State': 2 } })), failure(5004, 'Auth-Session-State=2'));
  const broken = Buffer.from([0xff, 0xfe]);
  assert.match(answer(ecr({ values: { 'Session-Id': broken } })), /^324 P Vendor.* Result-Code=5004 .*Session-Id/);
  assert.equal(answer(ecr({ values: { 'Origin-Host': 'no name' } })), failure(5004, 'Origin-Host=no name'));
});

test('5005: an AVP that is missing, shown with its least value', () => {
  const left = (name: string): string => {
    const cut: Buffer[] = [];
    const whole = ecr();
    for (let at = 20; at < whole.length; ) {
      const length = (whole.readUIntBE(at + 5, 3) + 3) & ~3;
      if (whole.readUInt32BE(at) !== entryByName(name).code) cut.push(whole.subarray(at, at + length));
      at += length;
    }
    const bytes = Buffer.concat([whole.subarray(0, 20), ...cut]);
    bytes.writeUIntBE(bytes.length, 1, 3);
    return answer(bytes);
  };
  assert.equal(left('Terminal-Information'), failure(5005, 'Terminal-Information{}'));
  assert.equal(left('Auth-Session-State'), failure(5005, 'Auth-Session-State=0'));
  assert.equal(left('Destination-Realm'), failure(5005, 'Destination-Realm=\0'));
  assert.equal(left('Origin-Host'), failure(5005, 'Origin-Host=\0'));
  assert.equal(left('Session-Id'), failure(5005, 'Session-Id=\0').replace(`${SESSION} `, ''));
  assert.match(left('User-Name'), /Equipment-Status=0/, 'the IMSI is optional');
  const meid = { 'Terminal-Information': [avp('3GPP2-MEID', '12345678')] };
  assert.equal(answer(ecr({ values: meid })), failure(5005, 'Terminal-Information{IMEI=\0}'));
});

test('5009: an AVP more often than allowed', () => {
  assert.equal(answer(ecr({ more: [avp('User-Name', '999020')] })), failure(5009, 'User-Name=999020'));
  const two = { 'Terminal-Information': [...terminal('35693803564380'), avp('IMEI', '35693803564381')] };
  assert.equal(answer(ecr({ values: two })), failure(5009, 'Terminal-Information{IMEI=35693803564381}'));
});

test('5014: an AVP whose length is wrong, also within another', () => {
  const state = avp('Origin-State-Id', 7);
  assert.equal(answer(ecr({ more: [resized(state, 400)] })), failure(5014, 'Origin-State-Id=0'));
  assert.equal(answer(ecr({ more: [resized(state, 7)] })), failure(5014, 'Origin-State-Id=0'));
  const three = writeAvp(entryByName('Origin-State-Id'), Buffer.alloc(3));
  assert.equal(answer(ecr({ more: [three] })), failure(5014, 'Origin-State-Id=000000'));
  const within = { 'Terminal-Information': [resized(avp('IMEI', '35693803564380'), 99)] };
  assert.equal(answer(ecr({ values: within })), failure(5014, 'Terminal-Information{IMEI=\0}'));
});

test('5012: what the decision throws at, and more AVPs than anybody needs', () => {
  const checker = {
    check: () => {
      throw new Error('a defect');
    },
    ask: () => Promise.reject(new Error('a defect')),
  };
  const { tell } = drive({ checker });
  tell(cer());
  assert.equal(resultOf(tell(ecr())[0] ?? Buffer.alloc(20)), 5012);
  assert.equal(resultOf(tell(ecr())[0] ?? Buffer.alloc(20)), 5012);
  const many = Array.from({ length: 200 }, () => avp('Route-Record', 'a.b'));
  assert.match(answer(ecr({ more: many })), /Result-Code=5012/);
});

test('an answer repeats Proxy-Info in order, also that of a refusal, and the identifiers', () => {
  const proxy = (number: string): readonly Buffer[] => [avp('Proxy-Host', `p${number}.x`), avp('Proxy-State', number)];
  const values = { 'Proxy-Info': { each: [proxy('1'), proxy('2')] } };
  const told = 'Proxy-Info{Proxy-Host=p1.x Proxy-State=31} Proxy-Info{Proxy-Host=p2.x Proxy-State=32}';
  assert.ok(answer(ecr({ values })).endsWith(` Equipment-Status=0 ${told}`));
  assert.ok(answer(ecr({ values, application: 5 })).endsWith(` Result-Code=3007 ${told}`));
  assert.ok(answer(ecr({ values, more: [strange(0x40)] })).endsWith(` Failed-AVP{0/9999=78} ${told}`));
  const { tell } = drive();
  tell(cer());
  const [bytes = Buffer.alloc(20)] = tell(ecr({ hopByHop: 0xfedcba98, endToEnd: 0x89abcdef }));
  assert.equal(bytes.toString('hex', 12, 20), 'fedcba9889abcdef');
});

test('the first fault counts, in the order of the message, and what is missing last', () => {
  const values = { 'User-Name': 'nobody', 'Terminal-Information': terminal('x') };
  assert.match(answer(ecr({ values, more: [strange(0x40)] })), /Result-Code=5001/);
  assert.match(answer(ecr({ values, more: [avp('User-Name', '999020')] })), /Result-Code=5009/);
});
