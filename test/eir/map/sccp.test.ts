import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { begin, hex, udt } from '../../peers/msc.ts';
import { ludt, session, xudt } from './ground.ts';

const QUESTION = begin({ version: 1, imei: '356938030000010' });
const WHITE = '64154904000000016c0da20b020101300602012b0a0100';

suite('SCCP brings questions and takes answers back', () => {
  const rows: readonly (readonly [string, Buffer, string])[] = [
    ['unitdata', udt(QUESTION), `0900 030507 024208 024209 17${WHITE}`],
    ['unitdata of class 1', udt(QUESTION, { second: '81' }), `0901 030507 024208 024209 17${WHITE}`],
    ['extended unitdata', xudt(QUESTION), `11000f 04060800 024208 024209 17${WHITE}`],
    [
      'extended unitdata in one segment',
      xudt(QUESTION, '00', '1004 80 000001 00'),
      `11000f 04060800 024208 024209 17${WHITE}`,
    ],
    [
      'extended unitdata with importance',
      xudt(QUESTION, '00', '1201 03 00'),
      `11000f 04060800 024208 024209 17${WHITE}`,
    ],
    ['long unitdata, answered by extended unitdata', ludt(QUESTION), `11000f 04060800 024208 024209 17${WHITE}`],
  ];
  for (const [name, message, expected] of rows) {
    test(name, () => {
      const { tell } = session();
      assert.deepEqual(
        tell(message).map((one) => one.toString('hex')),
        [expected.replaceAll(' ', '')],
      );
    });
  }

  test('addresses change places as they are: point codes and all forms of global title', () => {
    const { tell, counted } = session();
    for (const calling of [
      '43 01 02 08',
      '06 08 84 21 43',
      '0a 08 00 21 43',
      '0e 08 00 11 21 03',
      '12 08 00 12 04 21 43',
      '12 95 00 11 04 21 03',
    ]) {
      const called = '12 09 00 12 04 94 71';
      const [back] = tell(udt(QUESTION, { called, calling }));
      const [to, from] = [hex(calling), hex(called)];
      const expected = Buffer.concat([
        Buffer.from([9, 0, 3, 3 + to.length, 3 + to.length + from.length, to.length]),
        to,
        Buffer.from([from.length]),
        from,
        hex('17', WHITE),
      ]);
      assert.equal(back?.toString('hex'), expected.toString('hex'), calling);
    }
    assert.equal(counted.get('map_answer permitted'), 6);
  });

  test('an address of our own stands in answers where one is configured', () => {
    const { tell } = session({ address: hex('12 09 00 12 04 94 71') });
    assert.equal(
      tell(udt(QUESTION))[0]?.toString('hex', 0, 17),
      '090003050c 024208 07120900120494 71 17'.replaceAll(' ', ''),
    );
  });

  test('a test of our subsystem is answered that it is allowed; others are not spoken for', () => {
    const { tell, counted } = session();
    const management = { called: '42 01', calling: '42 01' };
    assert.equal(
      tell(udt(hex('03 09 c0 18 00'), management))[0]?.toString('hex'),
      '0900030507024201024201050109c01800',
    );
    assert.equal(
      tell(udt(hex('03 01 c0 18 00'), management))[0]?.toString('hex'),
      '0900030507024201024201050101c01800',
    );
    for (const other of ['03 06 c0 18 00', '01 08 c0 18 00', '02 08 c0 18 00', '03 09 c0']) {
      assert.deepEqual(tell(udt(hex(other), management)), [], other);
    }
    assert.equal(counted.get('map_drop management'), 4);
  });
});

suite('what SCCP cannot deliver', () => {
  test('for another subsystem comes back where it wants to', () => {
    const { tell, counted } = session();
    const [back] = tell(udt(QUESTION, { called: '42 06', second: '80' }));
    assert.equal(
      back?.toString('hex'),
      `0a04030507024208024206${QUESTION.length.toString(16)}${QUESTION.toString('hex')}`,
    );
    assert.deepEqual(tell(udt(QUESTION, { called: '42 06' })), []);
    assert.deepEqual([counted.get('map_return unequipped'), counted.get('map_drop unequipped')], [1, 1]);
  });

  test('in segments comes back as extended or long service message: no reassembly here', () => {
    const { tell, counted } = session();
    const part = QUESTION.subarray(0, 10);
    const [back] = tell(xudt(part, '81', '1004 c1 000001 00'));
    assert.equal(back?.toString('hex'), `120a0f040608000242080242090a${part.toString('hex')}`);
    assert.deepEqual(tell(xudt(part, '01', '1004 c1 000001 00')), []);
    assert.deepEqual(tell(xudt(part, '01', '1004 40 000001 00')), []);
    assert.deepEqual([counted.get('map_return segmented'), counted.get('map_drop segmented')], [1, 2]);
  });

  test('a long message for another subsystem comes back as a long service message', () => {
    const { tell } = session();
    const other = ludt(QUESTION, '80');
    other[13] = 6;
    const [back] = tell(other);
    assert.equal(back?.toString('hex', 0, 19), '14040f07000800090000000242080242061c00');
    assert.equal(back?.toString('hex', 19), QUESTION.toString('hex'));
  });

  test('is dropped and counted where nothing else can be done', () => {
    const { tell, counted } = session();
    const drops: readonly (readonly [string, Buffer])[] = [
      ['sccp', hex('01 00')],
      ['sccp', hex('09 00 03')],
      ['sccp', hex('09 00 03 05 ff 02 42 09 02 42 08 01 00')],
      ['sccp', hex('09 00 03 05 07 02 42 09 02 42 08 09 00')],
      ['sccp', xudt(QUESTION, '00', '10ff 80')],
      ['sccp', xudt(QUESTION, '00', '1201 03')],
      ['address', udt(QUESTION, { called: '' })],
      ['address', udt(QUESTION, { called: '43 01' })],
      ['address', udt(QUESTION, { called: '3e 09' })],
      ['address', udt(QUESTION, { calling: `12 08 00 12 04 ${'21'.repeat(30)}` })],
      ['no-return-address', udt(QUESTION, { calling: '' })],
      ['no-return-address', udt(QUESTION, { calling: '00' })],
      ['returned', hex('0a 01', udt(QUESTION).toString('hex').slice(4))],
    ];
    for (const [cause, message] of drops) {
      const before = counted.get(`map_drop ${cause}`) ?? 0;
      assert.deepEqual(tell(message), [], message.toString('hex'));
      assert.equal(counted.get(`map_drop ${cause}`), before + 1, message.toString('hex'));
    }
  });
});
