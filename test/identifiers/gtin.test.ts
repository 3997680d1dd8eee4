import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { gtinCheckDigit, parseGtin } from '../../src/identifiers/gtin.ts';
import { rows } from './vectors.ts';

test('parseGtin() reads the vectors: every length as 14 digits', () => {
  for (const [text = '', outcome = ''] of rows('gtin.txt')) {
    const expected = outcome.startsWith('{') ? { ok: false, fault: JSON.parse(outcome) } : { ok: true, value: outcome };
    assert.deepEqual(parseGtin(text), expected, text);
  }
});

test('the check digit of a GTIN catches every single wrong digit', () => {
  const digits = fc
    .constantFrom(7, 11, 12, 13)
    .chain((length) => fc.array(fc.nat(9), { minLength: length, maxLength: length }).map((all) => all.join('')));
  fc.assert(
    fc.property(digits, fc.nat(13), fc.integer({ min: 1, max: 9 }), (body, place, shift) => {
      const right = body + gtinCheckDigit(body);
      assert.deepEqual(parseGtin(right), { ok: true, value: right.padStart(14, '0') });
      const at = place % right.length;
      const wrong = right.slice(0, at) + ((Number(right[at]) + shift) % 10) + right.slice(at + 1);
      const parsed = parseGtin(wrong);
      assert.equal(!parsed.ok && parsed.fault.kind, 'check');
    }),
  );
});
