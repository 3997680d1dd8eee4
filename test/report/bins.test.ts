import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { powersOfTwo } from '../../src/report/bins.ts';

test('bins double, the first two being 1 and 2, up to the largest count', () => {
  const bins = powersOfTwo(
    new Map([
      [1, 10],
      [2, 5],
      [3, 1],
      [4, 1],
      [17, 2],
    ]),
  );
  assert.deepEqual(
    bins.map(({ from, to, identifiers }) => [from, to, identifiers]),
    [
      [1, 1, 10],
      [2, 2, 5],
      [3, 4, 2],
      [5, 8, 0],
      [9, 16, 0],
      [17, 32, 2],
    ],
  );
  assert.deepEqual(powersOfTwo(new Map()), []);
});

test('bins follow each other without gap, and no identifier is lost', () => {
  const counts = fc.dictionary(fc.integer({ min: 1, max: 100_000 }).map(String), fc.nat(1000));
  fc.assert(
    fc.property(counts, (found) => {
      const entries = Object.entries(found).map(([count, many]) => [Number(count), many] as const);
      const bins = powersOfTwo(new Map(entries));
      const total = bins.reduce((sum, { identifiers }) => sum + identifiers, 0);
      assert.equal(
        total,
        entries.reduce((sum, [, many]) => sum + many, 0),
      );
      bins.forEach(({ from, to }, at) => {
        assert.equal(from, at === 0 ? 1 : (bins[at - 1]?.to ?? 0) + 1);
        assert.ok(to >= from);
      });
    }),
  );
});
