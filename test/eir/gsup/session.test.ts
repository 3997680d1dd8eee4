import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import {
  ccm,
  checkImei,
  frame,
  gsup,
  hex,
  ID_ACK,
  ID_GET,
  idResp,
  imsiElement,
  locate,
  PING,
  PONG,
  result,
  sessionOf,
} from './frames.ts';

const IMSI = '901700000004620';
const PERMITTED = '35693803564380';
const BLOCKED = '35693803564381';
const TRACKED = '35693803564382';
const UNKNOWN = '35693803564383';
const text = (...buffers: readonly Buffer[]): string => Buffer.concat(buffers).toString('hex');
const failure = (type: string, imsi = IMSI): Buffer =>
  gsup(Buffer.concat([hex(type), imsiElement(imsi), hex('020111 0a0101')]));

/** A session whose client has told the HLR its name. */
function introduced(rules: Parameters<typeof sessionOf>[0] = {}) {
  const made = sessionOf(rules);
  made.session.hlrUp();
  made.session.fromHlr(ID_GET);
  made.session.fromClient(Buffer.concat([idResp('MSC-1'), ID_ACK]));
  made.session.fromHlr(ID_ACK);
  made.take('client');
  made.take('hlr');
  return made;
}

suite('GSUP session: Check-IMEI', () => {
  test('permits what is permitted or tracked, refuses what is blocked, and the HLR sees nothing of it', () => {
    const { session, take, checker } = introduced();
    for (const imei of [PERMITTED, TRACKED, BLOCKED])
      assert.equal(session.fromClient(checkImei(IMSI, imei)), undefined);
    assert.equal(take('client'), text(result(IMSI, false), result(IMSI, false), result(IMSI, true)));
    assert.equal(take('hlr'), '');
    const [first] = checker.asked;
    assert.ok(first !== undefined && Math.abs(first.at - Date.now()) < 60_000);
    assert.deepEqual(
      { ...first, at: 0 },
      {
        imei: Number(PERMITTED),
        equipment: 'imei',
        svn: -1,
        imsi: Number(IMSI),
        msisdn: 0,
        rat: 0,
        at: 0,
        peer: 'MSC-1',
      },
    );
    assert.deepEqual(checker.askers[0], { protocol: 'gsup', peer: 'MSC-1', operator: 'alfa' });
  });

  test('permits what is unknown in so many words, unless told to refuse it', () => {
    for (const [unknown, nack] of [
      ['permit', false],
      ['refuse', true],
    ] as const) {
      const { session, take } = introduced({ unknown });
      session.fromClient(checkImei(IMSI, UNKNOWN));
      assert.equal(take('client'), text(result(IMSI, nack)));
    }
  });

  test('answers a request without IMEI with an error, and drops what cannot be read', () => {
    const { session, take, counted } = introduced();
    session.fromClient(gsup(Buffer.concat([hex('30'), imsiElement(IMSI), hex('0a0101')])));
    assert.equal(take('client'), text(gsup(Buffer.concat([hex('31'), imsiElement(IMSI), hex('020160 0a0101')]))));
    session.fromClient(Buffer.concat([gsup('30'), gsup('3001'), gsup('3050080724433224433224'), gsup('300108')]));
    assert.equal(take('client') + take('hlr'), '');
    assert.equal(counted.get('gsup_dropped undecodable'), 4);
  });

  test('answers later what the centre has to be asked for, in the order of the answers', async () => {
    const { session, take, counted } = introduced({ outstanding: 2 });
    const later = ['35693803564319', '35693803564309', '35693803564329'];
    session.fromClient(Buffer.concat([...later, BLOCKED].map((imei, at) => checkImei(`90170000000000${at}`, imei))));
    assert.equal(session.waiting, 2);
    assert.equal(take('client'), text(result('901700000000002', false), result('901700000000003', true)));
    assert.equal(counted.get('gsup_overload'), 1);
    await new Promise(setImmediate);
    assert.equal(take('client'), text(result('901700000000000', true), result('901700000000001', false)));
    assert.equal(session.waiting, 0);
  });

  test('sends all answers to one read in one write', () => {
    const { session, written } = introduced();
    const before = written.clientWrites;
    session.fromClient(Buffer.concat(Array.from({ length: 500 }, () => checkImei(IMSI, PERMITTED))));
    assert.equal(written.clientWrites - before, 1);
    assert.equal(written.client.length, 1);
  });

  test('shows the checks to an HLR that keeps IMEIs, and swallows its answers only', () => {
    const { session, take } = introduced({ store: true });
    session.fromClient(Buffer.concat([checkImei(IMSI, BLOCKED), locate(IMSI)]));
    assert.equal(take('hlr'), text(checkImei(IMSI, BLOCKED), locate(IMSI)));
    assert.equal(take('client'), text(result(IMSI, true)));
    session.fromHlr(Buffer.concat([result(IMSI, false), failure('31'), failure('05')]));
    assert.equal(take('client'), text(failure('05')));
  });
});

