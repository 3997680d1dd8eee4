import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { watch } from '../../../src/eir/map/watch.ts';

suite('a link is watched', () => {
  const watched = () => {
    const clock = { now: 5000 };
    const { due, heard } = watch({ silentMs: 100, activeMs: 1000 }, () => clock.now);
    const at = (now: number, active = true): ReturnType<typeof due> => {
      clock.now = now;
      return due(active);
    };
    return { at, heard };
  };

  test('a silent one is asked twice, then given up; a sign of life begins it anew', () => {
    const { at, heard } = watched();
    assert.deepEqual([at(5099), at(5100), at(5150), at(5200)], [undefined, 'ask', undefined, 'ask']);
    heard();
    assert.deepEqual([at(5250), at(5300), at(5400), at(5500)], [undefined, 'ask', 'ask', 'silent']);
  });

  test('one that was active and is so no more has the whole time to become active again', () => {
    const { at, heard } = watched();
    assert.equal(at(5000, true), undefined);
    const later = [90_000, 90_050, 90_900].map((now) => {
      heard();
      return at(now, false) === 'inactive';
    });
    heard();
    assert.deepEqual([...later, at(91_001, false)], [false, false, false, 'inactive']);
  });
});
