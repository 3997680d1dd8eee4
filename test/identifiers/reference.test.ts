import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseReference, type Reference, referenceOf, writeReference } from '../../src/identifiers/reference.ts';

const references: fc.Arbitrary<Reference> = fc.uint8Array({ minLength: 7, maxLength: 7 }).map(referenceOf);
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

test('a reference is read as people write it', () => {
  const reference = referenceOf(Uint8Array.of(1, 2, 3, 4, 5, 6, 7));
  assert.match(reference, /^[0-9A-HJKMNP-TV-Z]{11}$/);
  assert.match(writeReference(reference), /^.{4}-.{4}-.{3}$/);
  const loose = ` ${writeReference(reference).toLowerCase().replaceAll('1', 'l').replaceAll('0', 'o').replaceAll('-', ' ')} `;
  for (const text of [reference, writeReference(reference), loose])
    assert.deepEqual(parseReference(text), { ok: true, value: reference }, text);
});

test('parse(write(x)) = x, and other random bits give another reference', () => {
  fc.assert(
    fc.property(references, (reference) => {
      assert.deepEqual(parseReference(writeReference(reference)), { ok: true, value: reference });
    }),
  );
  const bits = (low: number): Reference => referenceOf(Uint8Array.of(255, 0, 0, 0, 0, 0, low));
  assert.equal(new Set(Array.from({ length: 256 }, (_, low) => bits(low))).size, 256);
});

test('one wrong character always shows, and so do two that changed places', () => {
  fc.assert(
    fc.property(references, fc.nat(10), fc.nat(10), (reference, one, other) => {
      for (const char of ALPHABET.replace(reference.charAt(one), ''))
        assert.ok(!parseReference(reference.slice(0, one) + char + reference.slice(one + 1)).ok);
      const chars = [...reference];
      [chars[one], chars[other]] = [chars[other] ?? '', chars[one] ?? ''];
      const changed = chars.join('');
      assert.equal(parseReference(changed).ok, changed === reference);
    }),
    { numRuns: 30 },
  );
});

test('what is no reference says why', () => {
  assert.deepEqual(parseReference(''), { ok: false, fault: { kind: 'length', digits: 0, allowed: [11] } });
  assert.deepEqual(parseReference('ABCDE FGHU1'), { ok: false, fault: { kind: 'digit', at: 10, char: 'U' } });
  assert.deepEqual(parseReference('00000000001'), {
    ok: false,
    fault: { kind: 'check', expected: '0', found: '1' },
  });
  assert.throws(() => referenceOf(Uint8Array.of(1)), RangeError);
});
