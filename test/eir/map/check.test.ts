import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { tagOf } from '../../../src/codecs/ber/read.ts';
import { begin, hex, invoke, request, tlv, udt } from '../../peers/msc.ts';
import { session } from './ground.ts';

// Answers, put together by hand from ITU-T Q.773 and TS 29.002.
const ACCEPTED = (version: string): string =>
  `6b2a2828060700118605010101a01d611b80020780a109060704000001000d${version}a203020100a305a103020100`;
const V1_WHITE = '6415 490400000001 6c0d a20b 020101 3006 02012b 0a0100'.replaceAll(' ', '');
const V2_BLACK = `6441 490400000001 ${ACCEPTED('02')} 6c0d a20b 020101 3006 02012b 0a0101`.replaceAll(' ', '');
const V3_GREY = `6443 490400000001 ${ACCEPTED('03')} 6c0f a20d 020101 3008 02012b 3003 0a0102`.replaceAll(' ', '');

suite('CHECK_IMEI is answered in every version', () => {
  test('version 1: no dialogue portion, the status alone', () => {
    const { ask } = session();
    const question = hex('621a 4804 00000001 6c12 a110 020101 02012b 0408 53968330000010f0');
    assert.deepEqual(
      begin({ version: 1, imei: '356938030000010' }),
      question,
      'the peer writes what was computed by hand',
    );
    assert.equal(ask(question), V1_WHITE);
  });

  test('version 2: the dialogue is accepted', () => {
    const { ask } = session();
    assert.equal(ask(begin({ version: 2, imei: '356938030000020' })), V2_BLACK);
  });

  test('version 3: the status in a sequence', () => {
    const { ask } = session();
    assert.equal(ask(begin({ version: 3, imei: '356938030000030' })), V3_GREY);
  });

  test('equipment on no list is error 7, in every version', () => {
    const { ask } = session();
    const error = 'a306020101020107';
    assert.equal(
      ask(begin({ version: 1, imei: '356938030000990' })),
      `6410490400000001 6c08 ${error}`.replaceAll(' ', ''),
    );
    for (const version of [2, 3] as const) {
      const expected = `643c490400000001 ${ACCEPTED(`0${version}`)} 6c08 ${error}`.replaceAll(' ', '');
      assert.equal(ask(begin({ version, imei: '356938030000990' })), expected);
    }
  });

  test('version 3 that asks for bmuef alone gets neither it nor a status', () => {
    const { ask, questions, counted } = session();
    const argument = tlv('30', tlv('04', '53968330000010f0'), '03020640');
    assert.match(ask(begin({ version: 3, imei: '', argument })), /6c0ca20a020101300502012b3000$/);
    const both = tlv('30', tlv('04', '53968330000010f0'), '030206c0');
    assert.match(ask(begin({ version: 3, imei: '', argument: both })), /6c0fa20d020101300802012b30030a0100$/);
    assert.deepEqual([questions.length, counted.get('map_answer not-asked')], [1, 1]);
  });

  test('transaction identifiers of 1 to 4 octets come back as they were', () => {
    const { ask } = session();
    for (const transaction of ['00', 'ff01', '00ffee', 'fffefdfc']) {
      const length = `0${transaction.length / 2}`;
      assert.ok(
        ask(begin({ version: 1, imei: '356938030000010', transaction })).includes(`49${length}${transaction}6c`),
      );
    }
  });
});

