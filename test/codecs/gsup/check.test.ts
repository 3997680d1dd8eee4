import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { Check, type Reply, ReplyWriter } from '../../../src/codecs/gsup/check.ts';
import { Digits } from '../../../src/codecs/gsup/digits.ts';
import { kindOf, procedureOf } from '../../../src/codecs/gsup/message.ts';
import { elementsOf, GsupReader } from '../../../src/codecs/gsup/reader.ts';
import { bcd, CLASS, element, hex, imeiElement, imsiElement } from '../../eir/gsup/frames.ts';

const vectors = readFileSync(path.join(import.meta.dirname, '../../vectors/gsup-osmohlr.txt'), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => line.split(/\s+/));

const read = (message: Buffer): { readonly reader: GsupReader; readonly whole: boolean } => {
  const reader = new GsupReader();
  const framed = Buffer.concat([hex('ffff'), message, hex('ff')]);
  return { reader, whole: reader.read(framed, 2, 2 + message.length) };
};
function answer(message: Buffer, reply?: Reply): string {
  const { reader, whole } = read(message);
  assert.ok(whole);
  const out = Buffer.alloc(message.length + 3); // no more than three octets longer, so that this is room enough
  const said = new Check().read(reader) ? ({ kind: 'ack' } as const) : ({ kind: 'error', cause: 0x60 } as const);
  return out.subarray(0, new ReplyWriter().write(reader, reply ?? said, out, 0)).toString('hex');
}
const check = (imsi: string, imei: Buffer): { imsi: number; imei: number; svn: number } | undefined => {
  const into = new Check();
  const { reader } = read(Buffer.concat([hex('30'), imsiElement(imsi), imei, CLASS]));
  return into.read(reader) ? { imsi: into.imsi, imei: into.imei, svn: into.svn } : undefined;
};

suite('GSUP Check-IMEI', () => {
  for (const [name, request = '', expected] of vectors)
    test(`is answered as OsmoHLR answers it: ${name}`, () => assert.equal(answer(hex(request)), expected));

  test('refuses a blocked equipment', () => {
    const request = hex('30 0108 09710000004026f0 500807 24433224433224 0a0101');
    assert.equal(answer(request, { kind: 'nack' }), '3201080971000000 4026f0510101 0a0101'.replaceAll(' ', ''));
  });

  test('takes 14, 15 and 16 digits, and looks at 14', () => {
    const imsi = '901700000004620';
    const imei = 35_693_803_564_380;
    assert.deepEqual(check(imsi, imeiElement('35693803564380')), { imsi: Number(imsi), imei, svn: -1 });
    assert.deepEqual(check(imsi, imeiElement('356938035643809')), { imsi: Number(imsi), imei, svn: -1 });
    assert.deepEqual(check(imsi, imeiElement('356938035643800')), { imsi: Number(imsi), imei, svn: -1 });
    assert.deepEqual(check(imsi, imeiElement('3569380356438042')), { imsi: Number(imsi), imei, svn: 42 });
    assert.deepEqual(check(imsi, imeiElement('00000000000007')), { imsi: Number(imsi), imei: 7, svn: -1 });
  });

  test('takes no other IMEI', () => {
    for (const value of [
      '',
      '00',
      '0724433224433224'.slice(0, 12), // the inner length runs over the end
      '0624433224433224', // twelve digits
      '07244332244332a4',
      '0724433224f33224',
      '0924433224433224424242',
      '08244332244332242f',
      '0624433224433224',
      '07244332244332f4',
    ])
      assert.equal(check('901700000004620', element(0x50, hex(value))), undefined, value);
  });

  test('reads no IMSI of fewer than 6 or more than 15 digits', () => {
    for (const imsi of ['', '12345', '1234567890123456'])
      assert.equal(check(imsi, imeiElement('35693803564380')), undefined, imsi);
    assert.equal(check('123456', imeiElement('35693803564380'))?.imsi, 123_456);
  });
});

suite('GSUP messages', () => {
  test('are told apart by procedure and kind', () => {
    assert.deepEqual([0x04, 0x31, 0x12, 0x4e, 0xf0].map(procedureOf), [
      'update-location',
      'check-imei',
      'insert-data',
      'routing',
      'unknown',
    ]);
    assert.deepEqual([0x30, 0x31, 0x32, 0x47].map(kindOf), [0, 1, 2, 3]);
  });

  test('are read element by element, whatever the octets', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (octets) => {
        const bytes = Buffer.from(octets);
        const { whole, elements } = elementsOf(bytes, 0, bytes.length);
        const reader = new GsupReader();
        assert.equal(reader.read(bytes, 0, bytes.length), whole);
        const last = new Map(elements.map((one) => [one.tag, one]));
        if (!whole) return;
        for (let tag = 0; tag < 256; tag += 1) {
          const one = last.get(tag);
          assert.equal(reader.start(tag), one?.start ?? -1);
          assert.equal(reader.size(tag), one === undefined ? -1 : one.end - one.start);
        }
      }),
    );
  });

  test('are written back by their elements', () => {
    const part = fc.tuple(fc.integer({ min: 0, max: 255 }), fc.uint8Array({ maxLength: 255 }));
    fc.assert(
      fc.property(fc.array(part, { maxLength: 20 }), (parts) => {
        const bytes = Buffer.concat([hex('04'), ...parts.map(([tag, value]) => element(tag, Buffer.from(value)))]);
        const { whole, elements } = elementsOf(bytes, 0, bytes.length);
        assert.ok(whole);
        const again = elements.map(({ tag, start, end }) => [tag, new Uint8Array(bytes.subarray(start, end))]);
        assert.deepEqual(again, parts);
      }),
    );
  });
});

suite('digits of GSUP', () => {
  const readDigits = (bytes: Buffer): readonly [value: number, count: number] | undefined => {
    const digits = new Digits();
    return digits.read(bytes, 0, bytes.length) ? [digits.value, digits.count] : undefined;
  };

  test('are read as they were written', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9]{0,15}$/), fc.nat(3), (digits, fillers) => {
        const bytes = Buffer.concat([bcd(digits), Buffer.alloc(fillers, 0xff)]);
        assert.deepEqual(readDigits(bytes), [Number(digits), digits.length]);
      }),
    );
  });

  test('are none where a half is no digit, or a filler is followed by one', () => {
    for (const octets of ['2a', 'a2', 'f1f2', 'f121', '2f', '1f', 'ff21', 'fa', 'af'])
      assert.equal(readDigits(hex(octets)), undefined, octets);
  });
});
