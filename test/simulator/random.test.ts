import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { mix, stream } from '../../src/simulator/random.ts';

const seed = fc.nat(0xffff_ffff);

test('a stream follows from its seed and name', () => {
  fc.assert(
    fc.property(seed, fc.string(), (number, name) => {
      const [one, two] = [stream(number, name), stream(number, name)];
      const draw = (from: typeof one): number[] => Array.from({ length: 20 }, from.next);
      assert.deepEqual(draw(one), draw(two));
    }),
  );
});

test('streams of different names or seeds differ', () => {
  fc.assert(
    fc.property(seed, fc.string(), fc.string(), (number, name, other) => {
      fc.pre(name !== other);
      const draw = (from: ReturnType<typeof stream>): string => Array.from({ length: 8 }, from.next).join();
      assert.notEqual(draw(stream(number, name)), draw(stream(number, other)));
      assert.notEqual(draw(stream(number, name)), draw(stream((number + 1) % 2 ** 32, name)));
    }),
  );
});

test('numbers drawn lie in their bounds', () => {
  fc.assert(
    fc.property(seed, fc.integer({ min: 1, max: 1_000_000 }), (number, limit) => {
      const random = stream(number, 'bounds');
      for (let drawn = 0; drawn < 50; drawn += 1) {
        const value = random.below(limit);
        assert.ok(Number.isInteger(value) && value >= 0 && value < limit);
      }
    }),
  );
});

test('shares are spread evenly', () => {
  const random = stream(5, 'even');
  const tenths = Array.from({ length: 10 }, () => 0);
  for (let drawn = 0; drawn < 100_000; drawn += 1) {
    const tenth = random.below(10);
    tenths[tenth] = (tenths[tenth] ?? 0) + 1;
  }
  // Ten standard deviations, and the numbers are fixed.
  assert.deepEqual(
    tenths.filter((count) => Math.abs(count - 10_000) > 950),
    [],
  );
});

test('mixing is 32 bits and changes half of them with every bit of what is mixed', () => {
  let changed = 0;
  for (let number = 0; number < 2000; number += 1) {
    const bits = mix(1, number, 7) ^ mix(1, number ^ 1, 7);
    changed += bits.toString(2).replace(/[^1]/g, '').length;
    assert.ok(mix(1, number, 7) >= 0 && mix(1, number, 7) < 2 ** 32);
  }
  assert.ok(changed > 2000 * 8 && changed < 2000 * 20, `${changed / 2000} of 32 bits`);
});