suite('who and what is asked about', () => {
  test('14 digits, and the software version where the last octet has it', () => {
    const { ask, questions } = session();
    for (const imei of ['356938030000010', '3569380300000187', '3569380300000100']) ask(begin({ version: 2, imei }));
    assert.deepEqual(
      questions.map((one) => [one.imei, one.svn]),
      [
        [35693803000001, -1],
        [35693803000001, 87],
        [35693803000001, 0],
      ],
    );
  });

  test('an IMEI that is not digits is asked about as none', () => {
    const { ask, questions } = session();
    assert.notEqual(ask(begin({ version: 2, imei: '', argument: tlv('04', 'ffffffffffffffff') })), '');
    assert.deepEqual([questions[0]?.imei, questions[0]?.equipment], [-1, 'imei']);
  });

  const subscriber = { imsi: tagOf('context', 5), msisdn: tagOf('private', 40) };
  const IMSI = tlv('85', '09 71 00 00 00 40 26 f0');
  const MSISDN = tlv('df28', '91 94 61 54 92 43 f1');
  const extended = {
    'behind the IMEI': Buffer.concat([tlv('04', '53968330000010f0'), IMSI, MSISDN]),
    'in a sequence': tlv('30', tlv('04', '53968330000010f0'), '8001ff', MSISDN, IMSI, '9f8848 00'),
    'in a private extension': tlv(
      '30',
      tlv('04', '53968330000010f0'),
      '03020680',
      tlv('a0', tlv('a0', tlv('30', '06032a0304', tlv('a7', IMSI, MSISDN)))),
    ),
    'with indefinite lengths': hex('3080 0408 53968330000010f0', IMSI.toString('hex'), MSISDN.toString('hex'), '0000'),
  };
  for (const [where, argument] of Object.entries(extended)) {
    test(`IMSI and MSISDN by their tags, ${where}`, () => {
      const { ask, questions } = session({ subscriber });
      const version = where === 'in a private extension' ? 3 : 2;
      assert.match(ask(begin({ version, imei: '', argument })), /0a0100$/);
      assert.deepEqual([questions[0]?.imsi, questions[0]?.msisdn], [901_700_000_004_620, 4_916_452_934_1]);
    });
  }

  test('without tags, or with something else in them, nobody is told', () => {
    const without = session();
    without.ask(begin({ version: 2, imei: '', argument: extended['in a sequence'] }));
    const broken = session({ subscriber });
    const argument = Buffer.concat([tlv('04', '53968330000010f0'), tlv('85', 'abcdef'), tlv('df28', 'a1 94 61')]);
    assert.match(broken.ask(begin({ version: 2, imei: '', argument })), /0a0100$/);
    for (const { questions } of [without, broken]) assert.deepEqual([questions[0]?.imsi, questions[0]?.msisdn], [0, 0]);
  });

  test('peers are known by the longest title, then by point code; strangers get no answer', () => {
    const peers = [
      { operator: 'alfa', titles: ['4917'] },
      { operator: 'beta', titles: ['491712', '44'], name: 'beta-west' },
      { operator: 'gama', pointCodes: [0x0102] },
    ];
    const { tell, askers, counted } = session({ peers });
    const title = (digits: string): string => `12 08 00 ${digits.length % 2 ? '11' : '12'} 04 ${bcdOf(digits)}`;
    const from = [title('49170000001'), title('491712000'), title('4420'), '43 02 01 08', title('33600'), '42 08'];
    const backs = from.map((calling) => tell(udt(begin({ version: 2, imei: '356938030000010' }), { calling })).length);
    assert.deepEqual(backs, [1, 1, 1, 1, 0, 0]);
    assert.deepEqual(
      askers.map(({ operator, peer, protocol }) => [operator, peer, protocol]),
      [
        ['alfa', 'alfa', 'map'],
        ['beta', 'beta-west', 'map'],
        ['beta', 'beta-west', 'map'],
        ['gama', 'gama', 'map'],
      ],
    );
    assert.equal(counted.get('map_drop stranger'), 2);
  });
});

const bcdOf = (digits: string): string => {
  const even = digits.length % 2 === 0 ? digits : `${digits}0`;
  return (even.match(/../g) ?? []).map(([low, high]) => `${high}${low}`).join('');
};

