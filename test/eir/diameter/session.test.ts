import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { avp } from '../../../src/codecs/diameter/write.ts';
import type { Answer } from '../../../src/decisions/core/question.ts';
import { answerOf, digitChecker, drive, stoppedClock } from './harness.ts';
import { cer, dpr, dwr, EIR, ecr, MME, messagesOf, resultOf, show, terminal } from './messages.ts';

const verdict = (messages: readonly Buffer[]): readonly number[] => messages.map(resultOf);
const ORIGIN = `Origin-Host=${EIR.host} Origin-Realm=${EIR.realm}`;
const to = (imei: string) => ({ 'Terminal-Information': terminal(imei) });

test('a peer shows its capabilities and learns ours', () => {
  const { tell, counts } = drive();
  const [answer = Buffer.alloc(20)] = tell(cer());
  assert.equal(
    show(answer),
    `257 Result-Code=2001 ${ORIGIN} Host-IP-Address=00017f000001 Vendor-Id=0 Product-Name=openceir ` +
      'Origin-State-Id=1700000000 Supported-Vendor-Id=10415 Auth-Application-Id=16777252 ' +
      'Vendor-Specific-Application-Id{Vendor-Id=10415 Auth-Application-Id=16777252}',
  );
  assert.deepEqual(verdict(tell(cer())), [2001], 'a second CER is answered, too');
  assert.deepEqual(counts, ['opened']);
});

test('a peer that is not known, cannot do S13 or wants other security is refused', () => {
  const refused = (over: Parameters<typeof drive>[0], values = {}): readonly unknown[] => {
    const { tell, closed, counts } = drive(over);
    const [answer = Buffer.alloc(20)] = tell(cer({ values }));
    return [resultOf(answer), answer[4], closed(), ...counts];
  };
  const peers = [{ host: 'other.localdomain', operator: 'alfa' }];
  assert.deepEqual(refused({ peers }), [3010, 0x20, 'flushed', 'error 3010', 'closed stranger']);
  assert.deepEqual(refused({ peers: [{ host: MME.host, realm: 'localdomain', operator: '' }] })[0], 3010);
  assert.deepEqual(refused({}, { 'Origin-Host': EIR.host })[0], 3010, 'nobody else has our name');
  assert.deepEqual(refused({ certified: (host) => host === 'other' }), [
    3010,
    0x20,
    'flushed',
    'error 3010',
    'closed certificate',
  ]);
  const s6a = [avp('Vendor-Id', 10415), avp('Auth-Application-Id', 16777251)];
  assert.deepEqual(refused({}, { 'Vendor-Specific-Application-Id': s6a }), [
    5010,
    0,
    'flushed',
    'error 5010',
    'closed application',
  ]);
  assert.deepEqual(refused({}, { 'Inband-Security-Id': 1 }).slice(0, 2), [5017, 0]);
  assert.deepEqual(refused({}, { 'Product-Name': { each: [] } }).slice(0, 3), [5005, 0, 'flushed']);
});

test('a relay, and a peer that names S13 by itself, come in', () => {
  const s6a = [avp('Vendor-Id', 10415), avp('Auth-Application-Id', 16777251)];
  for (const id of [0xffffffff, 16777252]) {
    const values = { 'Vendor-Specific-Application-Id': s6a, 'Auth-Application-Id': id, 'Inband-Security-Id': 0 };
    assert.deepEqual(verdict(drive().tell(cer({ values }))), [2001]);
  }
});

test('whoever begins with anything but CER is cut without an answer', () => {
  for (const first of [ecr(), dwr(), dpr(), cer({ flags: 0 }), Buffer.from('GET / HTTP/1.1\r\n\r\n')]) {
    const { tell, closed, counts } = drive();
    assert.deepEqual(tell(first), []);
    assert.notEqual(closed(), undefined);
    assert.ok(counts.includes(first[0] === 1 ? 'closed first' : 'closed version'), counts.join());
  }
});

test('a broken first CER is answered and the connection ends', () => {
  const { tell, closed, counts } = drive();
  assert.deepEqual(verdict(tell(cer({ flags: 0xc0 }))), [3008]);
  assert.equal(closed(), 'flushed');
  assert.deepEqual(counts, ['error 3008', 'closed refused']);
});

