import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Content, contentAfter, fold, type Step } from '../../src/lists/fold.ts';
import { steps } from './history.ts';

const content = (blockDate: string): Content => ({ blockDate, reasons: 'Stolen', amnesty: false });
const add = (date = '2024-01-01'): Step => ({ op: 'add', reason: 'new', content: content(date) });
const update = (date: string): Step => ({ op: 'update', reason: 'changed', content: content(date) });
const remove = (reason: Step['reason'] = 'resolved'): Step => ({
  op: 'remove',
  reason,
  content: content('2024-01-01'),
});

test('what came and went is no change', () => {
  assert.equal(fold(undefined, [add(), update('2024-02-01'), remove()]), undefined);
  assert.equal(fold(content('2024-01-01'), [remove(), add('2024-01-01')]), undefined);
  assert.equal(fold(content('2024-01-01'), [update('2024-02-01'), update('2024-01-01')]), undefined);
  assert.equal(fold(undefined, []), undefined);
});

test('a net coming or going has the last reason of its kind', () => {
  assert.deepEqual(fold(undefined, [add(), remove('no_longer_seen'), add('2024-03-01')]), add('2024-03-01'));
  assert.deepEqual(fold(undefined, [add(), update('2024-03-01')]), add('2024-03-01'));
  const before = content('2024-01-01');
  assert.deepEqual(fold(before, [remove('no_longer_seen'), add(), remove('blacklisted')]), remove('blacklisted'));
});

test('what is there before and after with another content is changed', () => {
  assert.deepEqual(fold(content('2024-01-01'), [remove(), add('2024-05-01')]), update('2024-05-01'));
  assert.deepEqual(fold(content('2024-01-01'), [update('2024-02-01')]), update('2024-02-01'));
});

test('the content before, and the net effect of the rest, give the content after', () => {
  fc.assert(
    fc.property(steps, fc.nat(), (all, at) => {
      const cut = all.length === 0 ? 0 : at % (all.length + 1);
      const before = contentAfter(all.slice(0, cut));
      const net = fold(before, all.slice(cut));
      assert.deepEqual(net === undefined ? before : contentAfter([net]), contentAfter(all));
      assert.ok(net?.op !== 'add' || before === undefined);
      assert.ok(net === undefined || net.op === 'add' || before !== undefined);
    }),
  );
});

test('a net effect of net effects is the net effect of all', () => {
  fc.assert(
    fc.property(steps, fc.nat(), fc.nat(), (all, one, other) => {
      const [first = 0, second = 0] = [one, other].map((at) => at % (all.length + 1)).sort((a, b) => a - b);
      const before = contentAfter(all.slice(0, first));
      const between = contentAfter(all.slice(0, second));
      const parts = [fold(before, all.slice(first, second)), fold(between, all.slice(second))];
      const net = fold(
        before,
        parts.filter((step) => step !== undefined),
      );
      assert.deepEqual(effect(net), effect(fold(before, all.slice(first))));
    }),
  );
});

/** A row that goes takes any content with it. */
const effect = (step: Step | undefined): unknown => step && [step.op, step.op === 'remove' ? undefined : step.content];
