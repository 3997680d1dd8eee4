import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkDigit, type Imei } from '../../src/identifiers/imei.ts';
import { MESSAGE_LENGTH, readMessage, westernDigits } from '../../src/identifiers/message.ts';

const lines = readFileSync(path.join(import.meta.dirname, '../vectors/imei.message.txt'), 'utf8').split('\n');

const told = (text: string): string =>
  readMessage(text)
    .map((read) => {
      if (read.ok) return read.value.svn === undefined ? read.value.imei : `${read.value.imei}:${read.value.svn}`;
      return read.fault.kind === 'length' ? `length ${read.fault.digits}` : read.fault.kind;
    })
    .join(' ');

test('messages are read as the vectors say', () => {
  let count = 0;
  for (const line of lines) {
    if (line === '' || line.startsWith('#')) continue;
    const at = line.lastIndexOf('=');
    const text = line
      .slice(0, at)
      .replaceAll('\\n', '\n')
      .replace(/\\u\{(\w+)\}/g, (_, point: string) => String.fromCodePoint(Number.parseInt(point, 16)));
    assert.equal(told(text), line.slice(at + 1).trim(), line);
    count += 1;
  }
  assert.ok(count > 35);
});

/** Zeros of scripts that people write numbers in. */
const ZEROS = [0x30, 0x660, 0x6f0, 0x966, 0x9e6, 0x17e0, 0x1040, 0xe50, 0xff10, 0x1d7ce];
const imeis = fc.integer({ min: 0, max: 99_999_999_999_999 }).map((number) => String(number).padStart(14, '0') as Imei);
const separators = fc.constantFrom(' ', '-', '.', '/', '\u2011', '\u00a0', '\u200e');

test('one IMEI with its check digit is found in any script, in parts or whole, among words', () => {
  const words = fc.constantFrom('', 'IMEI ', 'تحقق ', 'जाँच ', 'KYM: ', '查询');
  const parts = fc.constantFrom([15], [2, 6, 6, 1], [6, 2, 6, 1], [8, 6, 1], [3, 3, 3, 3, 3], [4, 4, 4, 3], [5, 5, 5]);
  const message = fc.record({ imei: imeis, zero: fc.constantFrom(...ZEROS), parts, between: separators, words });
  fc.assert(
    fc.property(message, ({ imei, zero, parts: sizes, between, words: said }) => {
      const digits = [...(imei + checkDigit(imei))].map((digit) => String.fromCodePoint(zero + Number(digit)));
      const cut = sizes.map((_, at) => {
        const from = sizes.slice(0, at).reduce((sum, size) => sum + size, 0);
        return digits.slice(from, from + (sizes[at] ?? 0)).join('');
      });
      assert.equal(told(`${said}${cut.join(between)} ${said}`), imei);
    }),
  );
});

test('two IMEIs are found whatever stands between them', () => {
  const between = fc.constantFrom(' ', '\n', ', ', '/', ' - ', ' and ', '');
  fc.assert(
    fc.property(imeis, imeis, between, (one, other, gap) => {
      fc.pre(one !== other);
      assert.equal(told(`${one}${checkDigit(one)}${gap}${other}${checkDigit(other)}`), `${one} ${other}`);
    }),
  );
});

test('any text is read without a failure, and what is right in it has the digits that it has', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', maxLength: 100 }),
      fc.array(fc.constantFrom(...'0123456789 -/.,x')),
      (a, b) => {
        const text = a + b.join('');
        const digits = westernDigits(text).replace(/[^0-9]/g, '');
        for (const read of readMessage(text)) if (read.ok) assert.ok(digits.includes(read.value.imei));
      },
    ),
    { numRuns: 2000 },
  );
});

test('a message without an end is looked at up to its limit', () => {
  const found = readMessage(`${'1 '.repeat(1_000_000)}356938035643809`);
  assert.ok(found.length <= 10);
  assert.equal(told(`${'x'.repeat(MESSAGE_LENGTH)}356938035643809`), '');
});