suite('GSUP session: identity', () => {
  test("the HLR's question and the client's answer pass as they are", () => {
    const { session, take } = sessionOf();
    session.hlrUp();
    session.fromHlr(ID_GET);
    assert.equal(take('client'), text(ID_GET));
    session.fromClient(Buffer.concat([idResp('MSC-1'), ID_ACK]));
    assert.equal(take('hlr'), text(idResp('MSC-1'), ID_ACK));
    session.fromHlr(ID_ACK);
    assert.equal(take('client'), text(ID_ACK));
    session.identify();
    assert.equal(take('client'), '');
  });

  test('after the HLR was away it is told again what the client said, who notices nothing', () => {
    const { session, take } = introduced();
    session.hlrDown();
    session.hlrUp();
    session.fromClient(locate(IMSI));
    assert.equal(take('client') + take('hlr'), '', 'the HLR does not know yet who asks');
    session.fromHlr(Buffer.concat([ID_GET, ID_ACK]));
    assert.equal(take('hlr'), text(idResp('MSC-1'), ID_ACK, locate(IMSI)));
    assert.equal(take('client'), '');
    session.fromClient(locate(IMSI));
    assert.equal(take('hlr'), text(locate(IMSI)));
  });

  test('what comes for the HLR before it knows the client waits, and is answered where it waits in vain or is too much', () => {
    const { session, take, counted } = sessionOf();
    session.hlrUp();
    session.fromClient(Buffer.concat([locate(IMSI), checkImei(IMSI, BLOCKED), frame(0xfd, hex('00'))]));
    assert.equal(take('client') + take('hlr'), text(result(IMSI, true)));
    session.hlrDown();
    assert.equal(take('client') + take('hlr'), text(failure('05')));
    assert.equal(counted.get('gsup_dropped no-hlr'), 1);
    session.hlrUp();
    session.fromClient(Buffer.concat(Array.from({ length: 4000 }, () => locate(IMSI))));
    const refused = take('client').length / (2 * failure('05').length);
    assert.ok(refused > 0 && refused < 4000);
    session.fromHlr(ID_GET);
    session.fromClient(idResp('MSC-1'));
    assert.equal(take('hlr'), text(idResp('MSC-1'), ...Array.from({ length: 4000 - refused }, () => locate(IMSI))));
  });

  test('an HLR that does not ask takes frames all the same', () => {
    const { session, take } = introduced();
    session.hlrDown();
    session.hlrUp();
    session.fromClient(locate(IMSI));
    assert.equal(take('hlr'), '');
    session.hlrReady();
    assert.equal(take('hlr'), text(locate(IMSI)));
    session.fromClient(locate(IMSI));
    assert.equal(take('hlr'), text(locate(IMSI)));
  });

  test('where no HLR asks, we do; the HLR that comes later is told', () => {
    const { session, take, checker } = sessionOf();
    session.hlrDown();
    session.identify();
    assert.equal(take('client'), text(ID_GET));
    session.fromClient(Buffer.concat([idResp('MSC-1'), ID_ACK]));
    assert.equal(take('client'), text(ID_ACK));
    session.fromClient(checkImei(IMSI, BLOCKED));
    assert.equal(take('client'), text(result(IMSI, true)));
    assert.equal(checker.asked[0]?.peer, 'MSC-1');
    session.hlrUp();
    session.fromHlr(ID_GET);
    assert.equal(take('hlr'), text(idResp('MSC-1'), ID_ACK));
  });

  test('an HLR that asks while the client is being asked gets that answer', () => {
    const { session, take } = sessionOf();
    session.identify();
    session.hlrUp();
    session.fromHlr(ID_GET);
    assert.equal(take('client'), text(ID_GET));
    session.fromClient(idResp('MSC-1'));
    assert.equal(take('hlr'), text(idResp('MSC-1')));
    assert.equal(take('client'), text(ID_ACK));
  });

  test('only names that are allowed may ask, and only after they said theirs; the operator is theirs', () => {
    const peers = new Map([['MSC-1', 'beta']]);
    const strange = sessionOf({ peers });
    assert.equal(strange.session.fromClient(idResp('MSC-2')), 'stranger');
    const early = sessionOf({ peers });
    early.session.hlrUp();
    early.session.hlrReady();
    assert.equal(early.session.fromClient(Buffer.concat([checkImei(IMSI, BLOCKED), locate(IMSI)])), undefined);
    assert.equal(early.take('client') + early.take('hlr'), '', 'what comes before the name waits for it');
    assert.ok(!early.session.introduced);
    assert.equal(early.session.fromClient(idResp('MSC-1')), undefined);
    assert.equal(early.take('client') + early.take('hlr'), text(ID_ACK, result(IMSI, true), locate(IMSI)));
    const nameless = sessionOf({ peers });
    const much = Buffer.concat(Array.from({ length: 3000 }, () => checkImei(IMSI, PERMITTED)));
    assert.equal(nameless.session.fromClient(much), 'unidentified');
    assert.equal(nameless.take('client') + nameless.take('hlr'), '');
    const known = introduced({ peers });
    assert.equal(known.session.fromClient(checkImei(IMSI, PERMITTED)), undefined);
    assert.deepEqual(known.checker.askers[0], { protocol: 'gsup', peer: 'MSC-1', operator: 'beta' });
  });
});

