import assert from 'node:assert/strict';
import { test } from 'node:test';
import { avp } from '../../../src/codecs/diameter/write.ts';
import { capture, type Segment, tshark, withoutTshark } from '../../peers/pcap.ts';
import { drive } from './harness.ts';
import { cer, dpr, dwr, ecr, terminal } from './messages.ts';

const REQUESTS = [
  cer(),
  ecr(),
  ecr({ values: { 'Terminal-Information': terminal('35693803564381') } }),
  ecr({ values: { 'Terminal-Information': terminal('35693803564382') } }),
  ecr({ values: { 'Terminal-Information': terminal('35693803564389') } }),
  ecr({ values: { 'Proxy-Info': [avp('Proxy-Host', 'dra.localdomain'), avp('Proxy-State', 'x')] } }),
  ecr({ values: { 'Terminal-Information': [avp('Software-Version', '01')] } }),
  ecr({ values: { 'User-Name': 'nobody' } }),
  ecr({ values: { 'Destination-Realm': 'elsewhere' } }),
  ecr({ more: [avp('User-Name', '999010')] }),
  ecr({ application: 16777251 }),
  dwr(),
  dpr(),
];

const FIELDS = [
  'diameter.cmd.code',
  'diameter.Result-Code',
  'diameter.Experimental-Result-Code',
  'diameter.Equipment-Status',
];

test('tshark reads every answer, and warns of none', { skip: withoutTshark() }, () => {
  const { tell } = drive();
  const packets: Segment[] = REQUESTS.flatMap((bytes, at): readonly Segment[] => {
    bytes.writeUInt32BE(at + 1, 12);
    return [
      { from: 'client', bytes },
      ...tell(bytes).map((answer): Segment => ({ from: 'server', bytes: Buffer.from(answer) })),
    ];
  });
  const parting = drive();
  parting.tell(cer());
  parting.session.leave();
  packets.push(...parting.taken().map((bytes): Segment => ({ from: 'server', bytes })));
  const all = capture(3868, packets);
  const read = (filter: string, fields: readonly string[]): readonly string[] =>
    tshark(all, '-d', 'tcp.port==3868,diameter', '-Y', filter, '-T', 'fields', ...fields.flatMap((one) => ['-e', one]))
      .replace(/\n$/, '')
      .split('\n');
  assert.deepEqual(read('diameter && tcp.srcport == 3868', FIELDS), [
    '257\t2001\t\t',
    '324\t2001\t\t0',
    '324\t2001\t\t1',
    '324\t2001\t\t2',
    '324\t\t5422\t',
    '324\t2001\t\t0',
    '324\t5005\t\t',
    '324\t5004\t\t',
    '324\t3003\t\t',
    '324\t5009\t\t',
    '324\t3007\t\t',
    '280\t2001\t\t',
    '282\t2001\t\t',
    '282\t\t\t',
  ]);
  const severities = read('tcp', ['frame.number', '_ws.expert.severity', '_ws.malformed', '_ws.expert.message']);
  const WARNING = 0x600000;
  const warned = severities.filter((line) => {
    const [, severity = '', malformed = ''] = line.split('\t');
    return malformed !== '' || severity.split(',').some((one) => Number(one) >= WARNING);
  });
  assert.deepEqual(warned, []);
});
