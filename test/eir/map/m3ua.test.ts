import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { m3uaSession } from '../../../src/eir/map/m3ua.ts';
import type { MapLink, MapService } from '../../../src/eir/map/options.ts';
import { begin, hex, m3ua, m3uaMessages, protocolData, udt } from '../../peers/msc.ts';
import { far, ground } from './ground.ts';

type M3uaLink = Extract<MapLink, { kind: 'm3ua' }>;

const [MSC_CODE, EIR_CODE] = ['00000102', '00000101'];
const QUESTION = udt(begin({ version: 1, imei: '356938030000010' }));
const ANSWER = '0900030507024208024209' + '17' + '64154904000000016c0da20b020101300602012b0a0100';

function session(link: Partial<M3uaLink> = {}, more: Partial<MapService> = {}) {
  const on = ground();
  const end = far();
  const { checker, count } = on;
  const made = m3uaSession(
    { kind: 'm3ua', name: 'sg', host: '', port: 0, ...link },
    { checker, count, ...more },
    end.wire,
  );
  /** Messages sent since the last look, in hexadecimal. */
  const sent = (): string[] => [...m3uaMessages(end.take())].map(({ message }) => message.toString('hex'));
  const tell = (...messages: readonly Buffer[]): string[] => {
    made.receive(Buffer.concat(messages));
    return sent();
  };
  /** Brings the process up and active. */
  const activate = (): void => {
    made.start();
    tell(m3ua('0304'), m3ua('0403'));
    assert.ok(made.active());
  };
  return { ...on, end, made, sent, tell, activate };
}

