import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Entry, entryOf, LISTS, PAIRED } from '../../../src/decisions/core/entry.ts';
import { Applier, type Target } from '../../../src/eir/follow/apply.ts';
import { causesBy } from '../../../src/eir/follow/causes.ts';
import { saidAfter } from '../../../src/eir/follow/said.ts';
import { type FeedList, NOWHERE, type Row, VOICES } from '../../../src/eir/follow/wire.ts';
import type { Pair } from '../../../src/eir/memory/pairs.ts';
import { IMEIS, Lists, wishes } from './lists.ts';

const KINDS = { stolen: ['stolen'], barred: ['barred'] };

/** Memory as plain as can be: what `Writer` promises of these four. */
class Plain implements Target {
  readonly entries = new Map<number, ReturnType<Target['entry']>>();
  readonly pairs = new Map<string, number>();
  entry(imei: number): ReturnType<Target['entry']> {
    return this.entries.get(imei) ?? { bits: 0, reasons: '' };
  }
  set(imei: number, bits: number, reasons: string, held?: string): void {
    this.entries.set(imei, { bits, reasons: bits === 0 ? '' : reasons, ...(held === undefined ? {} : { held }) });
  }
  pair(pair: Pair, source = 1): void {
    const key = Object.values(pair).join(' ');
    this.pairs.set(key, (this.pairs.get(key) ?? 0) | source);
  }
  unpair(pair: Pair, source = 1): void {
    const key = Object.values(pair).join(' ');
    const left = (this.pairs.get(key) ?? 0) & ~source;
    if (left === 0) this.pairs.delete(key);
    else this.pairs.set(key, left);
  }
  /** What readers see. */
  read(imei: number): Entry {
    const { bits, reasons } = this.entry(imei);
    return { bits: bits & 255, reasons };
  }
}

test('whatever the order in which lists change, an identifier is on a list while runs or offices say so, with the reasons of both', () => {
  fc.assert(
    fc.property(wishes, fc.nat(80), (all, restart) => {
      const [lists, plain] = [new Lists(KINDS), new Plain()];
      let applier = new Applier(plain, NOWHERE);
      applier.kinds = KINDS;
      for (const [at, wish] of all.entries()) {
        if (at === restart) {
          // What memory keeps is enough to go on.
          applier = new Applier(plain, applier.stand);
          applier.kinds = KINDS;
        }
        const row = lists.wish(wish);
        if (row === undefined) continue;
        applier.take({ list: wish.list, from: applier.stand[wish.list] + 1, changes: [row] });
        for (const imei of IMEIS) assert.deepEqual(plain.read(imei), lists.said(imei), `${imei}`);
        assert.deepEqual([...plain.pairs.keys()].sort(), lists.pairs());
      }
    }),
    { numRuns: 500 },
  );
});

test('of identifiers on no list nothing is kept', () => {
  const plain = new Plain();
  const applier = new Applier(plain, NOWHERE);
  const take = (list: FeedList, row: Row) => applier.take({ list, from: applier.stand[list] + 1, changes: [row] });
  take('blocked', ['add', 7, 'fake']);
  take('office_blocked', ['add', 7, 'stolen']);
  take('office_tracked', ['add', 7, 'lost']);
  assert.deepEqual(plain.read(7), { bits: LISTS.blocked | LISTS.tracked, reasons: 'fake|stolen' });
  take('blocked', ['remove', 7, 'fake']);
  take('office_blocked', ['remove', 7, 'stolen']);
  assert.deepEqual(plain.read(7), { bits: LISTS.tracked, reasons: 'lost' });
  take('office_tracked', ['remove', 7, 'lost']);
  assert.deepEqual(plain.entry(7), { bits: 0, reasons: '' });
});

test('reasons that memory had no room for are missing, and nothing else', () => {
  const folded = { bits: 0, reasons: '' };
  const both = saidAfter(saidAfter(folded, VOICES.blocked, 'fake'), VOICES.office_blocked, 'stolen');
  const less = { bits: both.bits, reasons: '' };
  assert.deepEqual(saidAfter(less, VOICES.blocked, undefined), {
    bits: saidAfter(folded, VOICES.office_blocked, 'stolen').bits,
    reasons: '',
  });
  assert.equal(saidAfter(less, VOICES.office_blocked, 'lost').reasons, 'lost');
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
  assert.deepEqual([[...plain.entries.keys()], [...plain.pairs.keys()]], [[7], ['7 1 2']]);
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
