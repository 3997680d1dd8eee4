import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { DEPTH, element, readElement, tagOf } from '../../../src/codecs/ber/read.ts';
import { berWriter, close, putElement, putOctets } from '../../../src/codecs/ber/write.ts';
import { session } from '../../eir/map/ground.ts';
import { dataOf, hex, udt } from '../../peers/msc.ts';

const read = (text: string) => {
  const [bytes, into] = [hex(text), element()];
  const problem = readElement(bytes, 0, bytes.length, into);
  return problem ?? [into.tag, into.start, into.end, into.next];
};

suite('BER lengths', () => {
  const rows: readonly (readonly [string, ReturnType<typeof read>])[] = [
    ['04 00', [0x04, 2, 2, 2]],
    ['04 02 0102', [0x04, 2, 4, 4]],
    ['04 02 0102 ff', [0x04, 2, 4, 4]],
    ['04 81 02 0102', [0x04, 3, 5, 5]],
    ['04 84 00000002 0102', [0x04, 6, 8, 8]],
    ['30 80 0000', [0x30, 2, 2, 4]],
    ['30 80 0401ff 0000 aa', [0x30, 2, 5, 7]],
    ['30 80 3080 0401ff 0000 0000', [0x30, 2, 9, 11]],
    ['df 28 01 ff', [tagOf('private', 40), 3, 4, 4]],
    ['9f 88 48 01 ff', [tagOf('context', 1096), 4, 5, 5]],
    ['', 'tag'],
    ['9f', 'tag'],
    ['9f 80 48 00', 'tag'],
    ['9f 1e 00', 'tag'],
    ['9f ffffff 7f 00', 'tag'],
    ['04', 'length'],
    ['04 01', 'length'],
    ['04 7f 00', 'length'],
    ['04 81', 'length'],
    ['04 82 01', 'length'],
    ['04 81 ff 00', 'length'],
    ['04 84 ffffffff 00', 'length'],
    ['04 85 0000000001 ff', 'length'],
    ['04 ff', 'length'],
    ['04 80 0000', 'indefinite'],
    ['30 80', 'indefinite'],
    ['30 80 00', 'indefinite'],
    ['30 80 0001', 'indefinite'],
    ['30 80 0401ff', 'indefinite'],
    ['30 80 0405ff 0000', 'length'],
    [`${'3080'.repeat(DEPTH)} ${'0000'.repeat(DEPTH)}`, [0x30, 2, DEPTH * 4 - 2, DEPTH * 4]],
    [`${'3080'.repeat(DEPTH + 1)} ${'0000'.repeat(DEPTH + 1)}`, 'depth'],
    [`${'3080'.repeat(100_000)}`, 'depth'],
  ];
  for (const [text, expected] of rows) {
    test(`${text.slice(0, 40)} is ${typeof expected === 'string' ? `refused: ${expected}` : 'read'}`, () => {
      assert.deepEqual(read(text), expected);
    });
  }

  test('what is written is read again', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70_000 }), (contents) => {
        const writer = berWriter(contents.length + 16);
        putElement(writer, 0x04, contents);
        const into = element();
        const bytes = writer.bytes.subarray(writer.at);
        assert.equal(readElement(bytes, 0, bytes.length, into), undefined);
        assert.deepEqual(Buffer.from(bytes.subarray(into.start, into.end)), Buffer.from(contents));
        assert.equal(into.next, bytes.length);
      }),
      { numRuns: 50 },
    );
  });

  test('a writer without room says so', () => {
    const writer = berWriter(3);
    putOctets(writer, hex('010203'));
    assert.throws(() => close(writer, 0x04, 3), RangeError);
  });
});

/** A length that tells the truth in some form, or lies. */
const lengthOf = (real: number, form: number): Buffer => {
  const forms = [
    Buffer.of(Math.min(real, 127)),
    hex('82', real.toString(16).padStart(4, '0')),
    hex('84', real.toString(16).padStart(8, '0')),
    hex('80'),
    hex('ff'),
    hex('85 0000000000'),
    hex('84 ffffffff'),
    Buffer.of((real + 1) & 0x7f),
    Buffer.of(Math.max(0, real - 1) & 0x7f),
  ];
  return forms[form] ?? Buffer.alloc(0);
};

const TAGS = [
  0x62, 0x64, 0x65, 0x67, 0x48, 0x49, 0x4a, 0x6b, 0x6c, 0x28, 0x06, 0xa0, 0x60, 0xa1, 0xa2, 0xa4, 0x02, 0x04, 0x30,
  0x9f,
];
const CONTENTS = ['00000001', '00118605010101', '04000001000d02', '01', '2b', '53968330000010f0', '0680', ''].map(
  (text) => hex(text),
);

/** Elements within elements by the tags of TCAP, each with a length that may be anything. */
const { tree } = fc.letrec<{ tree: Buffer }>((tie) => ({
  tree: fc
    .tuple(
      fc.constantFrom(...TAGS),
      fc.oneof({ weight: 8, arbitrary: fc.constantFrom(0, 1, 2, 3) }, { weight: 1, arbitrary: fc.nat(8) }),
      fc.oneof(
        { depthSize: 'medium', withCrossShrink: true },
        fc.constantFrom(...CONTENTS),
        fc.array(tie('tree'), { maxLength: 4 }).map((parts) => Buffer.concat(parts)),
      ),
    )
    .map(([tag, form, contents]) =>
      Buffer.concat([Buffer.of(tag), lengthOf(contents.length, form), contents, form === 3 ? hex('0000') : hex('')]),
    ),
}));

suite('TCAP of any kind is answered, or dropped with a counted cause', () => {
  const begun = tree.map((inside) =>
    Buffer.concat([hex('62'), lengthOf(6 + inside.length, 1), hex('480400000001'), inside]),
  );
  const message = fc.oneof(tree, begun, begun).filter((bytes) => bytes.length < 250);

  test('and what stands around it is never read', () => {
    fc.assert(
      fc.property(message, (bytes) => {
        const outcomes = [0x00, 0xff].map((around) => {
          const { made, answers, counted } = session();
          const frame = Buffer.concat([Buffer.from([0, 0, 0xfd]), udt(bytes)]);
          frame.writeUInt16BE(frame.length - 3);
          const room = Buffer.alloc(frame.length + 64, around);
          frame.copy(room, 32);
          made.receive(room.subarray(32, 32 + frame.length));
          return { answers: answers(), counted: [...counted] };
        });
        const [{ answers = [], counted = [] } = {}, other] = outcomes;
        // Transactions that stay open have identifiers of our own, which differ.
        const isOpen = answers.some((one) => dataOf(one)[0] === 0x65);
        if (!isOpen) assert.deepEqual({ answers, counted }, other);
        assert.ok(isOpen || counted.length > 0 || answers.length === 1);
        assert.ok(answers.length <= 1);
        for (const one of answers) assert.ok([0x64, 0x65, 0x67].includes(dataOf(one)[0] ?? 0));
      }),
      { numRuns: 3000, seed: 20_261_125 },
    );
  });
});
