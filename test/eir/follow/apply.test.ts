import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Entry, entryOf, LISTS, PAIRED } from '../../../src/decisions/core/entry.ts';
import { causesOf } from '../../../src/decisions/core/rules.ts';
import { Applier, type Crossed, type Target } from '../../../src/eir/follow/apply.ts';
import { causesBy } from '../../../src/eir/follow/causes.ts';
import { type FeedList, NOWHERE, type Row } from '../../../src/eir/follow/wire.ts';

const KINDS = { stolen: ['stolen'], barred: ['barred'] };
const REASONS = ['stolen', 'barred', 'duplicate', 'barred|stolen', 'duplicate|stolen'];

/** Memory as plain as can be: what `Writer` promises of these four. */
class Plain implements Target {
  readonly entries = new Map<number, Entry>();
  readonly pairs = new Set<string>();
  entry(imei: number): Entry {
    return this.entries.get(imei) ?? { bits: 0, reasons: '' };
  }
  set(imei: number, bits: number, reasons: string): void {
    this.entries.set(imei, { bits, reasons: bits === 0 ? '' : reasons });
  }
  pair(pair: { readonly imei: number; readonly imsi: number; readonly msisdn: number }): void {
    this.pairs.add(Object.values(pair).join(' '));
  }
  unpair(pair: { readonly imei: number; readonly imsi: number; readonly msisdn: number }): void {
    this.pairs.delete(Object.values(pair).join(' '));
  }
}

/** The three lists themselves. */
class Lists {
  readonly rows = {
    blocked: new Map<number, string>(),
    tracked: new Map<number, string>(),
    permitted: new Map<number, string>(),
  };

  /** What memory should say: the bits of all lists, the reasons of the one that decides. */
  said(imei: number): Entry {
    const { blocked, tracked, permitted } = this.rows;
    const reasons = blocked.get(imei) ?? tracked.get(imei) ?? '';
    const bits =
      (blocked.has(imei) ? LISTS.blocked : 0) |
      (tracked.has(imei) ? LISTS.tracked : 0) |
      (permitted.has(imei) ? LISTS.permitted : 0);
    const causes = blocked.has(imei) || tracked.has(imei) ? causesOf(reasons, KINDS) : 0;
    return { bits: bits | causes, reasons };
  }
}

const wishes = fc.array(
  fc.record({
    list: fc.constantFrom('blocked' as const, 'tracked' as const, 'permitted' as const),
    imei: fc.integer({ min: 1, max: 4 }),
    is: fc.option(fc.constantFrom(...REASONS), { nil: undefined }),
  }),
  { maxLength: 60 },
);

test('whatever the order in which lists change, memory has the bits of all and the reasons of the one that decides', () => {
  fc.assert(
    fc.property(wishes, fc.nat(60), (all, restart) => {
      const [lists, plain] = [new Lists(), new Plain()];
      let applier = new Applier(plain, NOWHERE);
      applier.kinds = KINDS;
      for (const [at, { list, imei, is }] of all.entries()) {
        if (at === restart) {
          // What is kept over a restart is enough to go on.
          const kept = JSON.parse(JSON.stringify(applier.crossed)) as Crossed;
          applier = new Applier(plain, applier.stand, kept);
          applier.kinds = KINDS;
        }
        const rows = lists.rows[list];
        const [had, reasons] = [rows.get(imei), list === 'permitted' && is !== undefined ? '' : is];
        if (had === undefined && reasons === undefined) continue;
        const row: Row = [
          reasons === undefined ? 'remove' : had === undefined ? 'add' : 'update',
          imei,
          reasons ?? had ?? '',
        ];
        if (reasons === undefined) rows.delete(imei);
        else rows.set(imei, reasons);
        applier.take({ list, from: applier.stand[list] + 1, changes: [row] });
        for (let each = 1; each <= 4; each += 1) assert.deepEqual(plain.entry(each), lists.said(each), `${each}`);
      }
      const both = [1, 2, 3, 4].filter((one) => lists.rows.blocked.has(one) && lists.rows.tracked.has(one));
      assert.deepEqual(applier.crossed.map(([imei]) => imei).sort(), both);
    }),
    { numRuns: 500 },
  );
});

test('changes count once, in their order; before a gap nothing is applied', () => {
  const plain = new Plain();
  const applier = new Applier(plain, NOWHERE);
  const rows = (...imeis: readonly number[]): readonly Row[] => imeis.map((imei): Row => ['add', imei, 'x']);
  const take = (from: number, ...imeis: readonly number[]) =>
    applier.take({ list: 'blocked', from, changes: rows(...imeis) });
  assert.deepEqual(take(1, 11, 12), { applied: 2, repeated: 0, gap: false });
  assert.deepEqual(take(1, 91, 92), { applied: 0, repeated: 2, gap: false });
  assert.deepEqual(take(2, 92, 13, 14), { applied: 2, repeated: 1, gap: false });
  assert.deepEqual(take(6, 16), { applied: 0, repeated: 0, gap: true });
  assert.equal(applier.stand.blocked, 4);
  assert.deepEqual([...plain.entries.keys()], [11, 12, 13, 14]);
});

test('what no network can ask for counts in the numbers and is passed over', () => {
  const plain = new Plain();
  const applier = new Applier(plain, NOWHERE);
  const changes: readonly Row[] = [
    ['add', -1, 'x'],
    ['add', 1e14, 'x'],
    ['add', 7, 'x'],
  ];
  applier.take({ list: 'blocked', from: 1, changes });
  const pairs: readonly Row[] = [
    ['add', 7, 1e15, 0],
    ['add', 7, 1, 1e15],
    ['add', 7, 1, 2],
    ['add', 8, 1, 2],
    ['remove', 8, 1, 2],
  ];
  applier.take({ list: 'exceptions', from: 1, changes: pairs });
  assert.deepEqual([applier.stand.blocked, applier.stand.exceptions, applier.passed], [3, 5, 4]);
  assert.deepEqual([[...plain.entries.keys()], [...plain.pairs]], [[7], ['7 1 2']]);
});

test('entries take the causes that the rules of today see in their reasons, each as one object', () => {
  const mapped = causesBy({ stolen: ['duplicate'], barred: [] });
  const stored = entryOf(LISTS.blocked | PAIRED | 8, 'stolen');
  assert.deepEqual(mapped(stored), entryOf(LISTS.blocked | PAIRED, 'stolen'));
  assert.equal(mapped(stored), mapped(stored));
  assert.deepEqual(mapped(entryOf(LISTS.tracked, 'a|duplicate')), entryOf(LISTS.tracked | 8, 'a|duplicate'));
  const permitted: FeedList = 'permitted';
  assert.deepEqual(mapped(entryOf(LISTS[permitted] | 8, 'duplicate')), entryOf(LISTS.permitted, 'duplicate'));
});
