import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { m3uaSession } from '../../../src/eir/map/m3ua.ts';
import { begin, hex, invoke, m3ua, m3uaMessages, protocolData, request, tlv, udt } from '../../peers/msc.ts';
import { dissect, withoutShark } from '../../peers/shark.ts';
import { far, ground, ludt, session, xudt } from './ground.ts';

const WARNINGS = '_ws.expert.severity >= warning or _ws.malformed';

suite('tshark understands all that is sent', { skip: withoutShark }, () => {
  test('every kind of SCCP and TCAP answer', async () => {
    const { tell } = session();
    const ask = begin({ version: 3, imei: '356938030000010' });
    const one = invoke({ version: 1, imei: '356938030000010' });
    const answers = tell(
      udt(ask),
      xudt(ask),
      ludt(ask),
      udt(ask, { calling: '12 08 00 12 04 94 71 00 21' }),
      udt(ask, { called: '42 06', second: '80' }),
      xudt(ask, '80', '1004 c1 000001 00'),
      udt(tlv('62', '480107', request('02'))),
      udt(tlv('62', '480107', '6b00')),
      udt(tlv('62', '480107')),
      udt(tlv('62', '480107', request('02').toString('hex').replace('80020780', '80020740'))),
      udt(tlv('62', '480107', request('04'), tlv('6c', one))),
      udt(tlv('62', '480107', tlv('6c', one, one))),
      udt(tlv('62', '480107', '6c04 a1100201')),
      udt(tlv('62', '480107', tlv('6c', tlv('a2', '020107')))),
      udt(begin({ version: 3, imei: '', argument: tlv('30', tlv('04', '53968330000010f0'), '03020640') })),
      udt(begin({ version: 3, imei: '', argument: hex('3000') })),
      udt(tlv('65', '480107', '490401020304')),
      udt(hex('03 09 c0 18 00'), { called: '42 01', calling: '42 01' }),
      Buffer.from(ludt(ask, '80').toString('hex').replace('024209', '024206'), 'hex'),
    );
    assert.equal(answers.length, 19);
    assert.deepEqual(
      await dissect(answers, {
        protocol: 'sccp',
        fields: ['frame.number', '_ws.col.Info', '_ws.expert.message'],
        filter: WARNINGS,
      }),
      [],
    );
    const types = await dissect(answers, { protocol: 'sccp', fields: ['sccp.message_type'] });
    assert.deepEqual([...types.slice(0, 6), types.at(-1)], ['0x09', '0x11', '0x11', '0x09', '0x0a', '0x12', '0x14']);
  });

  test('every kind of M3UA message', async () => {
    const on = ground();
    const end = far();
    const { checker, count } = on;
    const link = {
      kind: 'm3ua',
      name: 'sg',
      host: '',
      port: 0,
      routingContext: 9,
      networkAppearance: 4,
      aspIdentifier: 1,
    } as const;
    const made = m3uaSession(link, { checker, count }, end.wire);
    made.start();
    const data = protocolData('00000102', '00000101', udt(begin({ version: 2, imei: '356938030000020' })));
    const told = [
      m3ua('0304'),
      m3ua('0403'),
      m3ua('0101', '02000008 00000004', '00060008 00000009', data),
      m3ua('0303', '00090009 0102030405 000000'),
      m3ua('0b01'),
    ];
    made.receive(Buffer.concat(told));
    made.leave();
    const sent = [...m3uaMessages(end.take())].map(({ message }) => message);
    assert.deepEqual(
      await dissect(sent, { protocol: 'm3ua', fields: ['_ws.col.Info', 'gsm_map.ms.equipmentStatus'] }),
      ['ASPUP \t', 'ASPAC \t', 'returnResultLast checkIMEI \t1', 'BEAT_ACK \t', 'ERR \t', 'ASPIA \t'],
    );
    assert.deepEqual(
      await dissect(sent, { protocol: 'm3ua', fields: ['frame.number', '_ws.expert.message'], filter: WARNINGS }),
      [],
    );
  });
});
