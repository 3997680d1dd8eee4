import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { ID_ACK, idGet, idResp, PING, PONG, readCcm } from '../../src/codecs/ipa/ccm.ts';
import { IPA_EXTENSION, IPA_HEADER, IPA_STREAM, ipaFrame, ipaFraming } from '../../src/codecs/ipa/frame.ts';
import { splitter } from '../../src/codecs/ipa/split.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

suite('IPA frames', () => {
  test('come out as they went in, however they were cut', () => {
    const frames = fc.array(fc.tuple(fc.nat(255), fc.uint8Array({ maxLength: 300 })), { maxLength: 20 });
    fc.assert(
      fc.property(frames, fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1 }), (sent, cuts) => {
        const stream = Buffer.concat(sent.map(([kind, payload]) => ipaFrame(kind, payload)));
        const got: [number, Uint8Array][] = [];
        const { push, held } = splitter(ipaFraming(300), (bytes, start, end) => {
          got.push([bytes[start + 2] ?? 0, Uint8Array.from(bytes.subarray(start + IPA_HEADER, end))]);
          return true;
        });
        for (let at = 0, round = 0; at < stream.length; round += 1) {
          const size = cuts[round % cuts.length] ?? 1;
          assert.equal(push(stream.subarray(at, at + size)), undefined);
          assert.ok(held() <= 303, 'what is held is bounded');
          at += size;
        }
        assert.deepEqual(got, sent);
        assert.equal(held(), 0);
      }),
    );
  });

  test('above the limit end the stream, in one piece or in many', () => {
    for (const pieces of [['0101 fd 00'], ['01', '01', 'fd', '00']]) {
      const { push } = splitter(ipaFraming(256), () => assert.fail('no frame'));
      assert.deepEqual(pieces.map((piece) => push(hex(piece))).at(-1), 'oversize');
      assert.equal(push(hex('0000 fd')), 'oversize', 'nothing is taken after it');
    }
  });

  test('are not taken any more when the taker says so', () => {
    let count = 0;
    const { push } = splitter(ipaFraming(10), () => {
      count += 1;
      return false;
    });
    assert.equal(push(hex('0000fd 0000fd')), undefined);
    assert.equal(push(hex('0000fd')), undefined);
    assert.equal(count, 1);
  });

  test('of Osmocom have an extension octet', () => {
    assert.equal(ipaFrame(IPA_STREAM.osmo, hex('3001'), IPA_EXTENSION.gsup).toString('hex'), '0003ee053001');
  });
});

suite('connection control', () => {
  const read = (text: string) => readCcm(hex(text), 0, hex(text).length);

  test('reads what OsmoSTP and OsmoHLR send', () => {
    assert.deepEqual(read('04 0108 0107 0102 0103 0104 0105 0101 0100'), {
      kind: 'idGet',
      tags: [8, 7, 2, 3, 4, 5, 1, 0],
    });
    assert.deepEqual(read('05 0005 01 65697200 0004 00 6d7300'), {
      kind: 'idResp',
      identities: new Map([
        [1, 'eir'],
        [0, 'ms'],
      ]),
    });
    assert.deepEqual(
      ['00', '01', '06', '07'].map((text) => read(text).kind),
      ['ping', 'pong', 'idAck', 'other'],
    );
  });

  test('writes what it reads', () => {
    assert.deepEqual(
      [PING, PONG, ID_ACK].map((one) => one.toString('hex')),
      ['0001fe00', '0001fe01', '0001fe06'],
    );
    const [asked, told] = [idGet([1, 0]), idResp([[1, 'eir']])];
    assert.equal(asked.toString('hex'), '0005fe0401010100');
    assert.equal(told.toString('hex'), '0008fe05000501656972 00'.replace(' ', ''));
    assert.deepEqual(readCcm(asked, 3, asked.length), { kind: 'idGet', tags: [1, 0] });
    assert.deepEqual(readCcm(told, 3, told.length), { kind: 'idResp', identities: new Map([[1, 'eir']]) });
  });

  test('lengths that run over the end are malformed', () => {
    for (const text of ['', '04 00', '04 02', '05 0005 01 6569', '05 0000', '05 00'])
      assert.equal(read(text).kind, 'malformed', text);
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 40 }),
        (bytes) => typeof readCcm(Buffer.from(bytes), 0, bytes.length).kind === 'string',
      ),
    );
  });
});