suite('what cannot be answered is refused as the standards say', () => {
  const general = (version: string, reject: string): string => {
    const portion = `6c${(reject.length / 2).toString(16).padStart(2, '0')}${reject}`;
    const accepted = version === '' ? '' : ACCEPTED(version);
    const inside = `490400000001${accepted}${portion}`;
    return `64${(inside.length / 2).toString(16).padStart(2, '0')}${inside}`;
  };
  const rows: readonly (readonly [string, Buffer, string])[] = [
    [
      'another operation is an unrecognized one',
      begin({ version: 2, imei: '356938030000010', operation: '38' }),
      general('02', 'a406020101810101'),
    ],
    [
      'a wrong parameter is a mistyped one',
      begin({ version: 2, imei: '', argument: tlv('04', '5396') }),
      general('02', 'a406020101810102'),
    ],
    [
      'no parameter is missing data',
      begin({ version: 3, imei: '', argument: Buffer.alloc(0) }),
      general('03', 'a306020101020123'),
    ],
    [
      'an empty sequence is missing data',
      begin({ version: 3, imei: '', argument: hex('3000') }),
      general('03', 'a306020101020123'),
    ],
    [
      'a component whose length runs over is badly structured',
      tlv('62', '480400000001', '6c04 a1100201'),
      general('', 'a4050500800102'),
    ],
    [
      'a component of no known type is unrecognized',
      tlv('62', '480400000001', tlv('6c', tlv('ab', '020107'))),
      general('', 'a406020107800100'),
    ],
    [
      'a result of nothing we asked is unrecognized',
      tlv('62', '480400000001', tlv('6c', tlv('a2', '020107'))),
      general('', 'a406020107820100'),
    ],
    [
      'an invoke without identifier is mistyped',
      tlv('62', '480400000001', tlv('6c', tlv('a1', '040107'))),
      general('', 'a4050500800101'),
    ],
    [
      'a linked invoke is linked to nothing',
      tlv('62', '480400000001', tlv('6c', tlv('a1', '020107 800101 02012b'))),
      general('', 'a406020107810105'),
    ],
  ];
  for (const [name, question, expected] of rows) {
    test(name, () => {
      assert.equal(session().ask(question), expected);
    });
  }

  test('the same invoke identifier twice is a duplicate', () => {
    const one = invoke({ version: 1, imei: '356938030000010' });
    assert.equal(
      session().ask(tlv('62', '480400000001', tlv('6c', one, one))),
      '641d490400000001 6c15 a20b020101300602012b0a0100 a406020101810100'.replaceAll(' ', ''),
    );
  });

  test('several questions of one message are answered in order, and no more than eight', () => {
    const { ask, questions } = session();
    const many = Array.from({ length: 10 }, (_, at) =>
      invoke({
        version: 1,
        imei: '356938030000010',
        invoke: `0${at}`,
        argument: tlv('04', bcdOf(`3569380300000${(at % 3) + 1}`.padEnd(16, '0'))),
      }),
    );
    const back = ask(tlv('62', '480400000001', tlv('6c', ...many)));
    assert.equal(questions.length, 7);
    assert.match(back, /a406020107810103$/, 'the eighth tells that there is no room');
  });

  const CONTEXTS: readonly (readonly [string, string, string])[] = [
    ['a later version is offered version 3', request('04').toString('hex'), '0607 04000001000d03'],
    [
      'another context is told as it came',
      request('01').toString('hex').replace('01000d01', '01000102'),
      '0607 04000001000102',
    ],
  ];
  for (const [name, portion, offered] of CONTEXTS) {
    test(`${name}`, () => {
      const { ask, counted } = session();
      const response = `80020780 a109${offered} a203020101 a305a103020102`;
      const expected = `6732 490400000001 6b2a2828060700118605010101a01d611b ${response}`.replaceAll(' ', '');
      assert.equal(
        ask(tlv('62', '480400000001', portion, tlv('6c', invoke({ version: 2, imei: '356938030000010' })))),
        expected,
      );
      assert.equal(counted.get('map_abort context-not-supported'), 1);
    });
  }

  test('a dialogue of another protocol version has nothing in common with ours', () => {
    const portion = request('02').toString('hex').replace('80020780', '80020740');
    assert.match(session().ask(tlv('62', '480400000001', portion)), /a203020101a305a203020102$/);
  });

  test('a dialogue portion that is none is aborted by the provider', () => {
    for (const portion of [
      '6b00',
      '6b03280100',
      '6b02 2800',
      request('02').toString('hex').replace('a0116', 'a0106'),
    ]) {
      const back = session().ask(tlv('62', '480400000001', portion));
      assert.equal(
        back,
        '671a 490400000001 6b12 2810 060700118605010101 a005 6403 800101'.replaceAll(' ', ''),
        portion,
      );
    }
  });

  test('a begin of version 1 without a question is aborted without a reason', () => {
    assert.equal(session().ask(tlv('62', '480400000001')), '6706490400000001');
  });

  const ABORTS: readonly (readonly [string, Buffer, string])[] = [
    ['octets behind the message', Buffer.concat([begin({ version: 1, imei: '356938030000010' }), hex('00')]), '02'],
    ['a length that runs over the end', hex('6270 480400000001 6c00'), '02'],
    ['portions in the wrong order', tlv('62', '6c00', '480400000001'), '02'],
    ['a begin with two identifiers', tlv('62', '480400000001', '490400000002'), '03'],
    ['another message type', tlv('66', '480400000001'), '00'],
    ['a continue of a transaction that is not known', tlv('65', '480400000001', '490400000002'), '01'],
  ];
  for (const [name, question, cause] of ABORTS) {
    test(`${name}: aborted by the transaction sublayer`, () => {
      assert.equal(session().ask(question), `67094904000000014a01${cause}`);
    });
  }

  test('what tells no transaction gets no answer, but is counted', () => {
    const { ask, counted } = session();
    for (const question of [
      '',
      '62',
      '6280',
      '6203480500',
      '6105 6c03a10102',
      '6406 490400000009',
      '6706 490400000009',
    ]) {
      assert.equal(ask(hex(question)), '', question);
    }
    assert.deepEqual([...counted].sort(), [
      ['map_drop tcap', 4],
      ['map_drop transaction', 2],
      ['map_drop unidirectional', 1],
    ]);
  });
});