suite('an application server process over M3UA', () => {
  test('comes up and becomes active', () => {
    const { made, sent, tell } = session();
    made.start();
    assert.deepEqual(sent(), ['0100030100000008']);
    assert.deepEqual(tell(m3ua('0304')), ['0100040100000010000b000800000002'], 'loadshare');
    assert.ok(!made.active());
    assert.deepEqual(tell(m3ua('0403', '000b000800000002'), m3ua('0001', '000d000800010003')), []);
    assert.ok(made.active());
  });

  test('tells identifier, mode and routing context where they are configured', () => {
    const { made, sent, tell } = session({ aspIdentifier: 7, routingContext: 9, trafficMode: 'override' });
    made.start();
    assert.deepEqual(sent(), ['01000301000000100011000800000007']);
    assert.deepEqual(tell(m3ua('0304')), ['0100040100000018000b0008000000010006000800000009']);
  });

  test('asks again for what was not acknowledged, and after it was taken away', () => {
    const { made, sent, tell, activate } = session();
    made.start();
    for (let tick = 0; tick < 4; tick += 1) made.tick();
    assert.deepEqual(sent(), ['0100030100000008', '0100030100000008']);
    activate();
    assert.deepEqual(tell(m3ua('0404')), ['0100040100000010000b000800000002']);
    assert.ok(!made.active());
    assert.deepEqual(tell(m3ua('0305')), ['0100030100000008']);
  });

  test('leaves: says it is inactive, and does not ask back in', () => {
    const { made, sent, tell, activate } = session({ routingContext: 9 });
    activate();
    made.leave();
    assert.deepEqual(sent(), ['01000402000000100006000800000009']);
    assert.deepEqual(tell(m3ua('0404')), []);
    assert.deepEqual(tell(m3ua('0305')), []);
  });

  test('answers data: point codes change sides, appearance, context and label stay', () => {
    const { tell, activate } = session({ routingContext: 9, networkAppearance: 4 });
    activate();
    const data = m3ua(
      '0101',
      '02000008 00000004',
      '00060008 00000009',
      protocolData(MSC_CODE, EIR_CODE, QUESTION),
      '00130008 00000001',
    );
    const expected = `010001010000004c 0200000800000004 0006000800000009 02100033 ${EIR_CODE}${MSC_CODE} 03020005 ${ANSWER} 00`;
    assert.deepEqual(tell(data), [expected.replaceAll(' ', '')]);
  });

  test('data without padding at the end are taken too', () => {
    const { tell, activate } = session();
    activate();
    const odd = udt(begin({ version: 1, imei: '356938030000010', transaction: '01' }));
    const whole = protocolData(MSC_CODE, EIR_CODE, odd);
    const bare = whole.subarray(0, whole.readUInt16BE(2));
    assert.notEqual(bare.length, whole.length);
    assert.equal(tell(m3ua('0101', bare)).length, 1);
  });

  test('the asking network is known by the point code the question came from', () => {
    const { tell, activate, askers, counted } = session({}, { peers: [{ operator: 'alfa', pointCodes: [0x0102] }] });
    activate();
    assert.equal(tell(m3ua('0101', protocolData(MSC_CODE, EIR_CODE, QUESTION))).length, 1);
    assert.equal(tell(m3ua('0101', protocolData('00000103', EIR_CODE, QUESTION))).length, 0);
    assert.deepEqual([askers[0]?.operator, counted.get('map_drop stranger')], ['alfa', 1]);
  });

  test('an answer that comes later goes back the way its question came', async () => {
    const { tell, activate, release, sent } = session();
    activate();
    const waits = udt(begin({ version: 1, imei: '356938030000040', transaction: '0000000a' }));
    const other = m3ua('0101', protocolData('00000108', '00000109', QUESTION));
    assert.equal(tell(m3ua('0101', protocolData(MSC_CODE, EIR_CODE, waits)), other).length, 1);
    release();
    await turn();
    const [late = ''] = sent();
    assert.match(late, new RegExp(`^01000101.{8}02100033${EIR_CODE}${MSC_CODE}.*49040000000a`));
  });

  test('a heartbeat comes back as it was', () => {
    const { tell } = session();
    assert.deepEqual(tell(m3ua('0303', '00090009 0102030405 000000')), [
      '01000306000000140009000901020304050000 00'.replace(' ', ''),
    ]);
    assert.deepEqual(tell(m3ua('0303')), ['0100030600000008']);
    assert.deepEqual(tell(m3ua('0306')), []);
  });

  test('what is told about others is counted', () => {
    const { tell, counted } = session();
    const affected = '00120008 00000102';
    assert.deepEqual(
      tell(
        m3ua('0201', affected),
        m3ua('0202', affected),
        m3ua('0204', affected),
        m3ua('0205', affected),
        m3ua('0000', '000c000800000001'),
      ),
      [],
    );
    assert.deepEqual([counted.get('map_link destination'), counted.get('map_link told')], [4, 1]);
  });

  const PD = protocolData(MSC_CODE, EIR_CODE, QUESTION);
  const ERRORS: readonly (readonly [string, Buffer, number])[] = [
    ['another version', hex('02000303 00000008'), 0x01],
    ['a class that is not known', m3ua('0b01'), 0x03],
    ['a type that is not known', m3ua('0309'), 0x04],
    ['what only a process says to a gateway', m3ua('0203', '00120008 00000102'), 0x06],
    ['data without protocol data', m3ua('0101', '0006000800000009'), 0x16],
    ['a parameter that runs over the end', m3ua('0101', '0210ffff 0000'), 0x12],
    ['a parameter shorter than its head', m3ua('0101', '02100002'), 0x12],
    ['protocol data without a label', m3ua('0101', '02100008 00000102'), 0x12],
    ['another network appearance', m3ua('0101', '0200000800000005', PD), 0x15],
    ['another routing context', m3ua('0101', '0006000800000005', PD), 0x19],
  ];
  for (const [name, message, code] of ERRORS) {
    test(`${name} is told as an error`, () => {
      const { tell, activate, counted } = session({ networkAppearance: 4, routingContext: 9 });
      activate();
      assert.deepEqual(tell(message), [`0100000000000010000c0008000000${code.toString(16).padStart(2, '0')}`]);
      assert.equal(counted.get('map_drop m3ua'), 1);
    });
  }

  test('an error is never told of an error, and data before the process is up is unexpected', () => {
    const { tell } = session();
    assert.deepEqual(tell(hex('02000000 00000008')), []);
    assert.deepEqual(tell(m3ua('0101', PD)), ['0100000000000010000c000800000006']);
  });

  test('data for another user than SCCP are dropped', () => {
    const { tell, activate, counted } = session();
    activate();
    const isup = Buffer.from(PD);
    isup[12] = 5;
    assert.deepEqual([tell(m3ua('0101', isup)), counted.get('map_drop service')], [[], 1]);
  });

  test('a length that cannot be, or above the limit, ends the link', () => {
    for (const [length, cause] of [
      ['00000007', 'malformed'],
      ['ffffffff', 'oversize'],
    ] as const) {
      const { made, end } = session();
      made.receive(hex('01000101', length, '00000000'));
      assert.deepEqual(end.causes, [cause]);
    }
  });
});