suite('GSUP session: everything else', () => {
  test('pings are of one hop', () => {
    const { session, take } = introduced();
    session.fromClient(Buffer.concat([PING, PONG]));
    assert.equal(take('client'), text(PONG));
    session.fromHlr(Buffer.concat([PING, PONG]));
    assert.equal(take('hlr'), text(PONG));
    session.ping('client');
    session.ping('hlr');
    assert.equal(take('client') + take('hlr'), text(PING, PING));
  });

  test('while the HLR is away requests are answered "network failure", and nothing else is', () => {
    const { session, take, counted } = introduced();
    session.hlrDown();
    session.fromClient(
      Buffer.concat([
        checkImei(IMSI, BLOCKED),
        locate(IMSI),
        gsup(Buffer.concat([hex('12'), imsiElement(IMSI)])),
        frame(0xfd, hex('00')),
        gsup('04'),
      ]),
    );
    assert.equal(take('client'), text(result(IMSI, true), failure('05')));
    assert.equal(counted.get('gsup_refused update-location'), 1);
    assert.equal(counted.get('gsup_dropped no-hlr'), 2);
    assert.equal(counted.get('gsup_dropped undecodable'), 1);
  });

  test('without an HLR requests are answered "not implemented"', () => {
    const { session, take } = sessionOf({ hlr: false });
    session.fromClient(Buffer.concat([checkImei(IMSI, PERMITTED), locate(IMSI)]));
    const refused = gsup(Buffer.concat([hex('05'), imsiElement(IMSI), hex('020161 0a0101')]));
    assert.equal(take('client'), text(result(IMSI, false), refused));
  });

  test('what the HLR was about to say when it went does not spoil what it says next', () => {
    const { session, take } = introduced();
    session.fromHlr(locate(IMSI).subarray(0, 9));
    session.hlrDown();
    session.hlrUp();
    session.fromHlr(failure('05'));
    assert.equal(take('client'), text(failure('05')));
  });

  test('a frame above the limit cuts the side that sent it', () => {
    const { session } = sessionOf({ frameOctets: 100 });
    assert.equal(session.fromHlr(frame(0xee, Buffer.alloc(101))), 'oversize');
    assert.equal(session.fromClient(frame(0xee, Buffer.alloc(101))), 'oversize');
    assert.equal(session.fromClient(checkImei(IMSI, PERMITTED)), 'oversize', 'and nothing more is taken');
  });

  const octets = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
  const other = fc
    .tuple(fc.integer({ min: 0, max: 255 }), octets)
    .map(([stream, payload]) => frame(stream, payload))
    .filter((bytes) => bytes[2] !== 0xfe && !(bytes[2] === 0xee && bytes[3] === 0x05 && bytes[4] === 0x30));
  const digit = fc.integer({ min: 0, max: 3 });

  test('passes octet for octet in both directions, however it is cut', () => {
    const piece = fc.oneof(
      { weight: 3, arbitrary: other.map((bytes) => ({ pass: true, bytes, nack: undefined })) },
      digit.map((last) => ({ pass: false, bytes: checkImei(IMSI, `3569380356438${last}`), nack: last === 1 })),
      fc.constant({ pass: false, bytes: PING, nack: undefined }),
    );
    const cuts = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), cuts, (pieces, sizes) => {
        const { session, take } = introduced();
        const all = Buffer.concat(pieces.map(({ bytes }) => bytes));
        const passed = text(...pieces.filter(({ pass }) => pass).map(({ bytes }) => bytes));
        const chunks: Buffer[] = [];
        for (let at = 0, turn = 0; at < all.length; turn += 1) {
          const size = sizes[turn % sizes.length] ?? 1;
          chunks.push(all.subarray(at, at + size));
          at += size;
        }
        for (const chunk of chunks) assert.equal(session.fromClient(Buffer.from(chunk)), undefined);
        assert.equal(take('hlr'), passed);
        const answers = pieces.filter(({ pass }) => !pass);
        const expected = answers.map(({ nack }) => (nack === undefined ? PONG : result(IMSI, nack)));
        assert.equal(take('client'), text(...expected));
        const back = chunks.map((chunk) => session.fromHlr(Buffer.from(chunk)));
        assert.deepEqual(back.filter(Boolean), []);
        const toClient = pieces.filter(({ bytes }) => bytes !== PING).map(({ bytes }) => bytes);
        assert.equal(take('client'), text(...toClient), 'also a Check-IMEI of the HLR, which is none of our business');
      }),
    );
  });

  test('connection control that is not ours passes', () => {
    const { session, take } = introduced();
    session.fromClient(ccm('08 0102'));
    assert.equal(take('hlr'), text(ccm('08 0102')));
    session.fromHlr(Buffer.concat([ccm('0b'), ccm('')]));
    assert.equal(take('client'), text(ccm('0b'), ccm('')));
  });
});
