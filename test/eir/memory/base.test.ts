import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Entry } from '../../../src/decisions/core/entry.ts';
import { Base } from '../../../src/eir/memory/base.ts';
import { Builder } from '../../../src/eir/memory/build.ts';
import { type Image, load, sectionsOf } from '../../../src/eir/memory/load.ts';
import { bits, imeis, inFolder, reasons } from './model.ts';

type Row = readonly [imei: number, bits: number, reasons: string];

async function loaded(file: string): Promise<{ image: Image; base: Base; entry: (imei: number) => Entry | undefined }> {
  const result = await load(file);
  assert.ok(result.ok);
  const base = new Base(sectionsOf(result.value.memory));
  const entry = (imei: number): Entry | undefined => {
    const [found, because] = result.value.classes[base.lookup(imei) - 1] ?? [];
    return found === undefined || because === undefined ? undefined : { bits: found, reasons: because };
  };
  return { image: result.value, base, entry };
}

function build(file: string, rows: Iterable<Row>, order: 'any' | 'sorted' = 'any') {
  const builder = new Builder(file, order);
  for (const [imei, value, because] of rows) builder.add(imei, builder.classOf(value, because));
  return builder.finish({ state: { blocked: 7 } });
}

const union = (one: Entry, value: number, because: string): Entry => ({
  bits: one.bits | value,
  reasons: [...new Set([...one.reasons.split('|'), ...because.split('|')])]
    .filter((reason) => reason !== '')
    .sort()
    .join('|'),
});

test('a base says of every identifier what all its rows said together, in whatever order they came', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(imeis, bits, reasons), { maxLength: 400 }), (rows) =>
      inFolder(async (folder) => {
        const model = new Map<number, Entry>();
        for (const [imei, value, because] of rows)
          model.set(imei, union(model.get(imei) ?? { bits: 0, reasons: '' }, value, because));
        const about = build(path.join(folder, 'lists'), rows);
        const { base, entry, image } = await loaded(path.join(folder, 'lists'));
        assert.equal(about.rows, model.size);
        assert.deepEqual(image.about, about);
        assert.deepEqual(image.about.state, { blocked: 7 });
        for (const [imei] of rows) {
          for (const near of [imei - 1, imei, imei + 1]) assert.deepEqual(entry(near), model.get(near), String(near));
        }
        const all: number[] = [];
        base.each((imei, index) => {
          assert.equal(index, base.lookup(imei));
          all.push(imei);
        });
        assert.deepEqual(
          all,
          [...model.keys()].sort((a, b) => a - b),
        );
      }),
    ),
    { numRuns: 60 },
  );
});

/** Identifiers that are spread by a multiplier prime to their number: each once, in no order. */
const scattered = (count: number): number[] =>
  Array.from({ length: count }, (_, at) => 35_000_000_000_000 + ((at * 7_919_357) % count) * 37);

test('more identifiers than are sorted at a time', async () => {
  await inFolder(async (folder) => {
    const count = 5_000_011;
    const builder = new Builder(path.join(folder, 'lists'));
    const classes = [1, 2, 4].map((value) => builder.classOf(value, 'reason'));
    for (let at = 0; at < count; at += 1) {
      const number = (at * 7_919_357) % count;
      builder.add(35_000_000_000_000 + number * 37, classes[number % 3] ?? 0);
    }
    const about = builder.finish({ state: {} });
    assert.equal(about.rows, count);
    const { base, entry } = await loaded(path.join(folder, 'lists'));
    let next = 0;
    base.each((imei) => {
      if (imei !== 35_000_000_000_000 + next * 37) assert.fail(`${imei} at ${next}`);
      next += 1;
    });
    assert.equal(next, count);
    for (let number = 0; number < count; number += 997) {
      const imei = 35_000_000_000_000 + number * 37;
      assert.equal(entry(imei)?.bits, [1, 2, 4][number % 3]);
      assert.equal(base.lookup(imei + 1), 0);
    }
  });
});

test('identifiers out of order are refused where order was promised', async () => {
  await inFolder((folder) => {
    const builder = new Builder(path.join(folder, 'lists'), 'sorted');
    builder.add(5, builder.classOf(1, ''));
    builder.add(5, builder.classOf(2, ''));
    assert.throws(() => builder.add(4, 1), RangeError);
    for (const wrong of [-1, 1e14, 1.5, NaN]) assert.throws(() => builder.add(wrong, 1), RangeError);
    builder.abandon();
  });
});

test('ten thousand classes are all told apart, whether they come once or often', async () => {
  await inFolder(async (folder) => {
    const rows = scattered(60_000).map((imei, at): Row => {
      // Classes above 5000 come only later, half of them often.
      const kind = at < 20_000 ? at % 5000 : at % 2 === 0 ? 5000 + (at % 40) : 6000 + (at % 4000);
      return [imei, 1 + (kind % 31), `reason ${kind}`];
    });
    const about = build(path.join(folder, 'lists'), rows);
    assert.ok(about.escaped > 0, 'some classes found no room in a word');
    assert.equal(about.folded, 0);
    const { entry } = await loaded(path.join(folder, 'lists'));
    for (const [imei, value, because] of rows) assert.deepEqual(entry(imei), { bits: value, reasons: because });
  });
});

test('with more classes than can be told apart the reasons go, the bits stay', async () => {
  await inFolder(async (folder) => {
    const rows = scattered(140_000).map((imei, at): Row => [imei, 1 + (at % 31), `case ${at}`]);
    const about = build(path.join(folder, 'lists'), rows);
    assert.ok(about.folded > 0);
    const { entry } = await loaded(path.join(folder, 'lists'));
    let without = 0;
    for (const [imei, value, because] of rows) {
      const found = entry(imei);
      assert.equal(found?.bits, value);
      if (found.reasons === '') without += 1;
      else assert.equal(found.reasons, because);
    }
    assert.equal(without, about.folded);
  });
});

test('numbers spread over all TACs cost little more than their bytes', async () => {
  await inFolder(async (folder) => {
    const file = path.join(folder, 'lists');
    const rows = Array.from({ length: 200_000 }, (_, at): Row => [(at * 48_271_000_003) % 1e14, 1, '']);
    const about = build(file, rows);
    assert.equal(about.hashed, about.rows);
    assert.ok(statSync(file).size < 12 * about.rows, String(statSync(file).size / about.rows));
    const { entry } = await loaded(file);
    for (const [imei] of rows) assert.equal(entry(imei)?.bits, 1);
  });
});

test('serial numbers that lie unevenly are found', async () => {
  await inFolder(async (folder) => {
    const serials = [...Array(3000).keys(), ...Array.from({ length: 30 }, (_, at) => 4000 + 2 ** (at % 19) + at * 9)];
    const rows = [...new Set([...serials, 999_999])].map((serial): Row => [86_000_000_000_000 + serial, 1, '']);
    build(path.join(folder, 'lists'), rows);
    const { base } = await loaded(path.join(folder, 'lists'));
    const known = new Set(rows.map(([imei]) => imei));
    for (let serial = 0; serial < 1_000_000; serial += serial < 300_000 ? 1 : 997) {
      const imei = 86_000_000_000_000 + serial;
      if (base.lookup(imei) !== (known.has(imei) ? 1 : 0)) assert.fail(String(serial));
    }
    assert.equal(base.lookup(86_000_000_999_999), 1);
  });
});
