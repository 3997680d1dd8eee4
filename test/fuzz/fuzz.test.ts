import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { suite, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { mutant, type Target } from './mutate.ts';

/** The suite's share of what `bench/fuzz` does by the million. */
const ROUNDS = 10_000;
const SEED = 20_261_125;

const names = readdirSync(import.meta.dirname).filter((name) => !/^(mutate|fuzz\.test)\.ts$/.test(name));

suite('decoders take whatever the network sends', () => {
  test('every protocol is there', () => {
    assert.deepEqual([...names].sort(), ['diameter.ts', 'gsup.ts', 'map.ts', 'sbi.ts']);
  });
  for (const file of names) {
    test(`${path.basename(file, '.ts')}: ${ROUNDS} changed inputs, each answered or dropped with a cause`, async () => {
      const { target } = (await import(`./${file}`)) as { target: Target };
      const outcomes = new Map<string, number>();
      for (let round = 0; round < ROUNDS; round += 1) {
        const outcome = await target.act(mutant(target, SEED, round));
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
        // Others in this process have their turn as well.
        if (round % 100 === 0) await turn();
      }
      assert.ok(!outcomes.has(''), 'nothing was left without an outcome');
      assert.ok(outcomes.size > 2, `inputs of more than one kind were made: ${[...outcomes.keys()].join()}`);
    });
  }
});
