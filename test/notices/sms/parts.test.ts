import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import smpp from 'smpp';
import { folded, septetsOf } from '../../../src/notices/sms/alphabet.ts';
import { CODING, headerOf, type Message, messageOf, sizeOf } from '../../../src/notices/sms/parts.ts';

/** A message as the library reads it, which has an alphabet of its own. */
const read = ({ coding, parts }: Message): string =>
  parts.map((part) => smpp.encodings[coding === CODING.gsm7 ? 'ASCII' : 'UCS2'].decode(part)).join('');

const lengths = ({ parts }: Message): readonly number[] => parts.map(({ length }) => length);

test('a text goes in the default alphabet where that has all its letters, in UCS-2 otherwise', () => {
  const plain = messageOf('Ñandú? No: ñandu, 5 €, [x]');
  assert.equal(plain.coding, CODING.ucs2, 'ú is not in the alphabet');
  const western = messageOf('Ñandu: à è é ù, 5 €, [x] {y} ^~|\\');
  assert.equal(western.coding, CODING.gsm7);
  assert.equal(read(western), 'Ñandu: à è é ù, 5 €, [x] {y} ^~|\\');
  assert.equal(western.parts[0].toString('hex', 0, 6), '5d616e64753a', 'one septet an octet');
  assert.equal(messageOf('5 €').parts[0].toString('hex'), '35201b65', 'the extension takes two');
});

test('one part has 160 septets or 70 characters, each of several 153 or 67', () => {
  assert.deepEqual(lengths(messageOf('a'.repeat(160))), [160]);
  assert.deepEqual(lengths(messageOf('a'.repeat(161))), [153, 8]);
  assert.deepEqual(lengths(messageOf('я'.repeat(70))), [140]);
  assert.deepEqual(lengths(messageOf('я'.repeat(71))), [134, 8]);
  assert.deepEqual(lengths(messageOf(`${'a'.repeat(152)}€${'a'.repeat(10)}`)), [152, 12], 'no character is cut');
  assert.deepEqual(lengths(messageOf(`${'я'.repeat(66)}😀${'я'.repeat(9)}`)), [132, 22], 'nor its two halves');
  assert.deepEqual(lengths(messageOf(`${'я'.repeat(65)}👨‍👩‍👧${'я'.repeat(9)}`)), [130, 34], 'nor what joins several');
  assert.deepEqual(sizeOf('5 €'), { coding: 'gsm7', size: 4 });
  assert.deepEqual(sizeOf('5 ₽'), { coding: 'ucs2', size: 3 });
  assert.throws(() => messageOf('я'.repeat(67 * 20 + 1)), RangeError);
});

test('whatever is written is read, part by part', () => {
  const latin = fc.constantFrom(...'abc ÄñàÇ€^{}[]~|\\@£$_\n');
  const any = fc.oneof(
    { weight: 5, arbitrary: latin },
    { weight: 1, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }) },
  );
  const texts = fc.oneof(fc.array(latin, { maxLength: 400 }), fc.array(any, { maxLength: 200 }));
  fc.assert(
    fc.property(texts, (chars) => {
      const text = chars.join('').normalize('NFC');
      const message = messageOf(text);
      const most = message.parts.length === 1 ? { 0: 160, 8: 140 } : { 0: 153, 8: 134 };
      for (const { length } of message.parts) assert.ok(length <= most[message.coding]);
      assert.equal(read(message), text);
      for (const part of message.parts) assert.notEqual(part.at(-1), message.coding === CODING.gsm7 ? 0x1b : -1);
    }),
    { numRuns: 200 },
  );
});

test('letters are folded only where that brings a text into the default alphabet', () => {
  assert.equal(folded('Código válido: ¿está aquí? Não. «à», Œuvre'), 'Codigo valido: ¿esta aqui? Nao. "à", Œuvre');
  assert.equal(read(messageOf('Código válido', true)), 'Codigo valido');
  assert.equal(read(messageOf('Código 号', true)), 'Código 号');
  assert.equal(read(messageOf('Ваш код', true)), 'Ваш код');
  assert.equal(septetsOf('ç'), undefined);
  assert.deepEqual(septetsOf('Ç€'), [[9], [27, 0x65]]);
});

test('the header names the message, how many parts it has, and which this is', () => {
  assert.equal(headerOf(0x1ab, 3, 2).toString('hex'), '050003ab0302');
});