test('the four verdicts', () => {
  const { tell } = drive();
  tell(cer());
  const status = (imei: string): string =>
    show(tell(ecr({ values: to(imei) }))[0] ?? Buffer.alloc(20)).replace(/.*(Equipment|Experimental-Result\{)/, '$1');
  assert.equal(status('35693803564380'), 'Equipment-Status=0');
  assert.equal(status('356938035643810'), 'Equipment-Status=1');
  assert.equal(status('3569380356438200'), 'Equipment-Status=2');
  assert.match(status('35693803564389'), /^Experimental-Result\{Vendor-Id=10415 Experimental-Result-Code=5422\}/);
  const unknown = show(tell(ecr({ values: to('35693803564389') }))[0] ?? Buffer.alloc(20));
  assert.ok(!/ Result-Code|Equipment-Status/.test(unknown), 'unknown equipment has neither');
});

test('15 and 16 digits are read without a check digit, and the version comes from either place', () => {
  const { checker, heard } = digitChecker();
  const { tell } = drive({ checker });
  const asked = (imei: string, svn?: string): readonly number[] => {
    tell(ecr({ values: { 'Terminal-Information': terminal(imei, svn) } }));
    const { question } = heard.at(-1) ?? assert.fail('nothing was asked');
    return [question.imei, question.svn];
  };
  tell(cer());
  assert.deepEqual(asked('01234567890123'), [1234567890123, -1]);
  assert.deepEqual(asked('012345678901230', '77'), [1234567890123, 77]);
  assert.deepEqual(asked('0123456789012399'), [1234567890123, 99]);
  assert.deepEqual(asked('0123456789012399', '05'), [1234567890123, 5]);
  assert.deepEqual(asked('01234567890123', 'x1'), [1234567890123, -1]);
});

test('all answers to one read go out in one write, in order', () => {
  const { session, writes } = drive();
  session.receive(cer());
  const many = Array.from({ length: 2000 }, (_, hopByHop) => ecr({ hopByHop }));
  session.receive(Buffer.concat(many));
  assert.equal(writes.length, 2);
  assert.deepEqual(
    messagesOf(writes[1] ?? Buffer.alloc(0)).map((one) => one.readUInt32BE(12)),
    many.map((_, index) => index),
  );
});

test('however octets are cut into reads, the answers are the same', () => {
  const stream = Buffer.concat([
    cer(),
    ecr(),
    dwr(),
    ecr({ values: to('35693803564389') }),
    ecr({ flags: 0xe0 }),
    dpr(),
  ]);
  const answers = (cuts: readonly number[]): string => {
    const { session, writes } = drive();
    let from = 0;
    for (const cut of [...cuts].sort((a, b) => a - b)) {
      session.receive(stream.subarray(from, cut));
      from = cut;
    }
    session.receive(stream.subarray(from));
    return Buffer.concat(writes).toString('hex');
  };
  const whole = answers([]);
  fc.assert(
    fc.property(fc.array(fc.nat({ max: stream.length }), { maxLength: 30 }), (cuts) => {
      assert.equal(answers(cuts), whole);
    }),
  );
  assert.equal(answers(Array.from(stream, (_, at) => at)), whole, 'octet by octet');
});

test('a length that cannot be trusted ends the connection; an open peer is told', () => {
  const wrong = (length: number, version = 1): readonly unknown[] => {
    const { tell, closed, counts } = drive();
    tell(cer());
    const bytes = ecr();
    bytes.writeUInt32BE(version * 0x1000000 + length, 0);
    return [...verdict(tell(bytes)), closed(), ...counts.slice(1)];
  };
  for (const length of [0, 16, 279, 65_540])
    assert.deepEqual(wrong(length), [5015, 'flushed', 'error 5015', 'closed length']);
  assert.deepEqual(wrong(280, 2), [5011, 'flushed', 'error 5011', 'closed version']);
  assert.deepEqual(wrong(65_536), [undefined], 'the rest may still come');
});

test('a peer that leaves too much unread is cut', () => {
  let unread = 0;
  const { tell, closed, counts } = drive({ limits: { unreadBytes: 1000 }, unread: () => unread });
  tell(cer());
  unread = 1000;
  tell(ecr());
  assert.equal(closed(), undefined);
  unread = 1001;
  tell(ecr());
  assert.equal(closed(), 'at once');
  assert.deepEqual(counts.at(-1), 'closed unread');
  assert.deepEqual(tell(ecr()), [], 'nothing is answered any more');
});

/** A checker that has to ask, and whose centre answers when told to. */
function centre() {
  const waiting: ((answer: Answer) => void)[] = [];
  const ask = (): Promise<Answer> => new Promise((resolve) => waiting.push(resolve));
  return { checker: { check: () => undefined, ask }, waiting };
}

test('what the centre has to be asked is answered later, in any order, those of one turn in one write', async () => {
  for (const plain of [true, false]) {
    const { checker, waiting } = centre();
    const { tell, taken, writes } = drive({ checker, plain });
    tell(cer());
    tell(ecr({ hopByHop: 6, flags: 0xd0 }));
    assert.deepEqual(tell(ecr({ hopByHop: 7 }), ecr({ hopByHop: 8 }), dwr()).length, 1);
    const before = writes.length;
    await turn();
    waiting[2]?.(answerOf('blocked'));
    waiting[1]?.(answerOf('unknown'));
    await turn();
    await turn();
    assert.equal(writes.length, before + 1);
    const late = taken();
    assert.deepEqual(
      late.map((one) => [one.readUInt32BE(12), resultOf(one)]),
      [
        [8, 2001],
        [7, 5422],
      ],
    );
  }
});

test('3004: more is outstanding at the centre than one connection, or all, may have', async () => {
  const { checker, waiting } = centre();
  const first = drive({ checker, limits: { asking: 2, askingAll: 3 } });
  const second = drive({ node: first.node });
  first.tell(cer());
  second.tell(cer({ values: { 'Origin-Host': 'mme2.localdomain' } }));
  assert.deepEqual(verdict(first.tell(ecr(), ecr(), ecr())), [3004]);
  assert.deepEqual(verdict(second.tell(ecr(), ecr())), [3004]);
  waiting[0]?.(answerOf('permitted'));
  await turn();
  assert.deepEqual(verdict(second.tell(ecr())), [], 'there is room again');
});

test('an answer that comes after its peer has gone goes nowhere, and one that never comes in order is 5012', async () => {
  const { checker, waiting } = centre();
  const { tell, session, writes, node } = drive({ checker });
  tell(cer());
  tell(ecr());
  session.gone('peer');
  const before = writes.length;
  waiting[0]?.(answerOf('permitted'));
  await turn();
  await turn();
  assert.equal(writes.length, before);
  assert.equal(node.asking, 0);
  const failing = drive({ checker: { check: () => undefined, ask: () => Promise.reject(new Error('no')) } });
  failing.tell(cer());
  failing.tell(ecr());
  await turn();
  await turn();
  assert.deepEqual(verdict(failing.taken()), [5012]);
});

test('a request that is repeated gets the answer it had, and is not asked again', () => {
  const { checker, heard } = digitChecker();
  const first = drive({ checker, limits: { repeats: 3 } });
  first.tell(cer());
  first.tell(ecr({ endToEnd: 77, values: to('35693803564381') }));
  const again = drive({ node: first.node });
  again.tell(cer());
  const repeated = ecr({ endToEnd: 77, hopByHop: 9, flags: 0xd0, values: to('35693803564381') });
  const [answer = Buffer.alloc(20)] = again.tell(repeated);
  assert.match(show(answer), /Equipment-Status=1$/);
  assert.equal(answer.readUInt32BE(12), 9);
  assert.equal(heard.length, 1, 'one check, one event');
  assert.equal(first.counts.filter((name) => name === 'repeat').length, 1);
  again.tell(ecr({ endToEnd: 78, flags: 0xd0, values: to('35693803564381') }));
  assert.equal(heard.length, 2, 'the first of it that came');
  again.tell(ecr({ endToEnd: 78, flags: 0xd0, values: to('35693803564380') }));
  assert.equal(heard.length, 3, 'another equipment is another request');
});

test('the operator is that of the peer, or of the realm the request comes from', () => {
  const { checker, heard } = digitChecker();
  const asked = (over: Parameters<typeof drive>[0], ...realms: readonly string[]): readonly string[] => {
    const { tell } = drive({ checker, ...over });
    tell(cer());
    return realms.map((realm) => {
      tell(ecr({ values: { 'Origin-Realm': realm } }));
      return heard.at(-1)?.asker.operator ?? 'nothing was asked';
    });
  };
  const plmns = new Map([
    ['99901', 'alfa'],
    ['999021', 'beta'],
  ]);
  const beta = 'epc.mnc021.mcc999.3gppnetwork.org';
  assert.deepEqual(asked({ plmns }, MME.realm, beta, MME.realm, beta, 'localdomain'), [
    'alfa',
    'beta',
    'alfa',
    'beta',
    '',
  ]);
  assert.deepEqual(asked({ plmns, peers: [{ host: MME.host, operator: 'gama' }] }, MME.realm, beta), ['gama', 'gama']);
  const peers = [
    { host: MME.host, operator: '' },
    { realm: 'LocalDomain', operator: 'delta' },
  ];
  assert.deepEqual(asked({ plmns, peers }, 'localdomain', beta), ['delta', 'beta']);
  assert.equal(heard.at(-1)?.asker.peer, MME.host);
});

test('of two connections of one host the new one stays, or the old one where so configured', () => {
  const first = drive();
  first.tell(cer());
  const second = drive({ node: first.node });
  assert.deepEqual(verdict(second.tell(cer({ values: { 'Origin-Host': MME.host.toUpperCase() } }))), [2001]);
  assert.equal(first.closed(), 'flushed');
  assert.ok(first.counts.includes('closed replaced'));
  assert.deepEqual(verdict(second.tell(ecr())), [2001]);
  const old = drive({ duplicate: 'refuse' });
  old.tell(cer());
  const late = drive({ node: old.node });
  assert.deepEqual(verdict(late.tell(cer())), [4003]);
  assert.ok(late.counts.includes('closed duplicate'));
  assert.equal(old.closed(), undefined);
  old.session.gone('peer');
  assert.deepEqual(verdict(drive({ node: old.node }).tell(cer())), [2001], 'once it has gone there is room');
});

test('a second CER under another name ends the connection', () => {
  const { tell, closed, counts } = drive();
  tell(cer());
  assert.deepEqual(verdict(tell(cer({ values: { 'Origin-Host': 'other.localdomain' } }))), [3010]);
  assert.equal(closed(), 'flushed');
  assert.equal(counts.at(-1), 'closed identity');
});

test('a peer that parts is answered and closed; what it sends after is not', () => {
  const { tell, closed, counts } = drive();
  tell(cer());
  assert.deepEqual(tell(ecr(), dpr(), ecr()).map(show).slice(1), [`282 Result-Code=2001 ${ORIGIN}`]);
  assert.equal(closed(), 'flushed');
  assert.equal(counts.at(-1), 'closed disconnect');
});

test('this node parts with a DPR, answers what is still asked, and closes at the DPA', () => {
  const { session, tell, taken, closed, counts } = drive();
  tell(cer());
  session.leave();
  const [request = Buffer.alloc(20)] = taken();
  assert.equal(show(request), `282 R ${ORIGIN} Disconnect-Cause=0`);
  assert.deepEqual(verdict(tell(ecr())), [2001]);
  assert.equal(closed(), undefined);
  tell(dpr({ flags: 0, hopByHop: request.readUInt32BE(12) }));
  assert.equal(closed(), 'flushed');
  assert.equal(counts.at(-1), 'closed drained');
  const mute = drive();
  mute.session.leave();
  assert.equal(mute.closed(), 'at once', 'without capabilities there is nobody to ask');
});

test('an answer nobody asked for is counted and passed over', () => {
  const { tell, counts } = drive();
  tell(cer());
  assert.deepEqual(verdict(tell(ecr({ flags: 0x40 }), ecr())), [2001]);
  assert.deepEqual(counts, ['opened', 'stray']);
});

test('a connection that shows no capabilities in time is cut', () => {
  const { clock, pass } = stoppedClock();
  const { tell, closed, counts } = drive({ clock });
  tell(cer().subarray(0, 50));
  pass(9999);
  assert.equal(closed(), undefined);
  pass(1);
  assert.equal(closed(), 'at once');
  assert.deepEqual(counts, ['closed silent']);
});

test('silence is asked about, suspected, and after three times Tw the end', () => {
  const { clock, pass } = stoppedClock();
  const { tell, taken, closed, counts } = drive({ clock });
  tell(cer());
  pass(27_999);
  assert.deepEqual(taken(), []);
  pass(4001);
  assert.deepEqual(taken().map(show), [`280 R ${ORIGIN} Origin-State-Id=1700000000`]);
  pass(32_000);
  assert.deepEqual([taken(), closed()], [[], undefined]);
  pass(32_000);
  assert.equal(closed(), 'at once');
  assert.equal(counts.at(-1), 'closed watchdog');
});

test('a peer that answers the watchdog, or sends anything, stays', () => {
  const { clock, pass } = stoppedClock();
  const { tell, taken, closed } = drive({ clock });
  tell(cer());
  for (let round = 0; round < 5; round += 1) {
    pass(32_000);
    assert.equal(taken().length, 1, 'asked again after each answer');
    tell(dwr({ flags: 0 }));
  }
  pass(32_000);
  pass(32_000);
  assert.deepEqual(verdict(tell(ecr())), [2001], 'takes the suspicion away');
  pass(32_000);
  assert.equal(closed(), undefined);
});
